"""Forcing and forbidding: a row of sheet commitments, which makes a new version of the case."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from planner.case import Case
from planner.store import Desk
from planner.ui import editor, state

_WHAT = {
    "offer": ("offers", "offer", "t/year of a contract, t in the period of a spot offer"),
    "project": ("projects", "project", "modules"),
    "licence": ("licences", "licence", "1 = apply, 0 = do not"),
    "substitute": ("substitutes", "substitute", "1 = switch, 0 = do not"),
}
_SENSE = {">=": "at least", "<=": "at most", "=": "exactly"}


def form(case: Case, desk: Desk) -> None:
    """Ask for one commitment and add it to the workbook."""
    st.markdown("##### Force or forbid a decision")
    kinds = [what for what, (sheet, _, _) in _WHAT.items() if case[sheet]]
    what = st.segmented_control("What", kinds, default=kinds[0], required=True, key="commit-what")
    sheet, column, unit = _WHAT[what]
    with st.form("commitment", border=False):
        name = st.selectbox(
            "Which", [row[column] for row in case[sheet]], key=f"commit-name-{what}"
        )
        boxes = st.columns(3)
        sense = boxes[0].selectbox("Sense", list(_SENSE), format_func=_SENSE.__getitem__)
        amount = boxes[1].number_input(f"Amount, {unit}", 0.0, None, 0.0)
        period = boxes[2].selectbox(
            "Period", [None, *(row["period"] for row in case["periods"])],
            format_func=lambda p: p or "the whole path",
        )  # fmt: skip
        pressed = st.form_submit_button(
            "Add to the workbook", help="Makes a new version of the case; the old one stays."
        )
    if pressed:
        _add(desk, {"what": what, "name": name, "period": period, "sense": sense, "amount": amount})


def _add(desk: Desk, row: Mapping[str, object]) -> None:
    store = state.store()
    drafts = store.desks.drafts(desk.id)
    if drafts:
        st.error(
            f"Sheets with edits wait on the page Case ({', '.join(drafts)}): keep or forget them first."
        )
        return
    have = store.cases.sheets(desk.version_id)
    raw = have.get("commitments") or editor.blank_sheet("commitments")
    store.desks.save_draft(desk.id, "commitments", editor.with_row(raw, row))
    version = store.desks.commit(desk.id, note=f"committed {row['what']} {row['name']}")
    st.toast(f"Version {version.number}")
    st.rerun()


def stated_modules(desk: Desk) -> Mapping[str, float]:
    """How many modules of each project the workbook allows, before any change; a project that it
    rules out may be built once."""
    base = state.store().cases.load(desk.version_id, desk.scenario)
    return {row["project"]: row["max_modules"] or 1.0 for row in base["projects"]}
