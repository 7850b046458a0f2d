"""Samples of subtrees: each stands for its like, and together they weigh what all weigh."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from planner.errors import Infeasible
from planner.solve.highs import run
from planner.solve.lshaped import start as start_room
from planner.solve.lshaped.split import Split, split
from planner.solve.lshaped.start import (
    Sample,
    first_point,
    in_master,
    masses,
    sample_by_answers,
    sample_by_mass,
)
from planner.solve.lshaped.subproblem import Subproblem
from tests.solve.lshaped.problems import worlds


def halves(seed: int, monkeypatch: pytest.MonkeyPatch, count: int = 8) -> Split:
    """A split whose samples hold half of its subtrees."""
    made = worlds(seed, count, risk=0.3)
    cut = split(made.arrays, made.labels)
    width = float(np.mean([len(tree.columns) for tree in cut.subtrees]))
    monkeypatch.setattr(start_room, "SMALL", width * count / 2)
    return cut


def answered(cut: Split) -> Sample:
    z = np.clip(np.ones(len(cut.columns)), cut.root.lower, cut.root.upper)
    halt, prices = threading.Event(), np.zeros(len(cut.low))
    cuts = [Subproblem(tree, {}, halt).cut(z, prices) for tree in cut.subtrees]
    return sample_by_answers(cut, cuts, z)


@pytest.mark.parametrize("seed", range(4))
def test_a_sample_weighs_what_all_subtrees_weigh(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = halves(seed, monkeypatch)
    for sample in (sample_by_mass(cut), answered(cut)):
        assert 1 <= len(sample.chosen) <= 4
        assert len(set(sample.chosen.tolist())) == len(sample.chosen)
        assert (sample.factor >= 1 - 1e-12).all()
        assert sample.factor @ masses(cut)[sample.chosen] == pytest.approx(masses(cut).sum())


def test_a_sample_of_all_subtrees_has_the_optimum_of_the_whole() -> None:
    made = worlds(3, 4, risk=0.3)
    cut = split(made.arrays, made.labels)
    sample = sample_by_mass(cut)
    assert sorted(sample.chosen.tolist()) == [0, 1, 2, 3]
    assert sample.factor.tolist() == [1, 1, 1, 1]
    z, _ = first_point(cut, sample, {"threads": 1}, threading.Event())
    arrays = made.arrays
    relaxed = type(arrays)(**{**vars(arrays), "integer": np.zeros_like(arrays.integer)})
    held = type(relaxed)(
        **{**vars(relaxed), "lower": relaxed.lower.copy(), "upper": relaxed.upper.copy()}
    )
    held.lower[cut.columns] = held.upper[cut.columns] = z
    truth = run(relaxed, gap=0, time_limit=10).objective
    assert run(held, gap=0, time_limit=10).objective == pytest.approx(truth, rel=1e-6)


def test_worlds_that_answer_alike_are_one_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four copies of each of two worlds: two clusters, each with the weight of four."""
    cut = halves(5, monkeypatch, count=2)
    twice = Split(
        cut.width, cut.columns, cut.root, cut.held, cut.low, cut.high,
        tuple(cut.subtrees[i % 2] for i in range(8)),
    )  # fmt: skip
    monkeypatch.setattr(start_room, "SMALL", 2 * np.mean([len(t.columns) for t in twice.subtrees]))
    sample = answered(twice)
    assert {int(i) % 2 for i in sample.chosen} == {0, 1}
    assert sample.factor == pytest.approx([4, 4])


def test_the_heaviest_stand_in_the_master_as_far_as_they_are_small(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = worlds(2, 30)
    cut = split(made.arrays, made.labels)
    width = len(cut.subtrees[0].columns)
    assert in_master(cut).tolist() == np.argsort(-masses(cut), kind="stable")[:3].tolist()
    monkeypatch.setattr(start_room, "FULL", 2 * width)
    assert in_master(cut).tolist() == np.argsort(-masses(cut), kind="stable")[:2].tolist()
    monkeypatch.setattr(start_room, "FULL", 1)
    assert len(in_master(cut)) == 1


def test_first_decisions_without_a_solution_are_infeasible() -> None:
    made = worlds(1, 3)
    cut = split(made.arrays, made.labels)
    cut.root.row_lower[:] = 1e6
    cut.root.row_upper[:] = np.inf
    with pytest.raises(Infeasible, match="first decisions"):
        first_point(cut, sample_by_mass(cut), {"threads": 1}, threading.Event())
