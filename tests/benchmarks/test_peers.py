"""Every way to HiGHS ends at the same problem; variants of it are no tighter than they may be."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.build_peers import WAYS
from benchmarks.build_row import agree, build
from benchmarks.sizes_row import JOINT, LOOSE, OURS, STATED, sizes
from benchmarks.task import Task


@pytest.mark.parametrize("way", sorted(WAYS))
@pytest.mark.parametrize("seed", [2, 5])
def test_a_way_has_the_optimum_of_our_arrays(way: str, seed: int) -> None:
    assert agree(Task("agree", way, "T", seed))["agrees"]


def test_what_a_way_takes_is_measured_step_by_step() -> None:
    figures = build(Task("build", "Pyomo standard form", "T", 2))
    assert list(figures["steps"]) == ["state", "compile"]
    parts = sum(step["cpu_s"] for step in figures["steps"].values())
    assert figures["cpu_s"] == pytest.approx(parts, abs=1e-3)
    assert figures["rows"] > build(Task("build", "raw", "T", 2))["rows"]


def test_looser_bounds_and_joint_links_weaken_the_relaxation_and_nothing_else() -> None:
    found: dict[str, Any] = {
        way: sizes(Task("sizes", way, "T", 2)) for way in (STATED, OURS, LOOSE, JOINT)
    }
    ours = found[OURS]
    assert found[STATED]["relaxation"] == pytest.approx(ours["relaxation"], rel=1e-7)
    assert found[STATED]["rows"] > ours["rows"]
    assert found[LOOSE]["columns"] == ours["columns"]
    assert found[LOOSE]["relaxation"] < ours["relaxation"]
    assert found[JOINT]["rows"] < ours["rows"]
    assert found[JOINT]["relaxation"] < ours["relaxation"]
