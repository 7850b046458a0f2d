"""The way from a case to its plan: what the time limit covers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from planner.case import Case, read_case, with_settings
from planner.errors import NothingFound
from planner.solve import run
from planner.solve.run import Problem, build_problem, solve_case
from planner.solve.search import Limits


@pytest.fixture(scope="module")
def tutorial() -> Case:
    return with_settings(
        read_case(Path(__file__).parents[2] / "inputs" / "tutorial.xlsx"), time_limit_s=100.0
    )


@pytest.mark.parametrize(("built", "left"), [(30.0, 70.0), (130.0, 0.0)])
def test_building_is_within_the_time_limit(
    tutorial: Case, monkeypatch: pytest.MonkeyPatch, built: float, left: float
) -> None:
    asked: list[Limits] = []

    def slow(case: Case) -> Problem:
        return replace(build_problem(case), seconds=built)

    def stopped(_arrays: Any, _epochs: Any, limits: Limits, **_: Any) -> None:
        asked.append(limits)
        raise NothingFound("no time left")

    monkeypatch.setattr(run, "build_problem", slow)
    monkeypatch.setattr(run, "search", stopped)
    with pytest.raises(NothingFound):
        solve_case(tutorial)
    assert [limits.time_limit for limits in asked] == [pytest.approx(left)]
