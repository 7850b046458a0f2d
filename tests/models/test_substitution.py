"""SUB-1 and SUB-2: another material does the job, after a switch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.own_answers import Known
from tests.workbooks import (
    Sheets,
    cost_of,
    lane,
    material,
    mine_to_shop,
    model_of,
    offer,
    periods,
    row_of,
    site,
    want,
)


def ferrite(*, oxide: float = 30, years: tuple[float, ...] = (1, 1), **columns: Any) -> Sheets:
    """100 t of oxide wanted a year at a price, or ferrite at 5 in place of up to 40 % of it."""
    swap = {"substitute": "ferrite", "market": "shop", "material": "oxide", "by_material": "iron",
            "max_share": 0.4, **columns}  # fmt: skip
    return mine_to_shop(
        periods=periods(*years),
        materials=[material("oxide"), material("iron", "magnet")],
        lanes=[lane("mine", "shop")],
        offers=[offer("ore", "mine", "oxide", oxide), offer("iron", "mine", "iron", 5)],
        substitutes=[swap],
        demand=[want("shop", "oxide", 100, 500)],
    )


@pytest.mark.equation("SUB-1", "row")
def test_a_swap_waits_for_its_switch(tmp_path: Path) -> None:
    model, _ = model_of(ferrite(years=(1, 0.5, 1), lead_months=12, switch_kusd=9), tmp_path)
    first, second, third = (model.node[f"epoch {n}"] for n in (1, 2, 3))
    assert list(first.SWAPS) == []
    # Begun in year 1, in use a year later; 40 % of 50 t. What is begun in epoch 3 comes too late.
    assert row_of(second.swap_once_switched["ferrite", 1]) == (
        None,
        {"swap[ferrite,,1]": 1, "epoch 1:switch[ferrite]": -20},
        0,
    )
    assert row_of(third.swap_once_switched["ferrite", 2]) == (
        None,
        {"swap[ferrite,,2]": 1, "epoch 1:switch[ferrite]": -40, "epoch 2:switch[ferrite]": -40},
        0,
    )


@pytest.mark.equation("SUB-2", "row")
def test_switched_once_on_a_path(tmp_path: Path) -> None:
    model, _ = model_of(ferrite(switch_kusd=9), tmp_path)
    assert row_of(model.node["epoch 2"].switch_once["ferrite"]) == (
        None,
        {"epoch 1:switch[ferrite]": 1, "switch[ferrite]": 1},
        1,
    )


@pytest.mark.equation("SUB-1", "hand")
def test_a_switch_with_lead_share_and_performance_cost(known: Known) -> None:
    known(
        "sub1_switch",
        5520,
        """100 t a year at 30. From year 2 (12 months) 40 % may be replaced, 2 t of ferrite at 5
        and 3 of performance a tonne, after a switch for 200. Year 1: 3000. Year 2: 60 x 30 + 80 x
        5 + 40 x 3 + 200 = 2520. Wrong, no lead: 2 x 2320 + 200 = 4840. Wrong, t_per_t upside down:
        5220. Wrong, performance on the ferrite used: 5640.""",
        ferrite(t_per_t=2, performance_usd_per_kg=3, switch_kusd=200, lead_months=12),
    )


@pytest.mark.equation("SUB-1", "hand")
def test_a_replaced_tonne_is_sold_too(known: Known) -> None:
    known(
        "sub1_revenue",
        100 * 30 - 40 * 25 - 100 * 50,
        """One year: 60 t of oxide x 30 + 40 t of ferrite x 5 = 2000; 100 t sold at 50, as oxide or
        replaced: -5000; -3000. Wrong, revenue on what is delivered only: 2000 - 3000 = -1000, and
        then 3000 - 5000 = -2000 without the swap.""",
        {
            **ferrite(years=(1,)),
            "demand": [want("shop", "oxide", 100, 500, price_usd_per_kg=50)],
        },
    )


@pytest.mark.equation("SUB-2", "hand")
def test_a_switch_is_paid_once(known: Known) -> None:
    known(
        "sub2_switched_once",
        2 * (60 * 30 + 40 * 5) + 1100,
        """Switch for 1100, then 40 t x (30 - 5) = 1000 saved in each of two years: 6000 - 2000 +
        1100 = 5100. Wrong, paid in each epoch: 1100 > 1000, so no switch: 6000.""",
        ferrite(switch_kusd=1100),
    )


@pytest.mark.equation("SUB-1", "limit")
@pytest.mark.equation("SUB-2", "limit")
def test_a_substitute_for_nothing_is_none(tmp_path: Path) -> None:
    none = {name: rows for name, rows in ferrite().items() if name != "substitutes"}
    plain = cost_of(none, tmp_path)
    assert cost_of(ferrite(max_share=0), tmp_path) == pytest.approx(plain) == 6000
    assert cost_of(ferrite(switch_kusd=1e6), tmp_path) == pytest.approx(plain)
    # All of it replaced at no cost but its own: as if ferrite were wanted.
    assert cost_of(ferrite(max_share=1), tmp_path) == pytest.approx(2 * 100 * 5)


def content(requirement: str) -> Sheets:
    """Ferrite from China lies at a shop for cars; what is delivered to cars needs the rule's word."""
    return {
        **ferrite(oxide=2, years=(1, 1), max_share=1),
        "sites": [
            site("mine", "supplier", "Australia"),
            site("shop", "market", "Japan", end_use="EV"),
        ],
        "tracks": [{"track": "CN", "country": "China"}],
        "stocks": [{"site": "shop", "material": "iron", "opening_t": 100, "opening_origin": "CN"}],
        "rules": [{"rule": "r", "reach": "content", "track": "CN", "end_use": "EV",
                   "requirement": requirement}],
        "licences": [{"licence": "L", "application_kusd": 150}],
        "demand": [want("shop", "oxide", 100, 500, "p1")],
    }  # fmt: skip


@pytest.mark.equation("DEM-4", "row")
def test_a_denied_content_closes_the_swap(tmp_path: Path) -> None:
    model, _ = model_of(content("denied"), tmp_path)
    late = model.node["epoch 2"]
    assert [key for key in late.SWAPS if key[1] == "CN"] == []


@pytest.mark.equation("LIC-3", "row")
def test_a_swap_needs_the_licence_of_what_is_handed_over(tmp_path: Path) -> None:
    sheets = content("licence:L")
    sheets["substitutes"][0]["t_per_t"] = 2
    model, _ = model_of(sheets, tmp_path)
    # Oxide or iron delivered and swapped: 2 t of iron for each of 100 t.
    assert row_of(model.node["epoch 2"].deliver_under_licence["L", "shop", "iron", "CN", 1]) == (
        None,
        {"swap[ferrite,CN,1]": 2, "epoch 1:apply[L,2]": -200},
        0,
    )


@pytest.mark.equation("LIC-3", "hand")
def test_a_substitute_is_delivered_under_licence(known: Known) -> None:
    known(
        "lic3_swap_under_licence",
        150,
        """100 t at 2 = 200, or Chinese ferrite in stock in place of it, which needs a licence for
        150: 150. Wrong, substitutes need no licence: 0. Wrong, they may not be used: 200.""",
        content("licence:L"),
    )
