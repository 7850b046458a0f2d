"""Knobs, sheets in a grid, pictures and words: what needs no page."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import planner
from planner.analysis.figures import expected
from planner.case import Case, Difference, RawSheet, with_differences
from planner.case.book import read_book
from planner.solve.plan import Plan
from planner.store import ProgressPoint
from planner.ui import editor, knobs, server, text, turns
from planner.ui.charts import chain, investments, network, node, over_time, risk
from planner.ui.charts.search import search

TUTORIAL = Path(__file__).parents[2] / "inputs" / "tutorial.xlsx"


@pytest.fixture(scope="module")
def case() -> Case:
    return planner.read_case(TUTORIAL)


@pytest.fixture(scope="module")
def plan(case: Case) -> Plan:
    return planner.solve(case)


# ---- knobs


def test_odds_of_a_licence_sum_to_one_and_can_be_applied(case: Case) -> None:
    made = knobs.odds(case, ["CN-Japan"], "truce", late=0.1, denied=0.3)
    turned = with_differences(case, None, made, "odds")
    (row,) = turned["licence_odds"]
    assert (row["on_time"], row["late"], row["denied"]) == pytest.approx((0.6, 0.1, 0.3))


def test_odds_above_one_are_refused_in_words(case: Case) -> None:
    with pytest.raises(ValueError, match="more than 100 %"):
        knobs.odds(case, ["CN-Japan"], "truce", late=0.8, denied=0.3)


def test_prices_of_a_country_are_scaled(case: Case) -> None:
    made = knobs.prices(case, {"country": "China"}, 2.0)
    turned = with_differences(case, None, made, "dear")
    for old, new in zip(case["offers"], turned["offers"], strict=True):
        ganzhou = old["site"] == "Ganzhou"
        assert new["price_usd_per_kg"] == pytest.approx(
            old["price_usd_per_kg"] * (2 if ganzhou else 1)
        )


def test_a_forbidden_supplier_sells_nothing(case: Case) -> None:
    site = case["offers"][0]["site"]
    plan = planner.solve(with_differences(case, None, knobs.forbid(case, site), "without"))
    offers = {row["offer"] for row in case["offers"] if row["site"] == site}
    assert not offers & set(plan.tables["takes"]["offer"])


def test_what_means_no_row_is_refused(case: Case) -> None:
    with pytest.raises(ValueError, match="no offer has country=Atlantis"):
        knobs.prices(case, {"country": "Atlantis"}, 2.0)
    with pytest.raises(ValueError, match="no row of demand"):
        knobs.demand(case, {"end_use": "none such"}, 2.0)


def test_choices_are_those_that_mean_a_row(case: Case) -> None:
    assert set(knobs.choices(case, "offers", "country")) == {"China", "Malaysia"}
    assert knobs.choices(case, "offers", "stage") == ["oxide"]


# ---- a sheet in a grid


def test_an_untouched_sheet_comes_back_as_it_was() -> None:
    for name, raw in read_book(TUTORIAL).sheets.items():
        base = editor.frame(raw, name)
        assert editor.alike(editor.written(base.copy(), base, raw), raw), name


def test_only_what_was_typed_changes() -> None:
    raw = RawSheet(
        ("period", "start", "years", "note"),
        ((2027, datetime(2027, 1, 1), 1, None), ("late", "soon", 1.5, "x")),
    )
    base = editor.frame(raw, "periods")
    edited = base.copy()
    edited.loc[3, "years"] = 2.0
    edited.loc[4] = ["2029", "2029-01-01", 1.0, None]
    back = editor.written(edited, base, raw)
    assert back.rows == (
        (2027, datetime(2027, 1, 1), 1, None),
        ("late", "soon", 2.0, "x"),
        (2029, datetime(2029, 1, 1), 1.0, None),
    )  # fmt: skip


def test_deleted_rows_are_gone_and_blank_ones_at_the_end_too() -> None:
    raw = RawSheet(("key", "value"), (("a", 1), ("b", True), ("c", None)))
    base = editor.frame(raw, "settings")
    edited = base.drop(index=[2])
    edited.loc[5] = [None, None]
    assert editor.written(edited, base, raw).rows == (("b", True), ("c", None))


def test_a_row_may_bring_a_column() -> None:
    raw = editor.with_row(RawSheet(("a",), ((1,),)), {"a": 2, "b": 3})
    assert raw == RawSheet(("a", "b"), ((1, None), (2, 3)))


# ---- pictures


def test_every_picture_has_its_figures_and_words(plan: Plan) -> None:
    figures = [
        over_time.supply(plan, "oxide"), over_time.stock(plan), over_time.service(plan),
        network.network(plan.case), network.flows(plan), chain.sankey(plan), risk.distribution(plan),
        risk.tree(plan),
    ]  # fmt: skip
    for figure in figures:
        assert figure is not None
        assert figure.alt
        assert figure.table.rows
        assert (figure.chart is None) != (figure.option is None)
        drawn: Any = figure.option if figure.chart is None else json.loads(figure.chart)
        assert "http" not in json.dumps(drawn, default=str).replace(
            "https://vega.github.io/schema", ""
        )


def test_supply_over_time_adds_up_to_the_plan(plan: Plan) -> None:
    figure = over_time.supply(plan, "oxide")
    assert figure is not None
    supply = plan.tables["supply"]
    total = expected(plan, "supply", "t")[supply["stage"] == "oxide"].sum()
    assert figure.table.rows[-1][-1] == pytest.approx(total)


def test_the_chain_delivers_what_the_plan_delivers(plan: Plan) -> None:
    delivered = sum(t for (_, to), t in chain.links(plan).items() if to[0] == chain.MARKET)
    assert delivered == pytest.approx(expected(plan, "deliveries", "t").sum())


def test_circles_are_cut_at_their_smallest_link() -> None:
    a, b, c = ("oxide", "China"), ("metal", "Japan"), ("magnet", "EU")
    kept, cut = chain.acyclic({(a, b): 5.0, (b, c): 4.0, (c, a): 1.0})
    assert set(kept) == {(a, b), (b, c)}
    assert cut == 1.0


def test_news_of_licences_are_told_by_outcome() -> None:
    assert node.news("L1=denied; L2=late; L3=denied") == "denied: L1, L3; late: L2"
    assert node.news("") == ""


def test_odds_stand_by_licence_and_regime(case: Case) -> None:
    made = knobs.odds(case, ["CN-Japan"], "truce", late=0.125, denied=0.3)
    table = turns.odds_table(with_differences(case, None, made, "odds"))
    assert table.columns[1][0] == "truce: denied, late"
    assert table.rows[0][:2] == ("CN-Japan", "30 %, 12.5 %")


def test_a_plan_without_builds_has_no_gantt(plan: Plan) -> None:
    assert investments.gantt(plan) is None


def test_each_decision_to_build_has_a_bar_of_its_own() -> None:
    first, later, other = (
        investments.Build(name, date(year, 4, 1), date(year + 2, 4, 1), 1.0, 1.0, 1.0, now=True)
        for name, year in (("line", 2027), ("line", 2028), ("plant", 2027))
    )
    assert investments.lines([first, later, other]) == ["line, Apr 2027", "line, Apr 2028", "plant"]


def test_var_lies_between_mean_and_cvar(plan: Plan) -> None:
    mean, var, cvar = risk.measures(plan).values()
    assert mean <= var <= cvar


def test_the_denied_licence_costs_the_difference_of_its_leaves(plan: Plan) -> None:
    table = risk.licences_that_matter(plan)
    assert table is not None
    ((name, chance, bad, good, more),) = table.rows
    assert (name, chance) == ("CN-Japan", pytest.approx(0.4))
    assert (bad, good, more) == pytest.approx((54400.0, 45600.0, 8800.0))


def test_the_root_says_what_is_decided_there(plan: Plan) -> None:
    root = node.names(plan)[0]
    kinds = {row[0] for row in node.decisions(plan, root).rows}
    assert kinds == {"Contract", "Licence application"}
    bought = [row for row in node.amounts(plan, root).rows if row[0] == "Bought"]
    takes = plan.tables["takes"]
    assert sum(float(str(row[2])) for row in bought) == pytest.approx(
        takes["t"][takes["node"] == root].sum()
    )


def test_a_search_shows_nothing_before_anything_is_known() -> None:
    nothing = ProgressPoint(0.1, "root", None, None, None)
    assert search([nothing]) is None
    figure = search([nothing, ProgressPoint(1.0, "search", 2000.0, 1900.0, 0.05)])
    assert figure is not None
    assert "MUSD 2.00" in figure.alt


# ---- words


def test_text_of_users_is_no_markdown() -> None:
    assert text.plain("[x](http://a.b)") == r"\[x\]\(http\://a\.b\)"
    assert text.plain("<b> $x$ :red[y]") == r"\<b\> \$x\$ \:red\[y\]"


def test_gaps_in_words() -> None:
    assert text.gap_words(None) == "gap not known"
    assert text.gap_words(0.0) == "proven least cost"
    assert text.gap_words(0.004) == "proven within 0.4 %"
    assert "at most 5 % to gain" in text.search_words(2000.0, 1900.0, 0.05).replace("5.0 %", "5 %")
    assert text.search_words(None, None, None) == "No plan found yet."


def test_moments_and_spans_in_words() -> None:
    now = datetime(2027, 1, 2, tzinfo=UTC)
    assert text.ago(now - timedelta(minutes=12), now) == "12 min ago"
    assert text.ago(now - timedelta(days=9), now) == "2026-12-24"
    assert text.lasted(200) == "3 min 20 s"


def test_changes_in_words() -> None:
    change = Difference("offers", "country=China", "price_usd_per_kg", "scale", 1.5)
    assert text.change_words(change) == "offers, country=China: price_usd_per_kg times 1.5"
    assert text.scenario_words(None, [change]) == "the workbook as it stands, with 1 change"


def test_the_policy_names_no_other_host() -> None:
    assert "http" not in server.POLICY
    assert "default-src 'self'" in server.POLICY


def test_frames_have_one_type_a_column() -> None:
    frame = editor.frame(read_book(TUTORIAL).sheets["offers"], "offers")
    assert frame["price_usd_per_kg"].dtype == "float64"
    assert isinstance(frame, pd.DataFrame)
