"""The page Risk: distribution, tree, licences, stress tests."""

from __future__ import annotations

import streamlit as st

from planner.case.cells import several
from planner.report.document import Columns, Table
from planner.report.risks import risks
from planner.report.words import musd, percent, worst_tail
from planner.solve.plan import Plan
from planner.store import Desk, PlanEntry
from planner.ui import asking, show, state, studying
from planner.ui.charts import node, risk
from planner.ui.text import plain

_ROOT = "risk-node"


def page(entry: PlanEntry, desk: Desk | None) -> None:
    """Everything that one plan says about what may go wrong."""
    show.belongs(state.belongs(entry), stale=state.is_stale(entry, desk))
    asking.verdict(entry)
    summary = entry.summary
    distribution = state.drawn(risk.distribution, entry.id)
    if distribution is None:
        show.empty("Nothing may turn out differently in this case", "Add sheets transitions, licences and licence_odds (or tree): then this page shows what each outcome costs.")  # fmt: skip
    else:
        tail, cvar = worst_tail(summary["cvar_level"]), summary["cvar_kusd"]
        more = musd(cvar - summary["expected_cost_kusd"])
        words = f"The {tail} of outcomes cost {musd(cvar)} on average, {more} more than expected"
        st.markdown(f"### {plain(words)}")
        show.figure(distribution, key="distribution")
    _outcomes(entry)
    _tree(entry)
    _licences(entry)
    _stress(entry)
    _rules(entry)


def _outcomes(entry: PlanEntry) -> None:
    found = state.drawn(risks, entry.id)
    if not found:
        return
    st.markdown("#### What could go wrong most")
    columns: Columns = (
        ("What happens", "text"),
        ("Probability", "share"),
        ("Cost, MUSD", "musd"),
        ("Short, t", "tonnes"),
    )
    show.table(
        Table(columns, tuple((r.what, r.probability, r.cost_kusd, r.short_t) for r in found)),
        "Risks",
    )


def _tree(entry: PlanEntry) -> None:
    figure = state.drawn(risk.tree, entry.id)
    if figure is None:
        return
    picked = show.figure(figure, key=f"tree-{entry.id}")
    names = state.drawn(node.names, entry.id)
    wanted = picked[0][risk.NODE] if picked else names[0]
    if wanted in names and st.session_state.get(f"{_ROOT}-seen") != wanted and picked:
        st.session_state[_ROOT] = wanted
        st.session_state[f"{_ROOT}-seen"] = wanted
    if st.session_state.get(_ROOT) not in names:
        st.session_state[_ROOT] = names[0]
    name = st.selectbox("Plan of the node (click it above, or choose)", names, key=_ROOT)
    st.markdown(f"#### {plain(state.drawn(node.words, entry.id, name))}")
    left, right = st.columns(2, gap="medium")
    with left:
        show.table(state.drawn(node.decisions, entry.id, name), "Decisions of the node")
    with right:
        show.table(state.drawn(node.amounts, entry.id, name), "Amounts of the node")


def _licences(entry: PlanEntry) -> None:
    table = state.drawn(risk.licences_that_matter, entry.id)
    st.markdown("#### Which licences matter")
    if table is None:
        st.html(
            '<p class="remark">No licence of this case can be denied on some paths and not on others.</p>'
        )
        return
    st.markdown("Mean cost of the outcomes in which a licence is ever denied, beside those in which it never is. "
                "Licences that are denied together share the difference.")  # fmt: skip
    show.table(table, "Licences")
    studying.study(entry, "licences")


def _stress(entry: PlanEntry) -> None:
    st.markdown("#### If something is lost")
    table = state.drawn(stress_tests, entry.id)
    if table is None:
        st.html(
            '<p class="remark">The case has no sheet stress_tests: a row there keeps a floor of service when a country, company, site, licence or lane is lost.</p>'
        )
    else:
        show.table(table, "Stress tests")
    studying.study(entry, "survive")


def _rules(entry: PlanEntry) -> None:
    st.markdown("#### What the rules cost")
    studying.study(entry, "prices")


def stress_tests(plan: Plan) -> Table | None:
    """Demand served in the window of each stress test, and the floor asked; None without tests."""
    tests = plan.case["stress_tests"]
    if not tests:
        return None
    tree = plan.tables["tree"].fillna({"test": ""})
    service = plan.tables["service"]
    order = [row["period"] for row in plan.case["periods"]]
    rows = []
    for test in tests:
        window = order[order.index(test["first_period"]) : order.index(test["last_period"]) + 1]
        nodes = tree["node"][tree["test"] == test["test"]]
        own = service[service["node"].isin(nodes) & service["period"].isin(window)]
        uses = several(test["end_use"]) or ("*",)
        if "*" not in uses:
            own = own[own["end_use"].isin(uses)]
        demand = float(own["demand_t"].sum())
        met = float(own["delivered_t"].sum() + own["substituted_t"].sum())
        floor = test["min_service_share"]
        rows.append((test["test"], f"{test['lose']} {', '.join(map(str, several(test['member'])))}", f"{window[0]} to {window[-1]}", demand,
                     met / demand if demand else None, floor, f"at least {percent(floor)} of {'all uses' if '*' in uses else ', '.join(uses)}"))  # fmt: skip
    columns: Columns = (("Test", "text"), ("Lost", "text"), ("Window", "text"), ("Demand, t", "tonnes"),
                        ("Served", "share"), ("Floor", "share"), ("Asked", "text"))  # fmt: skip
    return Table(columns, tuple(rows))
