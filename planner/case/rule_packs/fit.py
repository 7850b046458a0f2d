"""Fitting a rule pack to a workbook: its names, regimes, periods and countries.

Nothing is guessed. A name that the pack and the workbook both use for a row of their own, a regime
that the workbook does not know, or odds that are missing in one of its regimes are refused with
what to say; rows that this workbook cannot take are left out with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from planner.case.case import Case
from planner.case.cells import did_you_mean, parse
from planner.case.notations import names
from planner.case.rule_packs.pack import PackRow, RulePack
from planner.case.schema import SHEETS
from planner.errors import CaseError

#: Sheets whose rows bear a name of their own.
_NAMED = ("rules", "licences", "tracks", "caps")
#: Sheets whose row the workbook may have already, under a name that the user points to.
_SHARED = ("licences", "tracks")
#: Columns that hold words, not names.
_WORDS = ("note", "source", "title", "url", "date", "grade")
_OUTSIDE, _WITHIN = "outside ", "within "


@dataclass(frozen=True)
class Adaptation:
    """What the user says about the workbook.

    ``regimes``: a regime of the pack -> regimes of the workbook, or ``*``; ``names``: any other
    name of the pack -> the workbook's; ``caps_from``: period from which caps hold, in place of
    the pack's date.
    """

    regimes: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    caps_from: str | None = None


@dataclass(frozen=True)
class Addition:
    """Rows to add, typed, by sheet; and what was left out: reason -> the rows' names."""

    rows: Mapping[str, tuple[Mapping[str, Any], ...]]
    left_out: Mapping[str, tuple[str, ...]]


def fit(pack: RulePack, case: Case, adaptation: Adaptation | None = None) -> Addition:
    """The pack's rows as this workbook can take them.

    Raises CaseError, in words that say what to pass, for a name that is used already, a regime or
    period that the workbook does not have, or a pack of which no row is left.
    """
    wanted = adaptation or Adaptation()
    _check_words(pack, case, wanted)
    shared = _shared(pack, case, wanted.names)
    sheets = {
        sheet: [_renamed(sheet, row, wanted.names) for row in rows]
        for sheet, rows in pack.sheets.items()
    }
    for sheet in (*_SHARED, "licence_odds"):
        key = SHEETS[sheet].keys[0]
        sheets[sheet] = [row for row in sheets.get(sheet, ()) if row[key] not in shared]
    left_out: dict[str, list[str]] = {}
    sheets["licence_odds"] = _odds(sheets["licence_odds"], pack, case, wanted.regimes)
    sheets["rules"] = [_in_regimes(row, case, wanted.regimes) for row in sheets.get("rules", ())]
    sheets["caps"] = list(_caps(sheets.get("caps", ()), pack, case, wanted.caps_from, left_out))
    _check_clashes(pack, case, sheets)
    if not any(sheets[sheet] for sheet in _NAMED):
        raise CaseError(
            f"No row of '{pack.name}' can be added to this workbook: "
            + " ".join(f"{reason} ({len(rows)} rows)." for reason, rows in left_out.items())
        )
    sheets["sources"] = _new_sources(case, sheets)
    rows = {
        sheet: tuple({column: _typed(sheet, column, text) for column, text in row.items()}
                     for row in sheets[sheet])
        for sheet in SHEETS if sheets.get(sheet)
    }  # fmt: skip
    return Addition(rows, {reason: tuple(found) for reason, found in left_out.items()})


# ---- names


def _check_words(pack: RulePack, case: Case, wanted: Adaptation) -> None:
    """Refuse what the user says of names that the pack does not use, or the workbook does not."""
    used = {
        name
        for sheet, rows in pack.sheets.items()
        for row in rows
        for column, text in row.items()
        if column not in (*_WORDS, "regime", "regimes")
        for name in _in_cell(sheet, column, text)
    }
    for what, said, known in (
        ("name", wanted.names, used),
        ("regime", wanted.regimes, _pack_regimes(pack)),
    ):
        for name in said:
            if name not in known:
                near = did_you_mean(name, sorted(known))
                hint = f"Did you mean '{near}'?" if near else f"It uses: {', '.join(sorted(known)) or 'none'}."  # fmt: skip
                raise CaseError(f"The pack '{pack.name}' uses no {what} '{name}'. {hint}")
    regimes = regimes_of(case)
    for regime in (each for to in wanted.regimes.values() for each in to):
        if regime != "*" and regime not in regimes:
            raise CaseError(f"The workbook has no regime '{regime}'. {_known_regimes(case)}")


def _in_cell(sheet: str, column: str, text: str) -> tuple[str, ...]:
    """The names that a cell holds; a requirement holds those of licences."""
    kind = SHEETS[sheet].by_name[column].type
    if kind == "requirement":
        return tuple(each.removeprefix("licence:") for each in names(text))
    return names(text) if kind == "names" else (text,) if kind == "name" else ()


def _renamed(sheet: str, row: PackRow, to: Mapping[str, str]) -> PackRow:
    renamed: dict[str, str] = {}
    for column, text in row.items():
        kind = SHEETS[sheet].by_name[column].type
        if column in _WORDS or kind not in ("name", "names", "requirement"):
            renamed[column] = text
        elif kind == "requirement":
            parts = (each.partition("licence:") for each in names(text))
            renamed[column] = "; ".join(
                prefix + colon + to.get(licence, licence) for prefix, colon, licence in parts
            )
        elif kind == "names":
            renamed[column] = "; ".join(to.get(each, each) for each in names(text))
        else:
            renamed[column] = to.get(text, text)
    return renamed


def _shared(pack: RulePack, case: Case, to: Mapping[str, str]) -> frozenset[str]:
    """Licences and tracks that the user points to and the workbook has: its own row stands."""
    return frozenset(
        to[row[key]]
        for sheet in _SHARED
        for key in SHEETS[sheet].keys
        for row in pack.sheets.get(sheet, ())
        if to.get(row[key]) in {each[key] for each in case[sheet]}
    )


def _check_clashes(pack: RulePack, case: Case, sheets: Mapping[str, Sequence[PackRow]]) -> None:
    clashes = [
        f"{sheet} '{row[key]}'"
        for sheet in _NAMED
        for key in SHEETS[sheet].keys
        for row in sheets.get(sheet, ())
        if row[key] in {each[key] for each in case[sheet]}
    ]
    if clashes:
        raise CaseError(
            f"The workbook has these names already: {', '.join(clashes)}. If the pack "
            f"'{pack.name}' was added before, there is nothing to do. Otherwise rename with "
            "--name 'PACK NAME=NEW NAME', or point a licence or track to one of the workbook's."
        )


# ---- regimes


def regimes_of(case: Case) -> frozenset[str]:
    """The regimes that a workbook names."""
    moves = {row[end] for row in case["transitions"] for end in ("from_regime", "to_regime")}
    return frozenset(moves | {row["regime"] for row in case["tree"] if row["regime"]})


def _known_regimes(case: Case) -> str:
    known = ", ".join(sorted(regimes_of(case)))
    return f"Its regimes are: {known}." if known else "It names no regimes."


def _pack_regimes(pack: RulePack) -> frozenset[str]:
    of_rules = {each for row in pack.sheets.get("rules", ()) for each in names(row["regimes"])}
    of_odds = {row["regime"] for row in pack.sheets.get("licence_odds", ())}
    return frozenset((of_rules | of_odds) - {"*"})


def _in_regimes(row: PackRow, case: Case, to: Mapping[str, tuple[str, ...]]) -> PackRow:
    """A rule in the regimes of the workbook."""
    meant: list[str] = []
    for regime in names(row["regimes"]):
        if regime != "*" and regime not in to and regime not in regimes_of(case):
            raise CaseError(
                f"The rule '{row['rule']}' holds in the regime '{regime}', which the workbook does "
                f"not name. {_known_regimes(case)} Say which is meant: --regime '{regime}=NAME' "
                f"(several: 'A;B'), or --regime '{regime}=*' for all."
            )
        meant += to.get(regime, (regime,))
    return {**row, "regimes": "*" if "*" in meant else "; ".join(dict.fromkeys(meant))}


def _odds(
    rows: Iterable[PackRow], pack: RulePack, case: Case, to: Mapping[str, tuple[str, ...]]
) -> list[PackRow]:
    """Odds for every regime of `transitions`; without them the workbook asks for none."""
    by_regime: dict[str, list[PackRow]] = {}
    for row in rows:
        by_regime.setdefault(row["regime"], []).append(row)
    if not by_regime or not case["transitions"]:
        return []
    return [
        {**row, "regime": regime}
        for regime in sorted(regimes_of(case))
        for row in by_regime[_likened(regime, pack, by_regime, to)]
    ]


def _likened(
    regime: str,
    pack: RulePack,
    known: Iterable[str],
    to: Mapping[str, tuple[str, ...]],
) -> str:
    """The pack's regime whose odds a regime of the workbook takes: as said, else of its name."""
    said = [ours for ours, theirs in to.items() if regime in theirs]
    said = said or [ours for ours in known if ours == regime]
    said = said or [ours for ours, theirs in to.items() if "*" in theirs]
    if len(said) == 1:
        return said[0]
    also = "more than one is" if said else "none is"
    raise CaseError(
        f"The licences of '{pack.name}' need odds in the workbook's regime '{regime}', and {also} "
        f"said to be like it. Say one: --regime 'ONE={regime}', where ONE is among "
        f"{', '.join(known)}."
    )


# ---- caps


def _caps(
    rows: Iterable[PackRow],
    pack: RulePack,
    case: Case,
    caps_from: str | None,
    left_out: dict[str, list[str]],
) -> Iterable[PackRow]:
    """Caps on what the workbook holds, with members and first period of its own."""
    held = _held(case)
    for row in rows:
        first = caps_from or _first_period(case, row.get("first_period"))
        members, reason = _members(row, pack, case)
        if (row["stage"], row["element"]) not in held:
            reason = "Nothing in the workbook is of the stage and holds the element"
        elif first is None:
            reason = (
                f"The workbook ends before {row['first_period']}; --from PERIOD holds them sooner"
            )
        if reason is None and first is not None:
            yield {**row, "member": "; ".join(members), "first_period": first}
        else:
            left_out.setdefault(str(reason), []).append(row["cap"])


def _held(case: Case) -> frozenset[tuple[str, str]]:
    """(stage, element) of what the workbook's materials hold."""
    stages = {row["material"]: row["stage"] for row in case["materials"]}
    return frozenset((stages[row["material"]], row["element"]) for row in case["composition"])


def _first_period(case: Case, day: str | None) -> str | None:
    """The first period that starts on the day or later."""
    begins = date.fromisoformat(day) if day else date.min
    return next((row["period"] for row in case["periods"] if row["start"] >= begins), None)


def _members(row: PackRow, pack: RulePack, case: Case) -> tuple[tuple[str, ...], str | None]:
    """The cap's members in the workbook, or the reason why there are none.

    ``outside EU`` is each country out of the group that supplies the scope; ``within EU`` its only
    one, since a cap counts each member by itself.
    """
    said = row["member"]
    if not said.startswith((_OUTSIDE, _WITHIN)):
        return names(said), None
    where, _, name = said.partition(" ")
    inside = f"{where} " == _WITHIN
    members = tuple(
        country
        for country in sorted(_supplying(case, row["stage"], row["element"]))
        if (country in pack.groups[name]) == inside
    )
    if inside and len(members) > 1:
        return (), f"A cap cannot add up several countries {said} ({', '.join(members)})"
    return members, None if members else f"No country {said} supplies it in the workbook"


def _supplying(case: Case, stage: str, element: str) -> set[str]:
    """Countries in which what the scope counts is offered, made or collected."""
    stages = {row["material"]: row["stage"] for row in case["materials"]}
    scope = {
        row["material"]
        for row in case["composition"]
        if row["element"] == element and stages[row["material"]] == stage
    }
    plant = {row["process"]: row["site"] for row in case["processes"]}
    sites = {row["site"] for row in case["offers"] if row["material"] in scope}
    sites |= {
        plant[row["process"]]
        for row in case["recipes"]
        if row["material"] in scope and row["t_per_t"] is not None and row["t_per_t"] > 0
    }
    sites |= {row["to_site"] for row in case["returns"] if row["scrap"] in scope}
    return {row["country"] for row in case["sites"] if row["site"] in sites and row["country"]}


# ---- sources and types


def _new_sources(case: Case, sheets: Mapping[str, Sequence[PackRow]]) -> list[PackRow]:
    """The sources that the rows name and the workbook lacks."""
    cited = {
        each
        for sheet, rows in sheets.items()
        if sheet != "sources"
        for row in rows
        for each in names(row["source"])
    }
    there = {row["source"]: row for row in case["sources"]}
    new: list[PackRow] = []
    for row in sheets["sources"]:
        known = there.get(row["source"])
        if known is not None and known["title"] != row["title"]:
            raise CaseError(
                f"The workbook has another source '{row['source']}' ({known['title']}); the pack "
                f"means '{row['title']}'. Rename the workbook's, in 'sources' and where it is named."
            )
        if row["source"] in cited and known is None:
            new.append(row)
    return new


def _typed(sheet: str, column: str, text: str) -> Any:
    """A cell as Excel holds it: numbers, dates and truths typed, names and notations as text."""
    spec = SHEETS[sheet].by_name[column]
    return parse(spec, text).value if spec.type in ("number", "integer", "bool", "date") else text
