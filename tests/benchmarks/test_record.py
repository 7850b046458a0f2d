"""What is measured is written down, taken up again, and rendered with its misses."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks import task as tasks
from benchmarks.catalogue import EXTENSIVE_FORM, PLANNER, full, quick
from benchmarks.generator import RECORD
from benchmarks.machine import described
from benchmarks.meter import measured
from benchmarks.record import Record
from benchmarks.table import page
from benchmarks.task import MEASURES, Task
from benchmarks.wanted import goals, mean_of_ratios


def entry(task: Task, **figures: Any) -> dict[str, Any]:
    return {**asdict(task), **described(), **figures}


def certified(way: str, seed: int, **figures: Any) -> dict[str, Any]:
    task = Task("certify", way, "M", seed, {"gap": 0.01, "time_limit": 60})
    given = {"columns": 5, "objective": 1.0, "bound": 1.0, **figures}
    return entry(task, **given)


def test_every_row_is_in_the_catalogue_and_the_record_has_ten_seeds() -> None:
    assert {task.row for task in full()} == set(MEASURES) == {task.row for task in quick()}
    keys = [task.key for task in full()]
    assert len(keys) == len(set(keys))
    certify = {task.seed for task in full() if (task.row, task.size) == ("certify", "M")}
    assert certify == set(RECORD)


def test_the_quick_look_leaves_the_seeds_of_the_record_alone() -> None:
    assert not {task.seed for task in quick()} & set(RECORD)


def test_a_time_limit_is_no_part_of_what_is_measured() -> None:
    one = Task("certify", PLANNER, "S", 1, {"gap": 0.01, "time_limit": 60})
    assert one.key == replace(one, options={"gap": 0.01, "time_limit": 90}).key
    assert one.key != replace(one, options={"gap": 0.001, "time_limit": 60}).key


def test_records_are_found_again_and_the_later_counts(tmp_path: Path) -> None:
    path = tmp_path / "results" / "full.jsonl"
    task = Task("build", "raw", "S", 1)
    for seconds in (2.0, 1.0):
        Record(path).add(entry(task, cpu_s=seconds))
    assert len(path.read_text(encoding="utf-8").splitlines()) == 2
    assert Record(path).by_key[task.key]["cpu_s"] == 1.0


def test_what_fails_is_recorded_with_its_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Task) -> dict[str, Any]:
        raise MemoryError("no room")

    monkeypatch.setattr(tasks, "measure", fail)
    said = tasks.record(Task("build", "raw", "T", 1))
    assert said["error"] == "MemoryError: no room"
    json.dumps(said)


def test_a_peer_that_was_cut_counts_as_at_least_and_a_miss_is_shown(tmp_path: Path) -> None:
    record = Record(tmp_path / "full.jsonl")
    record.add(certified(PLANNER, 1, cpu_s=10.0, gap=0.009))
    record.add(certified(EXTENSIVE_FORM, 1, cpu_s=200.0, gap=0.2))
    record.add(certified(PLANNER, 2, cpu_s=60.0, gap=0.05))
    record.add(certified(EXTENSIVE_FORM, 2, cpu_s=30.0, gap=0.01))
    record.add(certified(PLANNER, 3, cpu_s=10.0, gap=0.01))
    record.add(entry(Task("certify", EXTENSIVE_FORM, "M", 3, {"gap": 0.01, "time_limit": 60}),
                     error="MemoryError: no room"))  # fmt: skip
    text = page(record)
    assert "| 1 | 5 | 10 | 0.90% | 200, cut | 20.00% | at least 20 |" in text
    assert "| 2 | 5 | 60 | 5.00% | 30 | 1.00% | - |" in text
    assert "gap not reached by the planner on 1, by the peer on 2" in text
    assert "| certify | HiGHS extensive form | M | 3 | MemoryError: no room |" in text


def test_a_goal_is_met_on_all_seeds_or_not_at_all(tmp_path: Path) -> None:
    record = Record(tmp_path / "full.jsonl")
    for seed in RECORD:
        record.add(entry(Task("read", PLANNER, "W", seed), cpu_s=1.0 + seed / 1000))
    (reading,) = (goal for goal in goals(record) if "read" in goal.name)
    assert reading.verdict == "met"
    assert reading.value == pytest.approx(1.0 + max(RECORD) / 1000)

    record.add(entry(Task("read", PLANNER, "W", RECORD[0]), error="MemoryError: no room"))
    (reading,) = (goal for goal in goals(record) if "read" in goal.name)
    assert reading.verdict == "missed"
    assert reading.runs == len(RECORD) - 1
    assert sum(goal.value is not None for goal in goals(record)) == 1


def test_means_of_ratios_are_geometric() -> None:
    assert mean_of_ratios([0.5, 2.0]) == pytest.approx(1.0)


def test_memory_that_a_piece_of_work_takes_is_seen() -> None:
    held, meter = measured(lambda: bytearray(64_000_000))
    assert len(held) == 64_000_000
    assert 55 < meter.added_mb < 90
    assert meter.cpu_s > 0
