"""Workers that are processes: real ones, one of them killed, all of them interrupted."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from multiprocessing import active_children
from pathlib import Path

import pandas as pd
import pytest

from planner.batch import Processes, State, run_all, sweep_runs
from planner.batch.runs import Options
from planner.batch.task import Task
from planner.batch.vary import parse_vary

ROOT = Path(__file__).parents[2]
VARY = "licence_odds[licence=CN-Japan].denied=0,0.4,1"
COMMANDS = """
import typer
from planner.cli_batch import batch, sweep
app = typer.Typer(pretty_exceptions_enable=False)
app.command()(batch)
app.command()(sweep)
if __name__ == "__main__":
    app()
"""


@pytest.fixture
def command(tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Start ``batch`` or ``sweep`` as a shell does."""
    script = tmp_path / "commands.py"
    script.write_text(COMMANDS, encoding="utf-8")

    def start(*arguments: str | Path) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(script), *map(str, arguments)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip

    return start


def drafts(out: Path) -> list[Path]:
    return [path for path in out.rglob("*") if path.name.startswith(".")]


@pytest.mark.slow
def test_a_killed_worker_loses_nothing_but_time(tutorial: Path, tmp_path: Path) -> None:
    runs = sweep_runs(tutorial, [parse_vary(VARY)]).runs
    killed: list[int] = []

    def kill_one(state: State) -> None:
        if not killed and state.running and state.ended == 0:
            victim = active_children()[0]
            assert victim.pid is not None
            os.kill(victim.pid, signal.SIGKILL)
            killed.append(victim.pid)

    out = tmp_path / "out"
    with Processes(2) as crew:
        summary = run_all(runs, out, crew, watch=kill_one)
    assert killed and summary.counts == {"optimal": 3}
    costs = pd.read_parquet(out / "index.parquet")["expected_cost_kusd"]
    assert costs.tolist() == pytest.approx([42_000, 49_120, 50_400])
    assert not drafts(out)
    assert not active_children()


@pytest.mark.slow
def test_the_death_of_an_idle_worker_is_not_noticed(tutorial: Path) -> None:
    task = Task(tutorial.name, tutorial.read_bytes(), None, (), "", Options())
    with Processes(1) as crew:
        for _ in range(2):
            crew.start("a run", task)
            assert crew.free == 0 and crew.asked == ("a run",)
            ended = [found for _ in range(600) for found in crew.finished(0.1)]
            assert [(key, found.row["status"]) for key, found in ended if found] == [
                ("a run", "optimal")
            ]
            for worker in active_children():
                worker.kill()
                worker.join()


@pytest.mark.slow
def test_the_command_tells_counts_and_writes_nothing_else_to_stdout(
    command: Callable[..., subprocess.Popen[str]], tutorial: Path, junk: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    running = command("batch", tutorial, junk, "-o", out, "--workers", "1")
    told, said = running.communicate(timeout=300)
    assert running.returncode == 1
    assert re.match(r"2 runs: 1 optimal, 1 bad_input\.", told)
    assert "not an Excel workbook" in told and "HiGHS" not in told
    assert "Traceback" not in said and "leaked" not in said


@pytest.mark.slow
def test_ctrl_c_ends_in_order_and_the_same_command_goes_on(
    command: Callable[..., subprocess.Popen[str]], tutorial: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    asked = ("sweep", tutorial, "--vary", VARY.replace("0,0.4,1", "0:1:0.05"), "-o", out, "--workers", "1")  # fmt: skip
    running = command(*asked)
    until = time.monotonic() + 240
    while not list(out.rglob("run.json")) and time.monotonic() < until:
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    told, said = running.communicate(timeout=60)
    assert running.returncode == 130, said
    assert "the same command does the rest" in told
    table = pd.read_parquet(out / "index.parquet")
    done = table["status"] == "optimal"
    assert 0 < done.sum() < len(table) == 21
    assert set(table["status"]) == {"optimal", "not_run"}
    assert not drafts(out)
    before = {path: path.stat().st_mtime_ns for path in out.rglob("run.json")}
    again = command(*asked)
    told, _ = again.communicate(timeout=300)
    assert again.returncode == 0 and told.startswith("21 runs: 21 optimal.")
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in before.items())
