"""The product's own known answers: workbooks solved by hand, kept as files beside their arithmetic.

A test states the workbook as rows, the optimum and the arithmetic. ``Known`` holds it against the
file of that name under ``known_answers/own`` and against ``answers_GROUP.json``, so that file and
test cannot part, and solves the FILE. With ``pytest tests/models --write-answers`` both are written
from the tests instead.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from planner.analysis.verify import verify
from planner.case import read_case
from planner.solve.plan import Plan
from planner.solve.run import solve_case
from tests.workbooks import Sheets, write_workbook

HOME = Path(__file__).parent / "known_answers" / "own"
#: Relative: hand arithmetic is exact, and HiGHS keeps rows to 1e-7.
TOLERANCE = 1e-6


class Known:
    """Known answers of one group, as a fixture hands them to tests."""

    def __init__(self, group: str, tmp_path: Path, *, write: bool) -> None:
        self._answers = HOME / f"answers_{group}.json"
        self._tmp = tmp_path
        self._write = write

    def __call__(self, name: str, optimum: float, arithmetic: str, sheets: Sheets) -> Plan:
        """Solve the file of this name; its optimum [kUSD] is the one got by hand, and it verifies."""
        words = " ".join(arithmetic.split())
        rows = [{"key": "name", "value": name, "note": words}, *sheets["settings"]]
        sheets = {**sheets, "settings": rows}
        entry = {"optimum_kusd": optimum, "tolerance": TOLERANCE, "arithmetic": words}
        file = HOME / f"{name}.xlsx"
        if self._write:
            write_workbook(file, sheets)
            self._save(name, entry)
        case = read_case(file)
        asked = read_case(write_workbook(self._tmp / file.name, sheets))
        assert (case.fingerprint, case.raw) == (asked.fingerprint, asked.raw), f"{file} is stale"
        assert answers(self._answers)[name] == entry
        plan = solve_case(case)
        assert plan.summary["objective_kusd"] == pytest.approx(
            optimum, rel=TOLERANCE, abs=TOLERANCE
        )
        verdict = verify(case, plan.tables, plan.summary)
        assert verdict.faults == ()
        return plan

    def _save(self, name: str, entry: dict[str, Any]) -> None:
        found = answers(self._answers) if self._answers.exists() else {}
        text = json.dumps({**found, name: entry}, indent=1, sort_keys=True)
        self._answers.write_text(text + "\n", encoding="utf-8")


def answers(file: Path) -> dict[str, Any]:
    """Name -> optimum_kusd, tolerance, arithmetic."""
    return json.loads(file.read_text(encoding="utf-8"))
