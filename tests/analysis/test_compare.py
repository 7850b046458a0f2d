"""Plans side by side, against figures that the tutorial's hand calculation gives."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from planner.analysis.compare import Comparison, compare
from planner.analysis.compare.decisions import _reached
from planner.analysis.compare.regret import committed, first_decisions, regret
from planner.api import solve
from planner.case import Case, Difference, read_case, with_differences
from planner.errors import CaseError
from planner.solve.plan import Plan

TUTORIAL = Path(__file__).parents[2] / "inputs" / "tutorial.xlsx"
A, B, C = "A · as it stands", "B · sure", "C · never"


def odds(on_time: float, denied: float) -> list[Difference]:
    where = "licence=CN-Japan"
    return [Difference("licence_odds", where, "on_time", "set", on_time),
            Difference("licence_odds", where, "denied", "set", denied)]  # fmt: skip


@pytest.fixture(scope="module")
def plans() -> tuple[Plan, Plan, Plan]:
    """The tutorial as it stands (granted with 0.6), with the licence sure, and never granted."""
    case = read_case(TUTORIAL)
    return (
        solve(case),
        solve(with_differences(case, None, odds(1, 0), "sure")),
        solve(with_differences(case, None, odds(0, 1), "never")),
    )


@pytest.fixture(scope="module")
def comparison(plans: tuple[Plan, ...]) -> Comparison:
    return compare(plans)


def row(table: Any, key: Any) -> list[Any]:
    """The cells of one row."""
    return table.loc[key].tolist()


def moved(plan: Plan, sheet: str, **values: object) -> Plan:
    """The plan as if its case said something else in every row of a sheet."""
    rows = tuple(type(r)({**r, **values}, r.number) for r in plan.case[sheet])
    case: Case = replace(plan.case, sheets={**plan.case.sheets, sheet: rows})
    return replace(plan, case=case)


def test_labels_tell_the_plans_apart(comparison: Comparison) -> None:
    assert comparison.labels == (A, B, C)


def test_only_the_cells_that_differ(comparison: Comparison) -> None:
    table = comparison.inputs
    assert table[["sheet", "row", "column"]].to_numpy().tolist() == [
        ["licence_odds", "CN-Japan, truce", "on_time"],
        ["licence_odds", "CN-Japan, truce", "denied"],
    ]
    assert table[[A, B, C]].to_numpy().tolist() == [[0.6, 1, 0], [0.4, 0, 1]]
    case = comparison.plans[0].case
    assert table["cell"].tolist() == [
        case.address("licence_odds", case["licence_odds"][0], name)
        for name in ("on_time", "denied")
    ]
    assert table["grade"].tolist() == ["D", "D"]


def test_a_row_that_one_plan_lacks_and_a_setting(plans: tuple[Plan, ...]) -> None:
    first = plans[0]
    fewer = replace(first.case, sheets={**first.case.sheets, "stocks": ()})
    fewer = replace(fewer, settings={**first.case.settings, "risk_weight": 0.5})
    table = compare([first, replace(first, case=fewer)]).inputs
    assert table["sheet"].tolist() == ["settings", "stocks"]
    label = [name for name in table.columns if str(name)[:1] in "AB"]
    assert table.iloc[0][label].tolist() == [0.0, 0.5]
    assert table.iloc[1][label].tolist() == ["row", "no such row"]


def test_the_order_of_rows_is_no_difference(plans: tuple[Plan, ...]) -> None:
    first = plans[0]
    turned = {name: rows[::-1] for name, rows in first.case.sheets.items() if name != "periods"}
    other = replace(first.case, sheets={**first.case.sheets, **turned})
    assert compare([first, replace(first, case=other)]).inputs.empty


def test_the_bridge_is_the_difference_of_costs_line_by_line(comparison: Comparison) -> None:
    # By hand: sure, two years of 100 t at 200; never, 130 t at 200, 60 at 300, 10 at 420.
    bridge: Any = comparison.bridge
    assert bridge.loc["purchase", B] == pytest.approx(40_000)
    assert bridge.loc["purchase", C] == pytest.approx(26_000 + 18_000 + 4_200)
    assert bridge.loc["holding", C] == pytest.approx(600)
    assert row(bridge, "applications") == pytest.approx([400, 400, 0])
    assert bridge.sum().tolist() == pytest.approx([49_120, 42_000, 50_400])
    assert bridge.index.tolist() == ["purchase", "processing", "holding", "applications"]


def test_shares_and_their_concentration(comparison: Comparison) -> None:
    oxide: Any = comparison.shares.loc["oxide"]
    assert row(oxide, "China") == pytest.approx([0.77, 1.0, 0.65])
    assert oxide.sum().tolist() == pytest.approx([1, 1, 1])
    hhi = row(comparison.hhi, ("oxide", "country"))
    assert hhi == pytest.approx([77**2 + 23**2, 10_000, 65**2 + 35**2])
    stages = comparison.shares.index.get_level_values("stage")
    assert list(dict.fromkeys(stages)) == ["oxide", "metal"]


def test_distributions(comparison: Comparison) -> None:
    risk: Any = comparison.risk[A]
    assert (risk["least"], risk["most"]) == pytest.approx((45_600, 54_400))
    assert risk["50%"] == pytest.approx(45_600), "granted with probability 0.6"
    assert risk["75%"] == pytest.approx(54_400)
    assert risk["mean"] == pytest.approx(0.6 * 45_600 + 0.4 * 54_400)
    curve = comparison.exceedance
    assert curve[curve["plan"] == A]["probability"].tolist() == pytest.approx([1, 0.4])


def test_decisions_now_and_on_average(comparison: Comparison) -> None:
    now = comparison.now.set_index(["kind", "name"])[[A, B, C]]
    assert row(now, ("sign contract", "Kuantan contract")) == pytest.approx([30, 0, 60])
    assert row(now, ("apply for licence", "CN-Japan")) == [1, 1, 0]
    assert row(now, ("buy spot", "Ganzhou spot")) == pytest.approx([130, 100, 130])
    average = comparison.average.set_index(["kind", "name"])[[A, B, C]]
    # 130 now, and when granted (0.6) the 40 t that neither stock nor contract covers.
    assert row(average, ("buy", "Ganzhou spot")) == pytest.approx([130 + 0.6 * 40, 200, 130])
    assert row(average, ("keep in stock", "Works, Dy oxide")) == pytest.approx([15, 0, 15])
    assert "run" not in average.index.get_level_values("kind"), "the works runs alike in all"


def test_timing_of_commitments(comparison: Comparison) -> None:
    table = comparison.timing.set_index(["kind", "name", "figure"])[[A, B, C]]
    first = row(table, ("contract", "Kuantan contract", "first decided"))
    assert first == [date(2027, 1, 1), None, date(2027, 1, 1)]
    likely = row(table, ("contract", "Kuantan contract", "probability"))
    assert likely == [1.0, 0.0, 1.0]


def test_a_commitment_met_twice_on_a_path_counts_once() -> None:
    tree = [{"node": node, "parent": parent} for node, parent in
            (("r", ""), ("a", "r"), ("b", "r"), ("aa", "a"), ("ab", "a"))]  # fmt: skip
    likely = {"r": 1.0, "a": 0.7, "b": 0.3, "aa": 0.4, "ab": 0.3}
    assert _reached(tree, likely, {"a", "aa"}) == pytest.approx(0.7)
    assert _reached(tree, likely, {"aa", "b"}) == pytest.approx(0.7)
    assert _reached(tree, likely, {"r", "b"}) == pytest.approx(1.0)
    assert _reached(tree, likely, set()) == 0


def test_service(comparison: Comparison) -> None:
    assert row(comparison.service, ("automotive", "demand_t")) == pytest.approx([160] * 3)
    assert row(comparison.service, ("automotive", "served")) == pytest.approx([1] * 3)


def test_a_plan_and_itself_differ_in_nothing(plans: tuple[Plan, ...]) -> None:
    same = compare([plans[0], plans[0]])
    assert same.inputs.empty and same.now.empty and same.average.empty and same.timing.empty
    assert any("are the same plan" in words for words in same.cautions)


def test_other_horizons_are_refused(plans: tuple[Plan, ...]) -> None:
    first = plans[0]
    with pytest.raises(
        CaseError, match=r"other horizons \(.* for 1 years against .* for 2 years\)"
    ):
        compare([first, moved(first, "periods", years=2.0)])
    short = replace(first.case, sheets={**first.case.sheets, "periods": first.case["periods"][:1]})
    with pytest.raises(CaseError, match="no such period"):
        compare([first, replace(first, case=short)])


def test_other_stages_or_markets_are_refused(plans: tuple[Plan, ...]) -> None:
    with pytest.raises(CaseError, match="a tonne of it is not the same"):
        compare([plans[0], moved(plans[0], "materials", stage="magnet")])
    with pytest.raises(CaseError, match="no market and material in common"):
        compare([plans[0], moved(plans[0], "demand", site="elsewhere")])


@pytest.mark.parametrize("count", [0, 1, 7])
def test_two_to_six_plans(plans: tuple[Plan, ...], count: int) -> None:
    with pytest.raises(CaseError, match="Two to 6 plans"):
        compare([plans[0]] * count)


def test_cautions_say_what_a_difference_may_not_mean(plans: tuple[Plan, ...]) -> None:
    first, second, _ = plans
    settings = {**second.case.settings, "discount_rate": 0.08}
    summary = {**second.summary, "verified": False, "status": "feasible"}
    other = replace(second, case=replace(second.case, settings=settings), summary=summary)
    said = " ".join(compare([first, other]).cautions)
    for words in ("discounted at other rates", "is not verified", "is not proven optimal"):
        assert words in said


def test_an_order_within_the_gap_is_not_proven(plans: tuple[Plan, ...]) -> None:
    first, _, third = plans
    loose = {**third.summary, "bound_kusd": 49_000.0}
    said = compare([first, replace(third, summary=loose)]).cautions
    assert any("Which of A and B could cost less is not proven" in words for words in said)
    assert not compare([first, third]).cautions


def test_blank_members_stand_as_not_stated(plans: tuple[Plan, ...]) -> None:
    supply = plans[0].tables["supply"].assign(country="")
    blank = replace(plans[0], tables={**plans[0].tables, "supply": supply})
    shares = compare([plans[0], blank]).shares
    assert ("oxide", "not stated") in shares.index
    assert isinstance(shares, pd.DataFrame)


# ---- regret


def test_regrets_by_hand(plans: tuple[Plan, ...]) -> None:
    table = regret(plans, ["A", "B", "C"])
    assert [table.iloc[place, place] for place in range(3)] == [0, 0, 0]
    # A signs 30 t and applies. Stock is no commitment, so in B's sure world it costs the 30 t at
    # 300 in place of 200.
    assert table.loc["A", "B"] == pytest.approx(30 * (300 - 200))
    # In C's world the application is lost, and 30 t come on the spot at 420 in place of 300.
    assert table.loc["A", "C"] == pytest.approx(400 + 30 * (420 - 300))
    # B signs nothing: in C's world 30 t from stock and 40 on the spot at 420, and 30 t of oxide
    # are missing, each 0.8 t of metal at 1,000 less 10 for making it, in place of 60 t at 300
    # and 10 on the spot.
    short = 400 + 30 * 0.8 * (1000 - 10) + 40 * 420
    assert table.loc["B", "C"] == pytest.approx(short - 60 * 300 - 10 * 420)
    assert (table.to_numpy() >= -1e-6).all()


def test_what_a_world_does_not_have_cannot_be_carried_out(plans: tuple[Plan, ...]) -> None:
    first = plans[0]
    kept = tuple(r for r in first.case["offers"] if r["kind"] != "contract")
    poorer = replace(first.case, sheets={**first.case.sheets, "offers": kept})
    assert committed(poorer, first_decisions(first)) is None
    nothing = dict.fromkeys(first_decisions(first), 0.0)
    case = committed(poorer, nothing)
    assert case is not None
    assert [r["what"] for r in case["commitments"]] == ["licence"]


def test_first_decisions_are_those_of_the_root(plans: tuple[Plan, ...]) -> None:
    assert first_decisions(plans[0]) == {
        ("offer", "Kuantan contract", "first"): 0.0,
        ("offer", "Kuantan contract", "second"): pytest.approx(30),
        ("licence", "CN-Japan", "second"): 1.0,
    }
