"""A batch from end to end, answered in this process: what it does, keeps, skips and survives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from planner.api import verify_file
from planner.batch import Options, State, batch_runs, run_all, sweep_runs
from planner.batch.runs import Run
from planner.batch.task import Answer, Task
from planner.batch.vary import parse_vary
from planner.report.plan_file import read_plan
from tests.batch.conftest import Inline

DENIED = "licence_odds[licence=CN-Japan].denied"


def index(out: Path) -> Any:
    return pd.read_parquet(out / "index.parquet").set_index("run")


def test_every_scenario_of_every_workbook(with_scenarios: Path, junk: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    summary = run_all(batch_runs([junk, with_scenarios], "all"), out, Inline())
    table = index(out)
    assert summary.counts == {"optimal": 3, "bad_input": 1}
    assert table.loc["two worlds", "expected_cost_kusd"] == pytest.approx(49_120)
    # By head: with the licence sure, two years of 100 t at 200, 80 t at 10, 400 to apply.
    assert table.loc["two worlds · granted/../x", "expected_cost_kusd"] == pytest.approx(42_000)
    assert table.loc["two worlds · denied", "expected_cost_kusd"] == pytest.approx(50_400)
    assert "not an Excel workbook" in table.loc["junk", "why"]
    assert bool(table.loc["two worlds", "verified"])
    for folder in table["folder"]:
        files = {file.name for file in (out / folder).iterdir()}
        assert files - {"plan.xlsx"} == {"log.txt", "run.json"}
    assert {path.parent for path in out.rglob("*.xlsx")} <= {
        out,
        *(out / f for f in table["folder"]),
    }


def test_the_plan_of_a_run_is_a_plan(tutorial: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_all(sweep_runs(tutorial, [parse_vary(f"{DENIED}=0.25")]).runs, out, Inline())
    file = out / index(out)["plan"].iloc[0]
    assert verify_file(file).holds
    assert read_plan(file).case["licence_odds"][0]["denied"] == 0.25


def test_a_second_call_does_what_is_missing_or_changed(
    tutorial: Path, with_scenarios: Path, tmp_path: Path
) -> None:
    out, runs = tmp_path / "out", batch_runs([tutorial, with_scenarios], None)
    run_all(runs, out, Inline())
    first = index(out)
    again = Inline()
    states: list[State] = []
    run_all(runs, out, again, watch=lambda state: states.append(State(**vars(state))))
    assert again.tasks == []
    assert states[-1].kept == 2
    pd.testing.assert_frame_equal(index(out), first)

    book = openpyxl.load_workbook(with_scenarios)
    book["demand"]["D2"].value = book["demand"]["D2"].value * 2
    book.save(with_scenarios)
    changed = Inline()
    run_all(runs, out, changed)
    assert [task.name for task in changed.tasks] == [with_scenarios.name]

    with_gap = Inline()
    run_all(runs, out, with_gap, options=Options(gap=0.01))
    assert len(with_gap.tasks) == 2


def test_a_worker_that_dies_costs_time_only(tutorial: Path, tmp_path: Path) -> None:
    def dies_twice(_: Task, asked: int) -> Any:
        return None if asked < 3 else NotImplemented

    crew = Inline(dies_twice)
    summary = run_all([Run(tutorial)], tmp_path / "out", crew)
    assert summary.counts == {"optimal": 1} and len(crew.tasks) == 3


def test_a_run_that_kills_every_worker_is_given_up(
    tutorial: Path, with_scenarios: Path, tmp_path: Path
) -> None:
    def deadly(task: Task, _: int) -> Any:
        return None if task.name == tutorial.name else NotImplemented

    summary = run_all([Run(tutorial), Run(with_scenarios)], tmp_path / "out", Inline(deadly))
    assert summary.counts == {"lost": 1, "optimal": 1}
    assert "died 3 times" in index(tmp_path / "out").loc["tutorial", "why"]


def test_ctrl_c_keeps_what_is_done(tutorial: Path, with_scenarios: Path, tmp_path: Path) -> None:
    def stops(_: Task, asked: int) -> Any:
        if asked == 2:
            raise KeyboardInterrupt
        return NotImplemented

    out, runs = tmp_path / "out", [Run(tutorial), Run(with_scenarios)]
    summary = run_all(runs, out, Inline(stops))
    assert summary.interrupted
    assert index(out)["status"].to_dict() == {"tutorial": "optimal", "two worlds": "not_run"}
    rest = Inline()
    assert not run_all(runs, out, rest).interrupted
    assert [task.name for task in rest.tasks] == [with_scenarios.name]
    assert (index(out)["status"] == "optimal").all()


def test_a_full_disk_is_said_and_the_run_done_again(
    tutorial: Path, with_scenarios: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from planner.batch import folder

    write = folder.write_whole

    def full_at_first(path: Path, content: bytes) -> None:
        if path.parent.name.startswith("tutorial") and path.name == "plan.xlsx":
            raise OSError(28, "No space left on device")
        write(path, content)

    out, runs = tmp_path / "out", [Run(tutorial), Run(with_scenarios)]
    with monkeypatch.context() as patched:
        patched.setattr(folder, "write_whole", full_at_first)
        run_all(runs, out, Inline())
    table = index(out)
    assert table.loc["tutorial", "status"] == "failed"
    assert "No space left" in table.loc["tutorial", "why"]
    assert table.loc["two worlds", "status"] == "optimal"
    assert not (out / runs[0].folder / "run.json").exists()
    rest = Inline()
    run_all(runs, out, rest)
    assert [task.name for task in rest.tasks] == [tutorial.name]


def test_an_index_that_finds_no_room_meanwhile_ends_nothing(
    tutorial: Path, with_scenarios: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from planner.batch import batch

    write, asked = batch.write_index_files, list[int]()

    def full_at_first(*arguments: Any) -> Path:
        asked.append(1)
        if len(asked) == 1:
            raise OSError(28, "No space left on device")
        return write(*arguments)

    monkeypatch.setattr(batch, "write_index_files", full_at_first)
    monkeypatch.setattr(batch, "INDEX_EVERY", 0.0)
    summary = run_all([Run(tutorial), Run(with_scenarios)], tmp_path / "out", Inline())
    assert summary.counts == {"optimal": 2} and len(asked) > 1
    assert (index(tmp_path / "out")["status"] == "optimal").all()


def test_a_file_that_went_away_is_a_row(tutorial: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone.xlsx"
    summary = run_all([Run(gone), Run(tutorial)], tmp_path / "out", Inline())
    assert summary.counts == {"bad_input": 1, "optimal": 1}


def test_a_fault_of_the_program_stops_nothing(tutorial: Path, tmp_path: Path) -> None:
    def broken(_: Task, asked: int) -> Any:
        if asked == 1:
            return Answer({"status": "failed", "why": "=1+1"}, None, "traceback")
        return NotImplemented

    out = tmp_path / "out"
    runs = sweep_runs(tutorial, [parse_vary(f"{DENIED}=0,1")]).runs
    run_all(runs, out, Inline(broken))
    sheet = openpyxl.load_workbook(out / "index.xlsx")["Runs"]
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value == "=1+1"]
    assert [cell.data_type for cell in cells] == ["s"]


def test_the_index_of_a_sweep_draws_its_curve(tutorial: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    price = parse_vary("offers[country=Malaysia].price_usd_per_kg*=1,1.5")
    runs = sweep_runs(tutorial, [parse_vary(f"{DENIED}=0:1:0.5"), price]).runs
    run_all(runs, out, Inline())
    sheet: Any = openpyxl.load_workbook(out / "index.xlsx")["Sweep"]
    rows = list(sheet.iter_rows(min_row=3, max_row=6, max_col=3, values_only=True))
    assert rows[0] == ("denied", "price_usd_per_kg=1.0", "price_usd_per_kg=1.5")
    assert [row[0] for row in rows[1:]] == [0, 0.5, 1]
    assert rows[1][1] == pytest.approx(42.0)
    assert rows[3][1] == pytest.approx(50.4)
    assert len(sheet._charts) == 1


def test_infeasible_is_a_status_with_its_reason(tutorial: Path, tmp_path: Path) -> None:
    demand = parse_vary("demand.min_service_share=1")
    capacity = parse_vary("processes.capacity_t_per_year=1")
    out = tmp_path / "out"
    run_all(sweep_runs(tutorial, [demand, capacity]).runs, out, Inline())
    assert index(out)["status"].tolist() == ["infeasible"]
    record = json.loads(next(out.rglob("run.json")).read_text(encoding="utf-8"))
    assert record["plan_sha256"] is None
