"""From a click to figures: one job a click, watched without holding anything up."""

from __future__ import annotations

import time

import streamlit as st

from planner.store import Job, JobKind, SolveOptions, new_run_id
from planner.ui import state
from planner.ui.text import lasted, plain, search_words

#: A warm answer is often there within this time; after it the page shows progress instead [s].
_PATIENCE = 1.5
_LOOK = 0.03


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
    until = time.monotonic() + patience
    while not job.has_ended and time.monotonic() < until:
        time.sleep(_LOOK)
        job = state.store().jobs.get(job.id)
    return job


def watch(job: Job) -> None:
    """Show how a job comes along, with a way to end it, until it has ended."""
    if job.has_ended:
        said(job)
    else:
        _watch(job.id)


@st.fragment(run_every=1.0)
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
    if job.incumbent is not None and right.button(
        "Stop and keep the best plan",
        key=f"keep-{job.id}",
        disabled=job.is_cancelling,
        width="stretch",
    ):
        store.jobs.cancel(job.id, keep_plan=True)
        st.rerun(scope="fragment")


def standing(job: Job) -> None:
    """One job in a line of words."""
    if job.is_cancelling:
        st.warning(f"Stopping the solve ({lasted(job.seconds)}).")
    elif job.state == "queued":
        st.info(f"Waiting for its turn: number {job.place or 1} in the queue.")
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
