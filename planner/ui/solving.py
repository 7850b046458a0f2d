"""The page Solve: the queue, the search as it runs, what was solved before."""

from __future__ import annotations

import streamlit as st

from planner.errors import PlannerError
from planner.report.document import Columns, Table
from planner.report.words import musd, small_percent
from planner.store import Desk, Job, NotKept, PlanEntry, ProgressPoint, SolveOptions
from planner.ui import asking, show, state
from planner.ui.charts.search import search
from planner.ui.text import ago, gap_words, lasted, plain, scenario_words

_ACTIVE = ("queued", "running")
_SHOWN = 12


def ask(desk: Desk) -> None:
    """Gap, time limit, and the button."""
    settings = state.case(desk).settings
    gap = st.number_input(
        "Gap to prove, %", 0.0, 100.0, float(settings["mip_gap"]) * 100, 0.1, format="%.3f", key=f"gap-{desk.id}",
        help="The search stops when no plan can cost less by more than this share. Smaller takes longer.",
    )  # fmt: skip
    limit = st.number_input(
        "Time limit, s", 1.0, None, float(settings["time_limit_s"]), 60.0, format="%.0f", key=f"limit-{desk.id}",
        help="Of the solver. The best plan found by then is kept.",
    )  # fmt: skip
    if st.button("Solve", type="primary", width="stretch", key="solve"):
        try:
            asking.answered(
                asking.ask(desk.id, "solve", SolveOptions(gap=gap / 100, time_limit=limit)), 0.5
            )
        except PlannerError as error:
            st.error(plain(str(error)))
        else:
            st.rerun()
    st.html(
        '<p class="remark">A solve runs in a process of its own: close the page, it goes on.</p>'
    )


def current(desk: Desk) -> None:
    """The latest solve of the desk: as it runs, or how it ended."""
    jobs = state.store().jobs.list(desk_id=desk.id, kind="solve", limit=1)
    if not jobs:
        show.empty(
            "Nothing solved here yet",
            "Press Solve. The search appears here: best plan, proof, gap.",
        )
        return
    job = jobs[0]
    show.belongs(f"Scenario: {state.scenario(desk.case_id, job.scenario, job.differences)}")
    if job.state in _ACTIVE:
        _live(job.id)
        return
    asking.said(job)
    if job.state in ("lost", "failed") and st.button("Try again", key=f"again-{job.id}"):
        _retry(job)
    entry = _plan(job)
    if entry is not None:
        st.success(
            f"Solved in {lasted(job.seconds)}: {musd(entry.summary['expected_cost_kusd'])} expected, {gap_words(entry.summary['gap'])}."
        )
        state.choose_plan(entry.id)
        state.to_page("plan", "See the plan")
    _picture(job, entry)


@st.fragment(run_every=1.0)
def _live(job_id: str) -> None:
    job = state.store().jobs.get(job_id)
    if job.has_ended:
        st.rerun()
    asking.standing(job)
    asking.ending(job)
    _picture(job)


def _picture(job: Job, entry: PlanEntry | None = None) -> None:
    """The search as it was told, and what it ended with."""
    points = list(state.store().jobs.progress(job.id))
    if entry is not None:
        summary = entry.summary
        points.append(
            ProgressPoint(
                job.seconds,
                "done",
                summary["objective_kusd"],
                summary["bound_kusd"],
                summary["gap"],
            )
        )
    drawn = search(points)
    if drawn is not None:
        show.figure(drawn, key=f"search-{job.id}")


def history(desk: Desk) -> None:
    """What runs and waits for anybody, and what was solved on this desk."""
    store = state.store()
    waiting = [job for job in store.jobs.list(states=_ACTIVE) if job.kind != "answer"]
    if any(job.desk_id != desk.id for job in waiting) or len(waiting) > 1:
        st.markdown("#### Running and waiting, all desks")
        show.table(Table(_COLUMNS, tuple(_row(job) for job in waiting)), "Queue")
    done = [job for job in store.jobs.list(desk_id=desk.id, limit=_SHOWN) if job.has_ended]
    if not done:
        return
    st.markdown("#### Solved here before")
    show.table(Table(_COLUMNS, tuple(_row(job) for job in done)), "Solves of this desk")
    again = [
        job for job in done if job.state in ("lost", "failed", "cancelled") and job.kind != "answer"
    ]
    if again:
        row = st.columns([3, 1, 3], vertical_alignment="bottom")
        picked = row[0].selectbox(
            "Ended without a plan", again,
            format_func=lambda job: f"{job.state}, {ago(job.submitted)}: {scenario_words(job.scenario, job.differences)}",
        )  # fmt: skip
        if row[1].button("Ask again", width="stretch"):
            _retry(picked)
        with st.expander("Its log"):
            st.code(store.jobs.log(picked.id) or "The log is empty.", language=None, height=240)


def _retry(job: Job) -> None:
    """Ask the same once more."""
    try:
        state.store().jobs.retry(job.id, asking.run_id(f"retry:{job.id}"))
    except PlannerError as error:
        st.error(plain(str(error)))
    else:
        st.rerun()


def _plan(job: Job) -> PlanEntry | None:
    """The plan of a job, while it is kept."""
    if job.plan_id is None:
        return None
    try:
        return state.store().plans.get(job.plan_id)
    except NotKept:
        return None


_COLUMNS: Columns = (
    ("State", "text"), ("Scenario", "text"), ("Asked", "text"), ("Took", "text"), ("Objective, MUSD", "musd"),
    ("Gap", "text"), ("Said", "text"),
)  # fmt: skip


def _row(job: Job) -> tuple[str | float | None, ...]:
    case_id = state.store().cases.version(job.version_id).case_id
    state_words = (
        f"queued, number {job.place}" if job.state == "queued" and job.place else job.state
    )
    plan = _plan(job)
    best, gap = (
        (plan.summary["objective_kusd"], plan.summary["gap"]) if plan else (job.incumbent, job.gap)
    )
    kind = "" if job.kind == "solve" else f" ({job.study or job.kind})"
    return (
        state_words + kind, state.scenario(case_id, job.scenario, job.differences), ago(job.submitted),
        lasted(job.seconds) if job.has_ended else "–", best,
        small_percent(gap).replace(" ", "\u00a0") if gap is not None else "–", job.message,
    )  # fmt: skip
