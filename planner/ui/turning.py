"""The page Scenario: changes from the workbook, with undo, and the answer to them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from planner.case import Difference
from planner.errors import Fault, FaultyWorkbook, PlannerError
from planner.report.actions import actions
from planner.report.document import Columns, Table
from planner.report.finding import plan_tiles
from planner.report.plan_document import doing_table
from planner.solve.plan import Plan
from planner.store import Desk
from planner.ui import asking, show, state, turns
from planner.ui.text import change_words, plain, value_words

_CONFLICT = (
    "The scenario it starts from, or another change of yours, sets the same cells under other conditions, "
    "and which of the two comes first would count. Start from the workbook as it stands, take the other "
    "change off below, or change the very rows that it names."
)
#: Changes that are shown at once.
_CHANGES = 10
_AT_ONCE = "answer-at-once"


def require_sound(desk: Desk) -> None:
    """A case with faults cannot be turned or solved: say where to mend it, and end the page."""
    if not state.version(desk).is_sound:
        show.empty("This version has faults", "Mend them on the page Case, then come back.")
        state.to_page("case", "Go to Case")
        st.stop()


def knobs(desk: Desk) -> None:
    """The scenario to start from, and a tab for each kind of knob, drawn when it is opened."""
    version = state.version(desk)
    options = [None, *version.scenarios]
    chosen = st.selectbox(
        "Start from", options, index=options.index(desk.scenario),
        key=f"base-{desk.id}-{desk.scenario}",
        format_func=lambda name: name or "the workbook as it stands",
        help="The workbook's own scenarios (sheet scenarios). Your changes come on top.",
    )  # fmt: skip
    if chosen != desk.scenario:
        _do(lambda: state.store().desks.choose(desk.id, chosen))
    case = state.case(desk)
    groups = [(title, draw) for title, sheet, draw in turns.GROUPS if not sheet or case[sheet]]
    tabs = st.tabs([title for title, _ in groups], key="knob-tabs", on_change="rerun")
    for tab, (_, draw) in zip(tabs, groups, strict=True):
        if tab.open:
            with tab:
                made = draw(case, desk)
                if made:
                    change(desk, made)


def change(desk: Desk, differences: Sequence[Difference]) -> None:
    """Take changes over; the desk stays as it is where they would make the case faulty."""
    if _do(lambda: state.store().desks.change(desk.id, differences), rerun=False):
        turned = state.store().desks.get(desk.id)
        if st.session_state.get(_AT_ONCE, True) and (turned.is_stale or turned.answer is None):
            _ask(turned)
        st.rerun()


def _do(act, *, rerun: bool = True) -> bool:
    try:
        act()
    except FaultyWorkbook as error:
        st.error("This change cannot be made; nothing has changed.")
        for words in refusals(error.faults[:5]):
            st.markdown(f"- {plain(words)}")
        return False
    except PlannerError as error:
        st.error(plain(str(error)))
        return False
    if rerun:
        st.rerun()
    return True


def refusals(faults: Sequence[Fault]) -> list[str]:
    """Why a change cannot be made, in words; the cells of the edited workbook mean nothing here."""
    return list(dict.fromkeys(_CONFLICT if f.kind == "conflict" else str(f) for f in faults))


# ---- the answer


def answer(desk: Desk) -> None:
    """Ask for the plan of the desk as it is now, and show what it says first."""
    left, right = st.columns([1, 1.3], vertical_alignment="center")
    fresh = desk.answer is not None and not desk.is_stale
    if left.button(
        "Answer again" if desk.answer else "Answer", type="secondary" if fresh else "primary",
        width="stretch", key="answer", help="The warm solver of this case answers, to the workbook's own gap.",
    ):  # fmt: skip
        _ask(desk)
        st.rerun()
    right.toggle("Answer each change at once", value=True, key=_AT_ONCE)
    asking.warming(desk.id)
    if desk.job is not None:
        job = state.store().jobs.get(desk.job)
        if not job.has_ended or job.plan_id is None:
            asking.watch(job)
    if desk.answer is None:
        show.empty(
            "No figures yet", "Press Answer: the plan for the settings on the left appears here."
        )
        return
    _figures(desk, desk.answer)


def _ask(desk: Desk) -> None:
    asking.answered(asking.ask(desk.id, "answer"))


def _figures(desk: Desk, plan_id: str) -> None:
    entry = state.store().plans.get(plan_id)
    state.choose_plan(plan_id)
    show.belongs(state.belongs(entry), stale=state.is_stale(entry, desk))
    asking.verdict(entry)
    tiles = state.drawn(plan_tiles, plan_id)
    show.tiles(tiles, _moves(tiles, desk, plan_id), close=True)
    st.markdown("#### What to do now")
    show.table(state.drawn(_doing, plan_id), "What to do now")
    state.to_page("plan", "The whole plan")


def _doing(plan: Plan) -> Table:
    return doing_table(actions(plan))


def _moves(tiles: Sequence[tuple[str, str]], desk: Desk, plan_id: str) -> list[str]:
    """What each figure was in the answer that was shown before, where it moved."""
    key = f"shown-{desk.id}"
    shown, before = st.session_state.get(key, (None, None))
    if shown is None:
        answers = state.store().plans.list(case_id=desk.case_id, kept=None)
        own = [entry.id for entry in answers if entry.desk_id == desk.id]
        older = own[own.index(plan_id) + 1 :] if plan_id in own else []
        before = next(iter(older), None)
    elif shown != plan_id:
        before = shown
    st.session_state[key] = (plan_id, before)
    if before is None:
        return []
    try:
        old = dict(state.drawn(plan_tiles, before))
    except PlannerError:
        return []
    return [
        f"was {old[name]}" if name in old and old[name] != value else "" for name, value in tiles
    ]


# ---- the changes


def changes(desk: Desk) -> None:
    """The list of differences: take one off, undo, start over, keep under a name."""
    st.markdown(f"#### Changes from {plain(desk.scenario or 'the workbook')}")
    store = state.store()
    row = st.columns([1, 1, 1.3])
    if row[0].button("Undo", disabled=not desk.can_undo, icon=":material/undo:", width="stretch"):
        _do(lambda: store.desks.undo(desk.id))
    if row[1].button("Redo", disabled=not desk.can_redo, icon=":material/redo:", width="stretch"):
        _do(lambda: store.desks.redo(desk.id))
    if row[2].button("Take all off", disabled=not desk.differences, width="stretch"):
        _do(lambda: store.desks.reset(desk.id))
    if not desk.differences:
        st.html(
            '<p class="remark">None yet. Each change is one step of Undo, and nothing changes the workbook itself.</p>'
        )
    else:
        _changed(desk)
    _kept(desk)


def _changed(desk: Desk) -> None:
    columns: Columns = (("Sheet", "text"), ("Rows", "text"), ("Column", "text"), ("Change", "text"))
    rows = tuple((d.sheet, d.where or "all", d.column, value_words(d)) for d in desk.differences)
    show.table(Table(columns, rows), "Changes", lines=_CHANGES)
    words = [change_words(difference) for difference in desk.differences]
    row = st.columns([3, 1], vertical_alignment="bottom")
    places = row[0].multiselect(
        "Take off some",
        range(len(words)),
        format_func=words.__getitem__,
        key=f"off-{len(words)}",
    )
    if row[1].button("Take off", disabled=not places, width="stretch"):
        picked = [desk.differences[place] for place in places]
        _do(lambda: state.store().desks.remove(desk.id, picked))


def _kept(desk: Desk) -> None:
    """Named scenarios of the case: keep this one, take one over."""
    store = state.store()
    left, right = st.columns(2, gap="medium")
    with left, st.form("keep-scenario", border=False):
        name = st.text_input("Keep these changes as", max_chars=120)
        notes = st.text_input("What it is for", max_chars=500)
        if st.form_submit_button("Keep", disabled=not desk.differences) and name.strip():
            kept = store.scenarios.save(desk.id, name.strip(), notes.strip())
            st.toast(f"Kept as number {kept.number} of that name")
    with right:
        known = store.scenarios.list(desk.case_id)
        if not known:
            st.html(
                '<p class="remark">Kept scenarios of this case stand here, ready to be taken over.</p>'
            )
            return
        picked = st.selectbox(
            "Kept scenarios",
            known,
            format_func=lambda s: f"{s.name} ({len(s.differences)} changes)",
        )
        if picked.notes:
            st.markdown(plain(picked.notes))
        if st.button("Take over"):
            _do(lambda: store.desks.use(desk.id, picked.id))
