"""A sweep: its grid, and what moves with probabilities."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from planner.batch.odds import balanced
from planner.batch.runs import Run
from planner.batch.sweep import sweep_runs
from planner.batch.vary import parse_vary
from planner.case import Difference, read_case, with_differences
from planner.errors import CaseError, UnknownScenario

DENIED = "licence_odds[licence=CN-Japan].denied"


def odds_of(path: Path, run: Run) -> tuple[float, float, float]:
    """(on time, late, denied) of the licence in the first regime, in a run of the grid."""
    case = with_differences(read_case(path), run.scenario, run.differences, run.varied_words)
    row = case["licence_odds"][0]
    return row["on_time"], row["late"], row["denied"]


@pytest.fixture
def with_late(tutorial: Path, tmp_path: Path) -> Path:
    """The tutorial with odds 0.45 on time, 0.15 late, 0.4 denied."""
    book = openpyxl.load_workbook(tutorial)
    sheet = book["licence_odds"]
    columns = [cell.value for cell in sheet[1]]
    for column, value in (("on_time", 0.45), ("late", 0.15), ("denied", 0.4)):
        sheet.cell(2, columns.index(column) + 1, value)
    book.save(tmp_path / "late.xlsx")
    return tmp_path / "late.xlsx"


def test_on_time_and_late_keep_their_proportion(with_late: Path) -> None:
    grid = sweep_runs(with_late, [parse_vary(f"{DENIED}=0,0.2,1")])
    found = [odds_of(with_late, run) for run in grid.runs]
    assert found == [
        pytest.approx((0.75, 0.25, 0.0)),
        pytest.approx((0.6, 0.2, 0.2)),
        pytest.approx((0.0, 0.0, 1.0)),
    ]
    assert [move.partition(" of ")[0] for move in grid.moves] == ["on_time", "late"]


def test_where_all_others_were_zero_the_first_takes_the_rest(tutorial: Path) -> None:
    case = read_case(tutorial)
    certain = [Difference("licence_odds", "", "on_time", "set", 0.0),
               Difference("licence_odds", "", "denied", "set", 1.0)]  # fmt: skip
    case = with_differences(case, None, certain, "never")
    moved = {
        difference.column: difference.value
        for difference, _ in balanced(case, "licence_odds", {(0, "denied"): 0.25})
    }
    assert moved == {"denied": 0.25, "on_time": 0.75}


def test_two_odds_of_one_row_leave_the_rest_to_the_third(with_late: Path) -> None:
    late = "licence_odds[licence=CN-Japan].late"
    grid = sweep_runs(with_late, [parse_vary(f"{DENIED}=0.5"), parse_vary(f"{late}=0.3,0.6")])
    assert odds_of(with_late, grid.runs[0]) == pytest.approx((0.2, 0.3, 0.5))
    with pytest.raises(CaseError, match="sum"):
        odds_of(with_late, grid.runs[1])


def test_a_grid_is_the_product_of_its_axes(tutorial: Path) -> None:
    price = "offers[country=Malaysia].price_usd_per_kg*=1,2"
    grid = sweep_runs(tutorial, [parse_vary(f"{DENIED}=0,0.5,1"), parse_vary(price)])
    assert len(grid.runs) == 6
    assert len({run.folder for run in grid.runs}) == 6
    assert grid.runs[0].varied == (("denied", 0.0), ("price_usd_per_kg", 1.0))


def test_the_differences_are_a_scenario_that_the_plan_s_file_can_hold(tutorial: Path) -> None:
    run = sweep_runs(tutorial, [parse_vary(f"{DENIED}=0.25")]).runs[0]
    case = with_differences(read_case(tutorial), None, run.differences, run.varied_words)
    assert case.scenario == "denied=0.25"
    sheet = case.raw["scenarios"]
    place = sheet.header.index("scenario")
    assert [row[place] for row in sheet.rows].count("denied=0.25") == len(run.differences)


def test_a_setting_at_its_default_can_be_varied(tutorial: Path) -> None:
    run = sweep_runs(tutorial, [parse_vary("settings[key=risk_weight].value=0.5")]).runs[0]
    case = with_differences(read_case(tutorial), None, run.differences, run.varied_words)
    assert case.settings["risk_weight"] == 0.5


@pytest.mark.parametrize(
    ("vary", "word"),
    [
        ("licence_odd.denied=1", "did you mean 'licence_odds'"),
        ("licence_odds.denid=1", "did you mean 'denied'"),
        ("licence_odds[licence=CN-Japn].denied=1", "CN-Japan"),
        ("licence_odds[licnce=CN-Japan].denied=1", "licence"),
        ("tree.probability=0.5", "cannot be varied one at a time"),
        ("licence_odds.denied=often", "no probability"),
    ],
)
def test_an_axis_that_means_nothing_is_refused_before_any_run(
    tutorial: Path, vary: str, word: str
) -> None:
    with pytest.raises(CaseError) as caught:
        sweep_runs(tutorial, [parse_vary(vary)])
    assert word in str(caught.value)


def test_the_same_probability_twice_is_refused(tutorial: Path) -> None:
    again = "licence_odds[regime=truce].denied=0.1"
    with pytest.raises(CaseError, match="another --vary"):
        sweep_runs(tutorial, [parse_vary(f"{DENIED}=0.5"), parse_vary(again)])


def test_a_sweep_on_a_scenario_keeps_its_differences(with_scenarios: Path) -> None:
    price = parse_vary("offers[country=Malaysia].price_usd_per_kg*=2")
    run = sweep_runs(with_scenarios, [price], "denied").runs[0]
    case = with_differences(read_case(with_scenarios), "denied", run.differences, "dear")
    assert case["licence_odds"][0]["denied"] == 1
    plain = read_case(with_scenarios)["offers"]
    for before, after in zip(plain, case["offers"], strict=True):
        factor = 2 if "Kuantan" in before["offer"] else 1
        assert after["price_usd_per_kg"] == factor * before["price_usd_per_kg"]
    with pytest.raises(UnknownScenario):
        with_differences(read_case(with_scenarios), "denid", run.differences, "dear")
