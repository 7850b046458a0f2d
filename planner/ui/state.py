"""What a page works on: the store, the open desk, the plan that is looked at.

A session holds ids alone. The desk's id stands in the page's address, so that a reload, a second
tab and a restart of the app find the work as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any, TypeVar

import streamlit as st

from planner.case import Case, Difference
from planner.report.words import musd
from planner.solve.plan import Plan
from planner.store import CaseVersion, Desk, NotKept, PlanEntry, Store, open_store
from planner.ui import show
from planner.ui.pages import view
from planner.ui.text import gap_words, scenario_words

_T = TypeVar("_T")
_DESK, _PLAN = "desk", "plan"


@st.cache_resource(show_spinner=False)
def store() -> Store:
    """The store of this process."""
    return open_store()


def desk() -> Desk | None:
    """The desk of the address, else of the session; None where nothing is open."""
    wanted = st.query_params.get(_DESK) or st.session_state.get(_DESK)
    if not wanted:
        return None
    try:
        found = store().desks.get(wanted)
    except NotKept:
        leave()
        return None
    put(found)
    return found


def put(open_desk: Desk) -> None:
    """Make a desk the one that the session works on."""
    st.session_state[_DESK] = open_desk.id
    if st.query_params.get(_DESK) != open_desk.id:
        st.query_params[_DESK] = open_desk.id


def leave() -> None:
    """Close the desk; everything on it is kept."""
    st.session_state.pop(_DESK, None)
    st.query_params.pop(_DESK, None)


def require_desk() -> Desk:
    """The open desk; without one the page says what to do, and ends."""
    found = desk()
    if found is None:
        show.empty("No case is open", "Open or upload a workbook on the page Case; everything else follows from it.")  # fmt: skip
        to_page("case", "Go to Case")
        st.stop()
    return found


def to_page(name: str, label: str) -> None:
    """A link to another page of the desk."""
    st.page_link(view(name), label=label, icon=":material/arrow_forward:")


def version(open_desk: Desk) -> CaseVersion:
    """The version that a desk works on."""
    return store().cases.version(open_desk.version_id)


def case(open_desk: Desk) -> Case:
    """The case as the desk has it now, differences applied."""
    return store().cases.load(open_desk.version_id, open_desk.scenario, open_desk.differences)


def plan(plan_id: str) -> Plan:
    """A plan with its tables."""
    return store().plans.load(plan_id)


@st.cache_resource(max_entries=120, ttl=3600, show_spinner=False)
def _drawn(
    name: str,  # noqa: ARG001
    plan_id: str,
    rest: tuple[Any, ...],
    _draw: Callable[..., Any],
) -> Any:
    return _draw(plan(plan_id), *rest)


def drawn(draw: Callable[..., _T], plan_id: str, *rest: Any) -> _T:
    """``draw(plan, *rest)``, kept: but for its verdict a plan never changes, nor do its pictures.
    What says the verdict takes it among ``rest``."""
    return _drawn(f"{draw.__module__}.{draw.__qualname__}", plan_id, rest, draw)


@st.cache_resource(max_entries=24, ttl=3600, show_spinner=False)
def _drawn_case(name: str, at: tuple[Any, ...], _draw: Callable[[Case], Any], _case: Case) -> Any:  # noqa: ARG001
    return _draw(_case)


def drawn_case(draw: Callable[[Case], _T], open_desk: Desk) -> _T:
    """``draw(case)`` for the case as the desk has it, kept."""
    at = (open_desk.version_id, open_desk.scenario, open_desk.differences)
    return _drawn_case(f"{draw.__module__}.{draw.__qualname__}", at, draw, case(open_desk))


def choose_plan(plan_id: str) -> None:
    """Make a plan the one that Plan and Risk show."""
    st.session_state[_PLAN] = plan_id


def plan_entry(open_desk: Desk | None) -> PlanEntry | None:
    """The plan to show: the one chosen, else the desk's answer, else none."""
    for wanted in (st.session_state.get(_PLAN), open_desk.answer if open_desk else None):
        if wanted:
            try:
                return store().plans.get(wanted)
            except NotKept:
                st.session_state.pop(_PLAN, None)
    return None


def is_stale(entry: PlanEntry, open_desk: Desk | None) -> bool:
    """Whether the desk has moved on since this answer of its."""
    return open_desk is not None and entry.id == open_desk.answer and open_desk.is_stale


def scenario(case_id: str | None, base: str | None, differences: Sequence[Difference]) -> str:
    """What a figure was made for: the name that a planner kept these very changes under, else how
    many there are."""
    if case_id is not None and differences:
        for kept in store().scenarios.list(case_id):
            if kept.base == base and set(kept.differences) == set(differences):
                return kept.name
    return scenario_words(base, differences)


def belongs(entry: PlanEntry) -> str:
    """Which case, scenario and gap a plan's figures belong to."""
    summary = entry.summary
    named = f"{entry.name} · " if entry.kept and entry.name else ""
    return (
        f"{named}{summary['name']} · scenario: {scenario(entry.case_id, entry.scenario, entry.differences)} · "
        f"{gap_words(summary['gap'])} · plan {entry.plan_fingerprint[:12]}"
    )


def name(entry: PlanEntry) -> str:
    """What the planner calls a plan: its name if it was given one, else what it was made for."""
    if entry.kept and entry.name:
        return entry.name
    return scenario(entry.case_id, entry.scenario, entry.differences)


def title(entry: PlanEntry) -> str:
    """A plan in a list of them."""
    cost = musd(entry.summary["expected_cost_kusd"])
    return f"{name(entry)} · {cost} · {entry.summary['name']} · {entry.created:%d %b %H:%M} UTC"


def strip(open_desk: Desk) -> None:
    """Where one is: case, version, scenario, and the answer that belongs to it."""
    own = version(open_desk)
    parts = [
        f"Case <b>{escape(own.case_name)}</b>",
        f"version <b>{own.number}</b>",
        f"scenario <b>{escape(scenario(open_desk.case_id, open_desk.scenario, open_desk.differences))}</b>",
    ]
    if not own.is_sound:
        parts.append(f"<b class='stale'>{len(own.faults)} faults</b>")
    elif open_desk.answer is None:
        parts.append("not solved yet")
    else:
        store().jobs.warm(open_desk.id)  # where there is a plan, a knob is turned next
        summary = store().plans.get(open_desk.answer).summary
        parts.append(
            f"answer <b>{musd(summary['expected_cost_kusd'])}</b> {gap_words(summary['gap'])}"
        )
        if open_desk.is_stale:
            parts.append("<b class='stale'>out of date: solve again</b>")
    st.html(f'<div class="strip">{"".join(f"<span>{part}</span>" for part in parts)}</div>')
