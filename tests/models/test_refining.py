"""INV: what is built, when it serves, what it may cost; technology that waits for its licence."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from planner.errors import Infeasible
from tests.models.solved_by_hand import HandSolved, money, says, tonnes
from tests.own_answers import Known
from tests.workbooks import (
    Row,
    Sheets,
    book,
    cost_of,
    lane,
    material,
    model_of,
    offer,
    periods,
    site,
    solve_sheets,
    want,
)


def build(*projects: Row, settings: Row | None = None, **changes: Any) -> Sheets:
    """100 t a year of oxide, at 40 from a trader or at 10 from own lines still to be built."""
    sheets: dict[str, Any] = {
        "periods": periods(1, 1, 1),
        "materials": [material("ore", "ore"), material("oxide")],
        "sites": [
            site("mine", "supplier", "Australia"),
            site("trader", "supplier", "China"),
            site("plant", "plant", "Malaysia"),
            site("shop", "market", "Malaysia"),
        ],
        "offers": [offer("ore", "mine", "ore", 10), offer("oxide", "trader", "oxide", 40)],
        "lanes": [lane("mine", "plant"), lane("plant", "shop"), lane("trader", "shop")],
        "processes": [{"process": "refine", "site": "plant"}],
        "recipes": [
            {"process": "refine", "material": "ore", "t_per_t": -1},
            {"process": "refine", "material": "oxide", "t_per_t": 1},
        ],
        "demand": [want("shop", "oxide", 100, 900)],
        "projects": list(projects),
    }
    return book(settings=settings, **(sheets | changes))


def line(size: float = 100, capex: float = 500, name: str = "line", **columns: Any) -> Row:
    return {
        "project": name,
        "adds_to": "refine",
        "size_t_per_year": size,
        "capex_kusd": capex,
        **columns,
    }


RAMP = HandSolved(
    "lead_and_ramp",
    8000,
    "decided in p0 (500), commissioned in p1, at 50 % in its first year: p0 4000; p1 50*10 + 50*40 "
    "= 2500; p2 1000: 8000 (no ramp: 6500; the ramp counted from the decision: 6500)",
    build(line(lead_months=12, ramp="50;100")),
)
LONG_PERIODS = HandSolved(
    "ramp_within_a_long_period",
    6000,
    "periods of 2 years, no lead, 50 % in the first year: 75 % of 200 t on the average: 500 + 150*10 "
    "+ 50*40 = 4000; then 200*10 = 2000: 6000 (50 % for all of the first period: 7500)",
    build(line(ramp="50;100"), periods=periods(2, 2)),
)
MODULES = HandSolved(
    "modules_at_most",
    5000,
    "modules of 40 t for 100, at most two: 200 + 3 x (80*10 + 20*40) = 5000 (three modules: 3300)",
    build(line(40, 100, max_modules=2)),
)
BUDGET = HandSolved(
    "budget_is_gross_of_grants",
    5400,
    "1000 for modules of 500, 40 % of it granted: two of 40 t: 2*300 + 3 x (80*10 + 20*40) = 5400 "
    "(net of grants three would fit: 900 + 3000 = 3900)",
    build(line(40, 500, max_modules=3, grant_share=0.4), budgets=[{"max_capex_kusd": 1000}]),
)
FLOOR = HandSolved(
    "policy_floor",
    14800,
    "at least 60 t a year decided by p1: two modules of 40 t for 5000, though each saves only 3600: "
    "10000 + 3 x (80*10 + 20*40) = 14800 (parts of modules: 1.5, 14100; no floor: 12000)",
    build(
        line(40, 5000, max_modules=3),
        budgets=[{"last_period": "p1", "min_added_t_per_year": 60}],
    ),
)
EITHER = HandSolved(
    "projects_that_exclude_one_another",
    6700,
    "lines of 60 t for 100 and for 150, never both: 100 + 3 x (60*10 + 40*40) = 6700 (both: 3250)",
    build(line(60, 100, "west"), line(60, 150, "east", excludes="west")),
)
FIRST_THE_ROAD = HandSolved(
    "required_no_later",
    6800,
    "the line needs a road, which can be decided from p1 on: p0 4000, then 100 + 700 + 2*1000 = 6800 "
    "(a road at any time, the line at once: 3800; no road: 3100)",
    build(
        line(100, 100, requires="road"),
        {
            "project": "road",
            "adds_to": "plant",
            "size_t_per_year": 1,
            "capex_kusd": 700,
            "earliest_period": "p1",
        },
    ),
)


def chinese(*rules: Row, **changes: Any) -> Sheets:
    """As ``build``, on Chinese technology that rules of the exporter control."""
    process = {"process": "refine", "site": "plant", "technology_origin": "China"}
    control = {"covers": "technology", "exporter": "China"}
    rows = [{"rule": f"rule {i}", **control, **rule} for i, rule in enumerate(rules)]
    return build(line(), **({"processes": [process], "rules": rows} | changes))


WAITS = HandSolved(
    "technology_waits_for_its_licence",
    6530,
    "decided and ready in p0, but the licence can be used from p1 on, if applied for (30): 500 + 30 + "
    "4000 + 2*1000 = 6530 (goods only controlled: 3500; a line that may not start is lost: 12000)",
    chinese({"requirement": "licence:T"}, licences=[{"licence": "T", "application_kusd": 30}]),
)
STAYS = HandSolved(
    "technology_in_service_stays",
    6500,
    "denied in 2027 and again from mid-2028 on: the line starts in p1 (2028) and, once in service, "
    "stays: 500 + 4000 + 1000 + 1000 = 6500 (stopped again in p2: 9500)",
    chinese(
        {"to_date": date(2027, 12, 31), "requirement": "denied"},
        {"from_date": date(2028, 6, 30), "requirement": "denied"},
    ),
)
NO_MAINTENANCE = HandSolved(
    "line_stops_without_maintenance",
    6500,
    "maintenance is denied in p1 only: p0 1000, p1 4000, p2 1000, and 500 to build: 6500 (denial of "
    "technology instead: built in p0 or never, 3500)",
    chinese(
        {
            "covers": "maintenance",
            "from_date": date(2028, 1, 1),
            "to_date": date(2028, 6, 30),
            "requirement": "denied",
        },
    ),
)
WIDER_GATE = HandSolved(
    "project_widens_a_site",
    4700,
    "the plant can run 100 t, but only 40 t a year may leave it; 60 t more for 500: 500 + 3*1000 + "
    "400 a year of upkeep from commissioning in p0, 3*400 = 1200: 4700 (narrow: 3 x (400 + 2400))",
    build(
        {
            "project": "gate",
            "adds_to": "plant",
            "size_t_per_year": 60,
            "capex_kusd": 500,
            "fixed_kusd_per_year": 400,
        },
        processes=[{"process": "refine", "site": "plant", "capacity_t_per_year": 100}],
        sites=[
            site("mine", "supplier"),
            site("trader", "supplier"),
            site("plant", "plant", throughput_t_per_year=40),
            site("shop", "market"),
        ],
    ),
)


@pytest.mark.equation("INV-1", "row")
def test_row_of_modules_in_service(tmp_path: Path) -> None:
    sheets = build(line(lead_months=12, ramp="50;100"), periods=periods(1, 1, 1, epochs=[1, 1, 1]))
    node = model_of(sheets, tmp_path)[0].node["epoch 1"]
    rows = node.run_within_capacity
    says(rows["refine", 0], {"run[refine,,0]": 1}, "<=", 0)
    says(rows["refine", 1], {"run[refine,,1]": 1, "build[line,0]": -50}, "<=", 0)
    says(
        rows["refine", 2],
        {"run[refine,,2]": 1, "build[line,0]": -100, "build[line,1]": -50},
        "<=",
        0,
    )


@pytest.mark.equation("INV-1", "hand")
@pytest.mark.parametrize("case", [RAMP, LONG_PERIODS, WIDER_GATE], ids=lambda c: c.name)
def test_modules_serve_after_lead_and_ramp(case: HandSolved, policy: Known) -> None:
    case.solve(policy)


@pytest.mark.equation("INV-1", "limit")
def test_a_ramp_of_100_and_no_lead_is_capacity_at_once(tmp_path: Path) -> None:
    given = build(processes=[{"process": "refine", "site": "plant", "capacity_t_per_year": 100}])
    for free in (line(capex=0), line(capex=0, ramp="100"), line(capex=0, ramp="100;100")):
        built = build(free)
        assert cost_of(built, tmp_path) == pytest.approx(cost_of(given, tmp_path)) == 3000


@pytest.mark.equation("INV-2", "row")
def test_row_of_modules_over_the_path(tmp_path: Path) -> None:
    node = model_of(MODULES.sheets, tmp_path)[0].node["epoch 3"]
    builds = {"epoch 1:build[line,0]": 1, "epoch 2:build[line,1]": 1, "build[line,2]": 1}
    says(node.max_modules["line"], builds, "<=", 2)


@pytest.mark.equation("INV-2", "hand")
def test_modules_at_most(policy: Known) -> None:
    plan = MODULES.solve(policy)
    assert plan.tables["builds"]["modules"].sum() == 2


@pytest.mark.equation("INV-2", "limit")
def test_modules_beyond_what_is_used_change_nothing(tmp_path: Path) -> None:
    costs = {cost_of(build(line(40, 100, max_modules=n)), tmp_path) for n in (3, 4, 50)}
    assert costs == {3300}
    assert cost_of(build(line(40, 100, max_modules=0)), tmp_path) == pytest.approx(12000)


@pytest.mark.equation("INV-3", "row")
def test_row_of_a_budget(tmp_path: Path) -> None:
    budget = {"first_period": "p1", "max_capex_kusd": 1000}
    sheets = build(line(40, 500, grant_share=0.4), budgets=[budget])
    row = model_of(sheets, tmp_path)[0].node["epoch 3"].budget_ceiling[0]
    says(row, {"epoch 2:build[line,1]": 500, "build[line,2]": 500}, "<=", 1000)


@pytest.mark.equation("INV-3", "hand")
def test_budgets_are_gross_of_grants(policy: Known) -> None:
    plan = BUDGET.solve(policy)
    assert money(plan)["grants"] == pytest.approx(-400)


@pytest.mark.equation("INV-3", "limit")
def test_a_budget_that_is_ample_or_meets_no_decision_is_none(tmp_path: Path) -> None:
    late = line(40, 100, max_modules=3, earliest_period="p1")
    free = cost_of(build(late), tmp_path)
    for budget in ({"max_capex_kusd": 1e9}, {"last_period": "p0", "max_capex_kusd": 0}):
        assert cost_of(build(late, budgets=[budget]), tmp_path) == pytest.approx(free)


@pytest.mark.equation("INV-4", "row")
def test_row_of_a_policy_floor(tmp_path: Path) -> None:
    row = model_of(FLOOR.sheets, tmp_path)[0].node["epoch 2"].budget_floor[0]
    says(row, {"epoch 1:build[line,0]": 40, "build[line,1]": 40}, ">=", 60)


@pytest.mark.equation("INV-4", "hand")
def test_a_floor_is_met_by_sizes_decided(policy: Known) -> None:
    FLOOR.solve(policy)


@pytest.mark.equation("INV-4", "limit")
def test_a_floor_of_0_is_none_and_one_out_of_reach_infeasible(tmp_path: Path) -> None:
    dear = line(40, 5000)
    none = build(dear, budgets=[{"min_added_t_per_year": 0}])
    assert cost_of(none, tmp_path) == cost_of(build(dear), tmp_path) == pytest.approx(12000)
    for row in ({"min_added_t_per_year": 41}, {"last_period": "p0", "min_added_t_per_year": 1}):
        late = {**dear, "earliest_period": "p1"}
        with pytest.raises(Infeasible):
            cost_of(build(late, budgets=[row]), tmp_path)


@pytest.mark.equation("INV-5", "row")
def test_rows_of_projects_that_exclude_one_another(tmp_path: Path) -> None:
    sheets = build(
        line(name="west", max_modules=3),
        line(name="east", excludes="west"),
        periods=periods(1, 1),
    )
    node = model_of(sheets, tmp_path)[0].node["epoch 2"]
    builds = {"epoch 1:build[west,0]": 1, "build[west,1]": 1}
    says(node.picked["west"], {**builds, "pick[west]": -3}, "<=", 0)
    says(node.excludes["east", "west"], {"pick[east]": 1, "pick[west]": 1}, "<=", 1)


def test_rows_of_a_path_stand_where_its_last_decision_can_fall(tmp_path: Path) -> None:
    """Later blocks, of which a tree has most, hold none of them."""
    budget = {"last_period": "p1", "max_capex_kusd": 1000, "min_added_t_per_year": 0}
    sheets = build(
        line(name="west", max_modules=3, latest_period="p1"),
        line(name="east", excludes="west", latest_period="p0"),
        budgets=[budget],
    )
    nodes = model_of(sheets, tmp_path)[0].node
    assert [len(nodes[f"epoch {e}"].max_modules) for e in (1, 2, 3)] == [1, 1, 0]
    assert [len(nodes[f"epoch {e}"].budget_ceiling) for e in (1, 2, 3)] == [0, 1, 0]
    assert [len(nodes[f"epoch {e}"].budget_floor) for e in (1, 2, 3)] == [0, 1, 0]
    assert [len(nodes[f"epoch {e}"].picked) for e in (1, 2, 3)] == [2, 2, 0]
    builds = {"epoch 1:build[west,0]": 1, "build[west,1]": 1}
    says(nodes["epoch 2"].max_modules["west"], builds, "<=", 3)
    says(nodes["epoch 1"].picked["west"], {"build[west,0]": 1, "pick[west]": -3}, "<=", 0)


@pytest.mark.equation("INV-5", "hand")
def test_never_both(policy: Known) -> None:
    plan = EITHER.solve(policy)
    assert set(plan.tables["builds"]["project"]) == {"west"}


@pytest.mark.equation("INV-5", "limit")
def test_excluding_what_is_never_built_costs_nothing(tmp_path: Path) -> None:
    dear = line(60, 1e6, "dear")
    apart = build(line(60, 100, "west", excludes="dear"), dear)
    assert cost_of(apart, tmp_path) == cost_of(build(line(60, 100, "west"), dear), tmp_path)


@pytest.mark.equation("INV-6", "row")
def test_row_of_a_required_project(tmp_path: Path) -> None:
    sheets = build(line(max_modules=3, requires="road"), line(10, 1, "road"), periods=periods(1, 1))
    row = model_of(sheets, tmp_path)[0].node["epoch 2"].requires["line", 1, "road"]
    says(row, {"build[line,1]": 1, "epoch 1:build[road,0]": -3, "build[road,1]": -3}, "<=", 0)


@pytest.mark.equation("INV-6", "hand")
def test_what_is_required_is_decided_no_later(policy: Known) -> None:
    FIRST_THE_ROAD.solve(policy)


@pytest.mark.equation("INV-6", "limit")
def test_requiring_what_is_free_costs_nothing(tmp_path: Path) -> None:
    free = {"project": "road", "adds_to": "plant", "size_t_per_year": 1, "capex_kusd": 0}
    needs = build(line(requires="road"), free)
    assert cost_of(needs, tmp_path) == cost_of(build(line()), tmp_path) == pytest.approx(3500)


@pytest.mark.equation("INV-7", "row")
def test_row_of_entry_into_service(tmp_path: Path) -> None:
    sheets = chinese(
        {"requirement": "licence:T"},
        licences=[{"licence": "T", "application_kusd": 30}],
        projects=[line(lead_months=12)],
    )
    node = model_of(sheets, tmp_path)[0].node["epoch 2"]
    entered = {"epoch 1:enter[line,0]": 1, "enter[line,1]": 1}
    says(node.enter_after_lead["line", 1], {**entered, "epoch 1:build[line,0]": -1}, "<=", 0)
    capacity = {"run[refine,,1]": 1, "epoch 1:enter[line,0]": -100, "enter[line,1]": -100}
    says(node.run_within_capacity["refine", 1], capacity, "<=", 0)


@pytest.mark.equation("INV-7", "hand")
@pytest.mark.parametrize("case", [WAITS, STAYS, NO_MAINTENANCE], ids=lambda c: c.name)
def test_controlled_technology(case: HandSolved, policy: Known) -> None:
    case.solve(policy)


@pytest.mark.equation("INV-7", "limit")
def test_exempt_technology_is_as_if_no_rule_were(tmp_path: Path) -> None:
    exempt = chinese({"requirement": "denied"}, {"requirement": "exempt"})
    assert cost_of(exempt, tmp_path) == cost_of(chinese(), tmp_path) == pytest.approx(3500)
    assert cost_of(chinese({"requirement": "denied"}), tmp_path) == pytest.approx(12000)


def test_maintenance_of_a_process_that_is_not_open_yet(tmp_path: Path) -> None:
    """A rule in force before the first period of the process, or on one that cannot run at all."""
    denied = {"covers": "maintenance", "requirement": "denied"}
    later = {"process": "refine", "site": "plant", "technology_origin": "China"}
    opens = chinese(denied, processes=[later | {"first_period": "p1", "capacity_t_per_year": 100}])
    assert cost_of(opens, tmp_path) == pytest.approx(12000)
    idle = chinese(denied, offers=[offer("oxide", "trader", "oxide", 40)])
    assert cost_of(idle, tmp_path) == pytest.approx(12000)


def test_several_technologies_for_one_step(tmp_path: Path) -> None:
    """Two processes make the same oxide; the dearer one is built where the cheap one is denied."""
    both = [
        {"process": "refine", "site": "plant", "technology_origin": "China"},
        {"process": "western", "site": "plant"},
    ]
    recipes = [
        {"process": process, "material": name, "t_per_t": rate}
        for process in ("refine", "western")
        for name, rate in (("ore", -1), ("oxide", 1))
    ]
    western = {"project": "west", "adds_to": "western", "size_t_per_year": 100, "capex_kusd": 900}
    sheets = chinese({"requirement": "denied"}, processes=both, recipes=recipes)
    sheets["projects"].append(western)
    # 900 + 3*1000 (Chinese technology free: 3500; nothing built: 12000)
    assert cost_of(sheets, tmp_path) == pytest.approx(3900)


def test_a_stress_branch_builds_nothing(tmp_path: Path) -> None:
    """Not in the window, and not after it in the same epoch either: the branch is unannounced."""
    sheets = build(
        line(capex=1, earliest_period="p1"),
        periods=periods(1, 1, 1, epochs=[1, 2, 2]),
        stress_tests=[
            {
                "test": "Australia lost",
                "lose": "country",
                "member": "Australia",
                "first_period": "p1",
                "last_period": "p1",
                "min_service_share": 0.5,
            }
        ],
    )
    plan = solve_sheets(sheets, tmp_path)
    assert set(plan.tables["builds"]["node"]) == {"epoch 2"}
    assert tonnes(plan, "runs", node="test Australia lost 2") == 0
