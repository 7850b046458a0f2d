"""From a click to figures: one job a click, watched without holding anything up."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from planner.store import Job, JobKind, PlanEntry, SolveOptions, new_run_id
from planner.ui import state
from planner.ui.text import lasted, plain, search_words

#: A warm answer is often there within this time; after it the page shows progress instead [s].
_PATIENCE = 2.5
#: A verdict that is not there by then is made here [s].
_VERDICT_S = 90.0


def ask(desk_id: str, kind: JobKind, options: SolveOptions | None = None) -> Job:
    """Submit what the desk asks now. A double click interrupts the first run of the page and finds
    the same run id here, so it is one job."""
    key = f"run:{desk_id}:{kind}"
    job = state.store().jobs.submit(desk_id, run_id(key), kind, options)
    del st.session_state[key]
    return job


def run_id(key: str) -> str:
    """The id of the click that ``key`` names, the same until it has been taken."""
    return st.session_state.setdefault(key, new_run_id())


def answered(job: Job, patience: float = _PATIENCE) -> Job:
    """The job after a short wait: ended, if it was quick."""
    return job if job.has_ended else state.store().jobs.wait(job.id, patience)


def warming(desk_id: str) -> None:
    """Have the case's warm solver started; while it is not warm yet, say so."""
    if not state.store().jobs.warm(desk_id):
        _warming(desk_id)


@st.fragment(run_every=1.0)
def _warming(desk_id: str) -> None:
    if state.store().jobs.warm(desk_id):
        st.rerun()
    st.html(
        '<p class="remark">The solver of this case is warming up: an answer takes longer until it has.</p>'
    )


def verdict(entry: PlanEntry) -> None:
    """While a plan is being verified, say so; show it anew once its verdict is known."""
    if entry.is_verified is not None:
        return
    if (datetime.now(UTC) - entry.created).total_seconds() > _VERDICT_S:
        state.store().plans.verify(entry.id)  # its worker did not live to do it
        st.rerun()
    _verdict(entry.id)


@st.fragment(run_every=0.7)
def _verdict(plan_id: str) -> None:
    if state.store().plans.get(plan_id).is_verified is not None:
        st.rerun()
    st.html(
        '<p class="remark">The figures stand; they are being rebuilt from the plan\'s own tables ...</p>'
    )


def watch(job: Job) -> None:
    """Show how a job comes along, with a way to end it, until it has ended."""
    if job.has_ended:
        said(job)
    else:
        _watch(job.id)


@st.fragment(run_every=0.5)
def _watch(job_id: str) -> None:
    job = state.store().jobs.get(job_id)
    if job.has_ended:
        st.rerun()
    standing(job)
    ending(job)


def ending(job: Job) -> None:
    """Buttons that end a job: for nothing, or with the best plan so far."""
    left, right, _ = st.columns([1, 1.6, 2])
    store = state.store()
    if left.button("Cancel", key=f"cancel-{job.id}", disabled=job.is_cancelling, width="stretch"):
        store.jobs.cancel(job.id)
        st.rerun(scope="fragment")
    has_something = job.incumbent is not None or (job.kind == "study" and job.phase != "")
    if has_something and right.button(
        "Stop and show what is known" if job.kind == "study" else "Stop and keep the best plan",
        key=f"keep-{job.id}",
        disabled=job.is_cancelling,
        width="stretch",
    ):
        store.jobs.cancel(job.id, keep_plan=True)
        st.rerun(scope="fragment")


def standing(job: Job) -> None:
    """One job in a line of words."""
    if job.is_cancelling:
        st.warning(f"Stopping ({lasted(job.seconds)}).")
    elif job.state == "queued":
        st.info(f"Waiting for its turn: number {job.place or 1} in the queue.")
    elif job.kind == "study":
        st.info(
            f"Working it out for {lasted(job.seconds)}: {plain(job.phase or 'the plan itself')}"
        )
    else:
        words = search_words(job.incumbent, job.bound, job.gap)
        st.info(f"Solving for {lasted(job.seconds)}: {plain(words)}")


def said(job: Job) -> None:
    """How a job ended, where it did not end with a plan."""
    if job.state == "failed":
        number = f" Error {job.error_id}; its log says more." if job.error_id else ""
        st.error(plain(job.message) + number)
    elif job.state == "lost":
        st.warning("The solve died (its process is gone). Nothing else is lost: ask again.")
    elif job.state == "cancelled":
        st.info("The solve was cancelled. The figures are those of the last plan.")
