"""Plans made by hand hold: the verifier asks for nothing that the contract does not."""

from __future__ import annotations

import pytest

from planner.analysis.verify import EQUATIONS, verify

PLANS = ("denial", "origin", "stress", "technology", "expected", "chain", "market")


@pytest.mark.parametrize("name", PLANS)
def test_a_hand_made_plan_holds(hand_plan, name: str) -> None:
    plan = hand_plan(name)
    verdict = verify(plan.case, plan.tables, plan.summary)
    assert verdict.faults == ()
    assert verdict.holds
    assert verdict.worst <= verdict.tolerance == 1e-6


def test_every_family_is_listed_with_the_rows_that_were_checked(hand_plan) -> None:
    plan = hand_plan("chain")
    checks = verify(plan.case, plan.tables, plan.summary).checks
    assert [check.equation for check in checks] == list(EQUATIONS)
    rows = {check.equation: check.rows for check in checks}
    assert rows["SRC-1"] == 2  # the contract is drawn on in p0 and p1
    assert rows["DIV-1"] == 6  # two countries in three periods
    assert rows["SUB-1"] == 0  # the case has no substitutes


def test_the_hand_made_plans_together_exercise_nearly_every_family(hand_plan) -> None:
    exercised = set()
    for name in PLANS:
        plan = hand_plan(name)
        checks = verify(plan.case, plan.tables, plan.summary).checks
        exercised |= {check.equation for check in checks if check.rows}
    # What only a changed workbook brings into play is in test_verify_changed_cases.
    assert set(EQUATIONS) - exercised == {
        *("TREE-5", "LIC-1", "LIC-3", "LIC-4", "INV-4", "INV-5", "DIV-2", "DIV-3"),
        *("STR-2", "STR-3", "LIM-2"),
    }


def test_the_order_of_rows_changes_nothing(hand_plan) -> None:
    plan = hand_plan("chain")
    turned = {
        name: frame if name == "tree" else frame.iloc[::-1] for name, frame in plan.tables.items()
    }
    assert verify(plan.case, turned, plan.summary).holds


def test_without_a_summary_the_tables_are_verified_all_the_same(hand_plan) -> None:
    plan = hand_plan("chain")
    verdict = verify(plan.case, plan.tables)
    assert verdict.holds
    rows = {check.equation: check.rows for check in verdict.checks}
    assert rows["RSK-1"] and not rows["RSK-4"]
