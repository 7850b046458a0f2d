"""The page Risk: distribution, tree, licences, stress tests."""

from __future__ import annotations

import streamlit as st

from planner.analysis.figures import service_counts
from planner.case.cells import several
from planner.report.document import Columns, Table
from planner.report.risks import risks
from planner.report.words import musd, worst_tail
from planner.solve.plan import Plan
from planner.store import PlanEntry
from planner.ui import asking, show, state, studying
from planner.ui.charts import node, risk
from planner.ui.text import plain

_TABS = ("Cost", "Tree", "Licences", "If something is lost", "What the rules cost")
_ROOT = "risk-node"
#: Rows of a node that are shown at once.
_NODE = 14


def page(entry: PlanEntry) -> None:
    """Everything that one plan says about what may go wrong; a tab is drawn when it is opened."""
    asking.verdict(entry)
    summary = entry.summary
    if state.drawn(risk.distribution, entry.id) is not None:
        tail, cvar = worst_tail(summary["cvar_level"]), summary["cvar_kusd"]
        more = musd(cvar - summary["expected_cost_kusd"])
        words = f"The {tail} of outcomes cost {musd(cvar)} on average, {more} more than expected"
        st.markdown(f"### {plain(words)}")
    tabs = st.tabs(_TABS, key="risk-tabs", on_change="rerun")
    for tab, draw in zip(tabs, (_outcomes, _tree, _licences, _stress, _rules), strict=True):
        if tab.open:
            with tab:
                draw(entry)


def _nothing_uncertain() -> None:
    show.empty("Nothing may turn out differently in this case", "Add sheets transitions, licences and licence_odds (or tree): then this page shows what each outcome costs.")  # fmt: skip


def _outcomes(entry: PlanEntry) -> None:
    distribution = state.drawn(risk.distribution, entry.id)
    if distribution is None:
        _nothing_uncertain()
    else:
        show.figure(distribution, key="distribution")
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
        _nothing_uncertain()
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
        show.table(
            state.drawn(node.decisions, entry.id, name), "Decisions of the node", lines=_NODE
        )
    with right:
        show.table(state.drawn(node.amounts, entry.id, name), "Amounts of the node", lines=_NODE)


def _licences(entry: PlanEntry) -> None:
    st.markdown("#### Which licences matter")
    table = state.drawn(risk.licences_that_matter, entry.id)
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
    table = state.drawn(stress_tests, entry.id)
    if table is None:
        st.html(
            '<p class="remark">The case has no sheet stress_tests: a row there keeps a floor of service when a country, company, site, licence or lane is lost.</p>'
        )
    else:
        show.table(table, "Stress tests")
    studying.study(entry, "survive")


def _rules(entry: PlanEntry) -> None:
    studying.study(entry, "prices")


def stress_tests(plan: Plan) -> Table | None:
    """What each stress test asks for and what the plan serves where it serves least, of demand that
    must be met; None without tests."""
    tests = plan.case["stress_tests"]
    if not tests:
        return None
    tree = plan.tables["tree"].fillna({"test": ""})
    service = plan.tables["service"]
    service = service[service_counts(plan.case, service)]
    order = [row["period"] for row in plan.case["periods"]]
    rows = []
    for test in tests:
        window = order[order.index(test["first_period"]) : order.index(test["last_period"]) + 1]
        nodes = tree["node"][tree["test"] == test["test"]]
        own = service[service["node"].isin(nodes) & service["period"].isin(window)]
        uses = several(test["end_use"]) or ("*",)
        if "*" not in uses:
            own = own[own["end_use"].isin(uses)]
        sums = own.groupby("period")[["demand_t", "delivered_t", "substituted_t"]].sum()
        sums = sums[sums["demand_t"] > 0]
        met = sums["delivered_t"] + sums["substituted_t"]
        rows.append((
            test["test"], f"{test['lose']} {', '.join(map(str, several(test['member'])))}",
            window[0] if len(window) == 1 else f"{window[0]} to {window[-1]}",
            "all uses" if "*" in uses else ", ".join(uses), test["min_service_share"],
            float((met / sums["demand_t"]).min()) if len(sums) else None,
            float((sums["demand_t"] - met).sum()),
        ))  # fmt: skip
    columns: Columns = (
        ("Test", "text"), ("Lost", "text"), ("Window", "text"), ("For", "text"),
        ("Must serve, each period", "share"), ("Serves, least period", "share"), ("Short in all, t", "tonnes"),
    )  # fmt: skip
    return Table(columns, tuple(rows))
