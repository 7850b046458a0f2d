"""A case out of typed rows: settings, checks across rows, fingerprint."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from planner.case.case import Case, RawSheet, Row
from planner.case.checks import CHECKS, View
from planner.case.fingerprint import fingerprint
from planner.case.rows import Reading, type_settings
from planner.errors import Fault, FaultyWorkbook

#: Faults of one kind that are spelled out; the rest are counted.
SPELLED_OUT = 20


def assemble(reading: Reading, default_name: str) -> Case:
    """Check what was read as a whole and make a Case of it; raises FaultyWorkbook with ALL faults."""
    letter = reading.letters["settings"].get("value")
    settings, faults, warnings = type_settings(reading.sheets["settings"], letter)
    faults = [*reading.faults, *faults]
    warnings = [*reading.warnings, *warnings]
    view = View(reading.sheets, reading.unsound, settings, reading.letters)
    found, remarks = cross_checked(view)
    faults += found
    warnings += remarks
    if faults:
        raise FaultyWorkbook(shortened(faults), shortened(warnings))
    return make_case(
        settings, reading.sheets, reading.raw, reading.letters, shortened(warnings), None,
        default_name,
    )  # fmt: skip


def cross_checked(view: View) -> tuple[list[Fault], list[Fault]]:
    """Faults and warnings of every check across rows."""
    faults: list[Fault] = []
    warnings: list[Fault] = []
    for check in CHECKS:
        (warnings if check.warning else faults).extend(check.run(view))
    return _each_once(faults), _each_once(warnings)


def _each_once(faults: list[Fault]) -> list[Fault]:
    """Two checks may miss the same cell: it is said once, with the first remedy."""
    return list({(f.kind, f.where, f.found): f for f in reversed(faults)}.values())[::-1]


def make_case(
    settings: Mapping[str, Any],
    sheets: Mapping[str, tuple[Row, ...]],
    raw: Mapping[str, RawSheet],
    letters: Mapping[str, Mapping[str, str]],
    warnings: tuple[Fault, ...],
    scenario: str | None,
    default_name: str,
) -> Case:
    """The Case of content that was checked; periods in order of time, all else as written."""
    in_time = tuple(sorted(sheets["periods"], key=lambda row: row["start"]))
    ordered = {**sheets, "periods": in_time}
    name = settings["name"] or default_name
    return Case(
        name=name, settings=settings, sheets=ordered, raw=raw, letters=letters, warnings=warnings,
        scenario=scenario, fingerprint=fingerprint(settings, ordered),
    )  # fmt: skip


def shortened(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """At most ``SPELLED_OUT`` of a kind, then one that counts the rest."""
    kept: list[Fault] = []
    seen: Counter[str] = Counter()
    for fault in faults:
        seen[fault.kind] += 1
        if seen[fault.kind] <= SPELLED_OUT:
            kept.append(fault)
    for kind, count in seen.items():
        if count > SPELLED_OUT:
            last = next(fault for fault in reversed(kept) if fault.kind == kind)
            kept.append(
                Fault(
                    kind, last.sheet, None, f"{count - SPELLED_OUT} more of this kind", "none",
                    "Correct those listed and read the workbook again.",
                )
            )  # fmt: skip
    return tuple(kept)
