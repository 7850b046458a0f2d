"""What people take away: the figures, the escaping, and that charts are native."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pptx import Presentation

from planner.analysis.compare import compare
from planner.case import Case
from planner.errors import CaseError, PlanFileError
from planner.report.deck_file import write_deck
from planner.report.document import (
    Chart,
    Document,
    Series,
    axis_start,
    falling_steps,
    shown,
    stacked_parts,
    waterfall,
)
from planner.report.export import export_comparison, export_plan
from planner.report.html_file import html
from planner.report.plan_document import plan_document
from planner.solve.plan import Plan

TODAY = date(2027, 2, 3)
#: What a browser, a spreadsheet or XML would run or choke on, were it not text.
NASTY = '=HYPERLINK("http://evil.example","x")<script>alert(1)</script>&\'"'


@pytest.fixture
def nasty(plan: Plan) -> Plan:
    """The hand-made plan, with a name that attacks wherever names stand."""
    tables = {
        name: table.replace({"Malaysia": NASTY, "motors": NASTY})
        for name, table in plan.tables.items()
    }
    renamed = replace(plan.case, name=NASTY)
    summary = {**plan.summary, "name": NASTY, "scenario": NASTY, "warnings": [NASTY]}
    return Plan(case=renamed, tables=tables, summary=summary)


@pytest.fixture
def pair(plan: Plan, case: Case) -> tuple[Plan, Plan]:
    """The plan, and one that costs 10,000 kUSD more for its purchases."""
    costs = plan.tables["costs"].copy()
    root = costs[(costs["line"] == "purchase") & (costs["node"] == "1")].index
    costs.loc[root, ["kusd", "discounted_kusd"]] += 10_000.0
    summary = {**plan.summary, "scenario": "dear", "plan_fingerprint": "e" * 64}
    for key in ("expected_cost_kusd", "objective_kusd", "cvar_kusd", "bound_kusd"):
        summary[key] += 10_000.0
    return plan, replace(plan, tables={**plan.tables, "costs": costs}, summary=summary)


class Texts(HTMLParser):
    """The tags and texts of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


# ---- the figures


def chart_of(*values: float) -> Chart:
    names = tuple(f"n{place}" for place in range(len(values)))
    return Chart("waterfall", "bridge", "MUSD", (Series("cost", values, "#000000"),), names)


def test_a_waterfall_goes_from_total_to_total() -> None:
    bars = waterfall(chart_of(10, 3, -5, 8))
    assert [(bar.low, bar.high) for bar in bars] == [(0, 10), (10, 13), (8, 13), (0, 8)]
    assert [bar.change for bar in bars] == [None, 3, -5, None]


@pytest.mark.parametrize("values", [(10, 3, -5, 8), (2, -5, 4, 1), (-3, -2, 9, 4), (-1, -1, -2)])
def test_the_parts_of_a_native_waterfall_stack_to_its_bars(values: tuple[float, ...]) -> None:
    bars = waterfall(chart_of(*values))
    lift, *parts = stacked_parts(bars)
    for place, bar in enumerate(bars):
        above = [s.values[place] for s in (lift, *parts) if s.values[place] > 0]
        below = [s.values[place] for s in (lift, *parts) if s.values[place] < 0]
        ends = {round(lift.values[place], 9), round(sum(above) + sum(below) * (not above), 9)}
        if bar.low < 0 < bar.high:
            assert (sum(below), sum(above)) == (bar.low, bar.high)
        else:
            assert ends == {
                round(min(bar.low, bar.high, key=abs), 9),
                round(max(bar.low, bar.high, key=abs), 9),
            }


def test_a_truncated_axis_starts_below_every_change() -> None:
    bars = waterfall(chart_of(1000, 5, -8, 997))
    start = axis_start(bars)
    assert 900 < start < 997
    assert axis_start(waterfall(chart_of(10, 8, -9, 9))) == 0
    assert axis_start(waterfall(chart_of(5, 5))) >= 0


def test_steps_fall_at_each_cost() -> None:
    line = falling_steps("a", "#000000", [1.0, 4.0], [1.0, 0.4])
    assert line.xs == (1, 1, 4, 4)
    assert line.values == (1, 0.4, 0.4, 0)


@pytest.mark.parametrize(
    ("value", "look", "words"),
    [(1234.5, "musd", "1.23"), (-50.0, "signed_musd", "-0.05"), (0.1, "signed_musd", "0"),
     (None, "share", "–"), (0.5, "share", "50 %"), (True, "plain", "yes"), (date(2027, 1, 5), "text", "Jan 2027"),
     (2e6, "musd", "2,000"), ("x", "musd", "x")],
)  # fmt: skip
def test_cells_as_people_read_them(value: object, look: str, words: str) -> None:
    assert shown(value, look) == words  # type: ignore[arg-type]


# ---- a plan


def test_every_number_of_the_plan_s_page_is_the_plan_s(plan: Plan) -> None:
    document = plan_document(plan, TODAY)
    assert ("Expected cost, discounted", "MUSD 41.2") in document.tiles
    assert ("Mean of the worst 5 % (CVaR)", "MUSD 61.2") in document.tiles
    assert [section.name for section in document.sections] == [
        "What to do now", "Supply", "Cost", "Risk", "Service", "Remarks", "What the figures rest on",
    ]  # fmt: skip
    cost = next(section for section in document.sections if section.name == "Cost").tables[0]
    assert cost.rows[-1][1] == pytest.approx(sum(float(row[1]) for row in cost.rows[:-1]))  # type: ignore[arg-type]


def test_an_export_carries_what_it_is(plan: Plan) -> None:
    facts = {row[0]: row[1] for row in plan_document(plan, TODAY).facts.rows}
    assert plan.summary["plan_fingerprint"][:12] in str(facts["Plan"])
    assert facts["Inputs"] == plan.case.fingerprint[:12]
    assert (facts["As of"], facts["Exported"]) == ("2026-10-01", "2027-02-03")
    assert "within 0.6 % of the least possible cost" in str(facts["Proof"])
    assert "MUSD" in str(facts["Units"])
    assert "without a graded source" in str(facts["Data grades"])


def test_what_is_not_proven_is_said_on_every_page(plan: Plan) -> None:
    stopped = replace(plan, summary={**plan.summary, "status": "feasible", "verified": False})
    document = plan_document(stopped, TODAY)
    assert not document.sound
    assert "NOT PROVEN OPTIMAL" in document.footer and "NOT VERIFIED" in document.footer


def test_the_page_is_one_file_without_scripts_or_addresses(nasty: Plan) -> None:
    page = html(plan_document(nasty, TODAY))
    read = Texts()
    read.feed(page)
    assert "script" not in read.tags
    assert not [address for address in read.addresses if not address.startswith("#")]
    assert "default-src 'none'" in page
    assert any(NASTY in words for words in read.texts)
    assert read.tags.count("svg") == 3


def test_the_deck_is_native_and_says_its_findings(nasty: Plan, tmp_path: Path) -> None:
    export_plan(nasty, tmp_path / "plan.pptx", TODAY)
    slides = list(Presentation(str(tmp_path / "plan.pptx")).slides)
    document = plan_document(nasty, TODAY)
    assert slides[0].shapes.title.text == document.title  # type: ignore[union-attr]
    charts = [shape for slide in slides for shape in slide.shapes if shape.has_chart]
    assert len(charts) == 3
    assert all(shape.element.nvGraphicFramePr.cNvPr.get("descr") for shape in charts)
    titles = [slide.shapes.title.text for slide in slides[1:-1]]  # type: ignore[union-attr]
    assert titles == [section.title for section in document.on_paper[1:]], "the first on the cover"
    for slide in slides:
        for shape in slide.shapes:
            assert shape.left >= 0 and shape.left + shape.width <= 12_192_000
            assert shape.top >= 0 and shape.top + shape.height <= 6_858_100


def test_a_table_that_finds_no_room_on_the_cover_has_a_slide_of_its_own(
    plan: Plan, tmp_path: Path
) -> None:
    document = plan_document(plan, TODAY)
    first = document.sections[0]
    long = replace(first.tables[0], rows=first.tables[0].rows * 12, paper_rows=60)
    sections = (replace(first, tables=(long,)), *document.sections[1:])
    write_deck(replace(document, sections=sections), tmp_path / "plan.pptx")
    slides = list(Presentation(str(tmp_path / "plan.pptx")).slides)
    assert not [shape for shape in slides[0].shapes if shape.has_table]
    assert slides[1].shapes.title.text == first.title  # type: ignore[union-attr]
    assert any(shape.has_table for shape in slides[1].shapes)
    texts = [shape.text_frame.text for shape in slides[1].shapes if shape.has_text_frame]  # type: ignore[attr-defined]
    assert any(re.fullmatch(r"and \d+ more rows in the workbook", text) for text in texts)


def test_a_long_list_is_cut_on_paper_and_folded_in_the_page(plan: Plan) -> None:
    many = replace(plan, summary={**plan.summary, "warnings": [f"warning {n}." for n in range(40)]})
    paper = html(plan_document(many, TODAY), paper=True)
    assert "and 37 more rows in the workbook" in paper and "warning 39." not in paper
    page = html(plan_document(many, TODAY))
    folded = page[page.index("<summary>37 more rows</summary>") :]
    assert "warning 39." in folded and page.count("warning 39.") == 1


# ---- a comparison


def test_the_workbook_has_text_native_charts_and_frozen_headers(
    nasty: Plan, tmp_path: Path
) -> None:
    other = replace(
        nasty, summary={**nasty.summary, "scenario": f"@{NASTY}", "plan_fingerprint": "d" * 64}
    )
    export_comparison(compare([nasty, other]), tmp_path / "comparison.xlsx", TODAY)
    book: Any = openpyxl.load_workbook(tmp_path / "comparison.xlsx")
    cells = [
        cell
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    ]
    assert any(NASTY in str(cell.value) for cell in cells)
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    assert not [cell.coordinate for cell in cells if cell.hyperlink]
    charted = {sheet.title: len(sheet._charts) for sheet in book if sheet._charts}
    assert charted == {"Bridge A to B": 1, "Shares": 1, "Risk": 1}
    assert book["Risk"].freeze_panes == "A3"
    assert book["Risk"].page_setup.orientation == "landscape"


def test_the_reasons_are_in_numbers(pair: tuple[Plan, Plan], tmp_path: Path) -> None:
    export_comparison(compare(pair), tmp_path / "comparison.html", TODAY)
    page = (tmp_path / "comparison.html").read_text(encoding="utf-8").replace("\u00a0", " ")
    assert "B costs MUSD 10.0 (24 %) more than A on average" in page
    assert "B against A, MUSD +10.0: purchase +10.0" in page
    assert "Nothing differs in what was asked." in page
    assert "From A to B: purchase changes most, MUSD +10.00" in page


def test_the_bridge_in_the_workbook_keeps_every_digit(
    pair: tuple[Plan, Plan], tmp_path: Path
) -> None:
    comparison = compare(pair)
    export_comparison(comparison, tmp_path / "c.xlsx", TODAY)
    sheet = openpyxl.load_workbook(tmp_path / "c.xlsx")["Bridge A to B"]
    rows = {
        row[0]: row[1:4]
        for row in sheet.iter_rows(min_row=3, max_col=4, values_only=True)
        if row[0]
    }
    for line, costs in comparison.bridge.iterrows():
        assert rows[str(line)][:2] == tuple(costs / 1000)
    assert rows["total"][2] == pytest.approx(10.0)


def test_a_comparison_shows_each_plan_s_own_facts(pair: tuple[Plan, Plan], tmp_path: Path) -> None:
    export_comparison(compare(pair), tmp_path / "c.xlsx", TODAY)
    rows = openpyxl.load_workbook(tmp_path / "c.xlsx")["Facts"].iter_rows(values_only=True)
    facts = {row[0]: row[1:] for row in rows}
    assert [str(words)[:12] for words in facts["Plan"]] == ["f" * 12, "e" * 12]
    assert facts["Scenario"] == ("the workbook as it stands", "dear")


# ---- files


@pytest.mark.slow
def test_missing_libraries_of_the_system_are_said(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: object) -> None:
        raise OSError("cannot load library 'libpango-1.0-0'")

    monkeypatch.delitem(sys.modules, "planner.report.pdf_file", raising=False)
    for name in [name for name in sys.modules if name.partition(".")[0] == "weasyprint"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr("cffi.FFI.dlopen", missing)
    with pytest.raises(PlanFileError, match="make system"):
        export_plan(plan, tmp_path / "plan.pdf", TODAY)


def test_a_name_without_a_format_is_refused_before_any_work(plan: Plan, tmp_path: Path) -> None:
    with pytest.raises(CaseError, match=r"\.xlsx, \.html, \.pdf, \.pptx"):
        export_plan(plan, tmp_path / "plan.doc", TODAY)
    assert not list(tmp_path.glob("plan.*"))


@pytest.mark.parametrize(
    "name", ["plan.html", "plan.pptx", pytest.param("plan.pdf", marks=pytest.mark.slow)]
)
def test_a_file_that_cannot_be_written_is_said_and_leaves_nothing(
    plan: Plan, tmp_path: Path, name: str
) -> None:
    (tmp_path / "blocked").write_text("a file", encoding="utf-8")
    with pytest.raises(PlanFileError, match="Cannot write"):
        export_plan(plan, tmp_path / "blocked" / name, TODAY)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def pages_of(file: Path, program: Callable[[str], str]) -> list[str]:
    told = subprocess.run([program("pdftotext"), "-layout", str(file), "-"], check=True, capture_output=True, text=True)  # fmt: skip
    return told.stdout.split("\f")[:-1]


@pytest.mark.slow
def test_the_pdf_has_two_to_four_pages_with_its_facts(
    plan: Plan, pair: tuple[Plan, Plan], tmp_path: Path, program: Callable[[str], str]
) -> None:
    export_plan(plan, tmp_path / "plan.pdf", TODAY)
    export_comparison(compare(pair), tmp_path / "comparison.pdf", TODAY)
    pages = pages_of(tmp_path / "plan.pdf", program)
    assert 2 <= len(pages) <= 4
    assert "Serving 43 % of demand" in pages[0] and "MUSD 41.2" in pages[0]
    assert all(f"plan {'f' * 12}" in page and "2027-02-03" in page for page in pages)
    pages = pages_of(tmp_path / "comparison.pdf", program)
    assert 2 <= len(pages) <= 4
    assert "Why they differ" in pages[0]
    assert "purchase +10.0" in pages[0], "the reasons"
    assert "purchase changes most, MUSD +10.00" in " ".join(" ".join(pages).split()), "the bridge"


@pytest.mark.slow
def test_the_deck_opens_with_a_page_a_slide(
    pair: tuple[Plan, Plan], tmp_path: Path, program: Callable[[str], str]
) -> None:
    export_comparison(compare(pair), tmp_path / "c.pptx", TODAY)
    subprocess.run(
        [program("soffice"), f"-env:UserInstallation=file://{tmp_path / 'profile'}", "--headless",
         "--convert-to", "pdf", "--outdir", str(tmp_path), str(tmp_path / "c.pptx")],
        check=True, capture_output=True, timeout=240,
    )  # fmt: skip
    pages = pages_of(tmp_path / "c.pdf", program)
    assert len(pages) == len(Presentation(str(tmp_path / "c.pptx")).slides)
    assert "costs MUSD 10.0" in pages[0]


def test_documents_are_values(plan: Plan) -> None:
    assert plan_document(plan, TODAY) == plan_document(plan, TODAY)
    assert isinstance(plan_document(plan, TODAY), Document)
