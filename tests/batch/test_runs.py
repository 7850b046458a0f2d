"""Runs: which workbooks, which folders, and when an answer still counts."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from planner.batch.folder import keep, kept, write_whole
from planner.batch.runs import Options, Run, batch_runs, find_workbooks, slug
from planner.batch.task import Answer
from planner.errors import CaseError, PlanFileError

PLANNED = Answer({"status": "optimal"}, b"a plan", "done\n", ("s",))


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a/b\\c", "CON", "nul.", "=HYPERLINK(1)", "磁石", "x" * 400, "  "]
)
def test_no_name_becomes_a_path(tmp_path: Path, name: str) -> None:
    folder = Run(tmp_path / "case.xlsx", name).folder
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", folder)
    assert len(folder) < 80
    assert folder != Run(tmp_path / "case.xlsx", f"{name}!").folder


def test_a_slug_is_readable() -> None:
    assert slug("Été 2027: NdPr & Dy") == "ete-2027-ndpr-dy"


def test_workbooks_are_found_once_and_never_among_results(tmp_path: Path) -> None:
    out = tmp_path / "out"
    for name in ("a.xlsx", "deep/b.xlsx", "~$a.xlsx", "c.txt", "out/run/plan.xlsx"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = find_workbooks([tmp_path, tmp_path / "a.xlsx"], out)
    assert [path.relative_to(tmp_path).as_posix() for path in found] == ["a.xlsx", "deep/b.xlsx"]


def test_a_path_that_is_not_there_and_an_empty_folder_are_said(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="There is no file or folder"):
        find_workbooks([tmp_path / "nowhere"], tmp_path / "out")
    with pytest.raises(CaseError, match=r"no \.xlsx workbook"):
        find_workbooks([tmp_path], tmp_path / "out")


def test_scenarios_by_name(tmp_path: Path) -> None:
    books = [tmp_path / "a.xlsx", tmp_path / "b.xlsx"]
    assert [(run.workbook.stem, run.scenario) for run in batch_runs(books, "x; y")] == [
        ("a", "x"), ("a", "y"), ("b", "x"), ("b", "y"),
    ]  # fmt: skip
    assert all(run.every_scenario for run in batch_runs(books, "all"))
    with pytest.raises(CaseError, match="No scenario"):
        batch_runs(books, " ; ")


def test_a_fingerprint_knows_file_question_and_options(tmp_path: Path) -> None:
    run = Run(tmp_path / "a.xlsx", "s")
    prints = [
        run.fingerprint(b"1", Options()),
        run.fingerprint(b"2", Options()),
        replace(run, scenario="t").fingerprint(b"1", Options()),
        run.fingerprint(b"1", Options(gap=0.1)),
    ]
    assert len(set(prints)) == len(prints)
    assert run.fingerprint(b"1", Options()) == prints[0]


def test_an_answer_counts_for_its_very_question(tmp_path: Path) -> None:
    run = Run(tmp_path / "a.xlsx")
    keep(tmp_path, run, "print", PLANNED)
    done = kept(tmp_path, run, "print")
    assert done is not None and done.row == {"status": "optimal"} and done.scenarios == ("s",)
    assert kept(tmp_path, run, "other") is None
    assert kept(tmp_path, Run(tmp_path / "b.xlsx"), "print") is None


def test_a_damaged_plan_or_record_does_not_count(tmp_path: Path) -> None:
    run = Run(tmp_path / "a.xlsx")
    keep(tmp_path, run, "print", PLANNED)
    (tmp_path / run.folder / "plan.xlsx").write_bytes(b"a pla")
    assert kept(tmp_path, run, "print") is None
    keep(tmp_path, run, "print", PLANNED)
    (tmp_path / run.folder / "run.json").write_text('{"fingerprint": "pri', encoding="utf-8")
    assert kept(tmp_path, run, "print") is None


@pytest.mark.parametrize(
    ("status", "final"),
    [("bad_input", True), ("infeasible", True), ("failed", False), ("lost", False), ("nothing_found", False)],
)  # fmt: skip
def test_what_may_go_better_next_time_is_tried_again(
    tmp_path: Path, status: str, final: bool
) -> None:
    run = Run(tmp_path / "a.xlsx")
    keep(tmp_path, run, "print", Answer({"status": status}, None, ""))
    assert (kept(tmp_path, run, "print") is not None) == final


def test_a_plan_goes_when_its_run_fails(tmp_path: Path) -> None:
    run = Run(tmp_path / "a.xlsx")
    keep(tmp_path, run, "print", PLANNED)
    keep(tmp_path, run, "later", Answer({"status": "bad_input"}, None, ""))
    assert not (tmp_path / run.folder / "plan.xlsx").exists()


def test_a_file_is_whole_or_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "plan.xlsx"
    write_whole(path, b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(PlanFileError, match="No space"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["plan.xlsx"]
