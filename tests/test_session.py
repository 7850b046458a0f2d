"""A session: edits, undo, warm re-solves that answer as a fresh solve would."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import planner
from planner.case import Difference, read_case
from planner.errors import CaseError, FaultyWorkbook
from planner.session import Session
from planner.solve.run import TEMPLATES

TUTORIAL = Path(__file__).parents[1] / "inputs" / "tutorial.xlsx"
TIGHT = 1e-6

CASE = read_case(TUTORIAL)
SESSION = Session(CASE)

KNOBS = st.sampled_from(
    [
        Difference("offers", "", "price_usd_per_kg", "scale", 1.3),
        Difference("offers", "offer=Ganzhou spot", "price_usd_per_kg", "add", 150.0),
        Difference("offers", "kind=contract", "capacity_t_per_year", "scale", 0.7),
        Difference("offers", "kind=contract", "min_take_share", "set", 0.5),
        Difference("demand", "", "demand_t_per_year", "scale", 1.2),
        Difference("demand", "", "shortage_usd_per_kg", "scale", 0.4),
        Difference("licences", "", "application_kusd", "scale", 12.0),
        Difference("licence_odds", "", "late_months", "add", 3),
        Difference("settings", "key=risk_weight", "value", "set", 0.6),
        Difference("stocks", "", "holding_usd_per_kg_year", "scale", 8.0),
        Difference("lanes", "from_site=Kuantan", "freight_usd_per_kg", "add", 40.0),
    ]
)


def objective(plan: planner.Plan) -> float:
    assert plan.summary["verified"] and plan.summary["status"] == "optimal"
    return float(plan.summary["objective_kusd"])


@settings(max_examples=12, deadline=None)
@given(st.lists(KNOBS, min_size=1, max_size=3, unique_by=lambda d: (d.sheet, d.column)))
def test_edits_and_their_reverse_answer_as_a_fresh_solve(
    knobs: list[Difference],
) -> None:
    SESSION.reset()
    before = objective(SESSION.solve(gap=TIGHT))
    SESSION.apply(knobs)
    warm = objective(SESSION.solve(gap=TIGHT))
    fresh = objective(planner.solve(SESSION.case, gap=TIGHT))
    assert warm == pytest.approx(fresh, rel=2 * TIGHT)
    SESSION.undo()
    assert SESSION.case.fingerprint == CASE.fingerprint
    assert objective(SESSION.solve(gap=TIGHT)) == pytest.approx(before, rel=2 * TIGHT)


def test_numbers_compile_nothing_and_a_structure_compiles_what_is_new() -> None:
    session = Session(CASE)
    session.change(
        "settings", "value", 0.5, where="key=risk_weight"
    )  # 0 is a structure without CVaR
    session.solve()
    compiled = TEMPLATES.compiled
    session.change("offers", "price_usd_per_kg", 1.1, change="scale")
    session.change("settings", "value", 0.9, where="key=risk_weight")
    session.solve()
    assert TEMPLATES.compiled == compiled
    session.change("stocks", "*", "off")
    plan = session.solve(gap=TIGHT)
    assert TEMPLATES.compiled == compiled + 1
    assert objective(plan) == pytest.approx(
        objective(planner.solve(session.case, gap=TIGHT)), rel=2 * TIGHT
    )


def test_a_faulty_edit_changes_nothing_and_says_where() -> None:
    session = Session(CASE)
    session.change("offers", "price_usd_per_kg", 1.1, change="scale")
    kept = session.case, session.differences
    with pytest.raises(FaultyWorkbook, match="min_take_share"):
        session.change("offers", "min_take_share", 1.5)
    with pytest.raises(FaultyWorkbook, match="prise"):
        session.change("offers", "prise", 1)
    with pytest.raises(CaseError, match="expected conditions"):
        session.change("offers", "price_usd_per_kg", 1, where="nonsense")
    assert (session.case, session.differences) == kept


def test_a_later_edit_of_the_same_cells_stands_in_for_the_earlier() -> None:
    session = Session(CASE)
    price = [row["price_usd_per_kg"] for row in CASE["offers"]]
    session.change("offers", "price_usd_per_kg", 2.0, change="scale")
    session.change("offers", "price_usd_per_kg", 5.0)
    assert {row["price_usd_per_kg"] for row in session.case["offers"]} == {5.0}
    session.change("offers", "price_usd_per_kg", 1.0, change="add")
    assert {row["price_usd_per_kg"] for row in session.case["offers"]} == {6.0}
    for _ in range(3):
        assert len(session.undo()) == 1
    assert [row["price_usd_per_kg"] for row in session.case["offers"]] == price
    assert session.undo() == () and session.differences == ()


def test_an_edited_plan_is_exported_verified_and_opened_again(tmp_path: Path) -> None:
    session = Session(CASE)
    session.change("offers", "price_usd_per_kg", 1.2, change="scale")
    plan = session.solve()
    file = plan.to_excel(tmp_path / "plan.xlsx")
    assert planner.verify_file(file).holds
    again = Session(planner.read_plan(file).case)
    assert objective(again.solve(gap=TIGHT)) == pytest.approx(
        objective(session.solve(gap=TIGHT)), rel=2 * TIGHT
    )
    again.change("offers", "price_usd_per_kg", 1 / 1.2, change="scale")
    assert objective(again.solve(gap=TIGHT)) == pytest.approx(
        objective(planner.solve(CASE, gap=TIGHT)), rel=2 * TIGHT
    )


def test_edits_come_after_the_scenario_of_the_opened_case() -> None:
    name = CASE["scenarios"][0]["scenario"]
    under = planner.read_case(TUTORIAL, name)
    session = Session(under)
    session.change("demand", "demand_t_per_year", 1.1, change="scale")
    assert session.case.scenario is not None and session.case.scenario.startswith(name)
    assert [row["demand_t_per_year"] for row in session.case["demand"]] == pytest.approx(
        [1.1 * row["demand_t_per_year"] for row in under["demand"]]
    )
    session.reset()
    assert session.case is under
