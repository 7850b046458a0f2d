"""SRC-1 .. SRC-7: the exact rows, and the limits in which they vanish."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.workbooks import (
    Row,
    Sheets,
    cost_of,
    mine_to_shop,
    model_of,
    offer,
    periods,
    row_of,
    want,
)

CERTAIN = [
    {"from_regime": "calm", "to_regime": "calm", "probability": 0.5},
    {"from_regime": "calm", "to_regime": "war", "probability": 0.5},
    {"from_regime": "war", "to_regime": "war", "probability": 1},
]
HALVED = [{"regime": "war", "scope": "offer", "member": "ore", "capacity_factor": 0.5}]


def contract(**columns: Any) -> Row:
    """A contract offer of 100 t a year at 10 USD/kg."""
    return offer(
        "ore", "mine", "oxide", 10, **{"kind": "contract", "capacity_t_per_year": 100, **columns}
    )


def two_years(*offers: Row, **sheets: Any) -> Sheets:
    """Two periods, of a year and of half a year, each its own epoch; 100 t a year wanted."""
    return mine_to_shop(
        **{
            "periods": periods(1, 0.5),
            "offers": list(offers),
            "demand": [want("shop", "oxide", 100, 500)],
            **sheets,
        }
    )


@pytest.mark.equation("SRC-1", "row")
def test_take_within_the_contracts_in_force(tmp_path: Path) -> None:
    model, _ = model_of(two_years(contract(contract_epochs=2)), tmp_path)
    # Held for two epochs: in the second one what was signed for either is in force, half a year.
    assert row_of(model.node["epoch 1"].take_within_contract["ore", 0]) == (
        None,
        {"take[ore,0]": 1, "contract[ore,1]": -1},
        0,
    )
    assert row_of(model.node["epoch 2"].take_within_contract["ore", 1]) == (
        None,
        {"take[ore,1]": 1, "epoch 1:contract[ore,1]": -0.5, "epoch 1:contract[ore,2]": -0.5},
        0,
    )


@pytest.mark.equation("SRC-1", "limit")
def test_contract_without_take_or_pay_costs_as_spot(tmp_path: Path) -> None:
    free = cost_of(two_years(contract(min_take_share=0)), tmp_path)
    assert free == pytest.approx(cost_of(two_years(contract(kind="spot")), tmp_path))


@pytest.mark.equation("SRC-2", "row")
def test_take_within_shocked_capacity(tmp_path: Path) -> None:
    sheets = two_years(
        contract(kind="spot"),
        settings={"regime_today": "calm"},
        transitions=CERTAIN,
        shocks=HALVED,
    )
    model, data = model_of(sheets, tmp_path)
    war = next(node.name for node in data.tree.nodes if node.regime == "war")
    # 100 t/year x 0.5 year x factor 0.5
    assert row_of(model.node[war].take_within_capacity["ore", 1]) == (None, {"take[ore,1]": 1}, 25)
    calm = next(n.name for n in data.tree.nodes if n.regime == "calm" and n.epoch == 2)
    assert row_of(model.node[calm].take_within_capacity["ore", 1]) == (None, {"take[ore,1]": 1}, 50)


@pytest.mark.equation("SRC-2", "row")
def test_take_waits_for_qualification(tmp_path: Path) -> None:
    spot = contract(kind="spot", qualification_kusd=30, qualification_months=6)
    sheets = two_years(spot, periods=periods(0.5, 0.5, 0.5, epochs=(1, 1, 2)))
    model, _ = model_of(sheets, tmp_path)
    first, second = model.node["epoch 1"], model.node["epoch 2"]
    # Begun on entering epoch 1, usable from p1; begun in epoch 2 it would be ready at the horizon.
    assert row_of(first.take_once_qualified["ore", 0]) == (None, {"take[ore,0]": 1}, 0)
    assert row_of(first.take_once_qualified["ore", 1]) == (
        None,
        {"take[ore,1]": 1, "qualify[mine,oxide]": -50},
        0,
    )
    assert row_of(second.take_once_qualified["ore", 2]) == (
        None,
        {"take[ore,2]": 1, "epoch 1:qualify[mine,oxide]": -50},
        0,
    )
    assert list(second.QUALIFIES) == []


@pytest.mark.equation("SRC-2", "limit")
def test_no_capacity_is_that_of_a_very_large_one(tmp_path: Path) -> None:
    unlimited = two_years(contract(kind="spot", capacity_t_per_year=None))
    large = two_years(contract(kind="spot", capacity_t_per_year=1e6))
    assert cost_of(unlimited, tmp_path) == pytest.approx(cost_of(large, tmp_path))


@pytest.mark.equation("SRC-2", "limit")
def test_qualification_begun_before_the_horizon_is_free(tmp_path: Path) -> None:
    needed = contract(kind="spot", qualification_kusd=30, qualified_from="p0")
    assert cost_of(two_years(needed), tmp_path) == pytest.approx(
        cost_of(two_years(contract(kind="spot")), tmp_path)
    )


@pytest.mark.equation("SRC-3", "row")
def test_take_or_pay_owes_a_share_of_the_contract(tmp_path: Path) -> None:
    model, _ = model_of(two_years(contract(min_take_share=0.8)), tmp_path)
    assert row_of(model.node["epoch 2"].take_or_pay["ore", 1]) == (
        None,
        {"epoch 1:contract[ore,2]": 0.4, "take[ore,1]": -1, "unused[ore,1]": -1},
        0,
    )


@pytest.mark.equation("SRC-3", "row")
def test_take_or_pay_shrinks_with_the_capacity(tmp_path: Path) -> None:
    sheets = two_years(
        contract(min_take_share=0.8),
        settings={"regime_today": "calm"},
        transitions=CERTAIN,
        shocks=HALVED,
    )
    model, data = model_of(sheets, tmp_path)
    war = next(node.name for node in data.tree.nodes if node.regime == "war")
    # At most 0.8 x 50 t/year x 0.5 year = 20 t; the contract could owe 40 t, so 20 are forgiven.
    assert row_of(model.node[war].take_or_pay["ore", 1]) == (
        None,
        {
            f"{data.tree.root.name}:contract[ore,2]": 0.4,
            "take[ore,1]": -1,
            "unused[ore,1]": -1,
            "shrunk[ore,1]": -20,
        },
        0,
    )
    assert row_of(model.node[war].take_or_pay_shrunk["ore", 1]) == (
        None,
        {"shrunk[ore,1]": 20, "take[ore,1]": -1, "unused[ore,1]": -1},
        0,
    )


@pytest.mark.equation("SRC-3", "limit")
def test_take_or_pay_of_nothing_is_none(tmp_path: Path) -> None:
    fading = [want("shop", "oxide", 100, 500, "p0"), want("shop", "oxide", 20, 500, "p1")]
    owed = contract(contract_epochs=2, min_take_share=1)
    free = contract(contract_epochs=2, min_take_share=0)
    dear = cost_of(two_years(owed, demand=fading), tmp_path)
    assert dear > cost_of(two_years(free, demand=fading), tmp_path)
    without = cost_of(two_years(contract(kind="spot"), demand=fading), tmp_path)
    assert cost_of(two_years(free, demand=fading), tmp_path) == pytest.approx(without)


@pytest.mark.equation("SRC-4", "row")
def test_order_is_a_minimum_or_nothing(tmp_path: Path) -> None:
    model, _ = model_of(two_years(contract(kind="spot", min_order_t=40)), tmp_path)
    late = model.node["epoch 2"]
    assert row_of(late.order_minimum["ore", 1]) == (
        None,
        {"order[ore,1]": 40, "take[ore,1]": -1},
        0,
    )
    # 100 t/year for half a year bounds what an order can bring.
    assert row_of(late.order_placed["ore", 1]) == (None, {"take[ore,1]": 1, "order[ore,1]": -50}, 0)


@pytest.mark.equation("SRC-4", "limit")
def test_minimum_order_of_nothing_is_none(tmp_path: Path) -> None:
    asked = two_years(
        contract(kind="spot", min_order_t=0), contract(offer="b", price_usd_per_kg=11)
    )
    plain = two_years(contract(kind="spot"), contract(offer="b", price_usd_per_kg=11))
    assert cost_of(asked, tmp_path) == pytest.approx(cost_of(plain, tmp_path))


@pytest.mark.equation("SRC-5", "row")
def test_price_levels_by_yearly_volume(tmp_path: Path) -> None:
    breaks = [{"offer": "ore", "from_t_per_year": 60, "price_usd_per_kg": 8}]
    model, _ = model_of(two_years(contract(kind="spot"), price_breaks=breaks), tmp_path)
    late = model.node["epoch 2"]
    assert row_of(late.bought_in_levels["ore", 1]) == (
        0,
        {"take[ore,1]": 1, "bought[ore,0,1]": -1, "bought[ore,1,1]": -1},
        0,
    )
    assert row_of(late.one_level["ore", 1]) == (None, {"level[ore,0,1]": 1, "level[ore,1,1]": 1}, 1)
    # 60 t/year are 30 t in half a year; the last level ends at the capacity.
    assert row_of(late.level_from["ore", 0, 1]) == (None, {"bought[ore,0,1]": -1}, 0)
    assert row_of(late.level_to["ore", 0, 1]) == (
        None,
        {"bought[ore,0,1]": 1, "level[ore,0,1]": -30},
        0,
    )
    assert row_of(late.level_from["ore", 1, 1]) == (
        None,
        {"level[ore,1,1]": 30, "bought[ore,1,1]": -1},
        0,
    )
    assert row_of(late.level_to["ore", 1, 1]) == (
        None,
        {"bought[ore,1,1]": 1, "level[ore,1,1]": -50},
        0,
    )


@pytest.mark.equation("SRC-5", "limit")
def test_break_at_the_same_price_is_none(tmp_path: Path) -> None:
    breaks = [{"offer": "ore", "from_t_per_year": 60, "price_usd_per_kg": 10}]
    assert cost_of(two_years(contract(kind="spot"), price_breaks=breaks), tmp_path) == (
        pytest.approx(cost_of(two_years(contract(kind="spot")), tmp_path))
    )


@pytest.mark.equation("SRC-6", "row")
def test_qualified_once_on_a_path(tmp_path: Path) -> None:
    model, _ = model_of(two_years(contract(kind="spot", qualification_kusd=30)), tmp_path)
    assert row_of(model.node["epoch 2"].qualify_once["mine", "oxide"]) == (
        None,
        {"epoch 1:qualify[mine,oxide]": 1, "qualify[mine,oxide]": 1},
        1,
    )
    assert model.node["epoch 1"].component("qualify_once") is None


@pytest.mark.equation("SRC-6", "limit")
def test_qualification_that_costs_nothing_is_none(tmp_path: Path) -> None:
    asked = two_years(contract(kind="spot", qualification_kusd=0))
    assert cost_of(asked, tmp_path) == pytest.approx(
        cost_of(two_years(contract(kind="spot")), tmp_path)
    )


@pytest.mark.equation("SRC-7", "row")
def test_contracts_in_force_within_unshocked_capacity(tmp_path: Path) -> None:
    sheets = two_years(
        contract(contract_epochs=2),
        settings={"regime_today": "calm"},
        transitions=CERTAIN,
        shocks=HALVED,
    )
    model, data = model_of(sheets, tmp_path)
    root = model.node[data.tree.root.name]
    assert row_of(root.contract_capacity["ore", 1]) == (None, {"contract[ore,1]": 1}, 100)
    assert row_of(root.contract_capacity["ore", 2]) == (
        None,
        {"contract[ore,1]": 1, "contract[ore,2]": 1},
        100,
    )


@pytest.mark.equation("SRC-7", "limit")
def test_contract_without_capacity_signs_what_is_wanted(tmp_path: Path) -> None:
    bare = two_years(contract(capacity_t_per_year=None, min_take_share=1))
    large = two_years(contract(capacity_t_per_year=1e6, min_take_share=1))
    assert cost_of(bare, tmp_path) == pytest.approx(cost_of(large, tmp_path))
