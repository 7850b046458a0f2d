"""Published optima: every workbook of ``known_answers`` solves to what its source printed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from planner.analysis.verify import verify
from planner.case import read_case
from planner.case.case import Case
from planner.solve.plan import Plan
from planner.solve.run import solve_case
from tests.workbooks import Row, write_workbook

HOME = Path(__file__).parent / "known_answers"
ANSWERS: dict[str, dict[str, Any]] = json.loads((HOME / "answers.json").read_text(encoding="utf-8"))

#: Named in answers.json in words, or checked by tests of their own below.
TOLD_ELSEWHERE = {"citation", "note", "plan", "first_stage", "evpi_kusd"}
#: Figures of the farmer that other workbooks of the same source hold.
OF_OTHER_WORKBOOKS = {"vss_kusd", "ws_kusd", "ev_kusd", "eev_kusd"}


def solved(name: str) -> tuple[Case, Plan]:
    case = read_case(HOME / f"{name}.xlsx")
    return case, solve_case(case)


def test_every_workbook_has_its_answer() -> None:
    assert {path.stem for path in HOME.glob("*.xlsx")} == ANSWERS.keys()


def test_every_workbook_of_our_own_has_its_answer() -> None:
    own = HOME / "own"
    files = (json.loads(path.read_text(encoding="utf-8")) for path in own.glob("answers_*.json"))
    names = [name for answers in files for name in answers]
    assert sorted(names) == sorted(path.stem for path in own.glob("*.xlsx"))


@pytest.mark.parametrize("name", ANSWERS)
def test_published_optimum(name: str) -> None:
    answer = ANSWERS[name]
    case, plan = solved(name)
    close = {"abs": answer["tolerance"]}
    assert plan.summary["objective_kusd"] == pytest.approx(answer["optimum_kusd"], **close)
    checked = {"optimum_kusd", "tolerance"}
    for key, figure in (("expected_kusd", "expected_cost_kusd"), ("cvar_kusd", "cvar_kusd")):
        if key in answer:
            assert plan.summary[figure] == pytest.approx(answer[key], **close)
            checked.add(key)
    if "cost_by_line" in answer:
        for line, kusd in answer["cost_by_line"].items():
            assert expected_line(plan, line) == pytest.approx(kusd, **close)
        checked.add("cost_by_line")
    assert answer.keys() - checked <= TOLD_ELSEWHERE | OF_OTHER_WORKBOOKS
    assert verify(case, plan.tables, plan.summary).faults == ()


def expected_line(plan: Plan, line: str) -> float:
    """Discounted cost of a line, weighted by the probability of its nodes [kUSD]."""
    costs = plan.tables["costs"].merge(plan.tables["tree"][["node", "probability"]], on="node")
    costs = costs[costs["line"] == line]
    return float((costs["discounted_kusd"] * costs["probability"]).sum())


def test_first_stage_of_the_farmer() -> None:
    """170 acres of wheat, 80 of corn, 250 of beets, whatever the yields will be."""
    contracts = solved("farmer")[1].tables["contracts"].set_index("offer")["t_per_year"]
    for crop, acres in ANSWERS["farmer"]["first_stage"].items():
        assert contracts[f"acre_{crop}"] == pytest.approx(acres, abs=1e-4)


def test_first_stage_of_the_air_conditioners() -> None:
    assert ANSWERS["aircond"]["first_stage"] == "take 200 in p0, store 100"
    plan = solved("aircond")[1]
    takes, stock = (plan.tables[table].query("period == 'p0'") for table in ("takes", "stock"))
    assert takes["t"].sum() == pytest.approx(200)
    assert stock["t"].sum() == pytest.approx(100)


def test_lots_of_wagner_and_whitin() -> None:
    assert ANSWERS["wagner_whitin"]["plan"] == "210 in p0, 150 in p2"
    shipped = solved("wagner_whitin")[1].tables["shipments"].groupby("period")["t"].sum()
    assert dict(shipped) == pytest.approx({"p0": 210, "p2": 150})


@pytest.mark.parametrize("name", ["farmer", "lands_two_stage", "aircond"])
def test_expected_value_of_perfect_information(name: str, tmp_path: Path) -> None:
    """Each leaf's path solved as if it were certain; their mean, taken from the optimum."""
    answer = ANSWERS[name]
    case = read_case(HOME / f"{name}.xlsx")
    rows = {row["node"]: row for row in case["tree"]}
    parents = {row["parent"] for row in rows.values()}
    foresight = 0.0
    for leaf in rows.keys() - parents:
        file = certain(HOME / f"{name}.xlsx", case, leaf, tmp_path)
        optimum = solve_case(read_case(file)).summary["objective_kusd"]
        foresight += rows[leaf]["probability"] * optimum
    evpi = solve_case(case).summary["objective_kusd"] - foresight
    assert evpi == pytest.approx(answer["evpi_kusd"], abs=max(answer["tolerance"], 1e-3))
    if "ws_kusd" in answer:
        assert foresight == pytest.approx(answer["ws_kusd"], abs=answer["tolerance"])


def certain(file: Path, case: Case, leaf: str, tmp_path: Path) -> Path:
    """The workbook with the path to one leaf only, which is then sure to come."""
    rows = {row["node"]: row for row in case["tree"]}
    path, node = [], leaf
    while node is not None:
        path.append(node)
        node = rows[node]["parent"]
    sheets = {name: as_rows(case, name) for name in case.raw}
    sheets["tree"] = [{**row, "probability": 1} for row in sheets["tree"] if row["node"] in path]
    sheets["node_values"] = [row for row in sheets["node_values"] if row["node"] in path]
    return write_workbook(tmp_path / f"{file.stem} {leaf}.xlsx", sheets)


def as_rows(case: Case, sheet: str) -> list[Row]:
    """The rows of a sheet as the file holds them; what a row lacks at its end is blank."""
    raw = case.raw[sheet]
    return [dict(zip(raw.header, row, strict=False)) for row in raw.rows]


def test_value_of_the_stochastic_solution_of_the_farmer() -> None:
    optimum = {
        name: ANSWERS[name]["optimum_kusd"] for name in ("farmer", "farmer_eev", "farmer_ev")
    }
    answer = ANSWERS["farmer"]
    assert optimum["farmer_eev"] - optimum["farmer"] == pytest.approx(answer["vss_kusd"])
    assert optimum["farmer_eev"] == answer["eev_kusd"]
    assert optimum["farmer_ev"] == answer["ev_kusd"]
