"""Regressions of building, by pytest-benchmark; apart from `make test`, which never judges time.

make bench-speed                                     # measured, and compared with the last run
make bench-speed SPEED=--benchmark-compare-fail=min:25%
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.build_peers import Problem
from benchmarks.build_row import problem_of
from benchmarks.generator import generate, sheets
from inputs.workbook import write
from planner.case import read_case
from planner.case.case import Case
from planner.solve.arrays import load
from planner.solve.assemble.instance import assemble
from planner.solve.compile import compile_templates
from planner.solve.layout import lay_out
from planner.solve.tree import build_tree

Benchmark = Callable[..., Any]


@pytest.fixture(scope="module")
def case() -> Case:
    return generate("S", 2, worlds=100)


@pytest.fixture(scope="module")
def problem(case: Case) -> Problem:
    return problem_of(case)


def test_case_to_instance(benchmark: Benchmark, case: Case) -> None:
    made = benchmark(lambda: assemble(case, build_tree(case)))
    assert len(made.instance.tree.leaves) == 100


def test_compile(benchmark: Benchmark, problem: Problem) -> None:
    assert len(benchmark(compile_templates, problem.instance)) == 2


def test_lay_out(benchmark: Benchmark, problem: Problem) -> None:
    templates = compile_templates(problem.instance)
    layout = benchmark(lay_out, problem.instance, templates)
    assert layout.arrays.matrix.nnz == problem.arrays.matrix.nnz


def test_hand_over(benchmark: Benchmark, problem: Problem) -> None:
    highs = benchmark(load, problem.arrays, 1.0, {})
    assert highs.getNumNz() == problem.arrays.matrix.nnz


def test_read(benchmark: Benchmark, tmp_path: Path) -> None:
    path = tmp_path / "case.xlsx"
    write(path, "many rows", sheets("W", 2))
    assert len(benchmark.pedantic(read_case, (path,), rounds=3)["offer_paths"]) > 10_000  # type: ignore[attr-defined]
