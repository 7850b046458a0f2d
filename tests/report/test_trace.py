"""The way back: from a figure on the executive's page to its cell of the workbook and graded source."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from html import escape
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from typer.testing import CliRunner

import planner
from planner.analysis.figures import costs_by_line, service_by_end_use, supply_by_country
from planner.analysis.trace import COLUMNS, trace
from planner.cli import app
from planner.report.findings_document import findings_in
from planner.report.summary_page import SHEET
from tests.models.test_recycling import loop
from tests.workbooks import book, lane, material, periods, site, solve_sheets, want
from tests.workbooks import offer as offered

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "inputs" / "tutorial.xlsx"


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    plan = planner.solve(planner.read_case(TUTORIAL))
    return plan.to_excel(tmp_path_factory.mktemp("trace") / "plan.xlsx")


def test_from_the_executive_s_table_to_the_cell_and_its_graded_source(exported: Path) -> None:
    """Every cost line of the first page: follow its link, add up the rows there, follow each row's
    link to the input sheet, and find there the value, and in `sources` the grade."""
    pages = openpyxl.load_workbook(exported)
    summary, way_back, sources = pages[SHEET], pages["plan_trace"], pages["sources"]
    graded = {row[0]: row for row in _records(sources, "source", "grade")}
    walked = 0
    for (cell,) in summary.iter_rows(max_col=1):
        if cell.hyperlink is None or cell.row is None:
            continue
        stated = summary.cell(cell.row, 2).value
        first = int(str(cell.hyperlink.location).rpartition("!A")[2])
        part, rows = way_back.cell(first, 2).value, []
        for number in range(first, way_back.max_row + 1):
            entry = dict(zip(COLUMNS, (at.value for at in way_back[number]), strict=True))
            if (entry["figure"], entry["part"]) != ("cost", part):
                break
            rows.append((number, entry))
        assert sum(entry["discounted_kusd"] for _, entry in rows) / 1000 == pytest.approx(stated)
        for number, entry in rows:
            link = way_back.cell(number, COLUMNS.index("cell") + 1).hyperlink
            assert link is not None
            name, _, address = str(link.location).partition("!")
            at: Any = pages[name.strip("'")][address]
            assert str(at.value) == entry["value"]
            assert entry["source"] and graded[entry["source"]][1] == entry["grade"]
        walked += 1
    assert walked == 4  # purchase, processing, holding, applications


def _records(sheet: Worksheet, *columns: str) -> list[tuple[Any, ...]]:
    rows = list(sheet.iter_rows(values_only=True))
    places = [rows[0].index(column) for column in columns]
    return [tuple(row[place] for place in places) for row in rows[1:]]


def test_the_parts_add_up_to_every_figure(exported: Path) -> None:
    plan = planner.read_plan(exported)
    found = trace(plan)
    sums: dict[tuple[str, str], float] = defaultdict(float)
    for row in found.to_dict("records"):
        sums[row["figure"], row["part"]] += row[
            "discounted_kusd" if row["figure"] == "cost" else "t"
        ]
    for line, kusd in costs_by_line(plan).items():
        assert sums["cost", str(line)] == pytest.approx(kusd)
    for stage, t in supply_by_country(plan).sum().items():
        assert sums["supply", str(stage)] == pytest.approx(t)
    for use, t in service_by_end_use(plan)["demand_t"].items():
        assert sums["demand", str(use)] == pytest.approx(t)
    odds = found[found["figure"] == "probability"]
    assert set(odds["part"]) == {"transitions", "licence_odds"}


def test_what_is_collected_leads_to_its_return(tmp_path: Path) -> None:
    """100 t sold a year come back a year later, 40 t of them collected in each of two years."""
    plan = solve_sheets(loop(), tmp_path)
    scrap = trace(plan).query("figure == 'supply' and part == 'scrap'")
    assert scrap["cell"].tolist() == ["returns!A2"]
    assert scrap["t"].sum() == pytest.approx(80)
    assert supply_by_country(plan)["scrap"].sum() == pytest.approx(80)


def test_what_a_scenario_changed_says_so(tmp_path: Path) -> None:
    scenario = next(row["scenario"] for row in planner.read_case(TUTORIAL)["scenarios"])
    case = planner.read_case(TUTORIAL, scenario)
    found = trace(planner.solve(case))
    moved = found[found["moved_by"] != ""]
    assert len(moved)
    assert all(place.startswith("scenarios!") for place in moved["moved_by"])


def test_duty_and_price_paths_name_the_cells_that_made_them(tmp_path: Path) -> None:
    """100 t at 60 then 70 USD/kg, 10 % duty on a customs value of 50 USD/kg."""
    sheets = book(
        periods=periods(1, 1),
        materials=[material("oxide", value_usd_per_kg=50)],
        sites=[site("mine", "supplier", "China"), site("shop", "market", "Japan")],
        offers=[offered("ore", "mine", "oxide", 60)],
        offer_paths=[{"offer": "ore", "period": "p1", "price_usd_per_kg": 70}],
        lanes=[lane("mine", "shop", "oxide", duty_share=0.1)],
        demand=[want("shop", "oxide", 100, 500)],
    )
    costs = trace(solve_sheets(sheets, tmp_path)).query("figure == 'cost'")
    by_cell = {(row["part"], row["cell"]): row for row in costs.to_dict("records")}
    assert {key: row["discounted_kusd"] for key, row in by_cell.items()} == pytest.approx(
        {("purchase", "offers!D2"): 6000, ("purchase", "offer_paths!C2"): 7000,
         ("duty", "lanes!E2"): 1000}
    )  # fmt: skip
    assert by_cell["duty", "lanes!E2"]["also"] == "materials!C2"


def _told(*arguments: str | Path) -> dict[str, Any]:
    told = CliRunner().invoke(app, ["trace", *map(str, arguments), "--json"])
    assert told.exit_code == 0, told.output
    return json.loads(told.stdout)


def test_the_command_leads_from_a_figure_to_its_cells(exported: Path, tmp_path: Path) -> None:
    plan = planner.read_plan(exported)
    figures = {row["figure"]: row for row in _told(exported)["tables"]["figures"]}
    assert figures["cost:purchase"]["discounted_kusd"] == pytest.approx(costs_by_line(plan)["purchase"])  # fmt: skip
    told = _told(exported, "cost:purchase", "-o", tmp_path / "trace.xlsx")
    cells = told["tables"]["cells"]
    assert len(cells) == figures["cost:purchase"]["cells"]
    assert cells[0]["cell"] == figures["cost:purchase"]["largest_cell"]
    book = openpyxl.load_workbook(tmp_path / "trace.xlsx")
    written = {str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row}
    assert {cell["cell"] for cell in cells} <= written


def test_a_figure_that_is_none_is_answered_with_those_there_are(exported: Path) -> None:
    told = CliRunner().invoke(app, ["trace", str(exported), "supply:stone"])
    assert told.exit_code == 3
    assert "no figure 'supply:stone'" in told.stderr and "supply:oxide" in told.stderr


@pytest.mark.parametrize(
    "analysis", ["playbook", pytest.param("sensitivity", marks=pytest.mark.slow)]
)
def test_a_plan_takes_findings_in_and_its_exports_say_them(
    exported: Path, tmp_path: Path, analysis: str
) -> None:
    """What was found about a plan and put into it comes out in its other exports; it still holds."""
    mine = tmp_path / "plan.xlsx"
    mine.write_bytes(exported.read_bytes())
    told = CliRunner().invoke(app, ["explain", analysis, str(mine), "-o", str(mine)])
    assert told.exit_code == 0, told.output
    assert planner.verify_file(mine).holds
    (found,) = findings_in(planner.read_plan(mine))
    assert found.analysis == analysis and len(found.tables[0].frame)
    page = tmp_path / "again.html"
    assert CliRunner().invoke(app, ["export", str(mine), "-o", str(page)]).exit_code == 0
    shown = page.read_text(encoding="utf-8").replace("\u00a0", " ")
    assert escape(found.title) in shown


@pytest.mark.slow
def test_the_command_alone_can_write_a_plan(exported: Path, tmp_path: Path) -> None:
    """In a process of its own, which loads nothing but what the command asks for."""
    for asked in (("export", exported, "-o", tmp_path / "other.xlsx"), ("trace", tmp_path / "other.xlsx", "cost", "-o", tmp_path / "other.xlsx")):  # fmt: skip
        told = subprocess.run(
            [sys.executable, "-m", "planner", *map(str, asked)],
            capture_output=True, text=True, check=False, cwd=ROOT,
        )  # fmt: skip
        assert told.returncode == 0, told.stderr
    assert findings_in(planner.read_plan(tmp_path / "other.xlsx"))[0].analysis == "trace"


def test_a_workbook_and_another_plan_are_never_written_over(exported: Path, tmp_path: Path) -> None:
    for source, out, word in ((TUTORIAL, TUTORIAL, "workbook itself"), (TUTORIAL, exported, "a plan already")):  # fmt: skip
        told = CliRunner().invoke(app, ["explain", "sensitivity", str(source), "-o", str(out)])
        assert told.exit_code == 2 and word in " ".join(told.stderr.split()).replace("│ ", "")
