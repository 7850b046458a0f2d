"""The pieces of the verifier against figures worked by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import lognorm

from planner.analysis.verify import compare_inputs
from planner.analysis.verify.odds import LicenceOdds
from planner.analysis.verify.projects import _ramp
from planner.analysis.verify.recycling import share_back
from planner.analysis.verify.risk import cvar
from planner.analysis.verify.timeline import Timeline, decimal_year
from planner.case import read_case
from planner.case.case import Row
from tests.analysis.hand_chain import CHAIN
from tests.analysis.hand_plans import KNOWN_ANSWERS, write_case


def _timeline(*lengths: float) -> Timeline:
    rows = [
        Row({"period": f"p{at}", "start": date(2027, 1, 1), "years": years, "epoch": 1})
        for at, years in enumerate(lengths)
    ]
    return Timeline(rows, 0.1)


@pytest.mark.parametrize(
    ("start", "months", "falls"),
    [
        ("p0", 0, "p0"),
        ("p0", 1, "p0"),  # 0.083 is nearest to 0
        ("p0", 1.5, "p1"),  # 0.125 is a tie between 0 and 0.25: the later one
        ("p0", 3, "p1"),
        ("p1", 3, "p2"),
        ("p1", 9, "p2"),  # 1.0 is a tie between 0.5 and the horizon 1.5: not nearer to the end
        ("p1", 9.1, None),
        ("p2", 5, "p2"),
        ("p2", 7, None),
        ("p0", 60, None),
    ],
)
def test_months_fall_in_the_period_whose_start_is_nearest(start, months, falls) -> None:
    assert _timeline(0.25, 0.25, 1.0).falls(start, months) == falls


def test_a_cost_is_discounted_at_the_start_of_its_period() -> None:
    discount = _timeline(0.5, 0.5, 1.0).discount
    assert discount == pytest.approx({"p0": 1.0, "p1": 1.1**-0.5, "p2": 1 / 1.1})


def test_a_ramp_is_averaged_over_the_period_from_commissioning_on() -> None:
    timeline = _timeline(0.5, 1.0, 2.0)
    shares = (0.5, 0.8, 1.0)
    assert _ramp(shares, timeline, "p0", "p0") == pytest.approx(0.5)
    # From year 0.5 to 1.5 after commissioning: half a year at 0.5, half at 0.8.
    assert _ramp(shares, timeline, "p0", "p1") == pytest.approx(0.65)
    # From 1.5 to 3.5: half a year at 0.8, one and a half at 1.
    assert _ramp(shares, timeline, "p0", "p2") == pytest.approx(0.95)
    assert _ramp((1.0,), timeline, "p1", "p2") == 1.0


def test_cvar_is_the_mean_of_the_worst_tail() -> None:
    prices = [(0.25, 10.0), (0.25, 20.0), (0.25, 30.0), (0.25, 40.0)]
    assert cvar(prices, 0.6) == pytest.approx(36.25)  # (0.25 x 40 + 0.15 x 30) / 0.4
    assert cvar(prices, 0.0) == pytest.approx(25.0)
    assert cvar(prices, 1.0) == 40.0


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=9), st.floats(0, 0.99))
def test_cvar_is_never_below_the_mean_nor_above_the_worst(amounts, level) -> None:
    pairs = [(1 / len(amounts), amount) for amount in amounts]
    mean, slack = sum(amounts) / len(amounts), 1e-6 * max(1.0, *map(abs, amounts))
    assert mean - slack <= cvar(pairs, level) <= max(amounts) + slack


def _returned(mean: float, sd: float) -> Row:
    return Row({"mean_life_years": mean, "sd_life_years": sd})


def test_a_lifetime_is_the_lognormal_of_its_mean_and_spread() -> None:
    import math

    variance = math.log(1 + (4 / 10) ** 2)
    life = lognorm(s=math.sqrt(variance), scale=math.exp(math.log(10) - variance / 2))
    assert life.mean() == pytest.approx(10) and life.std() == pytest.approx(4)
    assert share_back(_returned(10, 4), -6.0, 1.0, 2.0) == pytest.approx(life.cdf(8) - life.cdf(7))
    # Sold in the middle of a period: half a year of it counts, none before the sale.
    assert share_back(_returned(10, 4), 0.5, 0.0, 1.0) == pytest.approx(life.cdf(0.5))


def test_without_spread_all_comes_back_at_once() -> None:
    row = _returned(2, 0)
    assert [share_back(row, 0.0, start, start + 1) for start in (0.0, 1.0, 2.0)] == [0, 1, 0]


def test_a_calendar_year_is_divided_into_its_days() -> None:
    assert decimal_year(date(2027, 1, 1)) == 2027.0
    assert decimal_year(date(2028, 7, 1)) == pytest.approx(2028 + 182 / 366)


GROUPED = {
    **{name: rows for name, rows in CHAIN.items() if name in ("materials", "sites", "lanes")},
    "settings": [("key", "value"), ("name", "odds"), ("regime_today", "calm")],
    "periods": CHAIN["periods"],
    "offers": [("offer", "site", "material", "price_usd_per_kg"), ("spo", "CN", "conc", 8)],
    "demand": [("site", "material", "period", "demand_t_per_year", "shortage_usd_per_kg"),
               ("DE", "oxide", "*", 60, 100)],
    "transitions": [("from_regime", "to_regime", "probability"), ("calm", "calm", 1)],
    "licences": [("licence", "group"), ("A", "Bureau"), ("B", "Bureau"), ("C", None)],
    "licence_odds": [
        ("licence", "regime", "on_time", "late", "denied"),
        ("A", "calm", 0.6, 0.2, 0.2), ("B", "calm", 0.5, 0, 0.5), ("C", "calm", 0.9, 0, 0.1),
    ],
}  # fmt: skip


def test_licences_of_a_group_share_one_draw(tmp_path: Path) -> None:
    odds = LicenceOdds(write_case(tmp_path / "odds.xlsx", GROUPED))
    draws = odds.draws("calm", ("A", "B"))
    assert dict(draws) == pytest.approx(
        {
            ("on_time", "on_time"): 0.5,
            ("on_time", "denied"): 0.1,
            ("late", "denied"): 0.2,
            ("denied", "denied"): 0.2,
        }
    )
    assert odds.probability("calm", {"A": "late", "B": "denied"}) == pytest.approx(0.2 * 0.9)
    assert odds.probability("calm", {"A": "denied"}) == 0.0  # B is denied before A is
    assert odds.count("calm") == 8
    assert odds.worst("calm") == {"A": "denied", "B": "denied", "C": "denied"}


def test_a_workbook_agrees_with_itself() -> None:
    case = read_case(KNOWN_ANSWERS / "hand_origin.xlsx")
    assert compare_inputs(case, case) == []


def test_differences_between_plan_and_workbook_are_named_by_cell(tmp_path: Path) -> None:
    in_plan = write_case(tmp_path / "plan.xlsx", CHAIN)
    header, first, *rest = CHAIN["offers"]
    dearer = (*first[:4], 11, *first[5:])
    workbook = {**CHAIN, "offers": [header, dearer, *rest]}
    workbook["budgets"] = [*CHAIN["budgets"], ("p1", "p2", 99, None)]
    del workbook["commitments"]
    found = compare_inputs(in_plan, write_case(tmp_path / "case.xlsx", workbook))
    assert found == [
        "budgets!A3: plan has nothing, workbook has p1",
        "budgets!B3: plan has nothing, workbook has p2",
        "budgets!C3: plan has nothing, workbook has 99",
        "commitments: the plan has this sheet, the workbook has not",
        "offers!E2: plan has 10, workbook has 11",
    ]
