"""Buying, solved by hand: contracts, qualification, take-or-pay, orders, breaks, shocks."""

from __future__ import annotations

from typing import Any

import pytest

from tests.own_answers import Known
from tests.workbooks import (
    Row,
    Sheets,
    branch,
    lane,
    material,
    mine_to_shop,
    offer,
    periods,
    site,
    want,
)

TO_WAR = [
    {"from_regime": "calm", "to_regime": "war", "probability": 1},
    {"from_regime": "war", "to_regime": "war", "probability": 1},
]
HALF_WAR = [
    {"from_regime": "calm", "to_regime": "calm", "probability": 0.5},
    {"from_regime": "calm", "to_regime": "war", "probability": 0.5},
    {"from_regime": "war", "to_regime": "war", "probability": 1},
]
CALM = {"regime_today": "calm"}


def two_mines(**sheets: Any) -> Sheets:
    """A Chinese and an Australian mine serve a Japanese shop; two epochs of a year."""
    own: dict[str, list[Row]] = {
        "periods": periods(1, 1),
        "sites": [
            site("mine", "supplier", "China"),
            site("pit", "supplier", "Australia"),
            site("shop", "market", "Japan"),
        ],
        "lanes": [lane("mine", "shop", "oxide"), lane("pit", "shop", "oxide")],
    }
    return mine_to_shop(**{**own, **sheets})


@pytest.mark.equation("SRC-1", "hand")
def test_contract_is_signed_before_the_regime_is_known(known: Known) -> None:
    known(
        "src1_contract_before_news",
        1050,
        """100 t wanted in year 2. Contract x at 12, half of it take-or-pay; spot 6 in calm, 30 in
        war, each 1/2. Calm: 12 x/2 + 6 (100 - x/2) = 600 + 3 x; war: 12 x + 30 (100 - x) =
        3000 - 18 x; mean 1800 - 7.5 x, so x = 100: 1050. Wrong, signed with the regime known:
        (600 + 1200) / 2 = 900. Wrong, no take-or-pay: the same 900.""",
        two_mines(
            settings=CALM,
            transitions=HALF_WAR,
            shocks=[{"regime": "war", "scope": "offer", "member": "now", "price_factor": 5}],
            offers=[
                offer("firm", "mine", "oxide", 12, kind="contract", min_take_share=0.5,
                      capacity_t_per_year=100),
                offer("now", "pit", "oxide", 6),
            ],
            demand=[want("shop", "oxide", 100, 500, "p1")],
        ),
    )  # fmt: skip


@pytest.mark.equation("SRC-2", "hand")
def test_capacity_is_yearly_and_waits_for_qualification(known: Known) -> None:
    known(
        "src2_capacity_qualified",
        1630,
        """Two half-years of 50 t. Ore at 10, 80 t/year (40 a half-year), qualified for 30 kUSD in
        6 months, so from p1; else 20. p0: 50 x 20 = 1000; p1: 40 x 10 + 10 x 20 + 30 = 630.
        Wrong, usable at once: 2 x 600 + 30 = 1230. Wrong, 80 t in a half-year: 1530.""",
        two_mines(
            periods=periods(0.5, 0.5, epochs=(1, 1)),
            offers=[
                offer("ore", "mine", "oxide", 10, capacity_t_per_year=80, qualification_kusd=30,
                      qualification_months=6),
                offer("else", "pit", "oxide", 20),
            ],
            demand=[want("shop", "oxide", 100, 500)],
        ),
    )  # fmt: skip


@pytest.mark.equation("SRC-2", "hand")
def test_shocks_move_spot_prices_and_all_capacities(known: Known) -> None:
    known(
        "src2_shock",
        7200,
        """In war (certain in year 2) China's prices triple and its capacities halve. Contract 20,
        100 -> 50 t: its price stands, 1000. Spot 10 -> 30, 80 -> 40 t: 1200. 10 t short at 500:
        5000. Wrong, contract price shocked: 50 x 60 + 1200 + 5000 = 9200. Wrong, capacity of the
        contract stands: 2000.""",
        mine_to_shop(
            settings=CALM,
            periods=periods(1, 1),
            transitions=TO_WAR,
            shocks=[{"regime": "war", "scope": "country", "member": "China", "price_factor": 3,
                     "capacity_factor": 0.5}],
            offers=[
                offer("firm", "mine", "oxide", 20, kind="contract", capacity_t_per_year=100,
                      min_take_share=0.1),
                offer("now", "mine", "oxide", 10, capacity_t_per_year=80),
            ],
            demand=[want("shop", "oxide", 100, 500, "p1")],
        ),
    )  # fmt: skip


@pytest.mark.equation("SRC-2", "hand")
def test_shocks_multiply_and_a_factor_of_nothing_closes(known: Known) -> None:
    known(
        "src2_shocks_multiply",
        2600,
        """War doubles the price of oxide and raises that of China by 1.5: 10 -> 30; demand for Dy
        is cut to 0.8 in it, 100 -> 80 t; the pit, of unlimited capacity, is shut (factor 0). The
        mine has 60 t: 60 x 30 + 20 x 40 (short) = 2600. Wrong, the largest factor alone: 60 x 20 +
        800 = 2000. Wrong, unlimited times 0 is unlimited: 80 x 22 = 1760.""",
        two_mines(
            settings=CALM,
            transitions=TO_WAR,
            composition=[{"material": "oxide", "element": "Dy", "share": 0.8}],
            shocks=[
                {"regime": "war", "scope": "material", "member": "oxide", "price_factor": 2},
                {"regime": "war", "scope": "country", "member": "China", "price_factor": 1.5},
                {"regime": "war", "scope": "element", "member": "Dy", "demand_factor": 0.8},
                {"regime": "war", "scope": "country", "member": "Australia", "capacity_factor": 0},
            ],
            offers=[
                offer("ore", "mine", "oxide", 10, capacity_t_per_year=60),
                offer("else", "pit", "oxide", 11),
            ],
            demand=[want("shop", "oxide", 100, 40, "p1")],
        ),
    )


@pytest.mark.equation("SRC-3", "hand")
def test_take_or_pay_limits_what_is_signed(known: Known) -> None:
    known(
        "src3_take_or_pay",
        1700 - 5 * 80 / 3,
        """Contract c over two epochs at 10, 75 % take-or-pay; spot 15; wanted 100, then 20. Year 1:
        1500 - 5 c. Year 2: 200 while 0.75 c <= 20, then 7.5 c. Best where 0.75 c = 20, c = 80/3:
        1700 - 400/3 = 1566.67. Wrong, nothing owed: c = 100, 1000 + 200 = 1200.""",
        two_mines(
            offers=[
                offer("firm", "mine", "oxide", 10, kind="contract", contract_epochs=2,
                      min_take_share=0.75, capacity_t_per_year=100),
                offer("now", "pit", "oxide", 15),
            ],
            demand=[want("shop", "oxide", 100, 500, "p0"), want("shop", "oxide", 20, 500, "p1")],
        ),
    )  # fmt: skip


@pytest.mark.equation("SRC-3", "hand")
def test_nothing_is_owed_where_denial_closes_every_lane(known: Known) -> None:
    known(
        "src3_owed_under_denial",
        1750,
        """Contract 100 t at 10, all take-or-pay, or 25 elsewhere; the export licence (free, so
        always applied for) is granted or denied, 1/2 each. Granted: 1000. Denied: nothing owed,
        2500 elsewhere. Mean 1750. Wrong, owed when denied: (1000 + 3500) / 2 = 2250.""",
        two_mines(
            tree=[
                branch("now", None, 1, 1),
                branch("granted", "now", 2, 0.5),
                branch("denied", "now", 2, 0.5, "L=denied"),
            ],
            licences=[{"licence": "L"}],
            rules=[{"rule": "export", "exporter": "China", "requirement": "licence:L"}],
            offers=[
                offer("firm", "mine", "oxide", 10, kind="contract", min_take_share=1,
                      capacity_t_per_year=100),
                offer("else", "pit", "oxide", 25),
            ],
            demand=[want("shop", "oxide", 100, 500, "p1")],
        ),
    )  # fmt: skip


@pytest.mark.equation("SRC-3", "hand")
def test_a_lane_that_nobody_wants_keeps_take_or_pay_owed(known: Known) -> None:
    known(
        "src3_owed_while_a_lane_is_open",
        1750,
        """As denial, but a lane to a store in China, where nothing is wanted, stays open: what is
        signed, x, is owed when denied too. Elsewhere 17.5. Granted: 1750 - 7.5 x; denied: 1750 +
        10 x; so x = 0: 1750. Wrong, only lanes of use count: nothing is owed when denied, x = 100,
        (1000 + 1750) / 2 = 1375.""",
        two_mines(
            sites=[
                site("mine", "supplier", "China"),
                site("pit", "supplier", "Australia"),
                site("shop", "market", "Japan"),
                site("store", "market", "China"),
            ],
            lanes=[lane("mine", "shop"), lane("pit", "shop"), lane("mine", "store")],
            tree=[
                branch("now", None, 1, 1),
                branch("granted", "now", 2, 0.5),
                branch("denied", "now", 2, 0.5, "L=denied"),
            ],
            licences=[{"licence": "L"}],
            rules=[{"rule": "export", "exporter": "China", "requirement": "licence:L"}],
            offers=[
                offer("firm", "mine", "oxide", 10, kind="contract", min_take_share=1,
                      capacity_t_per_year=100),
                offer("else", "pit", "oxide", 17.5),
            ],
            demand=[want("shop", "oxide", 100, 500, "p1")],
        ),
    )  # fmt: skip


@pytest.mark.equation("SRC-3", "hand")
def test_owed_shrinks_with_the_shocked_capacity(known: Known) -> None:
    known(
        "src3_owed_shocked",
        700,
        """Contract 100 t at 10, 80 % take-or-pay, or 25 elsewhere. Calm (1/2): 100 t, 1000. War
        (1/2): 20 t wanted, capacity halved, so 0.8 x 50 = 40 t owed, 400. Mean 700. Wrong, owed
        on the contract: 80 t, (1000 + 800) / 2 = 900.""",
        two_mines(
            settings=CALM,
            transitions=HALF_WAR,
            shocks=[
                {"regime": "war", "scope": "offer", "member": "firm", "capacity_factor": 0.5},
                {"regime": "war", "scope": "country", "member": "Japan", "demand_factor": 0.2},
            ],
            offers=[
                offer("firm", "mine", "oxide", 10, kind="contract", min_take_share=0.8,
                      capacity_t_per_year=100),
                offer("else", "pit", "oxide", 25),
            ],
            demand=[want("shop", "oxide", 100, 500, "p1")],
        ),
    )  # fmt: skip


@pytest.mark.equation("SRC-4", "hand")
def test_minimum_order_against_a_small_store(known: Known) -> None:
    known(
        "src4_minimum_order",
        1365,
        """50 t wanted in each of two years; ore at 10 in orders of 60 t or more, else 20; the shop
        keeps 15 t at 1 a year. 65 t in year 1 (650 + 15 held), 35 t at 20 in year 2 (700): 1365.
        An order in each year leaves 20 t, more than the store holds. Wrong, no minimum: 1000.""",
        two_mines(
            stocks=[{"site": "shop", "material": "oxide", "max_t": 15,
                     "holding_usd_per_kg_year": 1}],
            offers=[
                offer("ore", "mine", "oxide", 10, min_order_t=60),
                offer("else", "pit", "oxide", 20),
            ],
            demand=[want("shop", "oxide", 50, 500)],
        ),
    )  # fmt: skip


@pytest.mark.equation("SRC-5", "hand")
def test_more_than_is_used_may_be_bought_for_the_break(known: Known) -> None:
    known(
        "src5_price_break",
        400,
        """Half a year, 45 t wanted (90 t/year). Ore at 10, at 8 for all units from 100 t/year,
        which are 50 t in half a year; disposal is free. 50 x 8 = 400 beats 45 x 10 = 450. Wrong,
        50 t do not reach the break, or nothing beyond the need is bought: 450. Wrong, dearer units
        first: 500.""",
        mine_to_shop(
            periods=periods(0.5),
            materials=[material("oxide", disposal_usd_per_kg=0)],
            offers=[offer("ore", "mine", "oxide", 10)],
            price_breaks=[{"offer": "ore", "from_t_per_year": 100, "price_usd_per_kg": 8}],
            demand=[want("shop", "oxide", 90, 500)],
        ),
    )


@pytest.mark.equation("SRC-6", "hand")
def test_offers_of_one_site_share_one_qualification(known: Known) -> None:
    qualified = {"qualification_kusd": 300, "capacity_t_per_year": 50}
    known(
        "src6_one_qualification",
        2300,
        """100 t in each of two years. The mine's two offers of 50 t at 10 share one qualification
        of 300 kUSD, paid once: 2000 + 300. Elsewhere 12.5: 2500. Wrong, paid for each offer or in
        each epoch: 2000 + 600 > 2500, so 2500.""",
        two_mines(
            offers=[
                offer("a", "mine", "oxide", 10, **qualified),
                offer("b", "mine", "oxide", 10, **qualified),
                offer("else", "pit", "oxide", 12.5),
            ],
            demand=[want("shop", "oxide", 100, 500)],
        ),
    )


@pytest.mark.equation("SRC-7", "hand")
def test_a_boom_does_not_enlarge_contracts(known: Known) -> None:
    known(
        "src7_contract_capacity",
        2000,
        """Year 2, a boom, doubles the mine's capacity to 200 t; signed may be 100 t, its capacity
        before the shock. 150 t wanted: 100 x 10 + 50 x 20 = 2000. Wrong, shocked capacity: 1500.""",
        two_mines(
            settings=CALM,
            transitions=TO_WAR,
            shocks=[{"regime": "war", "scope": "offer", "member": "firm", "capacity_factor": 2}],
            offers=[
                offer("firm", "mine", "oxide", 10, kind="contract", min_take_share=0.5,
                      capacity_t_per_year=100),
                offer("else", "pit", "oxide", 20),
            ],
            demand=[want("shop", "oxide", 150, 500, "p1")],
        ),
    )  # fmt: skip
