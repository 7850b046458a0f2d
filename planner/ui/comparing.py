"""The page Compare: what differs in what was asked, then what differs in what came out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import streamlit as st

from planner.analysis.compare import Comparison, compare
from planner.errors import CaseError
from planner.report.comparison.document import comparison_document
from planner.report.document import Document
from planner.report.export import export_comparison
from planner.store import Desk
from planner.ui import exports, show, state
from planner.ui.text import plain

_PICKED = "compare-plans"


@st.cache_resource(max_entries=6, ttl=3600, show_spinner="Laying the plans side by side")
def _compared(ids: tuple[str, ...], names: tuple[str, ...]) -> tuple[Comparison, Document]:
    """``names``: what the planner calls each plan, which stands where its scenario would."""
    plans = [state.plan(plan_id) for plan_id in ids]
    comparison = compare(
        [
            replace(plan, summary={**plan.summary, "scenario": name})
            for plan, name in zip(plans, names, strict=True)
        ]
    )
    return comparison, comparison_document(comparison, datetime.now(UTC).date())


def page(desk: Desk | None) -> None:
    """Choose plans, then read."""
    store = state.store()
    kept = {entry.id: entry for entry in store.plans.list()}
    if desk is not None:
        kept.update(
            {entry.id: entry for entry in store.plans.list(case_id=desk.case_id, kept=None)}
        )
    if len(kept) < 2:
        show.empty("Two plans are needed", "Answer two scenarios, or open exported plans in the library; then choose them here.")  # fmt: skip
        state.to_page("scenario", "Scenario")
        return
    known = [name for name in st.session_state.get(_PICKED, ()) if name in kept]
    st.session_state[_PICKED] = known
    titles = {name: state.title(entry) for name, entry in kept.items()}
    picked = st.multiselect(
        "Plans; the first is what the others are compared with", list(kept), key=_PICKED,
        format_func=titles.__getitem__, max_selections=6, placeholder="Choose two to six plans",
    )  # fmt: skip
    if len(picked) < 2:
        show.empty(
            "Choose two plans",
            "Up to six stand side by side; what is alike in all of them is left out.",
        )
        return
    try:
        names = tuple(state.name(kept[plan_id]) for plan_id in picked)
        comparison, document = _compared(tuple(picked), names)
    except CaseError as error:
        st.error(plain(str(error)))
        return
    _read(document, comparison)


def _read(document: Document, comparison: Comparison) -> None:
    show.head(document.title, document.status, document.tiles, sound=document.sound)
    asked = [section for section in document.sections if section.name == "Inputs"]
    answered = [section for section in document.sections if section.name != "Inputs"]
    for number, section in enumerate((*asked, *answered)):
        show.section(section, key=f"compare-{number}")
    show.facts(document)
    st.markdown("#### Take it away")
    names = "-".join(plan.summary["plan_fingerprint"][:6] for plan in comparison.plans)
    exports.buttons(
        f"comparison-{names}",
        lambda path: export_comparison(comparison, path, datetime.now(UTC).date()),
    )
    st.html(
        '<p class="remark">What each plan would cost in the other\'s world takes as many solves as there are pairs: <code>planner compare --replay</code>.</p>'
    )
