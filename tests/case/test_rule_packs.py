"""Rule packs: what the rows say, how they fit a workbook, and what they do to a plan."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from contextlib import nullcontext
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from typer.testing import CliRunner

from planner.case import SHEETS, Case, read_case
from planner.case.cells import parse
from planner.case.notations import names
from planner.case.rule_packs import Adaptation, Addition, fit, read_pack, read_packs
from planner.case.rule_packs.pack import PACKS, RulePack, _table
from planner.cli_endings import endings
from planner.cli_rules import rules_app
from planner.errors import CaseError, FaultyWorkbook
from planner.report.added_rows import write_with_rows
from planner.report.package_parts import put_last
from planner.solve.run import solve_case
from planner.solve.tree import build_tree
from tests.workbooks import (
    Row,
    Sheets,
    book,
    lane,
    material,
    offer,
    periods,
    site,
    want,
    write_workbook,
)

ROOT = Path(__file__).parents[2]
SHIPPED, TUTORIAL = ROOT / "inputs" / "rare_earths.xlsx", ROOT / "inputs" / "tutorial.xlsx"
EU, US, APRIL, OCTOBER = (
    "eu-2024-1252", "us-dfars-252-225-7052", "cn-2025-18", "cn-2025-61-62",
)  # fmt: skip
ALL = (APRIL, OCTOBER, EU, US)
EVERYWHERE = {"escalation": ("*",)}


def added(
    pack: str, source: Path, target: Path, adaptation: Adaptation | None = None
) -> tuple[Case, Addition]:
    """The workbook with the pack's rows, read back."""
    case = read_case(source)
    addition = fit(read_pack(pack), case, adaptation)
    return write_with_rows(source, case, addition.rows, target)[0], addition


def cost_with(
    pack: str, sheets: Sheets, tmp_path: Path, adaptation: Adaptation | None = None
) -> float:
    """The optimum of a workbook with the pack's rows [kUSD]."""
    source = write_workbook(tmp_path / "case.xlsx", sheets)
    case, _ = added(pack, source, tmp_path / "more.xlsx", adaptation)
    return float(solve_case(case).summary["objective_kusd"])


# --- what the packs hold ----------------------------------------------------------------------


@pytest.fixture(params=ALL)
def pack(request: pytest.FixtureRequest) -> RulePack:
    return read_pack(request.param)


def test_the_packs_are_the_four() -> None:
    assert tuple(each.name for each in read_packs()) == ALL


def test_every_cell_is_one_of_the_workbook(pack: RulePack) -> None:
    assert sum(map(len, pack.sheets.values())) > 0
    for sheet, rows in pack.sheets.items():
        spec = SHEETS[sheet]
        for row in rows:
            required = {column.name for column in spec.columns if column.required}
            assert required <= row.keys() <= spec.by_name.keys(), row
            for column, text in row.items():
                dated = (sheet, column) == ("caps", "first_period")
                cell = parse(spec.by_name[column], text)
                assert cell.bad is None, f"{sheet}.{column}: {cell.bad}"
                assert not dated or date.fromisoformat(text)


def test_every_row_names_sources_that_are_there_and_none_is_idle() -> None:
    there = {row["source"] for row in _table(PACKS / "sources.csv")}
    cited: set[str] = set()
    for each in read_packs():
        for sheet, rows in each.sheets.items():
            for row in rows if sheet != "sources" else ():
                assert names(row["source"]), row
                cited |= set(names(row["source"]))
    assert cited == there


def test_sources_are_those_of_the_shipped_case() -> None:
    shipped = {row["source"]: row for row in read_case(SHIPPED)["sources"]}
    both = [row for row in _table(PACKS / "sources.csv") if row["source"] in shipped]
    assert len(both) >= 10
    for row in both:
        assert row["title"] == shipped[row["source"]]["title"]
        assert row["grade"] == shipped[row["source"]]["grade"]


def test_every_page_has_its_three_parts(pack: RulePack) -> None:
    assert pack.about.startswith(f"# {pack.title}\n")
    assert "## What the rows say" in pack.about
    assert "## What rows cannot say" in pack.about


def test_a_pack_uses_a_name_for_one_kind_of_thing_alone(pack: RulePack) -> None:
    """So that `--name` cannot mean two things."""
    kinds: dict[str, str] = {}
    for sheet, key in (("licences", "licence"), ("tracks", "track"), ("licences", "group")):
        for row in pack.sheets.get(sheet, ()):
            assert kinds.setdefault(row[key], key) == key


def test_what_was_suspended_belongs_to_escalation_after_the_suspension() -> None:
    rules = read_pack(OCTOBER).sheets["rules"]
    assert {row["regimes"] for row in rules} == {"escalation"}
    assert {row["from_date"] for row in rules} == {"2026-11-10"}
    assert all("to_date" not in row for row in rules)
    assert all("2025-11-07 to 2026-11-10" in row["note"] for row in rules)
    assert all("UNSURE" in row["note"] for row in rules)
    assert {row["covers"] for row in rules} == {"goods", "technology", "maintenance"}


def test_the_april_list_is_in_force_in_every_regime() -> None:
    for row in read_pack(APRIL).sheets["rules"]:
        assert names(row["element"]) == ("Sm", "Gd", "Tb", "Dy", "Lu", "Sc", "Y")
        assert (row["regimes"], row["from_date"]) == ("*", "2025-04-04")


def test_the_eu_benchmarks_are_as_stated() -> None:
    caps = read_pack(EU).sheets["caps"]
    assert {row["element"] for row in caps} == {"Nd", "Pr", "NdPr", "Dy", "Tb", "Gd", "Sm", "Ce"}
    floors = {row["cap"][3:7]: row["min_share"] for row in caps if "min_share" in row}
    assert floors == {"10 %": "0.1", "40 %": "0.4", "25 %": "0.25"}
    assert {row["max_share"] for row in caps if "max_share" in row} == {"0.65"}
    assert {row["first_period"] for row in caps} == {"2030-01-01"}
    assert len(read_pack(EU).groups["EU"] - {"EU", "European Union"}) == 27


def test_odds_are_assumptions_and_follow_their_formula() -> None:
    priors = {"truce": (0.75, 0.7, 0.65, 0.6), "normalisation": (0.95, 0.9, 0.9, 0.85),
              "escalation": (0.25, 0.1, 0.2, 0.15)}  # fmt: skip
    grades = {row["source"]: row["grade"] for row in _table(PACKS / "sources.csv")}
    rows = [row for name in (APRIL, OCTOBER) for row in read_pack(name).sheets["licence_odds"]]
    assert len(rows) == 12
    for row in rows:
        p, late, denied = (float(row[each]) for each in ("on_time", "late", "denied"))
        assert late == pytest.approx((1 - p) * p)
        assert denied == pytest.approx((1 - p) ** 2)
        assert {grades[each] for each in names(row["source"])} == {"D"}
        assert row["note"].startswith("assumption")
        if row["licence"] == "CN 18/2025":
            assert p == pytest.approx(sum(priors[row["regime"]]) / 4)


# --- how they fit a workbook ------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
def test_each_is_added_to_the_shipped_case(name: str, tmp_path: Path) -> None:
    before, held = SHIPPED.read_bytes(), read_case(SHIPPED)
    tracks = [row["track"] for row in held["tracks"]]
    own = [row["track"] for row in read_pack(name).sheets.get("tracks", ())]
    # A workbook has two tracks at most: one that is full lends one of its own.
    lent = Adaptation(names={track: str(tracks[0]) for track in own if len(tracks) == 2})
    case, addition = added(name, SHIPPED, tmp_path / "out" / "more.xlsx", lent)
    assert SHIPPED.read_bytes() == before
    for sheet in SHEETS:
        old = [dict(row) for row in held[sheet]]
        found = [dict(row) for row in case[sheet]]
        assert [
            {key: row[key] for key in each} for each, row in zip(old, found, strict=False)
        ] == old
        assert len(found) == len(old) + len(addition.rows.get(sheet, ()))
    assert {"rules", "caps"} & addition.rows.keys()
    assert build_tree(case).leaves
    assert list((tmp_path / "out").iterdir()) == [tmp_path / "out" / "more.xlsx"]


def regimes(*of: str) -> list[Row]:
    """Transitions that stay where they are."""
    return [{"from_regime": each, "to_regime": each, "probability": 1} for each in of]


def two_mines(**more: Any) -> Sheets:
    """Oxide from China at 50 and from Australia at 80, one works in Japan, magnets of half oxide."""
    own: dict[str, Any] = {
        "periods": periods(1, 1),
        "materials": [
            material("oxide", value_usd_per_kg=60),
            material("magnet", "magnet", value_usd_per_kg=90),
        ],
        "composition": [
            {"material": name, "element": element, "share": share}
            for name, share in (("oxide", 0.4), ("magnet", 0.2))
            for element in ("Nd", "Dy")
        ],
        "sites": [
            site("Baotou", "supplier", "China"),
            site("Mount", "supplier", "Australia"),
            site("works", "plant", "Japan"),
            site("shop", "market", "Japan", end_use="EV"),
            site("arms", "market", "United States", end_use="defence"),
            site("cars", "market", "Germany", end_use="EV"),
        ],
        "offers": [offer("cheap", "Baotou", "oxide", 50), offer("dear", "Mount", "oxide", 80)],
        "lanes": [
            lane("Baotou", "works", "oxide"), lane("Mount", "works", "oxide"),
            *(lane("works", market, "magnet") for market in ("shop", "arms", "cars")),
        ],
        "processes": [{"process": "pressing", "site": "works", "capacity_t_per_year": 100}],
        "recipes": [
            {"process": "pressing", "material": "oxide", "t_per_t": -0.5},
            {"process": "pressing", "material": "magnet", "t_per_t": 1},
        ],
    }  # fmt: skip
    return book(**{**own, **more})


def test_a_workbook_takes_all_of_them_one_after_the_other(tmp_path: Path) -> None:
    sheets = two_mines(demand=[want("shop", "magnet", 10, 1000)])
    source = write_workbook(tmp_path / "case.xlsx", sheets)
    for number, name in enumerate(ALL):
        adaptation = Adaptation(
            EVERYWHERE if name == OCTOBER else {}, caps_from="p1" if name == EU else None
        )
        target = tmp_path / f"{number}.xlsx"
        added(name, source, target, adaptation)
        source = target
    case = read_case(source)
    assert [row["track"] for row in case["tracks"]] == ["CN 61/2025 origin", "US DFARS"]
    assert len(case["rules"]) == 2 + 5 + 2
    assert len(case["licences"]) == 1 + 3
    assert len({row["source"] for row in case["sources"]}) == len(case["sources"])


def test_caps_name_what_the_workbook_holds_and_say_what_they_cannot(tmp_path: Path) -> None:
    sheets = two_mines(demand=[want("shop", "magnet", 10, 1000)])
    for name, country in (("Sillamae", "Estonia"), ("La Rochelle", "France")):
        sheets["sites"].append(site(name, "supplier", country))
        sheets["offers"].append(offer(name, name, "oxide", 90))
    sheets["sites"].append(site("idle", "supplier", "Brazil"))
    sheets["periods"] = periods(3, 1)
    case = read_case(write_workbook(tmp_path / "case.xlsx", sheets))
    addition = fit(read_pack(EU), case)
    caps = {row["cap"]: row for row in addition.rows["caps"]}
    assert caps.keys() == {
        "EU 65 % Nd oxide", "EU 25 % recycling Nd", "EU 65 % Dy oxide", "EU 25 % recycling Dy",
    }  # fmt: skip
    assert caps["EU 65 % Dy oxide"]["member"] == "Australia; China"
    assert caps["EU 65 % Dy oxide"]["first_period"] == "p1"
    left = {each for rows in addition.left_out.values() for each in rows}
    assert left.isdisjoint(caps)
    assert len(left) + len(caps) == 72
    assert addition.left_out[
        "A cap cannot add up several countries within EU (Estonia, France)"
    ] == (
        "EU 40 % processing Nd",
        "EU 40 % processing Dy",
    )


@pytest.mark.parametrize(
    ("pack_name", "sheets", "adaptation", "said"),
    [
        (OCTOBER, {}, Adaptation(), "--regime 'escalation=NAME'"),
        (OCTOBER, {}, Adaptation({"escalation": ("storm",)}), "no regime 'storm'"),
        (OCTOBER, {}, Adaptation({"escalaton": ("*",)}), "Did you mean 'escalation'?"),
        (OCTOBER, {}, Adaptation(EVERYWHERE, {"defense": "arms"}), "Did you mean 'defence'?"),
        (APRIL, {"transitions": regimes("calm")}, Adaptation(), "--regime 'ONE=calm'"),
        (
            APRIL,
            {"transitions": regimes("calm")},
            Adaptation({"truce": ("calm",), "escalation": ("calm",)}),
            "more than one",
        ),
        (
            APRIL,
            {"licences": [{"licence": "CN 18/2025"}]},
            Adaptation(),
            "licences 'CN 18/2025'",
        ),
        (
            US,
            {"sources": [{"source": "lice033", "title": "a newspaper"}]},
            Adaptation(),
            "another source 'lice033'",
        ),
        (EU, {}, Adaptation(), "ends before 2030-01-01"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_to_say(
    pack_name: str, sheets: dict[str, Any], adaptation: Adaptation, said: str, tmp_path: Path
) -> None:
    more = {"demand": [want("shop", "magnet", 10, 1000)], **sheets}
    sheet = two_mines(**more)
    if "transitions" in sheets:
        sheet["settings"].append({"key": "regime_today", "value": "calm"})
    case = read_case(write_workbook(tmp_path / "case.xlsx", sheet))
    with pytest.raises(CaseError) as refusal:
        fit(read_pack(pack_name), case, adaptation)
    assert said in str(refusal.value)


def test_a_pack_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(CaseError, match="Did you mean 'cn-2025-18'"):
        read_pack("cn-2025-81")


def test_a_third_track_is_a_fault_and_leaves_no_file(tmp_path: Path) -> None:
    tracks = [{"track": name, "country": "China"} for name in ("one", "two")]
    sheets = two_mines(demand=[want("shop", "magnet", 10, 1000)], tracks=tracks)
    source = write_workbook(tmp_path / "case.xlsx", sheets)
    with pytest.raises(FaultyWorkbook, match="at most 2 tracks"):
        added(US, source, tmp_path / "more.xlsx")
    assert list(tmp_path.iterdir()) == [source]


def test_a_track_of_the_workbook_may_stand_for_the_packs(tmp_path: Path) -> None:
    tracks = [{"track": "one", "country": "China"}]
    sheets = two_mines(demand=[want("shop", "magnet", 10, 1000)], tracks=tracks)
    source = write_workbook(tmp_path / "case.xlsx", sheets)
    case, _ = added(US, source, tmp_path / "more.xlsx", Adaptation(names={"US DFARS": "one"}))
    assert [row["track"] for row in case["tracks"]] == ["one"]
    assert case["rules"][0]["track"] == "one"


def test_names_and_regimes_of_the_workbook_are_taken(tmp_path: Path) -> None:
    sheets = two_mines(
        demand=[want("shop", "magnet", 10, 1000)], transitions=regimes("calm", "storm")
    )
    sheets["settings"].append({"key": "regime_today", "value": "calm"})
    source = write_workbook(tmp_path / "case.xlsx", sheets)
    adaptation = Adaptation(
        {"truce": ("calm",), "escalation": ("storm",)},
        {
            "CN 61/2025": "Beijing",
            "CN 61/2025 origin": "Chinese",
            "defence": "military",
            "MOFCOM": "ministry",
        },
    )
    case, addition = added(OCTOBER, source, tmp_path / "more.xlsx", adaptation)
    assert {row["regimes"] for row in case["rules"]} == {("storm",)}
    odds = {(row["licence"], row["regime"]): row["on_time"] for row in case["licence_odds"]}
    assert odds["Beijing", "calm"] == 0.675
    assert odds["Beijing", "storm"] == 0.175
    assert len(odds) == 6
    assert {row["group"] for row in case["licences"]} == {"ministry"}
    assert case["tracks"][0]["track"] == "Chinese"
    assert ("military",) in {row["end_use"] for row in case["rules"]}
    assert addition.left_out == {}


# --- what they do to a plan -------------------------------------------------------------------


def test_april_in_the_tutorial(tmp_path: Path) -> None:
    """No Chinese oxide in the first year, since the licence is not in hand: 60 t of contract at
    300, 40 t of spot at 420, 34,800. In the second year it needs two independent licences: usable
    with 0.6 x (0.675 + 0.219375) = 0.536625, three months late being in time for a year. A tonne
    of contract below the last 40 t is worth 0.536625 x 200 + 0.463375 x 420 = 301.94 > 300: sign
    all 60, 18,000. The last 40 t: 0.536625 x 8,000 + 0.463375 x 16,800 = 12,077.7. Making twice
    800, application 400."""
    case, _ = added(APRIL, TUTORIAL, tmp_path / "more.xlsx")
    cost = solve_case(case).summary["objective_kusd"]
    assert cost == pytest.approx(34_800 + 18_000 + 12_077.7 + 1_600 + 400)


def test_dfars_follows_the_oxide_into_the_magnet(tmp_path: Path) -> None:
    """10 t of magnets for defence and 10 t for the shop, each of 5 t of oxide, in two years: the
    defence half must be Australian, 2 x (5 x 50 + 5 x 80); without the pack all is Chinese."""
    demand = [want("arms", "magnet", 10, 1000), want("shop", "magnet", 10, 1000)]
    sheets = two_mines(demand=demand)
    plain = solve_case(read_case(write_workbook(tmp_path / "plain.xlsx", sheets)))
    assert plain.summary["objective_kusd"] == pytest.approx(2 * 10 * 50)
    assert cost_with(US, sheets, tmp_path) == pytest.approx(2 * (5 * 50 + 5 * 80))


def test_october_content_waits_for_its_licence(tmp_path: Path) -> None:
    """In force in every node: the first year no licence is in hand, so nothing Chinese crosses a
    border and the oxide is Australian, 5 x 80; on a path the licence comes in the second, 5 x 50."""
    sheets = two_mines(demand=[want("cars", "magnet", 10, 1000)])
    cost = cost_with(OCTOBER, sheets, tmp_path, Adaptation(EVERYWHERE))
    assert cost == pytest.approx(5 * 80 + 5 * 50)


def test_october_refuses_defence_whatever_the_licence(tmp_path: Path) -> None:
    """Australian oxide in both years, but for what is de minimis in the second, when Chinese oxide
    may be shipped under licence: 0.1 % of 10 t x 90 is 0.9, or 0.015 t at 60, each 30 cheaper."""
    sheets = two_mines(demand=[want("arms", "magnet", 10, 1000)])
    cost = cost_with(OCTOBER, sheets, tmp_path, Adaptation(EVERYWHERE))
    assert cost == pytest.approx(2 * 5 * 80 - 0.015 * 30)


def test_october_stops_a_chinese_line_without_its_licence(tmp_path: Path) -> None:
    """The line may not run in the first year: 10 t short at 1,000; then 5 t of Chinese oxide."""
    line = {"process": "pressing", "site": "works", "capacity_t_per_year": 100,
            "technology_origin": "China"}  # fmt: skip
    sheets = two_mines(demand=[want("shop", "magnet", 10, 1000)], processes=[line])
    cost = cost_with(OCTOBER, sheets, tmp_path, Adaptation(EVERYWHERE))
    assert cost == pytest.approx(10 * 1000 + 5 * 50)


def test_october_is_nothing_in_a_truce(tmp_path: Path) -> None:
    sheets = two_mines(
        demand=[want("arms", "magnet", 10, 1000)], transitions=regimes("truce", "escalation")
    )
    sheets["settings"].append({"key": "regime_today", "value": "truce"})
    assert cost_with(OCTOBER, sheets, tmp_path) == pytest.approx(2 * 5 * 50)


def test_the_eu_benchmarks_cost_what_they_cost(tmp_path: Path) -> None:
    """10 t of oxide with 8 t of Nd from one country pay 35 % of 8 t at 18; buying 3.5 t for 30
    more would cost 105. A quarter of 8 t is not recycled, at 18. Nothing is supplied in the EU."""
    sheets = book(
        periods=periods(1),
        materials=[material("oxide")],
        composition=[{"material": "oxide", "element": "Nd", "share": 0.8}],
        sites=[
            site("Baotou", "supplier", "China"),
            site("Mount", "supplier", "Australia"),
            site("works", "market", "France"),
        ],
        offers=[offer("cheap", "Baotou", "oxide", 50), offer("dear", "Mount", "oxide", 80)],
        lanes=[lane("Baotou", "works"), lane("Mount", "works")],
        demand=[want("works", "oxide", 10, 1000)],
    )
    cost = cost_with(EU, sheets, tmp_path, Adaptation(caps_from="p0"))
    assert cost == pytest.approx(10 * 50 + 0.35 * 8 * 18 + 0.25 * 8 * 18)


def test_the_only_country_of_the_union_is_held_to_its_share(tmp_path: Path) -> None:
    sheets = two_mines(demand=[want("shop", "magnet", 10, 1000)])
    sheets["sites"][1]["country"] = "Estonia"
    case = read_case(write_workbook(tmp_path / "case.xlsx", sheets))
    addition = fit(read_pack(EU), case, Adaptation(caps_from="p1"))
    caps = {row["cap"]: row["member"] for row in addition.rows["caps"]}
    assert caps["EU 40 % processing Nd"] == "Estonia"
    assert caps["EU 65 % Nd oxide"] == "China"


# --- how rows are written ---------------------------------------------------------------------


def decorated(path: Path, sheets: Sheets, **options: Any) -> Path:
    """The rows as a workbook with a chart, a comment, a drop-down and a format on each sheet."""
    with xlsxwriter.Workbook(path, options) as workbook:
        days = workbook.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in sheets.items():
            sheet = workbook.add_worksheet(name)
            columns = list(dict.fromkeys(column for row in rows for column in row))
            sheet.write_row(0, 0, columns)
            for number, row in enumerate(rows, start=1):
                for place, column in enumerate(columns):
                    value = row.get(column)
                    if isinstance(value, date):
                        moment = datetime.combine(value, time.min)
                        sheet.write_datetime(number, place, moment, days)
                    elif value is not None:
                        sheet.write(number, place, value)
            chart: Any = workbook.add_chart({"type": "column"})
            chart.add_series({"values": f"={name}!$A$2:$A$3"})
            sheet.insert_chart("H8", chart)
            sheet.write_comment("A1", "kept")
            sheet.data_validation("A2:A9", {"validate": "length", "criteria": ">", "value": 0})
    return path


@pytest.mark.parametrize("from_1904", [False, True])
def test_what_is_not_touched_stays_byte_for_byte(from_1904: bool, tmp_path: Path) -> None:
    rules = [{"rule": "own", "exporter": "China", "destination": "Japan", "requirement": "exempt"}]
    sheets = two_mines(demand=[want("shop", "magnet", 10, 1000)], rules=rules)
    source = decorated(tmp_path / "case.xlsx", sheets, date_1904=from_1904)
    case, _ = added(APRIL, source, tmp_path / "more.xlsx")
    assert [row["from_date"] for row in case["rules"]] == [None, *[date(2025, 4, 4)] * 2]
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(tmp_path / "more.xlsx") as new:
        changed = {name for name in old.namelist() if old.read(name) != new.read(name)}
        rules_part = f"xl/worksheets/sheet{list(sheets).index('rules') + 1}.xml"
        assert changed == {
            "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "[Content_Types].xml",
            "xl/styles.xml", rules_part,
        }  # fmt: skip
        text = new.read(rules_part).decode()
    for kept in ("<drawing ", "<legacyDrawing ", "<dataValidation "):
        assert kept in text


def test_a_sheet_without_cells_takes_header_and_rows(tmp_path: Path) -> None:
    sheets = two_mines(demand=[want("shop", "magnet", 10, 1000)], rules=[], licences=[])
    case, _ = added(APRIL, write_workbook(tmp_path / "case.xlsx", sheets), tmp_path / "more.xlsx")
    assert [row["rule"] for row in case["rules"]] == [
        "CN 18/2025 licence",
        "CN 18/2025 defence in practice",
    ]


def test_the_new_file_may_take_the_place_of_the_old(tmp_path: Path) -> None:
    sheets = two_mines(demand=[want("shop", "magnet", 10, 1000)])
    source = write_workbook(tmp_path / "case.xlsx", sheets)
    added(APRIL, source, source)
    assert len(read_case(source)["rules"]) == 2


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        ("<a><b>1</b></a>", "<a><b>1<c/></b></a>"),
        ("<a><b/></a>", "<a><b><c/></b></a>"),
        ('<x:a><x:b k="1" /></x:a>', '<x:a><x:b k="1"><x:c/></x:b></x:a>'),
        ("<x:a><x:b>1</x:b></x:a>", "<x:a><x:b>1<x:c/></x:b></x:a>"),
    ],
)
def test_text_is_put_last_under_the_parts_own_prefix(xml: str, expected: str) -> None:
    assert put_last(xml, "b", lambda prefix: f"<{prefix}c/>") == expected


def test_a_part_without_the_element_is_refused() -> None:
    with pytest.raises(CaseError, match="no element b"):
        put_last("<a/>", "b", lambda prefix: f"<{prefix}c/>")


# --- the commands -----------------------------------------------------------------------------


@pytest.fixture
def call() -> Callable[..., Any]:
    app = rules_app(endings)
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


def test_list_names_every_pack(call: Callable[..., Any]) -> None:
    result = call("list")
    assert result.exit_code == 0
    assert all(name in result.stdout for name in ALL)


def test_show_tells_what_rows_cannot_say_and_the_rows(call: Callable[..., Any]) -> None:
    result = call("show", APRIL)
    assert result.exit_code == 0
    assert "What rows cannot say" in result.stdout
    assert "2025-04-04" in result.stdout
    assert call("show", "nothing").exit_code == 3


def test_add_writes_a_new_file_and_never_over_another_unasked(
    call: Callable[..., Any], tmp_path: Path
) -> None:
    out = tmp_path / "more.xlsx"
    words = ("add", EU, TUTORIAL, "-o", out, "--from", "second")
    first = call(*words)
    assert first.exit_code == 0
    assert "caps!A2:K4: 3 rows added" in first.stdout
    assert "Left out, 1 rows. No country within EU" in first.stdout
    assert len(read_case(out)["caps"]) == 3
    assert call(*words).exit_code == 2
    assert call(*words, "--force").exit_code == 0
    assert call("add", EU, TUTORIAL, "-o", tmp_path / "more.csv").exit_code == 2


@pytest.mark.parametrize("option", ["escalation", "=x", "a=", "a=b"])
def test_a_pair_that_says_nothing_is_refused(
    option: str, call: Callable[..., Any], tmp_path: Path
) -> None:
    result = call(
        "add", OCTOBER, TUTORIAL, "-o", tmp_path / "x.xlsx", "--regime", option, "--regime", "a=c"
    )
    assert result.exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_faults_of_the_new_workbook_end_with_3_and_no_file(
    call: Callable[..., Any], tmp_path: Path
) -> None:
    result = call("add", OCTOBER, TUTORIAL, "-o", tmp_path / "x.xlsx", "--regime", "escalation=*")
    assert result.exit_code == 3
    assert "value_usd_per_kg" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_sub_commands_need_only_an_ending() -> None:
    result = CliRunner().invoke(rules_app(lambda _: nullcontext()), ["list"])
    assert result.exit_code == 0
