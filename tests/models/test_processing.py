"""PRC: recipes, blends, capacity and minimum runs; see ``test_origin`` for tracks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.models.solved_by_hand import HandSolved, money, says, tonnes
from tests.own_answers import Known
from tests.workbooks import (
    Sheets,
    book,
    cost_of,
    lane,
    material,
    model_of,
    offer,
    periods,
    site,
    want,
)


def works(process: dict[str, Any] | None = None, **changes: Any) -> Sheets:
    """Ore of a mine becomes oxide in a plant; a trader sells oxide at 50."""
    sheets: dict[str, Any] = {
        "periods": periods(1),
        "materials": [material("ore", "ore"), material("oxide")],
        "sites": [
            site("mine", "supplier"),
            site("trader", "supplier"),
            site("plant", "plant"),
            site("shop", "market"),
        ],
        "offers": [offer("ore", "mine", "ore", 5), offer("oxide", "trader", "oxide", 50)],
        "lanes": [lane("mine", "plant"), lane("plant", "shop"), lane("trader", "shop")],
        "processes": [
            {"process": "refine", "site": "plant", "capacity_t_per_year": 1000, **(process or {})}
        ],
        "recipes": [recipe("ore", -2), recipe("oxide", 0.5)],
        "demand": [want("shop", "oxide", 10, 500)],
    }
    return book(**(sheets | changes))


def recipe(name: str, rate: float | None) -> dict[str, Any]:
    return {"process": "refine", "material": name, "t_per_t": rate}


def mixed(*windows: dict[str, Any], **changes: Any) -> Sheets:
    """Two concentrates of 40 % and 10 % Nd are mixed; 1 t of mix gives 1 t of oxide."""
    sheets: dict[str, Any] = {
        "materials": [material("rich", "ore"), material("poor", "ore"), material("oxide")],
        "offers": [offer("rich", "mine", "rich", 6), offer("poor", "mine", "poor", 2)],
        "composition": [
            {"material": "rich", "element": "Nd", "share": 0.4},
            {"material": "poor", "element": "Nd", "share": 0.1},
            {"material": "rich", "element": "La", "share": 0.1},
            {"material": "poor", "element": "La", "share": 0.6},
        ],
        "recipes": [recipe("rich", None), recipe("poor", None), recipe("oxide", 1)],
        "blends": [{"process": "refine", **window} for window in windows],
        "demand": [want("shop", "oxide", 100, 500)],
    }
    return works(**(sheets | changes))


ANY = {"element": "Nd", "min_share": 0, "max_share": 1}

RECIPE = HandSolved(
    "recipe_per_t_of_throughput",
    260,
    "a run of 1 t takes in 2 t of ore and gives 0.5 t of oxide: 10 t need 20 t of throughput and "
    "40 t of ore: 40*5 + 20*3 = 260 (rates per t of product: 20*5 + 10*3 = 130)",
    works({"cost_usd_per_kg": 3}),
)
MIX = HandSolved(
    "mix_is_the_throughput",
    330,
    "a fixed input beside the mix: 1 t of mix and 0.1 t of acid give 0.9 t of oxide, 1/t: 90 t of "
    "oxide need 100 t of mix at 2, 10 t of acid at 3, and 100 of cost: 200 + 30 + 100 = 330 (acid "
    "counted in the throughput: 90 t of mix, 310)",
    mixed(
        ANY,
        process={"cost_usd_per_kg": 1},
        materials=[
            material("rich", "ore"),
            material("poor", "ore"),
            material("acid", "other"),
            material("oxide"),
        ],
        offers=[
            offer("rich", "mine", "rich", 6),
            offer("poor", "mine", "poor", 2),
            offer("acid", "mine", "acid", 3),
        ],
        recipes=[
            recipe("rich", None),
            recipe("poor", None),
            recipe("acid", -0.1),
            recipe("oxide", 0.9),
        ],
        demand=[want("shop", "oxide", 90, 500)],
    ),
)
WINDOW = HandSolved(
    "blend_windows",
    440,
    "Nd at least 25 % asks for half rich (50*6 + 50*2 = 400), La at most 30 % for more: 0.1 x + "
    "0.6 (1 - x) <= 0.3 gives x = 0.6: 60*6 + 40*2 = 440 (each input by itself in the windows: "
    "600; no ceiling: 400)",
    mixed({"element": "Nd", "min_share": 0.25}, {"element": "La", "max_share": 0.3}),
)
CAPACITY = HandSolved(
    "capacity_per_year",
    8600,
    "a period of 2 years: the plant runs 2*40 = 80 t and makes 40 t of oxide from 160 t of ore: "
    "800; the other 2*98 - 40 = 156 t are bought: 7800 (capacity of the period, not of the year: "
    "400 + 176*50 = 9200)",
    works(
        {"capacity_t_per_year": 40},
        periods=periods(2),
        demand=[want("shop", "oxide", 98, 500)],
    ),
)
MINIMUM = HandSolved(
    "minimum_run_or_stop",
    1040,
    "running means at least half of 200 t: 100 t take 200 t of ore (1000) and make 50 t of oxide, "
    "10 sold and 40 thrown away at 1: 1040; in p1 nothing is wanted and the plant stands still "
    "(always at half load: 2090; no minimum: 20 t of run, 200)",
    works(
        {"capacity_t_per_year": 200, "min_run_share": 0.5},
        periods=periods(1, 1),
        materials=[material("ore", "ore"), material("oxide", disposal_usd_per_kg=1)],
        lanes=[lane("mine", "plant"), lane("plant", "shop")],
        demand=[want("shop", "oxide", 10, 500, "p0"), want("shop", "oxide", 0, 500, "p1")],
    ),
)


@pytest.mark.equation("PRC-1", "row")
def test_a_fixed_input_of_one_class_is_drawn_in_the_balance(tmp_path: Path) -> None:
    model, _ = model_of(works(), tmp_path)
    node = model.node["epoch 1"]
    assert not list(node.recipe)  # one class: no choice, so no column and no row
    says(node.goods["plant", "ore", "", 0], {"ship[0,,0]": 1, "run[refine,,0]": -2}, "==", 0)


@pytest.mark.equation("PRC-1", "hand")
def test_rates_are_per_t_of_throughput(policy: Known) -> None:
    plan = RECIPE.solve(policy)
    assert money(plan) == pytest.approx({"purchase": 200, "processing": 60})


@pytest.mark.equation("PRC-1", "limit")
def test_a_recipe_of_one_to_one_is_a_site_that_passes_on(tmp_path: Path) -> None:
    through = works(recipes=[recipe("ore", -1), recipe("oxide", 1)])
    past = works(offers=[offer("oxide", "trader", "oxide", 5)])
    assert cost_of(through, tmp_path) == pytest.approx(cost_of(past, tmp_path)) == 50


@pytest.mark.equation("PRC-2", "row")
def test_row_mix_is_throughput(tmp_path: Path) -> None:
    model, _ = model_of(mixed(ANY), tmp_path)
    says(
        model.node["epoch 1"].mix_is_throughput["refine", "", 0],
        {"draw[refine,,poor,,0]": 1, "draw[refine,,rich,,0]": 1, "run[refine,,0]": -1},
        "==",
        0,
    )


@pytest.mark.equation("PRC-2", "hand")
def test_fixed_inputs_stand_beside_the_mix(policy: Known) -> None:
    plan = MIX.solve(policy)
    assert tonnes(plan, "runs") == pytest.approx(100)
    assert tonnes(plan, "draws", material="acid") == pytest.approx(10)


@pytest.mark.equation("PRC-2", "limit")
def test_a_mix_of_one_input_is_a_fixed_recipe(tmp_path: Path) -> None:
    one = [recipe("rich", None), recipe("oxide", 1)]
    fixed = [recipe("rich", -1), recipe("oxide", 1)]
    assert cost_of(mixed(ANY, recipes=one), tmp_path) == pytest.approx(600)
    assert cost_of(mixed(recipes=fixed), tmp_path) == pytest.approx(600)


@pytest.mark.equation("PRC-3", "row")
def test_rows_of_a_blend_window(tmp_path: Path) -> None:
    model, _ = model_of(mixed({"element": "Nd", "min_share": 0.2, "max_share": 0.3}), tmp_path)
    node, draws = (
        model.node["epoch 1"],
        {"draw[refine,,poor,,0]": 0.1, "draw[refine,,rich,,0]": 0.4},
    )
    key = ("refine", "", "Nd", 0)
    says(node.blend_floor[key], {**draws, "run[refine,,0]": -0.2}, ">=", 0)
    says(node.blend_ceiling[key], {**draws, "run[refine,,0]": -0.3}, "<=", 0)


@pytest.mark.equation("PRC-3", "hand")
def test_windows_bind_the_mix_as_a_whole(policy: Known) -> None:
    plan = WINDOW.solve(policy)
    assert tonnes(plan, "draws", material="rich") == pytest.approx(60)


@pytest.mark.equation("PRC-3", "limit")
def test_a_window_from_0_to_1_is_none(tmp_path: Path) -> None:
    assert cost_of(mixed(ANY), tmp_path) == pytest.approx(200)  # all poor
    whole = {"element": "La", "max_share": 1}
    assert cost_of(mixed(ANY, whole), tmp_path) == pytest.approx(200)


@pytest.mark.equation("PRC-4", "row")
def test_row_run_within_capacity(tmp_path: Path) -> None:
    model, _ = model_of(works({"capacity_t_per_year": 40}, periods=periods(2)), tmp_path)
    row = model.node["epoch 1"].run_within_capacity["refine", 0]
    says(row, {"run[refine,,0]": 1}, "<=", 80)


@pytest.mark.equation("PRC-4", "hand")
def test_capacity_is_per_year(policy: Known) -> None:
    CAPACITY.solve(policy)


@pytest.mark.equation("PRC-4", "limit")
def test_no_capacity_is_no_process_and_more_than_is_used_changes_nothing(tmp_path: Path) -> None:
    without = works(recipes=[], processes=[])
    assert cost_of(works({"capacity_t_per_year": None}), tmp_path) == pytest.approx(500)
    assert cost_of(without, tmp_path) == pytest.approx(500)
    assert cost_of(works({"capacity_t_per_year": 20}), tmp_path) == pytest.approx(200)
    assert cost_of(works({"capacity_t_per_year": 1e6}), tmp_path) == pytest.approx(200)


@pytest.mark.equation("PRC-5", "row")
def test_rows_of_a_minimum_run(tmp_path: Path) -> None:
    sheets = works(
        {"capacity_t_per_year": 40, "min_run_share": 0.25},
        projects=[
            {
                "project": "line",
                "adds_to": "refine",
                "size_t_per_year": 10,
                "max_modules": 2,
                "capex_kusd": 1,
            }
        ],
    )
    node = model_of(sheets, tmp_path)[0].node["epoch 1"]
    # big-M: 40 + 2 modules of 10 = 60, tight when everything is built
    says(
        node.run_minimum["refine", 0],
        {"run[refine,,0]": 1, "build[line,0]": -2.5, "on[refine,0]": -15},
        ">=",
        0.25 * 40 - 0.25 * 60,
    )
    says(node.run_only_on["refine", 0], {"run[refine,,0]": 1, "on[refine,0]": -60}, "<=", 0)


@pytest.mark.equation("PRC-5", "hand")
def test_running_means_at_least_the_minimum(policy: Known) -> None:
    plan = MINIMUM.solve(policy)
    assert tonnes(plan, "runs", period="p1") == 0


@pytest.mark.equation("PRC-5", "limit")
def test_a_minimum_of_0_is_none(tmp_path: Path) -> None:
    assert cost_of(works({"min_run_share": 0}), tmp_path) == pytest.approx(200)
    assert cost_of(works(), tmp_path) == pytest.approx(200)


def test_a_minimum_run_may_use_more_than_is_wanted_of_what_must_be_qualified(
    tmp_path: Path,
) -> None:
    """The bound of a qualified offer counts what a minimum run forces through the plant."""
    sheets = works(
        {"capacity_t_per_year": 200, "min_run_share": 0.5},
        materials=[material("ore", "ore"), material("oxide", disposal_usd_per_kg=0)],
        offers=[
            offer("ore", "mine", "ore", 1, qualification_kusd=7),
            offer("oxide", "trader", "oxide", 50),
        ],
    )
    # 100 t of run take 200 t of ore at 1, and 7 once (buying the oxide: 500)
    assert cost_of(sheets, tmp_path) == pytest.approx(207)


def test_a_minimum_run_share_may_differ_between_nodes(tmp_path: Path) -> None:
    """A share and the capacity that it multiplies, both by node: the row is their product."""
    sheets = works(
        {"capacity_t_per_year": 100, "min_run_share": 0.5},
        periods=periods(1, 1),
        materials=[material("ore", "ore"), material("oxide", disposal_usd_per_kg=0)],
        lanes=[lane("mine", "plant"), lane("plant", "shop")],
        demand=[want("shop", "oxide", 0, 500, "p0"), want("shop", "oxide", 10, 500, "p1")],
        tree=[
            {"node": "now", "epoch": 1, "probability": 1},
            {"node": "calm", "parent": "now", "epoch": 2, "probability": 0.5},
            {"node": "strict", "parent": "now", "epoch": 2, "probability": 0.5},
        ],
        node_values=[
            {
                "node": "strict",
                "sheet": "processes",
                "column": "min_run_share",
                "change": "set",
                "value": 0.8,
            },
            {
                "node": "strict",
                "sheet": "processes",
                "column": "capacity_t_per_year",
                "change": "set",
                "value": 150,
            },
        ],
    )
    # calm 50 t of run: 100 t of ore, 500; strict 120 t of run: 240 t of ore, 1200
    assert cost_of(sheets, tmp_path) == pytest.approx(0.5 * 500 + 0.5 * 1200)
