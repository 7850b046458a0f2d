"""The cut at the first branching: nothing is lost, and every row goes where it belongs."""

from __future__ import annotations

import numpy as np
import pytest

from models.tree import Node, Tree
from planner.solve.lshaped.master import in_full
from planner.solve.lshaped.split import label_nodes, split
from tests.solve.lshaped.problems import worlds


def node(name: str, parent: str | None, epoch: int, test: str | None = None) -> Node:
    return Node(name, parent, epoch, 0.0 if test else 1.0, test=test)


def test_labels_begin_at_the_first_branching() -> None:
    tree = Tree(
        (
            node("a", None, 1), node("b", "a", 2), node("c", "b", 3), node("d", "b", 3),
            node("e", "c", 4), node("f", "d", 4), node("g", "d", 4),
        )
    )  # fmt: skip
    assert label_nodes(tree) == {"a": 0, "b": 0, "c": 1, "d": 2, "e": 1, "f": 2, "g": 2}


def test_a_path_has_no_subtrees() -> None:
    assert set(label_nodes(Tree((node("a", None, 1), node("b", "a", 2)))).values()) == {0}


def test_a_stress_branch_off_the_trunk_is_a_subtree_of_its_own() -> None:
    tree = Tree(
        (
            node("a", None, 1), node("b", "a", 2), node("c", "a", 2), node("d", "b", 3),
            node("t", "a", 2, "loss"), node("u", "t", 3, "loss"), node("v", "d", 4, "late"),
        )
    )  # fmt: skip
    found = label_nodes(tree)
    assert found == {"a": 0, "b": 1, "c": 2, "d": 1, "t": 3, "u": 3, "v": 1}


@pytest.mark.parametrize("seed", range(3))
def test_root_and_all_subtrees_together_are_the_whole(seed: int) -> None:
    made = worlds(seed, risk=0.5, limit=0.05)
    cut = split(made.arrays, made.labels)
    again = in_full(cut, range(len(cut.subtrees)), np.ones(len(cut.subtrees)))
    order = np.concatenate((cut.columns, *(tree.columns for tree in cut.subtrees)))
    assert np.array_equal(again.cost, made.arrays.cost[order])
    assert np.array_equal(again.integer, made.arrays.integer[order])
    rows = [_rows(again.matrix, again), _rows(made.arrays.matrix[:, order], made.arrays)]
    assert rows[0] == rows[1]


def _rows(matrix: object, arrays: object) -> list[tuple[object, ...]]:
    table = matrix.toarray()  # type: ignore[attr-defined]
    sides = zip(arrays.row_lower, arrays.row_upper, strict=True)  # type: ignore[attr-defined]
    return sorted((*row, *side) for row, side in zip(table.tolist(), sides, strict=True))


def test_a_row_over_the_tree_couples_and_no_other() -> None:
    made = worlds(1, limit=0.05)
    cut = split(made.arrays, made.labels)
    assert len(cut.high) == 1
    held = sum(float(tree.part.sum()) for tree in cut.subtrees)
    assert held == pytest.approx(made.arrays.matrix[[-1]].sum())
    assert split(worlds(1).arrays, worlds(1).labels).high.size == 0
