"""The inputs whose figures rest on weak sources, as ranges that the truth may lie in.

A row's grade is the worst of its sources. Ranges by grade: an amount or price of grade C may be off
by a fifth, one of grade D by two fifths; a chance by 0.1 or 0.2. They are a convention of this
analysis, not a claim about any source. Rows of one column and subject (all D prices from one
country, all D demand of one end use) move together: they tend to be wrong together, and a list of
hundreds helps nobody. Choices of the planner (caps, limits, budgets, commitments) are no estimates;
`planner explain prices` prices them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from planner.analysis.grades import worst_grade
from planner.case import Case, Row

#: How far an input of a grade may be off: relative for amounts and prices, absolute for chances.
OFF_BY: Mapping[str, float] = {"C": 0.2, "D": 0.4}
CHANCE_OFF_BY: Mapping[str, float] = {"C": 0.1, "D": 0.2}


@dataclass(frozen=True)
class Estimate:
    """Cells that move together. ``dear`` and ``cheap`` are the factors of the two ends of its range:
    the one that should make the plan dearer, and the other."""

    what: str
    sheet: str
    column: str
    rows: tuple[int, ...]
    cells: str
    grade: str
    dear: float
    cheap: float


@dataclass(frozen=True)
class Chance:
    """The chance of an event of the next epoch: a licence's approval, or a regime (the other blank)."""

    what: str
    licence: str
    regime: str
    cells: str
    grade: str
    off_by: float


@dataclass(frozen=True)
class _Kind:
    """A column that is an estimate: what to call it, and whether more of it costs more."""

    sheet: str
    column: str
    words: str
    more_is_dearer: bool
    subject: Callable[[Case, Row], str] = lambda _case, _row: ""


def _country(case: Case, row: Row) -> str:
    sites = {site["site"]: site for site in case["sites"]}
    return f" of offers from {sites[row['site']]['country'] or 'no country'}"


def _end_use(case: Case, row: Row) -> str:
    sites = {site["site"]: site for site in case["sites"]}
    return f" of {sites[row['site']].get('end_use') or row['site']}"


def _project(_case: Case, row: Row) -> str:
    return f" of {row['project']}"


_KINDS = (
    _Kind("offers", "price_usd_per_kg", "price", True, _country),
    _Kind("offers", "capacity_t_per_year", "capacity", False, _country),
    _Kind("offer_paths", "price_usd_per_kg", "price paths of offers", True),
    _Kind("demand", "demand_t_per_year", "demand", True, _end_use),
    _Kind("demand", "shortage_usd_per_kg", "cost of shortage", True, _end_use),
    _Kind("shocks", "price_factor", "price shocks", True),
    _Kind("licence_odds", "late_months", "lateness of licences", True),
    _Kind("projects", "capex_kusd", "capital cost", True, _project),
    _Kind("projects", "fixed_kusd_per_year", "fixed cost of projects", True),
    _Kind("projects", "lead_months", "lead time of projects", True),
    _Kind("processes", "cost_usd_per_kg", "cost of own making", True),
    _Kind("processes", "capacity_t_per_year", "capacity of own making", False),
    _Kind("lanes", "freight_usd_per_kg", "freight", True),
    _Kind("lanes", "lead_months", "transit time", True),
    _Kind("stocks", "opening_t", "opening stock", False),
    _Kind("stocks", "holding_usd_per_kg_year", "cost of holding stock", True),
    _Kind("returns", "collection_share", "share of scrap collected", False),
    _Kind("returns", "collection_usd_per_kg", "cost of collecting scrap", True),
    _Kind("substitutes", "performance_usd_per_kg", "cost of substitutes' performance", True),
    _Kind("substitutes", "max_share", "reach of substitutes", False),
    _Kind("materials", "disposal_usd_per_kg", "cost of disposal", True),
)


def estimates(case: Case) -> tuple[Estimate, ...]:
    """Every estimate of grade C or D, rows of one grade, column and subject together."""
    return tuple(estimate for kind in _KINDS for estimate in _of_kind(case, kind))


def _of_kind(case: Case, kind: _Kind) -> Iterator[Estimate]:
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for at, row in enumerate(case[kind.sheet]):
        grade = worst_grade(case, row)
        if grade in OFF_BY and row[kind.column]:
            groups[kind.subject(case, row), grade].append(at)
    for (subject, grade), rows in groups.items():
        more, less = 1 + OFF_BY[grade], 1 - OFF_BY[grade]
        dear, cheap = (more, less) if kind.more_is_dearer else (less, more)
        yield Estimate(
            kind.words + subject, kind.sheet, kind.column, tuple(rows),
            _cells(case, kind.sheet, kind.column, rows), grade, dear, cheap,
        )  # fmt: skip


def chances(case: Case) -> tuple[Chance, ...]:
    """The licences' approval and the regimes of the next epoch, where their odds are graded C or D."""
    found: list[Chance] = []
    for sheet, column, key, words in (
        ("licence_odds", "denied", "licence", "approval of"),
        ("transitions", "probability", "to_regime", "regime"),
    ):
        rows: dict[str, list[int]] = defaultdict(list)
        for at, row in enumerate(case[sheet]):
            if sheet == "licence_odds" or row["from_regime"] == case.settings["regime_today"]:
                rows[row[key]].append(at)
        for name, places in rows.items():
            grade = max(worst_grade(case, case[sheet][at]) for at in places)
            if grade in CHANCE_OFF_BY:
                cells = _cells(case, sheet, column, places)
                licence, regime = (name, "") if sheet == "licence_odds" else ("", name)
                found.append(
                    Chance(f"{words} {name}", licence, regime, cells, grade, CHANCE_OFF_BY[grade])
                )
    return tuple(found)


def moved(case: Case, estimate: Estimate, factor: float) -> Case:
    """The case with the estimate's cells times ``factor``; shares stay within 1."""
    rows = list(case[estimate.sheet])
    for at in estimate.rows:
        value = rows[at][estimate.column] * factor
        if estimate.column.endswith("_share"):
            value = min(1.0, value)
        rows[at] = Row({**rows[at], estimate.column: value}, rows[at].number)
    return replace(case, sheets={**case.sheets, estimate.sheet: tuple(rows)})


def _cells(case: Case, sheet: str, column: str, rows: list[int]) -> str:
    """``offers!F12`` and how many more."""
    first = case.address(sheet, case[sheet][rows[0]], column)
    return first if len(rows) == 1 else f"{first} and {len(rows) - 1} more"
