"""Names: each stands once where it is made, and everywhere else refers to one that is made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from planner.case.case import Row
from planner.case.cells import did_you_mean, several
from planner.case.checks.view import View
from planner.case.schema import SHEETS, Column, Ref
from planner.case.world import COUNTRIES, ELEMENTS
from planner.errors import Fault

#: What a name may be beside the names of the case (caps.member and commitments have no others).
_WORDS = {("caps", "recycled"): ("recycled", "primary"), ("caps", "track"): ("none",)}

#: Attributes, not names of rows: a rule may speak of one that no row of the case has.
_ATTRIBUTES: dict[Ref, frozenset[str] | None] = {
    ("sites", "country"): COUNTRIES,
    ("sites", "region"): COUNTRIES,
    ("offers", "technology_origin"): COUNTRIES,
    ("processes", "technology_origin"): COUNTRIES,
    ("composition", "element"): ELEMENTS,
    ("sites", "company"): None,
    ("sites", "end_use"): None,
}

#: Sheets whose names are of settings, sheets and columns, not of the case.
_SPEAKS_OF_SHEETS = ("settings", "node_values", "scenarios")

#: As like a country of the world as this (0..1), a name is taken for a misspelling of it.
MISSPELT = 0.85

#: Where an unknown attribute is no rule of the world but a question about this case.
_OF_THE_CASE = (("stress_tests", "member"), ("blends", "element"), ("caps", "element"))


def duplicates(view: View) -> Iterator[Fault]:
    """Two rows of one name."""
    for name, spec in SHEETS.items():
        if not spec.keys:
            continue
        first: dict[tuple[Any, ...], int] = {}
        for row in view.rows(name):
            key = tuple(row[column] for column in spec.keys)
            if key not in first:
                first[key] = row.number
                continue
            what = ", ".join(
                f"{column} {value}" for column, value in zip(spec.keys, key, strict=True)
            )
            yield view.fault(
                "duplicate-key", name, row, spec.keys[0], "each row once",
                f"Row {first[key]} says it already: remove or rename one of the two.", what,
            )  # fmt: skip


def reserved_names(view: View) -> Iterator[Fault]:
    """Names that a notation of the workbook could not tell apart."""
    for name, spec in SHEETS.items():
        for column in spec.columns if name not in _SPEAKS_OF_SHEETS else ():
            if column.type != "name" or column.refers or column.refers_by:
                continue
            for row in view.rows(name):
                bad = _reserved(name, column.name, row[column.name])
                if bad:
                    yield view.fault(
                        "reserved-name", name, row, column.name, f"a name without {bad}",
                        "The workbook uses it as a sign of its own: choose another name.",
                    )  # fmt: skip


def _reserved(sheet: str, column: str, value: str | None) -> str | None:
    if value is None:
        return None
    signs = {";": "`;`", "->": "`->`"} if (sheet, column) == ("sites", "site") else {";": "`;`"}
    if sheet == "tracks" and column == "track":
        if value in ("none", "primary"):
            return f"the reserved meaning of `{value}`"
        signs["+"] = "`+`"
    if sheet == "licences" and column == "licence":
        signs["="] = "`=`"
    if value == "*":
        return "`*`, which means each"
    return next((word for sign, word in signs.items() if sign in value), None)


def misspelt_countries(view: View) -> Iterator[Fault]:
    """Countries of sites that are almost, but not quite, one of the world's.

    A rule on China would pass by a site in Chinna. What is like no country is the user's own name.
    """
    for row in view.rows("sites"):
        country = row["country"]
        if country is None or country in COUNTRIES:
            continue
        near = did_you_mean(country, sorted(COUNTRIES), MISSPELT)
        if near:
            yield view.fault(
                "unknown-name", "sites", row, "country", "a country of the world, as it is spelt here",
                f"Did you mean '{near}'?",
            )  # fmt: skip


def unknown_names(view: View) -> Iterator[Fault]:
    """Names that refer to nothing."""
    return _unresolved(view, faults=True)


def idle_names(view: View) -> Iterator[Fault]:
    """Warnings: attributes of the world that no row of this case has, each named once a column."""
    told: set[tuple[str, str, str]] = set()
    for warning in _unresolved(view, faults=False):
        what = (warning.sheet, (warning.cell or "").rstrip("0123456789"), warning.found)
        if what not in told:
            told.add(what)
            yield warning


def _unresolved(view: View, *, faults: bool) -> Iterator[Fault]:
    known = _Known(view)
    for name, spec in SHEETS.items():
        for column in spec.columns:
            if not (column.refers or column.refers_by):
                continue
            for row in view.sheets[name]:
                value = row.get(column.name)
                if value is None or value == ():
                    continue
                refs = _refs(column, row)
                if refs is not None:
                    yield from _missing(known, name, column, row, refs, faults)
    yield from _licence_names(view, known) if faults else ()
    yield from _track_names(view, known) if faults else ()


def _refs(column: Column, row: Row) -> tuple[Ref, ...] | None:
    """Where the name must stand; None where another check looks at it."""
    if column.refers_by is None:
        return column.refers
    by, choices = column.refers_by
    return choices.get(row.get(by) or "")


class _Known:
    """The names of the case, by where they are made; None where they cannot be known."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.of = cache(self._of)

    def _of(self, ref: Ref) -> frozenset[str]:
        sheet, column = ref
        return frozenset(
            row[column] for row in self.view.sheets[sheet] if row.get(column) is not None
        )

    def incomplete(self, refs: Sequence[Ref]) -> bool:
        """A sheet whose own name column is absent says nothing about its names."""
        return any(
            self.view.sheets[sheet] and column not in self.view.letters.get(sheet, {})
            and SHEETS[sheet].by_name[column].required
            for sheet, column in refs
        )  # fmt: skip


def _missing(
    known: _Known, sheet: str, column: Column, row: Row, refs: tuple[Ref, ...], faults: bool
) -> Iterator[Fault]:
    view = known.view
    words = _WORDS.get((sheet, row.get("group_by") or ""), ())
    if (not refs and not words) or known.incomplete(refs):
        return
    regimes = bool(refs) and refs[0][1] == "from_regime"
    unknown = [
        name
        for name in several(row[column.name])
        if name not in words
        and not (name == "*" and column.star)
        and not any(name in known.of(ref) for ref in refs)
    ]
    names = sorted({*words, *(each for ref in refs for each in known.of(ref))}) if unknown else []
    silent: list[str] = []
    for name in unknown:
        near = did_you_mean(name, names)
        # A scenario may do without regimes; then no sheet names them and no row comes into force.
        if not view.regimes if regimes else _idle(sheet, column, refs, name, near):
            silent.append(name)
        elif faults:
            where = " or ".join(dict.fromkeys(f"{s}.{c}" for s, c in refs)) or ", ".join(words)
            expected = f"a name that stands in {where}"
            remedy = _remedy(near, names)
            yield view.fault("unknown-name", sheet, row, column.name, expected, remedy, f"'{name}'")
    # Technology may come from a country in which the case has no site: nothing to remark.
    if silent and not faults and column.name != "technology_origin":
        yield view.fault(
            "touches-nothing", sheet, row, column.name, "names that some row of the case bears",
            "Nothing in this case has them, so they match nothing.", ", ".join(silent),
        )  # fmt: skip


def _remedy(near: str | None, names: list[str]) -> str:
    if near:
        return f"Did you mean '{near}'?"
    listed = ", ".join(names[:8]) + (" ..." if len(names) > 8 else "")
    return f"Known are: {listed}." if names else "None is named in the workbook yet: add it there."


def _idle(sheet: str, column: Column, refs: tuple[Ref, ...], name: str, near: str | None) -> bool:
    """Whether an unknown name only means that the row touches nothing.

    A rule on Lu is no fault in a case without lutetium, one on Chnia is.
    """
    if (sheet, column.name) in _OF_THE_CASE or not all(ref in _ATTRIBUTES for ref in refs):
        return False
    worlds = [_ATTRIBUTES[ref] for ref in refs]
    if any(world is not None and name in world for world in worlds):
        return True
    return near is None and any(world is None for world in worlds)


def _licence_names(view: View, known: _Known) -> Iterator[Fault]:
    """Licences that rules ask for and the tree decides."""
    licences = known.of(("licences", "licence"))
    named = [
        ("rules", row, "requirement", text.removeprefix("licence:"))
        for row in view.rows("rules")
        for text in row["requirement"]
        if text.startswith("licence:")
    ] + [
        ("tree", row, "licences", licence)
        for row in view.rows("tree")
        for licence, _ in row["licences"]
    ]
    for sheet, row, column, licence in named:
        if licence not in licences:
            yield _unknown(view, sheet, row, column, licence, "licences.licence", licences)


def _track_names(view: View, known: _Known) -> Iterator[Fault]:
    """Tracks that offers, opening stocks and pipelines are said to be on."""
    tracks = known.of(("tracks", "track"))
    for sheet, column in (
        ("offers", "origin"),
        ("stocks", "opening_origin"),
        ("pipeline", "origin"),
    ):
        for row in view.rows(sheet):
            for track in row[column] or ():
                if track not in tracks:
                    yield _unknown(view, sheet, row, column, track, "tracks.track", tracks)


def _unknown(
    view: View, sheet: str, row: Row, column: str, name: str, where: str, known: frozenset[str]
) -> Fault:
    names = sorted(known)
    remedy = _remedy(did_you_mean(name, names), names)
    expected = f"a name that stands in {where}"
    return view.fault("unknown-name", sheet, row, column, expected, remedy, f"'{name}'")
