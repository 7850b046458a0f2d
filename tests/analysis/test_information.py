"""EVPI, VSS and the value of waiting: published values, and never below zero."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.analysis.information import Span, information
from planner.case import Case, Difference, read_case, with_differences
from tests.test_known_answers import ANSWERS, HOME

TUTORIAL = Path(__file__).parents[2] / "inputs" / "tutorial.xlsx"


def figures(case: Case) -> dict[tuple[str, str], Any]:
    rows = information(case).table("values").to_dict("records")
    return {(str(row["basis"]), str(row["figure"])): dict(row) for row in rows}


@pytest.mark.parametrize("name", ["farmer", "lands_two_stage", "aircond"])
def test_published_value_of_perfect_information(name: str) -> None:
    found = figures(read_case(HOME / f"{name}.xlsx"))[("expected cost", "EVPI")]
    answer = pytest.approx(ANSWERS[name]["evpi_kusd"], abs=ANSWERS[name].get("tolerance", 0.01))
    assert found["best_known_kusd"] == answer
    assert found["at_least_kusd"] <= found["best_known_kusd"] <= found["at_most_kusd"]


def test_published_value_of_the_stochastic_solution() -> None:
    """Birge and Louveaux, the farmer: 108,390 - 107,240 = 1,150; WS 115,406; EV 118,600."""
    answer = ANSWERS["farmer"]
    found = figures(read_case(HOME / "farmer.xlsx"))
    for figure, key in (
        ("VSS", "vss_kusd"),
        ("WS", "ws_kusd"),
        ("EV", "ev_kusd"),
        ("EEV", "eev_kusd"),
    ):
        value = found["expected cost", figure]["best_known_kusd"]
        assert value == pytest.approx(answer[key], abs=0.01), figure


@settings(max_examples=10)
@given(
    denied=st.floats(0.05, 0.95),
    price=st.floats(0.5, 1.6),
    weight=st.sampled_from([0.0, 0.5]),
)
def test_news_and_planning_on_worlds_are_worth_at_least_nothing(
    denied: float, price: float, weight: float
) -> None:
    case = with_differences(
        read_case(TUTORIAL),
        None,
        [
            Difference("licence_odds", "", "denied", "set", denied),
            Difference("licence_odds", "", "on_time", "set", 1 - denied),
            Difference("offers", "kind=contract", "price_usd_per_kg", "scale", price),
            Difference("settings", "key=risk_weight", "value", "set", weight),
        ],
        "drawn",
    )
    found = figures(case)
    assert {basis for basis, _ in found} == (
        {"expected cost", "objective"} if weight else {"expected cost"}
    )
    for (basis, figure), row in found.items():
        if figure in ("EVPI", "VSS", "value of waiting"):
            assert row["at_least_kusd"] >= 0, (basis, figure)
    # As solved, not only as clipped at 0.
    for basis in {basis for basis, _ in found}:
        ws, rp, eev = (found[basis, name]["best_known_kusd"] for name in ("WS", "RP", "EEV"))
        assert ws <= rp + 1e-4 * abs(rp)
        assert rp <= eev + 1e-4 * abs(eev)


def test_spans_subtract_at_their_ends() -> None:
    assert Span(8, 10, 10).less(Span(5, 6, 6)) == Span(2, 4, 5)
    assert Span(5, 6, 6).less(Span(5, 7, 7)) == Span(0, 0, 1)
