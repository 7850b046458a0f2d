"""What a planner turns, as differences from the workbook. Each function says one kind of change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from planner.case import Case, Difference
from planner.case.where import RowFinder

#: What prices and demand can be narrowed down by, in the words of `where`.
NARROW = ("country", "element", "stage", "site", "end_use", "material")


def odds(
    case: Case, licences: Iterable[str], regime: str, late: float, denied: float
) -> list[Difference]:
    """Late and denied of some licences under a regime; on time takes the rest. What is so already
    is no difference.

    Raises ValueError where late and denied exceed 1.
    """
    rest = round(1.0 - late - denied, 12)
    if rest < 0:
        raise ValueError(f"late {late:.0%} and denied {denied:.0%} are more than 100 % together")
    wanted = (("on_time", rest), ("late", late), ("denied", denied))
    chosen = set(licences)
    return [
        Difference(
            "licence_odds", f"licence={row['licence']}; regime={regime}", column, "set", value
        )
        for row in case["licence_odds"]
        if row["licence"] in chosen and row["regime"] == regime
        for column, value in wanted
        if abs(row[column] - value) > 1e-9
    ]


def transitions(regime: str, chances: Mapping[str, float]) -> list[Difference]:
    """Where a regime goes in an epoch; the case's checks ask that chances sum to 1."""
    return [
        Difference(
            "transitions", f"from_regime={regime}; to_regime={to}", "probability", "set", chance
        )
        for to, chance in chances.items()
    ]


def setting(key: str, value: float | str | bool) -> list[Difference]:
    """One setting of the workbook."""
    return [Difference("settings", f"key={key}", "value", "set", value)]


def cap(name: str, max_share: float, penalty_usd_per_kg: float | None) -> list[Difference]:
    """How much of a scope one member may supply, and what the excess costs (None: as it is)."""
    found = [Difference("caps", f"cap={name}", "max_share", "set", max_share)]
    if penalty_usd_per_kg is not None:
        found.append(
            Difference("caps", f"cap={name}", "penalty_usd_per_kg", "set", penalty_usd_per_kg)
        )
    return found


def budget(window: Mapping[str, str | None], max_capex_kusd: float) -> list[Difference]:
    """What may be invested in a window of periods, gross of grants."""
    where = "; ".join(f"{column}={period}" for column, period in window.items() if period)
    return [Difference("budgets", where, "max_capex_kusd", "set", max_capex_kusd)]


def modules(project: str, most: float) -> list[Difference]:
    """How many modules of a project may be built; 0 takes it off the table."""
    return [Difference("projects", f"project={project}", "max_modules", "set", most)]


def prices(case: Case, narrow: Mapping[str, str], factor: float) -> list[Difference]:
    """Prices of offers times a factor, with their paths in time and their volume steps.

    Raises ValueError where no offer is meant.
    """
    where = _where(narrow)
    if not _places(case, "offers", narrow):
        raise ValueError(f"no offer has {where}")
    found = [Difference("offers", where, "price_usd_per_kg", "scale", factor)]
    for sheet in ("offer_paths", "price_breaks"):
        found += _of_offers(case, sheet, narrow, "price_usd_per_kg", "scale", factor)
    return found


def demand(case: Case, narrow: Mapping[str, str], factor: float) -> list[Difference]:
    """Demand times a factor. Raises ValueError where no row of demand is meant."""
    where = _where(narrow)
    if not _places(case, "demand", narrow):
        raise ValueError(f"no row of demand has {where}")
    return [Difference("demand", where, "demand_t_per_year", "scale", factor)]


def forbid(case: Case, site: str) -> list[Difference]:
    """Nothing can be bought from a site: its offers have no capacity, at any time."""
    narrow = {"site": site}
    return [
        Difference("offers", f"site={site}", "capacity_t_per_year", "set", 0.0),
        *_of_offers(case, "offer_paths", narrow, "capacity_t_per_year", "set", 0.0),
    ]


def standing(
    differences: Sequence[Difference], sheet: str, where: str, column: str
) -> Difference | None:
    """The change that is in force on exactly these rows, if any."""
    for difference in differences:
        if (difference.sheet, difference.where, difference.column) == (sheet, where, column):
            return difference
    return None


def where_words(narrow: Mapping[str, str]) -> str:
    """``country=China; element=Dy``; blank for all rows."""
    return _where(narrow)


def choices(case: Case, sheet: str, word: str) -> list[str]:
    """What rows of a sheet can be narrowed down to by a word, in alphabetical order."""
    if word == "element":
        own = {row["element"] for row in case["composition"]}
    elif word in ("stage", "material"):
        own = {row[word] for row in case["materials"]}
    else:
        own = {row[word] for row in case["sites"] if row[word]}
    return sorted(value for value in own if _places(case, sheet, {word: str(value)}))


def _where(narrow: Mapping[str, str]) -> str:
    return "; ".join(f"{word}={value}" for word, value in narrow.items() if value)


def _places(case: Case, sheet: str, narrow: Mapping[str, str]) -> list[int]:
    pairs = tuple((word, value) for word, value in narrow.items() if value)
    return RowFinder(case.sheets).find(sheet, pairs)


def _of_offers(
    case: Case, sheet: str, narrow: Mapping[str, str], column: str, change: str, value: float
) -> list[Difference]:
    """Differences for the rows of ``sheet`` that belong to the offers that are meant: one an offer,
    or one a row where some of its cells are blank (a blank follows the offer and must stay blank)."""
    offers = [case["offers"][place]["offer"] for place in _places(case, "offers", narrow)]
    second = {"offer_paths": "period", "price_breaks": "from_t_per_year"}[sheet]
    found: list[Difference] = []
    for offer in offers:
        rows = [row for row in case[sheet] if row["offer"] == offer]
        filled = [row for row in rows if row[column] is not None]
        places = [f"offer={offer}; {second}={row[second]}" for row in filled]
        if rows and len(filled) == len(rows):
            places = [f"offer={offer}"]
        found += [Difference(sheet, where, column, change, value) for where in places]
    return found
