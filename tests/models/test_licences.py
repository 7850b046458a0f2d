"""LIC-1 .. LIC-6: the exact rows, and the limits in which they vanish."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.workbooks import (
    Row,
    Sheets,
    branch,
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

GRANTED_OR_NOT = [
    branch("now", None, 1, 1),
    branch("granted", "now", 2, 0.5),
    branch("denied", "now", 2, 0.5, "L=denied"),
]


def licensed(licence: Row | None = None, **sheets: Any) -> Sheets:
    """Ore at 10 needs licence L to leave China, or 25 elsewhere; 100 t wanted in year 2."""
    own: dict[str, list[Row]] = {
        "periods": periods(1, 1),
        "sites": [
            site("mine", "supplier", "China"),
            site("pit", "supplier", "Australia"),
            site("shop", "market", "Japan", end_use="EV"),
        ],
        "lanes": [lane("mine", "shop", "oxide"), lane("pit", "shop", "oxide")],
        "offers": [offer("ore", "mine", "oxide", 10), offer("else", "pit", "oxide", 25)],
        "licences": [{"licence": "L", **(licence or {})}],
        "rules": [{"rule": "export", "exporter": "China", "requirement": "licence:L"}],
        "tree": GRANTED_OR_NOT,
        "demand": [want("shop", "oxide", 100, 500, "p1")],
    }
    return mine_to_shop(**{**own, **sheets})


@pytest.mark.equation("LIC-1", "row")
def test_a_shipment_needs_an_application_in_the_parent(tmp_path: Path) -> None:
    model, _ = model_of(licensed({"application_kusd": 5}), tmp_path)
    key = ("L", 0, "", 1)
    assert row_of(model.node["granted"].ship_under_licence[key]) == (
        None,
        {"ship[0,,1]": 1, "now:apply[L,2]": -100},
        0,
    )
    # Denied: no application helps.
    assert row_of(model.node["denied"].ship_under_licence[key]) == (None, {"ship[0,,1]": 1}, 0)


@pytest.mark.equation("LIC-1", "row")
def test_a_licence_in_hand_needs_no_application(tmp_path: Path) -> None:
    sheets = licensed({"application_kusd": 5, "held_until": "p1"})
    model, _ = model_of(sheets, tmp_path)
    for node in ("granted", "denied"):
        row = row_of(model.node[node].ship_under_licence["L", 0, "", 1])
        assert row == (None, {"ship[0,,1]": 1}, 100)


@pytest.mark.equation("LIC-1", "limit")
def test_a_licence_that_costs_nothing_and_never_fails_is_none(tmp_path: Path) -> None:
    certain = licensed(tree=[branch("now", None, 1, 1), branch("next", "now", 2, 1)])
    none = {name: rows for name, rows in certain.items() if name not in ("rules", "licences")}
    assert cost_of(certain, tmp_path) == pytest.approx(cost_of(none, tmp_path)) == 1000
    # One that costs more than it saves is not applied for: as if denied for certain.
    dear = licensed({"application_kusd": 1e6})
    hopeless = licensed(tree=[GRANTED_OR_NOT[0], branch("no", "now", 2, 1, "L=denied")])
    assert cost_of(dear, tmp_path) == pytest.approx(cost_of(hopeless, tmp_path)) == 2500
    # In hand for good: the outcome does not matter.
    assert cost_of(licensed({"held_until": "p1"}), tmp_path) == pytest.approx(1000)


@pytest.mark.equation("LIC-2", "row")
def test_shipments_count_against_the_tonnage(tmp_path: Path) -> None:
    sheets = licensed(
        {"max_t_per_year": 40},
        periods=periods(1, 0.5),
        lanes=[lane("mine", "shop", "*"), lane("pit", "shop", "oxide")],
        materials=[material("oxide"), material("metal", "metal")],
        offers=[offer("ore", "mine", "oxide", 10), offer("bar", "mine", "metal", 10)],
        demand=[want("shop", m, 100, 500) for m in ("oxide", "metal")],
    )
    model, _ = model_of(sheets, tmp_path)
    assert row_of(model.node["granted"].quota["L", 1]) == (
        None,
        {"ship[0,,1]": 1, "ship[1,,1]": 1},
        20,
    )


@pytest.mark.equation("LIC-2", "row")
def test_under_an_exemption_nothing_counts(tmp_path: Path) -> None:
    exempt = {"rule": "x", "exporter": "China", "requirement": "exempt", "regimes": "calm"}
    calm = [{"from_regime": "calm", "to_regime": r, "probability": 0.5} for r in ("calm", "war")]
    war = {"from_regime": "war", "to_regime": "war", "probability": 1}
    odds = [{"licence": "L", "regime": r, "on_time": 1, "denied": 0} for r in ("calm", "war")]
    sheets = licensed({"max_t_per_year": 40}, transitions=[*calm, war], licence_odds=odds)
    del sheets["tree"]
    sheets["rules"].append(exempt)
    sheets["settings"].append({"key": "regime_today", "value": "calm"})
    model, data = model_of(sheets, tmp_path)
    rows = {
        node.regime: row_of(model.node[node.name].quota["L", 1])
        for node in data.tree.nodes
        if node.epoch == 2
    }
    assert rows == {"calm": (None, {}, 40), "war": (None, {"ship[0,,1]": 1}, 40)}


@pytest.mark.equation("LIC-2", "limit")
def test_a_very_large_tonnage_is_none(tmp_path: Path) -> None:
    large = cost_of(licensed({"max_t_per_year": 1e6}), tmp_path)
    assert large == pytest.approx(cost_of(licensed(), tmp_path))
    nothing = cost_of(licensed({"max_t_per_year": 0}), tmp_path)
    assert nothing == pytest.approx(2500)


def content(**rule: Any) -> Sheets:
    """100 t of Chinese oxide in stock at a Japanese shop for cars; elsewhere 25."""
    sheets = licensed({"application_kusd": 5})
    return {
        **sheets,
        "tracks": [{"track": "CN", "country": "China"}],
        "stocks": [{"site": "shop", "material": "oxide", "opening_t": 100, "opening_origin": "CN"}],
        "rules": [{"rule": "r", "reach": "content", "track": "CN", "end_use": "EV",
                   "requirement": "licence:L", **rule}],
    }  # fmt: skip


@pytest.mark.equation("LIC-3", "row")
def test_a_delivery_needs_its_licence(tmp_path: Path) -> None:
    model, _ = model_of(content(), tmp_path)
    key = ("L", "shop", "oxide", "CN", 1)
    assert row_of(model.node["granted"].deliver_under_licence[key]) == (
        None,
        {"deliver[shop,oxide,CN,1]": 1, "now:apply[L,2]": -100},
        0,
    )
    row = row_of(model.node["denied"].deliver_under_licence[key])
    assert row == (None, {"deliver[shop,oxide,CN,1]": 1}, 0)


@pytest.mark.equation("LIC-3", "limit")
def test_a_content_licence_for_other_end_uses_is_none(tmp_path: Path) -> None:
    free = {name: rows for name, rows in content().items() if name != "rules"}
    other = content(end_use="chips")
    assert cost_of(other, tmp_path) == pytest.approx(cost_of(free, tmp_path), abs=1e-9) == 0


@pytest.mark.equation("LIC-4", "row")
def test_a_team_writes_so_many_applications(tmp_path: Path) -> None:
    team = {"team": "legal", "max_applications": 1}
    sheets = licensed(licences=[{"licence": n, **team} for n in ("L", "M")])
    sheets["rules"][0]["requirement"] = "licence:L; licence:M"
    model, _ = model_of(sheets, tmp_path)
    assert row_of(model.node["now"].team_limit["legal"]) == (
        None,
        {"apply[L,2]": 1, "apply[M,2]": 1},
        1,
    )


@pytest.mark.equation("LIC-4", "limit")
def test_a_large_team_is_no_limit(tmp_path: Path) -> None:
    large = licensed({"team": "legal", "max_applications": 9})
    assert cost_of(large, tmp_path) == pytest.approx(cost_of(licensed(), tmp_path))
    assert cost_of(licensed({"team": "legal", "max_applications": 0}), tmp_path) == (
        pytest.approx(2500)
    )


def works(covers: str, licence: Row | None = None, **sheets: Any) -> Sheets:
    """A Japanese plant of Chinese technology turns oxide at 10 into metal, short at 100."""
    own: dict[str, list[Row]] = {
        "materials": [material("oxide"), material("metal", "metal")],
        "sites": [
            site("mine", "supplier", "Australia"),
            site("works", "plant", "Japan"),
            site("shop", "market", "Japan"),
        ],
        "lanes": [lane("mine", "works", "oxide"), lane("works", "shop", "metal")],
        "offers": [offer("ore", "mine", "oxide", 10)],
        "processes": [{"process": "smelt", "site": "works", "capacity_t_per_year": 100,
                       "technology_origin": "China"}],
        "recipes": [{"process": "smelt", "material": "oxide", "t_per_t": -1},
                    {"process": "smelt", "material": "metal", "t_per_t": 1}],
        "rules": [{"rule": "r", "covers": covers, "exporter": "China",
                   "requirement": "licence:L"}],
        "demand": [want("shop", "metal", 60, 100, "p1")],
    }  # fmt: skip
    return licensed({"application_kusd": 5, **(licence or {})}, **{**own, **sheets})


LINE = {"project": "line", "adds_to": "smelt", "size_t_per_year": 60, "capex_kusd": 90}


@pytest.mark.equation("LIC-5", "row")
def test_a_line_runs_while_its_maintenance_is_licensed(tmp_path: Path) -> None:
    model, _ = model_of(works("maintenance"), tmp_path)
    assert row_of(model.node["granted"].run_under_licence["L", "smelt", 1]) == (
        None,
        {"run[smelt,,1]": 1, "now:apply[L,2]": -100},
        0,
    )
    denied = model.node["denied"]
    assert row_of(denied.run_under_licence["L", "smelt", 1]) == (None, {"run[smelt,,1]": 1}, 0)
    assert row_of(denied.run_under_licence["", "smelt", 1]) == (None, {"run[smelt,,1]": 1}, 0)


@pytest.mark.equation("LIC-5", "limit")
def test_maintenance_in_its_own_country_needs_nothing(tmp_path: Path) -> None:
    free = {name: rows for name, rows in works("maintenance").items() if name != "rules"}
    plain = cost_of(free, tmp_path)
    home = works("maintenance")
    home["sites"][1]["country"] = "China"
    assert cost_of(home, tmp_path) == pytest.approx(plain) == 600
    in_hand = works("maintenance", {"held_until": "p1"})
    assert cost_of(in_hand, tmp_path) == pytest.approx(plain)


@pytest.mark.equation("LIC-6", "row")
def test_a_project_enters_when_permitted_and_then_at_once(tmp_path: Path) -> None:
    sheets = works("technology", projects=[LINE])
    del sheets["processes"][0]["capacity_t_per_year"]
    model, _ = model_of(sheets, tmp_path)
    granted = model.node["granted"]
    assert row_of(granted.enter_under_licence["L", "line", 1]) == (
        None,
        {"enter[line,1]": 1, "now:apply[L,2]": -1},
        0,
    )
    # Decided in either year less entered in either: at most what the missing licence bars.
    due = {"now:build[line,0]": 1, "build[line,1]": 1, "now:enter[line,0]": -1, "enter[line,1]": -1}
    assert row_of(granted.enter_at_once["line", 1]) == (None, {**due, "now:apply[L,2]": 1}, 1)
    denied = model.node["denied"]
    assert row_of(denied.enter_under_licence["L", "line", 1]) == (None, {"enter[line,1]": 1}, 0)
    # Barred twice over, by the licence and by its denial: nothing need enter.
    assert row_of(denied.enter_at_once["line", 1]) == (None, due, 2)


@pytest.mark.equation("LIC-6", "limit")
def test_technology_of_the_plants_own_country_waits_for_nothing(tmp_path: Path) -> None:
    def cost(origin: str, licence: Row | None = None) -> float:
        sheets = works("technology", licence, projects=[LINE])
        sheets["processes"][0] |= {"capacity_t_per_year": None, "technology_origin": origin}
        return cost_of(sheets, tmp_path)

    assert cost("Japan") == pytest.approx(600 + 90)
    assert cost("China", {"held_until": "p1"}) == pytest.approx(600 + 90)
    assert cost("China", {"application_kusd": 1e6}) == pytest.approx(6000)
