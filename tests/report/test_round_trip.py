"""From a plan's file back to the case that made it, and from there to the same objective."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

import planner
from planner.batch import run_all, sweep_runs
from planner.batch.vary import parse_vary
from planner.cli import app
from planner.report.case_workbook import resolve_command
from tests.batch.conftest import Inline

TUTORIAL = Path(__file__).parents[2] / "inputs" / "tutorial.xlsx"
Maker = Callable[[Path], Path]


def under_a_scenario(folder: Path) -> Path:
    """The first of the workbook's own scenarios, at another risk weight."""
    name = planner.read_case(TUTORIAL)["scenarios"][0]["scenario"]
    plan = planner.solve(planner.read_case(TUTORIAL, name), risk_weight=0.5)
    return plan.to_excel(folder / "plan.xlsx")


def of_a_sweep(folder: Path) -> Path:
    """One point of a grid, of which the others' odds take the rest."""
    vary = [parse_vary("licence_odds[licence=CN-Japan].denied=0.25"), parse_vary("demand.demand_t_per_year*=1.5")]  # fmt: skip
    run_all(sweep_runs(TUTORIAL, vary).runs, folder / "sweep", Inline())
    (plan,) = (folder / "sweep").glob("*/plan.xlsx")
    return plan


def of_a_session(folder: Path) -> Path:
    """Knobs turned one after the other, one of them on top of a scenario."""
    name = planner.read_case(TUTORIAL)["scenarios"][0]["scenario"]
    session = planner.Session(planner.read_case(TUTORIAL, name))
    session.change("offers", "price_usd_per_kg", 1.2, change="scale", where="country=Malaysia")
    session.change("demand", "demand_t_per_year", 0.8, change="scale")
    session.solve(gap=1e-6)
    session.undo()
    session.change("demand", "demand_t_per_year", 25.0, change="add")
    return session.solve(gap=1e-6).to_excel(folder / "plan.xlsx")


@pytest.mark.parametrize(
    "made",
    [
        of_a_session,
        pytest.param(under_a_scenario, marks=pytest.mark.slow),
        pytest.param(of_a_sweep, marks=pytest.mark.slow),
    ],
)
def test_a_plan_gives_back_the_case_that_solves_to_the_same(made: Maker, tmp_path: Path) -> None:
    file = made(tmp_path)
    plan, case = planner.read_plan(file), tmp_path / "case.xlsx"
    told = CliRunner().invoke(app, ["open", str(file), "-o", str(case), "--solve", "--json"])
    assert told.exit_code == 0, told.output
    found = json.loads(told.stdout)
    assert found["agrees"]
    assert found["objective_kusd"] == pytest.approx(plan.summary["objective_kusd"], rel=1e-9)

    # And by the command that `open` names, from the workbook that it wrote.
    command = shlex.split(resolve_command(plan, case))
    assert command[:2] == ["planner", "solve"]
    told = CliRunner().invoke(app, [*command[1:], "-o", str(tmp_path / "again"), "--json"])
    assert told.exit_code == 0, told.output
    again = planner.read_plan(tmp_path / "again" / "plan.xlsx")
    assert again.summary["objective_kusd"] == pytest.approx(
        plan.summary["objective_kusd"], rel=1e-9
    )
    assert again.summary["input_fingerprint"] == plan.summary["input_fingerprint"]
    unlike = planner.read_case(TUTORIAL)
    assert plan.case.fingerprint != unlike.fingerprint, (
        "the plan is of another case than the tutorial"
    )
