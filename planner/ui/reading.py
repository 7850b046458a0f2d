"""The page Plan: the same findings as in the exports, with the pictures that paper has no room for."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from planner.report.actions import actions
from planner.report.document import Document
from planner.report.export import export_plan
from planner.report.finding import finding, plan_tiles, status
from planner.report.plan_document import plan_document
from planner.solve.plan import Plan
from planner.store import ChangedElsewhere, Desk, PlanEntry
from planner.ui import asking, exports, show, state
from planner.ui.charts import chain, investments, network, over_time
from planner.ui.charts.figure import Figure
from planner.ui.text import plain

_TABS = ("Now and money", "Chain", "Map", "Over time", "Investments", "Keep and export")


def require_plan(desk: Desk | None) -> PlanEntry:
    """The plan to show, chosen from what the desk and the library have, and beside it what its figures
    belong to; without a plan say how to get one."""
    known = list(state.store().plans.list(case_id=desk.case_id, kept=None)) if desk else []
    shown = state.plan_entry(desk)
    if shown is None and not known:
        show.empty("No plan yet", "Answer a scenario or solve the case; the plan appears here. Exported plans can be opened in the library.")  # fmt: skip
        row = st.columns([1, 1, 6])
        for box, (page, label) in zip(
            row, (("scenario", "Scenario"), ("library", "Library")), strict=False
        ):
            with box:
                state.to_page(page, label)
        st.stop()
    shown = shown or known[0]
    if shown.id not in {entry.id for entry in known}:
        known.insert(0, shown)
    ids = [entry.id for entry in known]
    titles = {entry.id: state.title(entry) for entry in known}
    left, right = st.columns([3, 2], gap="medium", vertical_alignment="center")
    picked = left.selectbox(
        "Plan", ids, index=ids.index(shown.id), format_func=titles.__getitem__,
        key=f"plan-{shown.id}-{len(ids)}", label_visibility="collapsed",
    )  # fmt: skip
    state.choose_plan(picked)
    entry = state.store().plans.get(picked)
    with right:
        show.belongs(state.belongs(entry), stale=state.is_stale(entry, desk))
    return entry


def written(plan: Plan, _verified: bool | None) -> Document:
    """The plan as its exports say it, today; its verdict is among the words."""
    return plan_document(plan, datetime.now(UTC).date())


def title(plan: Plan) -> str:
    """The finding in a sentence."""
    return finding(plan, actions(plan))


def head(entry: PlanEntry) -> None:
    """The finding, whether to trust it, the figures that matter."""
    show.head(
        state.drawn(title, entry.id), status(entry.summary), state.drawn(plan_tiles, entry.id),
        sound=bool(entry.is_verified) and entry.summary["status"] == "optimal",
    )  # fmt: skip
    asking.verdict(entry)


def body(entry: PlanEntry) -> None:
    """The rest of the plan; a tab is drawn when it is opened."""
    tabs = st.tabs(_TABS, key="plan-tabs", on_change="rerun")
    draws = (_money, _chain, _map, _time, _investments, _keep)
    for tab, draw in zip(tabs, draws, strict=True):
        if tab.open:
            with tab:
                draw(entry)


def _money(entry: PlanEntry) -> None:
    document = state.drawn(written, entry.id, entry.is_verified)
    for number, section in enumerate(document.sections):
        if section.name != "Risk":
            show.section(section, key=f"section-{number}")
    show.facts(document)


def _chain(entry: PlanEntry) -> None:
    _figure(state.drawn(chain.sankey, entry.id), "sankey", "Nothing moves in this plan.")


def _map(entry: PlanEntry) -> None:
    _figure(state.drawn(network.flows, entry.id), "flows", "Nothing is shipped in this plan.")


def _time(entry: PlanEntry) -> None:
    stages = state.drawn(over_time.supplied_stages, entry.id)
    if stages:
        stage = st.segmented_control(
            "Stage",
            stages,
            default=state.drawn(over_time.main_stage, entry.id),
            required=True,
            key="plan-stage",
        )
        _figure(
            state.drawn(over_time.supply, entry.id, stage),
            "supply",
            "Nothing of this stage is supplied.",
        )
    _figure(state.drawn(over_time.stock, entry.id), "stock", "This plan keeps no stock.")
    _figure(
        state.drawn(over_time.service, entry.id),
        "service",
        "No demand has a shortage price or a service floor.",
    )


def _investments(entry: PlanEntry) -> None:
    nothing = (
        "This plan builds nothing."
        if state.plan(entry.id).case["projects"]
        else "The case has no sheet projects, so nothing can be built."
    )
    _figure(state.drawn(investments.gantt, entry.id), "gantt", nothing)


def _figure(figure: Figure | None, key: str, nothing: str) -> None:
    if figure is None:
        st.html(f'<p class="remark">{nothing}</p>')
    else:
        show.figure(figure, key=key)


def _keep(entry: PlanEntry) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("#### Keep it in the library")
        with st.form("keep-plan", border=False):
            name = st.text_input("Name", entry.name if entry.kept else "", max_chars=120)
            notes = st.text_area("What it is for", entry.notes, max_chars=2000, height=90)
            if st.form_submit_button("Keep", type="primary") and name.strip():
                _describe(entry, name.strip(), notes.strip())
    with right:
        st.markdown("#### Take it away")
        st.markdown(
            "The workbook holds the plan's tables and its inputs: it can be verified and solved again."
        )
        exports.buttons(
            f"plan-{entry.plan_fingerprint[:12]}",
            lambda path: export_plan(state.plan(entry.id), path, datetime.now(UTC).date()),
        )


def _describe(entry: PlanEntry, name: str, notes: str) -> None:
    try:
        state.store().plans.describe(entry.id, entry.revision, name=name, notes=notes)
    except ChangedElsewhere as error:
        st.error(plain(str(error)))
    else:
        st.toast("Kept in the library")
        st.rerun()
