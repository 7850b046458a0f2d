"""The workbook's contract as data: every sheet and column, in the groups of the contract.

It drives the reader, the template, the workbook reference and the editor.
"""

from __future__ import annotations

from collections.abc import Mapping

from planner.case.schema import always, investment, licences, plans, plants, policy
from planner.case.schema.always import SETTINGS, STAGES
from planner.case.schema.spec import Column, Ref, SheetSpec

SHEETS: Mapping[str, SheetSpec] = {
    spec.name: spec
    for group in (always, plants, investment, licences, policy, plans)
    for spec in group.SHEETS
}

__all__ = ["SETTINGS", "SHEETS", "STAGES", "Column", "Ref", "SheetSpec"]
