"""Whoever tampers with a plan is caught, by the right equation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from planner.analysis.verify import verify

Tables = dict[str, pd.DataFrame]
Edit = Callable[[Tables], Tables]


def _mask(frame: pd.DataFrame, match: dict[str, Any]) -> pd.Series:
    mask = pd.Series(True, index=frame.index)
    for column, value in match.items():
        mask &= frame[column] == value
    assert mask.any(), f"nothing to tamper with: {match}"
    return mask


def put(table: str, column: str, value: Any, **match: Any) -> Edit:
    """Set a cell of the rows that match."""

    def edit(tables: Tables) -> Tables:
        frame = tables[table].astype({column: object})
        frame.loc[_mask(frame, match), column] = value
        return {**tables, table: frame}

    return edit


def add(table: str, *values: Any) -> Edit:
    """One more row."""

    def edit(tables: Tables) -> Tables:
        frame = tables[table]
        rows = [*frame.itertuples(index=False, name=None), values]
        return {**tables, table: pd.DataFrame(rows, columns=list(frame.columns))}

    return edit


def drop(table: str, **match: Any) -> Edit:
    """Without the rows that match."""

    def edit(tables: Tables) -> Tables:
        frame = tables[table]
        return {**tables, table: frame[~_mask(frame, match)]}

    return edit


def both(*edits: Edit) -> Edit:
    def edit(tables: Tables) -> Tables:
        for one in edits:
            tables = one(tables)
        return tables

    return edit


def without(table: str) -> Edit:
    return lambda tables: {name: frame for name, frame in tables.items() if name != table}


def without_column(table: str, column: str) -> Edit:
    return lambda tables: {**tables, table: tables[table].drop(columns=column)}


TAMPERINGS: list[tuple[str, str, Edit, str]] = [
    # plan, what was done, how, the equation that must notice
    ("chain", "a table is missing", without("stock"), "TAB-1"),
    ("chain", "a column is missing", without_column("takes", "t"), "TAB-1"),
    ("chain", "text for a number", put("takes", "t", "many", offer="bulk"), "TAB-2"),
    ("chain", "a number that is none", put("runs", "t", float("nan"), period="p1"), "TAB-2"),
    ("chain", "an unknown offer", put("takes", "offer", "bluk", offer="bulk"), "TAB-3"),
    ("chain", "an unknown track", put("takes", "tracks", "us", offer="bulk"), "TAB-3"),
    ("chain", "an unknown cost line", put("costs", "line", "gifts", line="grants"), "TAB-3"),
    ("market", "scrap of no row", put("collections", "to_site", "M", market="M"), "TAB-3"),
    ("chain", "a row twice", add("takes", "bulk", "", "n1", "p0", 60.0), "TAB-4"),
    ("chain", "a period of another epoch", put("unused", "node", "n1", period="p2"), "TAB-5"),
    ("chain", "below zero", put("stock", "t", -10.0, period="p0"), "TAB-6"),
    ("denial", "half an application", put("applications", "applied", 0.5), "TAB-7"),
    ("denial", "a node dropped", drop("tree", node="refused"), "TREE-2"),
    ("denial", "an outcome changed", put("tree", "licences", "L=late", node="refused"), "TREE-1"),
    ("denial", "a regime changed", put("tree", "regime", "war", node="granted"), "TREE-1"),
    (
        "denial",
        "probabilities shifted",
        both(
            put("tree", "probability", 0.6, node="granted"),
            put("tree", "probability", 0.4, node="refused"),
        ),
        "TREE-3",
    ),
    ("denial", "a probability lowered", put("tree", "probability", 0.4, node="granted"), "TREE-2"),
    ("expected", "a node dropped", drop("tree", node="high"), "TREE-1"),
    ("expected", "a probability off", put("tree", "probability", 0.51, node="high"), "TREE-3"),
    ("stress", "the branch dropped", drop("tree", node="lost"), "TREE-4"),
    ("stress", "the branch counted", put("tree", "probability", 0.1, node="lost"), "TREE-4"),
    ("stress", "another regime there", put("tree", "regime", "war", node="lost"), "TREE-4"),
    ("chain", "one tonne more", put("takes", "t", 31.0, offer="con", period="p1"), "BAL-1"),
    ("chain", "too small a contract", put("contracts", "t_per_year", 30.0, epoch=1), "SRC-1"),
    ("chain", "beyond capacity", put("takes", "t", 151.0, offer="spo", period="p1"), "SRC-2"),
    ("chain", "a debt forgotten", drop("unused", period="p1"), "SRC-3"),
    ("chain", "a debt invented", add("unused", "con", "n1", "p0", 5.0), "SRC-3"),
    ("chain", "below the minimum order", put("takes", "t", 19.0, offer="spo"), "SRC-4"),
    ("chain", "qualified twice", add("qualifications", "AU", "conc", "n2", 1), "SRC-6"),
    ("chain", "more under contract", put("contracts", "t_per_year", 201.0, epoch=2), "SRC-7"),
    ("chain", "decided too late", put("contracts", "decided_in", "n2", epoch=2), "SRC-8"),
    ("chain", "a contract on spot", put("contracts", "offer", "spo", epoch=2), "SRC-8"),
    ("chain", "after the window", put("takes", "offer", "bulk", period="p2"), "SRC-9"),
    ("chain", "never qualified", drop("qualifications", site="AU"), "SRC-10"),
    ("chain", "no such lane", put("shipments", "to_site", "DE", from_site="AU"), "LAN-1"),
    (
        "chain",
        "arriving a year early",
        put("shipments", "arrives", "p1", from_site="AU", period="p1"),
        "LAN-2",
    ),
    ("chain", "more than it carries", put("shipments", "t", 41.0, from_site="AU"), "LAN-3"),
    ("chain", "below the minimum load", put("shipments", "t", 9.0, from_site="AU"), "LAN-4"),
    ("chain", "more than leaves the site", put("shipments", "t", 81.0, from_site="EE"), "LAN-5"),
    ("denial", "never applied for", drop("applications", licence="L"), "LIC-2"),
    (
        "denial",
        "shipped where denied",
        put("shipments", "from_site", "CN", node="refused"),
        "LIC-2",
    ),
    ("denial", "for the wrong epoch", put("applications", "epoch", 1), "LIC-5"),
    ("technology", "a free application left out", drop("applications", licence="T"), "LIC-5"),
    ("origin", "controlled goods delivered", put("deliveries", "tracks", "cn"), "LIC-1"),
    ("origin", "Chinese goods called free", put("takes", "tracks", "", offer="cn"), "ORI-1"),
    ("origin", "beyond de minimis", put("draws", "t", 11.0, run_tracks="", tracks="cn"), "ORI-2"),
    ("origin", "washed in transit", put("shipments", "tracks", "", from_site="CN"), "BAL-2"),
    ("origin", "washed at delivery", put("deliveries", "tracks", "", market="EV"), "BAL-2"),
    ("chain", "less drawn than run", put("draws", "t", 119.0, period="p1"), "PRC-1"),
    ("market", "a mix that does not add up", put("draws", "t", 9.0, material="scrap"), "PRC-1"),
    ("chain", "beyond the ramp", put("runs", "t", 126.0, period="p1"), "PRC-2"),
    ("chain", "below the minimum run", put("runs", "t", 19.0, period="p0"), "PRC-3"),
    (
        "market",
        "a mix too lean",
        both(
            put("draws", "t", 11.0, material="scrap"), put("draws", "t", 9.0, material="oxide")
        ),
        "PRC-4",
    ),
    ("chain", "half a module", put("builds", "modules", 1.5), "INV-1"),
    ("chain", "three modules of two", put("builds", "modules", 3), "INV-2"),
    (
        "chain",
        "decided too late to be allowed",
        both(put("builds", "node", "n2"), put("builds", "period", "p2")),
        "INV-3",
    ),
    ("chain", "over budget", put("builds", "modules", 2), "INV-6"),
    ("chain", "the policy's capacity not added", drop("builds", project="line"), "INV-7"),
    ("chain", "a commitment broken", drop("builds", project="line"), "CMT-1"),
    ("chain", "a full store", put("stock", "t", 31.0, period="p1"), "STK-1"),
    ("chain", "no safety stock", put("stock", "t", 3.0, period="p1"), "STK-2"),
    ("chain", "nothing at the close", drop("stock", period="p2"), "STK-3"),
    ("chain", "stock where there is none", add("stock", "DE", "oxide", "", "n1", "p0", 1.0), "STK-4"),
    ("market", "more scrap than comes back", put("collections", "t", 18.1), "REC-1"),
    ("chain", "thrown away", add("disposals", "EE", "conc", "", "n1", "p0", 1.0), "DSP-1"),
    ("chain", "one tonne less delivered", put("deliveries", "t", 59.0, period="p1"), "DEM-1"),
    ("chain", "below the service floor", put("shortages", "t", 31.0), "DEM-2"),
    (
        "market",
        "a second source",
        put("shipments", "to_site", "M", from_site="P"),
        "DEM-3",
    ),
    (
        "market",
        "sold where nobody asks",
        put("deliveries", "market", "P", market="N"),
        "DEM-4",
    ),
    ("market", "too much replaced", put("swaps", "t", 21.0, period="p1"), "SUB-1"),
    ("market", "replaced before the switch", put("switches", "node", "b"), "SUB-2"),
    ("market", "switched twice", add("switches", "weaker", "b", 1), "SUB-3"),
    ("chain", "the cap broken in silence", drop("cap_excess", cap="spread"), "DIV-1"),
    ("expected", "the cap broken by a tonne", put("takes", "t", 81.0, offer="cn"), "DIV-1"),
    (
        "expected",
        "a hard cap given an excess",
        add("cap_excess", "c1", "China", "above", None, "p1", 1.0),
        "DIV-5",
    ),
    ("stress", "too little served", put("deliveries", "t", 59.0, node="lost"), "STR-1"),
    ("stress", "bought from the lost", add("takes", "au", "", "lost", "p1", 1.0), "STR-2"),
    (
        "stress",
        "qualified in the branch",
        add("qualifications", "US", "ndox", "lost", 1),
        "STR-3",
    ),
    (
        "technology",
        "run before the licence",
        add("runs", "own", "", "late", "p1", 10.0),
        "PRC-2",
    ),
    ("market", "shortage beyond the limit", put("shortages", "t", 21.0, node="a"), "LIM-1"),
    ("chain", "a cost of 1 kUSD more", put("costs", "kusd", 821.0, period="p0", line="purchase"), "CST-purchase"),
    ("chain", "take-or-pay unpaid", drop("costs", line="take_or_pay", period="p1"), "CST-take_or_pay"),
    ("chain", "the fixed cost of a lane unpaid", put("costs", "kusd", 177.5, line="freight", period="p0"), "CST-freight"),
    ("chain", "duty unpaid", drop("costs", line="duty"), "CST-duty"),
    ("chain", "processing unpaid", drop("costs", line="processing", period="p2"), "CST-processing"),
    ("chain", "holding unpaid", drop("costs", line="holding", period="p2"), "CST-holding"),
    ("chain", "qualification unpaid", drop("costs", line="qualification"), "CST-qualification"),
    ("denial", "the application unpaid", drop("costs", line="applications"), "CST-applications"),
    ("chain", "capex lowered", put("costs", "kusd", 150.0, line="capex"), "CST-capex"),
    ("chain", "a grant raised", put("costs", "kusd", -60.0, line="grants"), "CST-grants"),
    ("chain", "fixed cost unpaid", drop("costs", line="fixed", period="p1"), "CST-fixed"),
    ("market", "collection unpaid", drop("costs", line="collection"), "CST-collection"),
    ("market", "disposal unpaid", drop("costs", line="disposal"), "CST-disposal"),
    ("market", "the switch unpaid", put("costs", "kusd", 60.0, line="substitution"), "CST-substitution"),
    ("chain", "shortage unpaid", drop("costs", line="shortage"), "CST-shortage"),
    ("chain", "the penalty unpaid", drop("costs", line="cap_penalties"), "CST-cap_penalties"),
    ("market", "sales invented", put("costs", "kusd", -500.0, line="sales"), "CST-sales"),
    ("chain", "not discounted", put("costs", "discounted_kusd", 200.0, line="take_or_pay", period="p1"), "CST-discounted"),
    ("denial", "a leaf cheaper", put("leaves", "cost_kusd", 3819.0, leaf="refused"), "RSK-1"),
    ("denial", "a leaf dropped", drop("leaves", leaf="refused"), "RSK-1"),
    ("chain", "service embellished", put("service", "short_t", 0.0, period="p0"), "DER-service"),
    ("market", "another source", put("supply", "source", "S", kind="collected"), "DER-supply"),
    ("chain", "another offer", put("supply", "source", "mag", source="con"), "DER-supply"),
    ("chain", "supply renamed", put("supply", "country", "Chile", source="con"), "DER-supply"),
    ("chain", "a share embellished", put("shares", "share", 0.8, share=1.0), "DER-shares"),
    ("chain", "a share left out", drop("shares", share=1.0), "DER-shares"),
    ("chain", "capacity invented", put("capacity", "capacity_t", 200.0, period="p1"), "DER-capacity"),
    ("origin", "a run off a track unlisted", drop("taken_off", process="sinter"), "DER-taken_off"),
    ("origin", "a reason of the law of another", put("taken_off", "reason", "recipe"), "DER-taken_off"),
    ("denial", "an open lane called closed", put("closed", "node", "granted"), "DER-closed"),
    ("denial", "a closed lane left out", drop("closed", node="refused"), "DER-closed"),
    ("denial", "all that is closed left out", drop("closed", from_site="CN"), "DER-closed"),
    ("denial", "another licence blamed", put("closed", "reason", "licence M: denied"), "DER-closed"),
    ("origin", "a rule blamed that does not hold", put("closed", "reason", "rule no: denied"), "DER-closed"),
    ("stress", "a lane lost in a test left out", drop("closed", node="lost"), "DER-closed"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "edit", "equation"),
    [pytest.param(plan, edit, eq, id=f"{plan}: {what}") for plan, what, edit, eq in TAMPERINGS],
)
def test_tampering_is_caught(hand_plan, name: str, edit: Edit, equation: str) -> None:
    plan = hand_plan(name)
    verdict = verify(plan.case, edit(dict(plan.tables)), plan.summary)
    caught = {check.equation for check in verdict.checks if check.worst > verdict.tolerance}
    assert not verdict.holds
    assert equation in caught, verdict.faults
    assert any(fault.startswith(f"{equation} (") for fault in verdict.faults)


@pytest.mark.parametrize(
    ("key", "equation"),
    [("expected_cost_kusd", "RSK-2"), ("cvar_kusd", "RSK-3"), ("objective_kusd", "RSK-4")],
)
def test_a_summary_that_disagrees_or_is_silent_is_caught(hand_plan, key, equation) -> None:
    plan = hand_plan("denial")
    for summary in ({**plan.summary, key: plan.summary[key] + 1}, {**plan.summary, key: None}):
        verdict = verify(plan.case, plan.tables, summary)
        caught = {check.equation for check in verdict.checks if check.worst > verdict.tolerance}
        assert caught == {equation}


def test_twenty_faults_of_a_family_are_spelled_out_and_the_rest_counted(hand_plan) -> None:
    plan = hand_plan("chain")
    row = plan.tables["takes"].iloc[0]
    many = pd.DataFrame([{**row, "offer": f"ghost {at}"} for at in range(50)])
    verdict = verify(plan.case, {**plan.tables, "takes": many}, plan.summary)
    unknown = [fault for fault in verdict.faults if fault.startswith("TAB-3")]
    assert len(unknown) == 21
    assert unknown[-1].endswith("and 30 more")


def test_below_the_tolerance_nothing_is_a_fault(hand_plan) -> None:
    plan = hand_plan("chain")
    slightly = put("takes", "t", 30.0 + 1e-7, offer="con", period="p1")(dict(plan.tables))
    verdict = verify(plan.case, slightly, plan.summary)
    assert verdict.holds
    assert 0 < verdict.worst < 1e-6
