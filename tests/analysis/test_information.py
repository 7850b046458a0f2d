"""EVPI, VSS and the value of waiting: published, hand-solved, and never below 0."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.analysis.information import Span, information
from planner.case import Case, read_case
from tests.test_known_answers import ANSWERS, HOME
from tests.workbooks import book, branch, lane, material, offer, periods, read_sheets, site, want


def figures(case: Case, basis: str = "expected cost") -> dict[str, float]:
    table = information(case).table("values")
    table = table[table["basis"] == basis]
    return dict(zip(table["figure"], table["best_known_kusd"], strict=True))


def test_farmer_as_published() -> None:
    found = figures(read_case(HOME / "farmer.xlsx"))
    answer = ANSWERS["farmer"]
    close = {"abs": answer["tolerance"]}
    assert found["EVPI"] == pytest.approx(answer["evpi_kusd"], **close)
    assert found["VSS"] == pytest.approx(answer["vss_kusd"], **close)
    assert found["WS"] == pytest.approx(answer["ws_kusd"], **close)
    assert found["EV"] == pytest.approx(answer["ev_kusd"], **close)
    assert found["EEV"] == pytest.approx(answer["eev_kusd"], **close)


@pytest.mark.parametrize("name", ["lands_two_stage", "aircond"])
def test_evpi_as_published(name: str) -> None:
    found = figures(read_case(HOME / f"{name}.xlsx"))
    assert found["EVPI"] == pytest.approx(ANSWERS[name]["evpi_kusd"], abs=1e-4)


def test_both_bases_where_cvar_weighs() -> None:
    """On expected cost the farmer's published figures; on the objective those of its own."""
    case = read_case(HOME / "farmer_cvar.xlsx")
    assert figures(case)["VSS"] == pytest.approx(1150, abs=0.01)
    on_objective = figures(case, "objective")
    assert on_objective["RP"] == pytest.approx(ANSWERS["farmer_cvar"]["optimum_kusd"], abs=0.01)
    # The mean plan's profits by yield are 148,000, 118,600 (mean) and 55,120: its CVaR at 0.8 is
    # the worst, its mean 107,240, so (1/6) 107,240 + (5/6) 55,120 is lost against the optimum.
    assert on_objective["EEV"] == pytest.approx(-(107_240 + 5 * 55_120) / 6, abs=0.01)


def test_a_licence_is_worth_knowing_by_its_application() -> None:
    """2420 with the application (20) filed in vain half of the time; known beforehand 2410."""
    found = figures(read_case(HOME / "hand_licence_denial.xlsx"))
    assert found["EVPI"] == pytest.approx(10)


def waiting(tmp_path: Path, denied: float, dear: float) -> Case:
    """A plant may be decided in epoch 1 or 2; it pays only where oxide is denied.

    100 t a year in p1 and p2 from China at 10 where the world allows it, else from Australia at
    ``dear``; own oxide from a project (capex 1000) at once at 10, decided in p1 or p2.
    """
    tree = [branch("now", None, 1, 1), branch("free", "now", 2, 1 - denied),
            branch("shut", "now", 2, denied)]  # fmt: skip
    sheets = book(
        periods=periods(1, 1),
        materials=[material("oxide"), material("ore", "ore")],
        sites=[site("cn", "supplier", "China"), site("au", "supplier", "Australia"),
               site("works", "plant", "Japan"), site("shop", "market", "Japan")],
        offers=[offer("CN", "cn", "oxide", 10), offer("AU", "au", "oxide", dear),
                offer("rock", "au", "ore", 10)],
        lanes=[lane("cn", "shop"), lane("au", "shop"), lane("au", "works"), lane("works", "shop")],
        demand=[want("shop", "oxide", 100, 500)],
        processes=[{"process": "refine", "site": "works"}],
        recipes=[{"process": "refine", "material": "ore", "t_per_t": -1},
                 {"process": "refine", "material": "oxide", "t_per_t": 1}],
        projects=[{"project": "line", "adds_to": "refine", "size_t_per_year": 100, "capex_kusd": 1000}],
        tree=tree,
        node_values=[{"node": "shut", "sheet": "offers", "where": "offer=CN",
                      "column": "capacity_t_per_year", "change": "set", "value": 0}],
    )  # fmt: skip
    for row in sheets["offers"]:
        row["capacity_t_per_year"] = 1000
    return read_sheets(sheets, tmp_path)


def test_waiting_with_a_plant_by_hand(tmp_path: Path) -> None:
    """Wait: 1000 + .5 x 1000 + .5 x (1000 capex + 1000) = 2500. Settled now, either build always
    (2000 + 1000 capex) or never (.5 x 1000 + .5 x 4000 + 1000 = 3500): 3000, so 500 for waiting."""
    found = figures(waiting(tmp_path, 0.5, 40))
    assert found["RP"] == pytest.approx(2500)
    assert found["NOW"] == pytest.approx(3000)
    assert found["value of waiting"] == pytest.approx(500)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(denied=st.floats(0.05, 0.95), dear=st.floats(10, 60))
def test_never_worth_less_than_nothing(tmp_path: Path, denied: float, dear: float) -> None:
    case = waiting(tmp_path, round(denied, 3), round(dear, 2))
    table = information(case).table("values").set_index("figure")
    low, high = table["at_least_kusd"], table["at_most_kusd"]
    slip = 1e-6 * abs(high["RP"])
    # The differences are floored at 0, so it is their parts that are looked at.
    assert low["WS"] <= high["RP"] + slip
    assert low["RP"] <= high["EEV"] + slip
    assert low["RP"] <= high["NOW"] + slip
    for figure in ("EVPI", "VSS", "value of waiting"):
        assert 0 <= low[figure] <= high[figure] + slip


def test_an_interval_holds_whatever_the_gaps() -> None:
    """Plan between 90 and 100, foresight between 70 and 75: worth 15 to 30."""
    assert Span(90, 100, 100).less(Span(70, 75, 75)) == Span(15, 25, 30)
    assert Span(90, 100, 100).less(Span(85, 99, 99)).low == 0


def test_what_ties_the_worlds_is_said() -> None:
    """A cap on expected supply holds for all worlds together: EVPI is an upper figure then."""
    found = information(read_case(HOME / "hand_caps_expected.xlsx"))
    assert any("together" in words for words in found.cautions)
    assert math.isfinite(found.table("worlds")["cost_kusd"].sum())
