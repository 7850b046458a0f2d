"""Forward selection: what is kept, what stands for what, and how far the result is from the whole."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.solve.reduction import Block, Indices, select


def line(*places: float, weights: list[float], forced: int) -> Block:
    """Points on a line."""
    return Block(np.array(places)[:, None], np.array(weights), forced)


def distance(block: Block, nearest: Indices) -> float:
    """Kantorovich distance between a block and its reduction."""
    return float(block.weights @ np.abs(block.points - block.points[nearest]).sum(axis=1))


def test_keeps_the_forced_point_and_the_one_that_helps_most() -> None:
    """0 (w .5), 1 (.1), 10 (.3), 11 (.1), forced 11: after 11, taking 0 saves most."""
    block = line(0, 1, 10, 11, weights=[0.5, 0.1, 0.3, 0.1], forced=3)
    (nearest,) = select([block], 2, seed=1)
    assert nearest.tolist() == [0, 0, 3, 3]
    assert distance(block, nearest) == pytest.approx(0.1 * 1 + 0.3 * 1)


def test_points_never_stand_for_points_of_another_block() -> None:
    """The same places twice: each block answers for itself, one more point goes to the heavier."""
    light = line(0, 4, weights=[0.1, 0.1], forced=1)
    heavy = line(0, 4, weights=[0.4, 0.4], forced=1)
    few = select([light, heavy], 2, seed=1)
    assert [nearest.tolist() for nearest in few] == [[1, 1], [1, 1]]
    more = select([light, heavy], 3, seed=1)
    assert [nearest.tolist() for nearest in more] == [[1, 1], [0, 1]]


def test_the_seed_settles_equals_and_nothing_else() -> None:
    """Four corners of a cube at equal distance: any may go first, always the same for a seed."""
    corners = Block(np.vstack([np.eye(3), np.ones(3)]), np.array([0.2, 0.2, 0.2, 0.4]), 3)
    chosen = {seed: tuple(select([corners], 2, seed)[0].tolist()) for seed in range(20)}
    assert len(set(chosen.values())) > 1
    assert all(tuple(select([corners], 2, seed)[0].tolist()) == c for seed, c in chosen.items())
    clear = line(0, 1, 10, 11, weights=[0.5, 0.1, 0.3, 0.1], forced=3)
    assert len({tuple(select([clear], 2, seed)[0].tolist()) for seed in range(20)}) == 1


@pytest.mark.parametrize("keep", [0, 1, 5])
def test_refuses_to_keep_fewer_than_blocks_or_more_than_points(keep: int) -> None:
    blocks = [line(0, 1, weights=[0.5, 0.1], forced=0), line(0, 1, weights=[0.2, 0.2], forced=0)]
    with pytest.raises(ValueError, match="cannot keep"):
        select(blocks, keep, seed=1)


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9)), min_size=3, max_size=7),
    st.data(),
)
def test_close_to_the_best_subset_and_never_worse_with_more(
    points: list[tuple[int, int]], data: st.DataObject
) -> None:
    """Each added point lowers the distance; the first one added is the best that can be added."""
    block = Block(
        np.array([[float(place)] for place, _ in points]),
        np.array([float(weight) for _, weight in points]),
        data.draw(st.integers(0, len(points) - 1)),
    )
    reached = []
    for keep in range(1, len(points) + 1):
        (nearest,) = select([block], keep, seed=3)
        assert len(set(nearest.tolist())) == keep
        assert nearest[block.forced] == block.forced
        reached.append(distance(block, nearest))
    assert reached == sorted(reached, reverse=True)
    assert reached[-1] == 0
    pairs = [
        sum(w * min(abs(p - points[j][0]) for j in pair) for p, w in points)
        for pair in combinations(range(len(points)), 2)
        if block.forced in pair
    ]
    assert reached[1] == pytest.approx(min(pairs))
