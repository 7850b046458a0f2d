"""The shipped case with the whole licence world switched on: every capability, and it verifies."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import load_workbook

import planner
from inputs.make_licence_world import MORE, WORKBOOK, sheets
from planner.case import read_case
from planner.solve.tree import build_tree


def test_the_script_makes_the_committed_workbook() -> None:
    book = load_workbook(WORKBOOK, read_only=True)
    made = sheets()
    assert book.sheetnames == list(made)
    for name, rows in made.items():
        header, *lines = book[name].iter_rows(values_only=True)
        found = [
            {c: v for c, v in zip(header, line, strict=False) if c and v is not None}
            for line in lines
        ]
        wanted = [{c: v for c, v in row.items() if v is not None} for row in rows]
        assert [set(row) for row in found] == [set(row) for row in wanted], name


def test_it_uses_every_capability_of_the_licence_world() -> None:
    case = read_case(WORKBOOK)
    for sheet in MORE:
        assert case[sheet], sheet
    assert len(case["rules"]) >= 12
    assert len(case["licences"]) >= 8
    assert len(case["tracks"]) == 2
    covered = {row["covers"] for row in case["rules"]} | {row["reach"] for row in case["rules"]}
    assert covered == {"goods", "technology", "maintenance", "export", "content"}
    assert {node.test for node in build_tree(case).nodes} - {None}


@pytest.mark.slow
def test_it_is_solved_and_verified(tmp_path: Path) -> None:
    plan = planner.solve(read_case(WORKBOOK), time_limit=200)
    assert plan.summary["verified"] is True
    assert plan.summary["gap"] < 0.03
    file = plan.to_excel(tmp_path / "plan.xlsx")
    assert planner.verify_file(file, WORKBOOK).holds
