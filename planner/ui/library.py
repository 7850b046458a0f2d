"""The page Library: what is kept, found again, described, opened and taken away."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from planner.errors import PlannerError
from planner.report.document import Columns, Table
from planner.report.words import small_percent
from planner.store import CaseEntry, Found, PlanEntry
from planner.ui import opening, show, state
from planner.ui.pages import view
from planner.ui.text import ago, plain


def page() -> None:
    """Search on top, then cases and plans."""
    text = st.text_input("Search names, notes and what the workbooks name", key="library-search",
                         placeholder="for example: Lynas, denial, board meeting")  # fmt: skip
    if text.strip():
        _found(text.strip())
    cases, plans = st.tabs(["Cases", "Plans"])
    with cases:
        _cases()
    with plans:
        _plans()


def _found(text: str) -> None:
    found = state.store().search(text)
    if not found:
        show.empty("Nothing found", "All words must occur in one name or note. Try fewer of them.")
        return
    columns: Columns = (("What", "text"), ("Name", "text"), ("Notes", "text"), ("When", "text"))
    show.table(
        Table(columns, tuple((f.kind, f.name, f.notes, ago(f.created)) for f in found)), "Found"
    )
    row = st.columns([4, 1], vertical_alignment="bottom")
    hit = row[0].selectbox(
        "Found", found, format_func=lambda f: f"{f.kind}: {f.name}", key=f"found-{text}"
    )
    if row[1].button("Open it", type="primary", width="stretch", key="open-found"):
        _try(lambda: _open(hit))


def _open(hit: Found) -> None:
    """Go to what was found."""
    store = state.store()
    if hit.kind == "plan":
        state.choose_plan(hit.id)
        st.switch_page(view("plan"))
    desk = opening.open_version(store.cases.get(hit.case_id or hit.id).latest)
    if hit.kind == "scenario":
        store.desks.use(desk.id, hit.id)
        st.switch_page(view("scenario"))
    st.switch_page(view("case"))


def _cases() -> None:
    known = state.store().cases.list()
    if not known:
        show.empty("No cases yet", "Upload a workbook or open an example on the page Case.")
        state.to_page("case", "Case")
        return
    columns: Columns = (
        ("Case", "text"),
        ("Versions", "plain"),
        ("State", "text"),
        ("Notes", "text"),
        ("Changed", "text"),
    )
    rows = tuple(
        (c.name, c.versions, "sound" if c.latest.is_sound else f"{len(c.latest.faults)} faults", c.notes, ago(c.latest.created))
        for c in known
    )  # fmt: skip
    show.table(Table(columns, rows), "Cases")
    case = st.selectbox("Case", known, format_func=lambda entry: entry.name, key="library-case")
    left, right = st.columns([1, 3])
    if left.button("Open the latest version", type="primary", width="stretch"):
        opening.open_version(case.latest)
        st.switch_page(view("case"))
    with right:
        scenarios = state.store().scenarios.list(case.id)
        if scenarios:
            head: Columns = (
                ("Scenario", "text"),
                ("Changes", "plain"),
                ("Notes", "text"),
                ("Kept", "text"),
            )
            show.table(
                Table(
                    head,
                    tuple((s.name, len(s.differences), s.notes, ago(s.created)) for s in scenarios),
                ),
                "Scenarios",
            )
    _describe_case(case)


def _describe_case(case: CaseEntry) -> None:
    with st.expander("Name, notes, removal"):
        with st.form(f"case-{case.id}-{case.revision}", border=False):
            name = st.text_input("Name", case.name, max_chars=120)
            notes = st.text_area("Notes", case.notes, max_chars=2000, height=80)
            if st.form_submit_button("Save"):
                _try(
                    lambda: state.store().cases.describe(
                        case.id, case.revision, name=name, notes=notes
                    )
                )
        sure = st.checkbox(
            "Remove this case with its versions and scenarios; kept plans stay",
            key=f"sure-{case.id}",
        )
        if st.button("Remove the case", disabled=not sure):
            _try(lambda: state.store().delete_case(case.id))


def _plans() -> None:
    known = state.store().plans.list()
    _bring()
    if not known:
        show.empty("No plans kept yet", "Keep one on the page Plan (Keep and export), or bring an exported plan.xlsx above.")  # fmt: skip
        return
    columns: Columns = (
        ("Plan", "text"), ("Case", "text"), ("Cost, MUSD", "musd"), ("Gap", "text"), ("Verified", "text"),
        ("Notes", "text"), ("Kept", "text"),
    )  # fmt: skip
    rows = tuple(_row(entry) for entry in known)
    show.table(Table(columns, rows), "Plans")
    titles = {entry.id: state.title(entry) for entry in known}
    picked = st.selectbox("Plan", list(titles), format_func=titles.__getitem__, key="library-plan")
    row = st.columns([1, 1, 4])
    if row[0].button("Show it", type="primary", width="stretch"):
        state.choose_plan(picked)
        st.switch_page(view("plan"))
    sure = row[2].checkbox("Remove it for good", key=f"sure-{picked}")
    if row[1].button("Remove", disabled=not sure, width="stretch"):
        _try(lambda: state.store().plans.delete(picked))


_VERIFIED = {True: "yes", False: "NO", None: "not yet"}


def _row(entry: PlanEntry) -> tuple[str | float | None, ...]:
    summary = entry.summary
    return (
        entry.name, str(summary["name"]), summary["expected_cost_kusd"],
        small_percent(summary["gap"]) if summary["gap"] is not None else "unknown",
        _VERIFIED[entry.is_verified], entry.notes, ago(entry.created),
    )  # fmt: skip


def _bring() -> None:
    with st.expander("Bring an exported plan (plan.xlsx)"):
        count = st.session_state.get("brought", 0)
        given = st.file_uploader("Exported plan", type=["xlsx"], key=f"bring-{count}")
        if given is None:
            return
        try:
            entry = state.store().plans.add_file(given.name, given.getvalue())
        except PlannerError as error:
            st.error(plain(str(error)))
            return
        st.session_state["brought"] = count + 1
        state.choose_plan(entry.id)
        st.rerun()


def _try(act: Callable[[], object]) -> None:
    try:
        act()
    except PlannerError as error:
        st.error(plain(str(error)))
    else:
        st.rerun()
