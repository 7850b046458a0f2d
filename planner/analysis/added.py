"""Cases with rows added for an analysis: a limit to trade against cost, a cap to tighten."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from planner.case import SHEETS, Case, Row


def with_row(case: Case, sheet: str, **values: Any) -> Case:
    """The case with one row more; columns that are not named have their default.

    It is solved and thrown away: what the case was read from does not hold the row, so it is not
    exported.
    """
    row = Row({column.name: column.default for column in SHEETS[sheet].columns} | values)
    return replace(case, sheets={**case.sheets, sheet: (*case[sheet], row)})
