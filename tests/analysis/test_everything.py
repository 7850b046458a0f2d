"""All analyses of one plan within one budget: what came to its end, what did not, and the command."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from typer.testing import CliRunner

from planner.analysis.everything import Deadline, Ran, Step, overview, run_all
from planner.analysis.findings import Findings
from planner.cli import app
from planner.errors import CaseError, Interrupted

TUTORIAL = Path(__file__).parents[2] / "inputs" / "tutorial.xlsx"
EVERY = (
    "why", "prices", "licences", "survive", "playbook", "information", "sensitivity", "replay",
    "alternatives", "frontier", "regret",
)  # fmt: skip


def steps(*outcomes: Findings | Exception) -> list[Step]:
    """One step an outcome: it returns the findings or raises."""

    def run(outcome: Findings | Exception) -> Findings:
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return [
        Step(f"step {at}", 1, lambda *_, outcome=outcome: run(outcome))
        for at, outcome in enumerate(outcomes)
    ]


def all_of(
    found: list[Step], stop: threading.Event | None = None, seconds: float = 60
) -> list[Ran]:
    return run_all(found, seconds, stop or threading.Event(), lambda *_: None)


def test_how_each_ended_is_said() -> None:
    whole, part = Findings("a", "Found."), Findings("b", "Some.", cautions=("The time was over after 1 of 2.",))  # fmt: skip
    ran = all_of(steps(whole, part, CaseError("The case has no licences."), Interrupted("stopped")))
    assert [one.state for one in ran] == ["done", "in part", "not asked", "no time"]
    told = overview(ran, 60)
    assert told.title.startswith("1 of 4 analyses came to their end, 1 in part")
    assert list(told.table("analyses")["found"]) == ["Found.", "Some.", "The case has no licences.", "stopped"]  # fmt: skip
    assert any("The case has no licences." in words for words in told.cautions)


def test_what_one_leaves_over_the_others_have() -> None:
    given: list[float] = []

    def run(seconds: float, *_: object) -> Findings:
        given.append(seconds)
        return Findings("a", "Found.")

    all_of([Step("a", 1, run), Step("b", 1, run), Step("c", 2, run)], seconds=80)
    assert given == [pytest.approx(share, abs=1) for share in (20, 80 / 3, 80)]


def test_a_stop_leaves_out_the_rest() -> None:
    stop = threading.Event()

    def run(_seconds: float, _stop: threading.Event, _tell: object) -> Findings:
        stop.set()
        return Findings("a", "Found.")

    ran = all_of([Step("a", 1, run), *steps(Findings("b", "Never."))], stop)
    assert [one.state for one in ran] == ["done", "stopped"]


def test_a_deadline_is_a_stop_by_itself_or_by_another() -> None:
    other = threading.Event()
    assert Deadline(0.0, other).is_set()
    later = Deadline(1e6, other)
    assert not later.is_set()
    other.set()
    assert later.is_set()


def test_the_command_asks_everything(tmp_path: Path) -> None:
    out = tmp_path / "all.xlsx"
    asked = CliRunner().invoke(app, ["explain", "all", str(TUTORIAL), "--json", "-o", str(out)])
    assert asked.exit_code == 0, asked.output
    found = json.loads(asked.stdout)
    assert Path(found["file"]).exists()
    first = found["analyses"][0]
    assert first["title"].startswith("11 of 11 analyses came to their end, 0 in part")
    assert tuple(row["analysis"] for row in first["tables"]["analyses"]) == EVERY
    assert tuple(one["analysis"] for one in found["analyses"][1:]) == EVERY


def test_the_command_refuses_what_it_cannot_do(tmp_path: Path) -> None:
    for words in (
        ["explain", "all", str(tmp_path / "none.xlsx")],
        ["explain", "all", str(TUTORIAL), "--within", "0"],
        ["explain", "all", str(TUTORIAL), "-o", str(tmp_path / "all.docx")],
        ["explain", "why", str(TUTORIAL), "--of", "offers:nobody"],
    ):
        refused = CliRunner().invoke(app, words)
        assert refused.exit_code in (2, 3), (words, refused.output)
        assert "Traceback" not in refused.output
