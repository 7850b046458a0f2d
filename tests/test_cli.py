"""The command line: what it says, what it writes, and the exit code of every ending."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from typer.testing import CliRunner

import planner
from planner import api
from planner.analysis.verify import compare_inputs
from planner.cli import app
from planner.cli_endings import EXIT_CODES
from planner.errors import (
    FaultyWorkbook,
    Infeasible,
    Interrupted,
    NothingFound,
    PlanFileError,
    PlannerError,
    Unbounded,
    UnsafeFile,
)
from planner.solve.highs import Progress
from planner.solve.plan import SUMMARY_KEYS

ROOT = Path(__file__).parents[1]
DENIAL = ROOT / "tests" / "known_answers" / "hand_licence_denial.xlsx"
LATE = ROOT / "tests" / "known_answers" / "hand_licence_late.xlsx"


def run(*arguments: str | Path) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def process(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The command as a shell runs it."""
    return subprocess.run(
        [sys.executable, "-m", "planner", *map(str, arguments)],
        capture_output=True, text=True, check=False, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    """A workbook with two faults: an unknown site and a negative price."""
    book = openpyxl.load_workbook(DENIAL)
    book["offers"]["B2"].value = "CNN"
    book["demand"]["E2"].value = -5
    path = tmp_path / "faulty.xlsx"
    book.save(path)
    return path


@pytest.fixture
def impossible(tmp_path: Path) -> Path:
    """All demand must be served, and no licence can be had in time."""
    book = openpyxl.load_workbook(DENIAL)
    book["demand"]["F1"].value = "min_service_share"
    book["demand"]["F2"].value = 1
    path = tmp_path / "impossible.xlsx"
    book.save(path)
    return path


# ---- check and template


def test_check_says_that_a_case_is_sound() -> None:
    told = run("check", DENIAL)
    assert told.exit_code == 0
    assert "hand_licence_denial.xlsx is a sound case" in told.stdout


def test_check_tells_every_fault_and_where(faulty: Path) -> None:
    told = run("check", faulty)
    assert told.exit_code == 3
    for word in ("where", "found", "expected", "do", "offers!B2", "demand!E2", "CNN", "-5"):
        assert word in told.stderr
    assert told.stdout == ""


def test_check_as_json(faulty: Path) -> None:
    sound = json.loads(run("check", DENIAL, "--json").stdout)
    assert sound["status"] == "ok" and sound["rows"]["offers"] == 2
    told = run("check", faulty, "--json")
    content = json.loads(told.stdout)
    assert told.exit_code == 3 and content["status"] == "bad_input"
    assert {fault["where"] for fault in content["faults"]} == {"offers!B2", "demand!E2"}


def test_check_reads_every_scenario(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(DENIAL)
    sheet = book.create_sheet("scenarios")
    sheet.append(["scenario", "sheet", "where", "column", "change", "value"])
    sheet.append(["odd", "offers", "country=China", "price_usd_per_kg", "set", "dear"])
    book.save(tmp_path / "case.xlsx")
    told = run("check", tmp_path / "case.xlsx")
    assert told.exit_code == 3 and "dear" in told.stderr


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("gone.xlsx", None, "There is no file"),
        ("folder.xlsx", "folder", "folder.xlsx"),
        ("table.csv", "a,b", "no .xlsx workbook"),
        ("fake.xlsx", "a,b", "not an Excel workbook"),
    ],
)
def test_files_that_are_no_workbook(
    tmp_path: Path, name: str, content: str | None, says: str
) -> None:
    path = tmp_path / name
    if content == "folder":
        path.mkdir()
    elif content is not None:
        path.write_text(content)
    for command in ("check", "solve", "verify"):
        told = run(command, path)
        assert told.exit_code == 3
        assert says in told.stderr.replace("\n", " ")
        assert "Traceback" not in told.stderr


def test_template_is_a_sound_case_and_is_not_written_twice(tmp_path: Path) -> None:
    path = tmp_path / "new" / "template.xlsx"
    assert run("template", path).exit_code == 0
    assert run("check", path).exit_code == 0
    before = path.read_bytes()
    told = run("template", path)
    assert told.exit_code == 2 and "is there already" in told.stderr
    assert path.read_bytes() == before
    assert run("template", path, "--force").exit_code == 0
    assert run("template", tmp_path / "template.csv").exit_code == 2


# ---- solve and verify


def test_solve_writes_a_plan_and_says_what_to_do(tmp_path: Path) -> None:
    told = run("solve", DENIAL, "-o", tmp_path / "out")
    assert told.exit_code == 0
    for words in ("MUSD 2.42", "verified from its own tables", "What to do now", "plan.xlsx"):
        assert words in told.stdout
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["plan.xlsx"]
    assert run("verify", tmp_path / "out" / "plan.xlsx", "--case", DENIAL).exit_code == 0
    other = run("verify", tmp_path / "out" / "plan.xlsx", "--case", LATE)
    assert other.exit_code == 1 and "OTHER INPUTS" in other.stdout
    assert "DOES NOT HOLD" not in other.stdout and "plan has" in other.stdout


def test_json_is_one_object_and_nothing_else(tmp_path: Path) -> None:
    told = process("solve", DENIAL, "-o", tmp_path, "--json", "--risk-weight", "0.5")
    assert told.returncode == 0
    summary = json.loads(told.stdout)
    assert tuple(summary)[: len(SUMMARY_KEYS)] == SUMMARY_KEYS
    assert summary["verified"] is True
    assert summary["risk_weight"] == 0.5
    assert summary["file"] == str(tmp_path / "plan.xlsx")


def test_verify_as_json_of_a_plan_changed_by_hand(tmp_path: Path) -> None:
    assert run("solve", DENIAL, "-o", tmp_path).exit_code == 0
    book = openpyxl.load_workbook(tmp_path / "plan.xlsx")
    book["plan_costs"]["D2"].value += 1
    book.save(tmp_path / "plan.xlsx")
    told = run("verify", tmp_path / "plan.xlsx", "--json")
    verdict = json.loads(told.stdout)
    assert told.exit_code == 1 and verdict["holds"] is False and verdict["faults"]
    assert not verdict["differences"]
    assert "DOES NOT HOLD" in run("verify", tmp_path / "plan.xlsx").stdout


def test_bad_input_writes_nothing(faulty: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "plan.xlsx").write_text("the plan of yesterday")
    told = process("solve", faulty, "-o", tmp_path / "out")
    assert told.returncode == 3
    assert "offers!B2" in told.stderr and "Traceback" not in told.stderr
    assert (tmp_path / "out" / "plan.xlsx").read_text() == "the plan of yesterday"
    assert process("solve", faulty, "-o", tmp_path / "new").returncode == 3
    assert not (tmp_path / "new").exists()


def test_a_case_without_a_plan(impossible: Path, tmp_path: Path) -> None:
    told = process("solve", impossible, "-o", tmp_path / "out", "--json")
    assert told.returncode == 4
    assert json.loads(told.stdout)["status"] == "infeasible"
    assert not (tmp_path / "out").exists()


def test_an_unknown_scenario(tmp_path: Path) -> None:
    told = run("solve", DENIAL, "-o", tmp_path, "--scenario", "summit")
    assert told.exit_code == 3 and "summit" in told.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("solve",),
        ("sell",),
        ("solve", DENIAL, "--risk-weight", "2"),
        ("solve", DENIAL, "--gap", "-1"),
        ("solve", DENIAL, "--gap", "small"),
        ("solve", DENIAL, "-o", DENIAL),
        ("solve", DENIAL, "-o", "/proc/planner"),
        ("batch", DENIAL, "-o", "/proc/planner"),
        ("open", DENIAL, "-o", DENIAL),
        ("compare", DENIAL, DENIAL, "-o", DENIAL),
        ("export", DENIAL, "-o", DENIAL),
        ("solve", DENIAL, "-o", DENIAL / "out"),
        ("solve", DENIAL, "--write-mps", DENIAL / "model.mps"),
        ("solve", DENIAL, "--write-mps", ROOT),
    ],
)
def test_usage(arguments: tuple[str | Path, ...]) -> None:
    told = run(*arguments)
    assert told.exit_code == 2
    assert "Traceback" not in told.stderr


# ---- endings


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (UnsafeFile("a bomb"), 3, "bad_input"),
        (FaultyWorkbook([]), 3, "bad_input"),
        (PlanFileError("no folder"), 3, "bad_plan_file"),
        (Infeasible("caps [50 %] too tight"), 4, "infeasible"),
        (Unbounded("a price is missing"), 4, "unbounded"),
        (NothingFound("60 s"), 6, "nothing_found"),
        (Interrupted("by you"), 130, "interrupted"),
        (PlannerError("else"), 1, "failed"),
    ],
)
def test_every_error_has_its_code(
    error: PlannerError, code: int, status: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(api, "solve", fail)
    told = run("solve", DENIAL, "-o", tmp_path / "out", "--json")
    assert told.exit_code == code
    assert json.loads(told.stdout)["status"] == status
    assert str(error) in told.stderr
    assert not (tmp_path / "out").exists()


def test_the_exit_codes_know_every_error() -> None:
    def below(kind: type[PlannerError]) -> set[type[PlannerError]]:
        return {kind}.union(*(below(child) for child in kind.__subclasses__()))

    # Rooms may have errors of their own (the store's are shown by pages): those are not endings.
    kinds = {kind for kind in below(PlannerError) if kind.__module__ == PlannerError.__module__}
    assert {kind.status for kind in kinds} == set(EXIT_CODES)
    assert {kind for kind in kinds if EXIT_CODES[kind.status] == 1} == {
        PlannerError, planner.NoPlan,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, 0),
        ({"status": "feasible", "termination": "time_limit"}, 5),
        ({"status": "feasible", "termination": "interrupted"}, 130),
        ({"verified": False, "worst_violation": 0.5}, 1),
    ],
)
def test_a_plan_of_each_kind_is_kept(
    changes: dict[str, Any], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = planner.solve(planner.read_case(DENIAL))
    ended = replace(plan, summary={**plan.summary, **changes})
    monkeypatch.setattr(api, "solve", lambda *_, **__: ended)
    told = run("solve", DENIAL, "-o", tmp_path)
    assert told.exit_code == code
    assert (tmp_path / "plan.xlsx").exists()
    assert ("NOT VERIFIED" in told.stdout) == (code == 1)


def test_ctrl_c_keeps_the_best_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The signal reaches the command while the solver works; the solver is asked to stop."""
    plan = planner.solve(planner.read_case(DENIAL))
    best = replace(
        plan, summary={**plan.summary, "status": "feasible", "termination": "interrupted"}
    )

    def work(*_: Any, stop: threading.Event, progress: Any, **__: Any) -> planner.Plan:
        progress(Progress(1.0, 2500.0, 2000.0, 0.2, "search"))
        os.kill(os.getpid(), signal.SIGINT)
        assert stop.wait(10)
        return best

    monkeypatch.setattr(api, "solve", work)
    before = signal.getsignal(signal.SIGINT)
    told = run("solve", DENIAL, "-o", tmp_path)
    assert told.exit_code == 130
    assert "Stopping at the best plan so far, MUSD 2.50." in told.stderr
    assert "stopped by you" in told.stdout
    assert planner.read_plan(tmp_path / "plan.xlsx").summary["termination"] == "interrupted"
    assert signal.getsignal(signal.SIGINT) == before


def test_ctrl_c_before_the_first_plan_promises_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(*_: Any, stop: threading.Event, progress: Any, **__: Any) -> planner.Plan:
        progress(Progress(1.0, None, 2000.0, None, "relaxation"))
        os.kill(os.getpid(), signal.SIGINT)
        assert stop.wait(10)
        raise Interrupted("Stopped before the first plan was found.")

    monkeypatch.setattr(api, "solve", work)
    told = run("solve", DENIAL, "-o", tmp_path / "out")
    assert told.exit_code == 130
    assert "no plan has been found yet" in told.stderr and "best plan so far" not in told.stderr
    assert not (tmp_path / "out").exists()


def test_ctrl_c_while_the_program_loads_ends_without_a_traceback(tmp_path: Path) -> None:
    """The signal comes in the middle of the first import of the command line."""
    code = (
        "import os, signal, sys, threading\n"
        "import planner.__main__ as entry\n"
        "class Interrupting:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'typer':\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Interrupting())\n"
        "entry.main()\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, "solve", str(DENIAL), "-o", str(tmp_path / "out")],
        capture_output=True, text=True, check=False, timeout=50, cwd=ROOT,
    )  # fmt: skip
    assert (told.returncode, told.stdout, told.stderr) == (130, "", "Interrupted.\n")
    assert not (tmp_path / "out").exists()


def test_what_needs_no_solver_loads_none() -> None:
    code = "import sys, planner.cli; print(*(n for n in ('pyomo', 'highspy', 'pandas', 'distributed') if n in sys.modules))"
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert told.stdout.split() == []


def test_a_second_ctrl_c_ends_at_once(tmp_path: Path) -> None:
    code = (
        "import os, signal, time\n"
        "from planner import __main__, api\n"
        "def deaf(*_, **__):\n"
        "    for _ in range(2):\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "        time.sleep(0.5)\n"
        "    time.sleep(60)\n"
        "api.solve = deaf\n"
        "__main__.main()\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, "solve", str(DENIAL), "-o", str(tmp_path / "out")],
        capture_output=True, text=True, check=False, timeout=50, cwd=ROOT,
    )  # fmt: skip
    assert told.returncode == 130
    assert not (tmp_path / "out").exists()


def test_every_command_has_its_help() -> None:
    told = run("--help")
    assert told.exit_code == 0
    for command in ("check", "template", "solve", "verify"):
        assert re.search(rf"\b{command}\b", told.stdout)
        assert run(command, "--help").exit_code == 0


def test_what_was_handed_over_is_never_written_over(tmp_path: Path) -> None:
    book = tmp_path / "plan.xlsx"
    book.write_bytes(DENIAL.read_bytes())
    for arguments in (("-o", tmp_path), ("-o", tmp_path / "out", "--write-mps", book)):
        assert run("solve", book, *arguments).exit_code == 2
    assert book.read_bytes() == DENIAL.read_bytes()
    assert not (tmp_path / "out").exists()


# ---- open


def test_open_gives_back_the_workbook_that_made_the_plan(tmp_path: Path) -> None:
    assert run("solve", DENIAL, "-o", tmp_path, "--risk-weight", "0.5").exit_code == 0
    told = run("open", tmp_path / "plan.xlsx", "-o", tmp_path / "case.xlsx", "--solve")
    assert told.exit_code == 0
    assert "--risk-weight 0.5" in told.stdout and "the same" in told.stdout
    back = planner.read_case(tmp_path / "case.xlsx")
    assert compare_inputs(back, planner.read_case(DENIAL)) == []
    assert run("open", tmp_path / "plan.xlsx", "-o", tmp_path / "case.xlsx").exit_code == 2


def test_open_as_json(tmp_path: Path) -> None:
    assert run("solve", DENIAL, "-o", tmp_path).exit_code == 0
    told = run("open", tmp_path / "plan.xlsx", "-o", tmp_path / "case.xlsx", "--json")
    assert json.loads(told.stdout) == {"file": str(tmp_path / "case.xlsx"), "scenario": None}


def test_a_plan_that_solves_to_something_else_is_said(tmp_path: Path) -> None:
    """Somebody lowered the cost in the plan's own summary."""
    assert run("solve", DENIAL, "-o", tmp_path).exit_code == 0
    book = openpyxl.load_workbook(tmp_path / "plan.xlsx")
    for row in book["plan_meta"].iter_rows():
        if row[0].value == "objective_kusd":
            book["plan_meta"].cell(row[0].row or 0, 2).value = (
                0.9 * planner.read_plan(tmp_path / "plan.xlsx").summary["objective_kusd"]
            )
    book.save(tmp_path / "plan.xlsx")
    told = run("open", tmp_path / "plan.xlsx", "-o", tmp_path / "case.xlsx", "--solve")
    assert told.exit_code == 1 and "NOT the same" in told.stdout


def test_warnings_stand_beside_faults(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(DENIAL)
    book["offers"]["B2"].value = "CNN"
    book["offers"]["Z1"].value = "prize_usd_per_kg"
    book.save(tmp_path / "faulty.xlsx")
    told = run("check", tmp_path / "faulty.xlsx")
    assert told.exit_code == 3
    assert "1 warning" in told.stderr and "prize_usd_per_kg" in told.stderr
    assert "offers!B2" in told.stderr
    found = json.loads(run("check", tmp_path / "faulty.xlsx", "--json").stdout)
    assert [fault["cell"] for fault in found["faults"]] == ["B2"]
    (warning,) = found["warnings"]
    assert "'prize_usd_per_kg', which is ignored" in warning["found"]


def test_a_folder_is_no_workbook(tmp_path: Path) -> None:
    told = run("check", tmp_path)
    assert told.exit_code == 3 and "is a folder" in told.stderr
