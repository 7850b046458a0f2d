"""Benchmark cases are sound, the same for the same seed, and have plans that hold."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from benchmarks.generator import RECORD, features, generate, sheets
from inputs.workbook import write
from planner.analysis.verify import verify
from planner.case import read_case
from planner.solve.run import build_problem, solve_case


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("size", ["T", "S"])
def test_every_seed_gives_a_sound_case(size: str, seed: int) -> None:
    case = generate(size, seed)
    assert {fault.kind for fault in case.warnings} <= {"long-epoch"}


def test_a_seed_is_a_case() -> None:
    assert generate("S", 5).fingerprint == generate("S", 5).fingerprint
    assert generate("S", 5).fingerprint != generate("S", 6).fingerprint


def test_a_case_in_memory_is_the_workbook_that_is_written(tmp_path: Path) -> None:
    path = tmp_path / "case.xlsx"
    write(path, "a benchmark", sheets("S", 7, worlds=30))
    assert read_case(path).fingerprint == generate("S", 7, worlds=30).fingerprint


@pytest.mark.parametrize("worlds", [3, 100, 3000])
@pytest.mark.parametrize("epochs", [2, 3])
def test_there_are_as_many_worlds_as_were_asked_for(worlds: int, epochs: int) -> None:
    rows = generate("S", 3, worlds=worlds, epochs=epochs)["tree"]
    leaves = [row for row in rows if row["epoch"] == epochs]
    assert len(leaves) == worlds
    assert sum(row["probability"] for row in leaves) == pytest.approx(1, abs=1e-9)
    siblings = Counter((row["parent"], row["regime"], row["licences"]) for row in rows)
    assert set(siblings.values()) == {1}


def test_half_of_the_seeds_of_the_record_have_three_epochs_or_more() -> None:
    epochs = [features(seed).epochs for seed in RECORD]
    assert len(RECORD) >= 10
    assert sum(count >= 3 for count in epochs) * 2 == len(RECORD)


@pytest.mark.parametrize("seed", [5, 7])
def test_subtrees_of_several_epochs_hold_integers(seed: int) -> None:
    problem = build_problem(generate("S", seed, worlds=6))
    layout, tree = problem.layout, problem.assembly.instance.tree
    assert features(seed).epochs >= 3
    late = layout.arrays.integer & (layout.epochs == len({node.epoch for node in tree.nodes}))
    assert late.sum() > len(tree.leaves)


@pytest.mark.parametrize("seed", range(6))
def test_a_tiny_case_has_a_plan_that_holds(seed: int) -> None:
    plan = solve_case(generate("T", seed))
    assert plan.summary["status"] == "optimal"
    assert verify(plan.case, plan.tables, plan.summary).holds
