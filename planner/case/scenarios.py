"""Named scenarios, values by node, and settings overridden: cases that differ from a workbook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from planner.case.assemble import cross_checked, make_case, shortened
from planner.case.case import Case, Row
from planner.case.cells import did_you_mean
from planner.case.changes import ChangeError, Changer, problems
from planner.case.checks.view import View
from planner.case.fingerprint import fingerprint
from planner.case.rows import type_settings
from planner.errors import CaseError, Fault, FaultyWorkbook, UnknownScenario


def apply_scenario(case: Case, name: str) -> Case:
    """The case with the differences of one scenario, checked like any workbook.

    Raises UnknownScenario, FaultyWorkbook (a change touches no row, or the result is faulty) and
    CaseError where a scenario is applied already: differences are from the workbook.
    """
    if case.scenario is not None:
        raise CaseError(f"Scenario '{case.scenario}' is applied already; read the workbook anew.")
    changes = [row for row in case["scenarios"] if row["scenario"] == name]
    if not changes:
        raise UnknownScenario(_unknown(case, name))
    return _apply(case, changes, name)


def _apply(case: Case, changes: Sequence[Row], name: str) -> Case:
    changer = Changer(case.sheets, case.settings)
    _raise_if_any(case, "scenarios", problems(changer, changes))
    sheets = {**case.sheets, **{sheet: tuple(rows) for sheet, rows in changer.changed.items()}}
    settings, faults, _ = type_settings(sheets["settings"], case.letters["settings"].get("value"))
    found, warnings = cross_checked(_view(case, sheets, settings))
    if faults or found:
        raise FaultyWorkbook(shortened(_said_by(fault, name) for fault in (*faults, *found)))
    # Remarks on cells stay; remarks across rows are those of the changed rows.
    before = set(cross_checked(_view(case, case.sheets, case.settings))[1])
    kept = tuple(warning for warning in case.warnings if warning not in before)
    changed = make_case(
        settings, sheets, case.raw, case.letters, (*kept, *warnings), name, case.name
    )  # fmt: skip
    return replace(changed, base=case)


def changed_rows(case: Case, changes: Sequence[Row]) -> Mapping[str, tuple[Row, ...]]:
    """The sheets that rows of `node_values` touch, with their rows as they are in that node.

    Sheets that no change touches are absent. Raises FaultyWorkbook where a change cannot be made.
    """
    changer = Changer(case.sheets, case.settings, by_node=True)
    _raise_if_any(case, "node_values", problems(changer, changes))
    return {sheet: tuple(rows) for sheet, rows in changer.changed.items()}


def with_settings(case: Case, **settings: Any) -> Case:
    """The case with some settings overridden (`mip_gap=0.01`), each checked like its cell.

    Raises CaseError for an unknown key, FaultyWorkbook for a value that the setting cannot have.
    """
    unknown = sorted(set(settings) - set(case.settings))
    if unknown:
        near = did_you_mean(unknown[0], sorted(case.settings))
        known = f"did you mean '{near}'?" if near else "known are: " + ", ".join(case.settings)
        raise CaseError(f"There is no setting '{unknown[0]}'; {known}")
    changes = [
        Row({"sheet": "settings", "where": (("key", key),), "column": "value", "change": "set", "value": value})
        for key, value in settings.items()
    ]  # fmt: skip
    changer = Changer(case.sheets, case.settings)
    _raise_if_any(case, "settings", problems(changer, changes))
    rows = tuple(changer.changed.get("settings", case["settings"]))
    typed, _, _ = type_settings(rows, None)
    sheets = {**case.sheets, "settings": rows}
    faults, _ = cross_checked(_view(case, sheets, typed))
    if faults:
        raise FaultyWorkbook(faults)
    return replace(
        case, name=typed["name"] or case.name, settings=typed, sheets=sheets,
        fingerprint=fingerprint(typed, sheets),
        base=with_settings(case.base, **settings) if case.base is not None else None,
    )  # fmt: skip


def _view(case: Case, sheets: Mapping[str, tuple[Row, ...]], settings: Mapping[str, Any]) -> View:
    """What checks see of rows that were read before; scenarios were checked as they were read."""
    seen = {**sheets, "scenarios": ()}
    return View(seen, {sheet: set[int]() for sheet in seen}, settings, case.letters)


def _unknown(case: Case, name: str) -> str:
    known = sorted({row["scenario"] for row in case["scenarios"]})
    near = did_you_mean(name, known)
    hint = f"did you mean '{near}'?" if near else "known are: " + (", ".join(known) or "none")
    return f"There is no scenario '{name}' in the workbook; {hint}"


def _raise_if_any(case: Case, sheet: str, found: Iterable[tuple[Row, ChangeError]]) -> None:
    view = _view(case, case.sheets, case.settings)
    faults = [view.change_fault(sheet, change, bad) for change, bad in found]
    if faults:
        raise FaultyWorkbook(shortened(faults))


def _said_by(fault: Fault, scenario: str) -> Fault:
    return replace(fault, remedy=f"{fault.remedy} (In scenario '{scenario}'.)")
