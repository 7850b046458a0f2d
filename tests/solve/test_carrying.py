"""Bases carried over to problems of other columns and rows: the answer stays that of a fresh search."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from highspy import HighsBasis, HighsBasisStatus

from planner.analysis.added import with_row
from planner.case import Case, read_case
from planner.solve.carrying import carried_over
from planner.solve.layout import Layout
from planner.solve.relaxation import Relaxation
from planner.solve.run import Problem, build_problem
from planner.solve.search import Limits, Warm, search

LIMITS = Limits(gap=1e-7, time_limit=30)


@pytest.fixture(scope="module")
def case() -> Case:
    return read_case("inputs/tutorial.xlsx")


@pytest.fixture(scope="module")
def base(case: Case) -> tuple[Problem, Warm]:
    problem = build_problem(case)
    layout = problem.layout
    return problem, search(layout.arrays, layout.epochs, LIMITS, large=0)[1]


def as_it_is(case: Case) -> Case:
    return case


def without_rules(case: Case) -> Case:
    return replace(case, sheets={**case.sheets, "rules": ()})


def with_a_limit(case: Case) -> Case:
    return with_row(case, "limits", measure="cvar_cost_kusd", value=52_000)


def with_a_test(case: Case) -> Case:
    return with_row(
        case, "stress_tests", test="all", lose="country", member=("China",),
        first_period=case["periods"][-1]["period"], last_period=case["periods"][-1]["period"],
        min_service_share=0.0, end_use=("*",),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (as_it_is, without_rules),
        (as_it_is, with_a_limit),
        (with_a_limit, as_it_is),
        (as_it_is, with_a_test),
        (with_a_test, with_a_limit),
    ],
)
def test_an_edited_structure_is_solved_from_the_old_bases(
    case: Case, before: Callable[[Case], Case], after: Callable[[Case], Case]
) -> None:
    old, new = build_problem(before(case)).layout, build_problem(after(case)).layout
    assert not (old.same_columns(new) and old.same_rows(new))
    _, warm = search(old.arrays, old.epochs, LIMITS, large=0)
    carried = carried_over(old, warm, new)
    assert carried.root is not None
    assert len(carried.root.col_status) == len(new.arrays.cost)
    assert len(carried.root.row_status) == new.arrays.matrix.shape[0]
    warmly, _ = search(new.arrays, new.epochs, LIMITS, warm=carried, large=0)
    freshly, _ = search(new.arrays, new.epochs, LIMITS, large=0)
    assert warmly.objective == pytest.approx(freshly.objective, rel=1e-6)
    assert warmly.bound == pytest.approx(freshly.bound, rel=1e-6)


def test_what_did_not_change_is_carried_over_whole(case: Case, base: tuple[Problem, Warm]) -> None:
    """The limit's own row is basic, every other row and column keeps its status and its value."""
    problem, warm = base
    layout = build_problem(with_a_limit(case)).layout
    carried = carried_over(problem.layout, warm, layout)
    assert warm.root is not None
    assert carried.root is not None
    names = dict(zip(problem.layout.names(), warm.values, strict=True))
    wanted = [names.get(name, 0.0) for name in layout.names()]
    assert carried.values == pytest.approx(np.array(wanted))
    new = len(carried.root.row_status) - len(warm.root.row_status)
    assert new > 0
    basic = HighsBasisStatus.kBasic
    assert list(carried.root.row_status).count(basic) == list(warm.root.row_status).count(basic) + new  # fmt: skip


def test_the_same_problem_gets_what_it_left_behind(base: tuple[Problem, Warm]) -> None:
    problem, warm = base
    assert carried_over(problem.layout, warm, problem.layout) is warm


def solved(layout: Layout, basis: HighsBasis) -> float:
    relaxation = Relaxation(layout.arrays, {"threads": 1}, threading.Event(), basis)
    assert relaxation.solve()
    return relaxation.objective


def test_a_basis_that_does_not_fit_costs_time_and_nothing_else(base: tuple[Problem, Warm]) -> None:
    """Of another number of rows, or with everything basic: the relaxation begins from nothing."""
    layout, warm = base[0].layout, base[1]
    assert warm.root is not None
    truth = solved(layout, warm.root)
    for columns, rows in ((0, -1), (1, 0)):
        wrong = HighsBasis()
        wrong.col_status = [HighsBasisStatus.kBasic] * len(warm.root.col_status) if columns else list(warm.root.col_status)  # fmt: skip
        wrong.row_status = list(warm.root.row_status)[: rows or None]
        wrong.valid = wrong.alien = True
        assert solved(layout, wrong) == pytest.approx(truth, rel=1e-9)
