"""Analyses asked for from a page: each is a job, and what it found stands where it was asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from planner.analysis.findings import Findings
from planner.errors import PlannerError
from planner.report.findings_document import table_of
from planner.store import Job, PlanEntry, StudyName
from planner.ui import asking, show, state
from planner.ui.text import lasted, plain

_MINUTES = 5.0


@dataclass(frozen=True)
class Question:
    """What the planner reads before asking: the button, and what is worked out."""

    button: str
    words: str


QUESTIONS: dict[StudyName, Question] = {
    "licences": Question(
        "Work out what each licence is worth",
        "Solves the plan again with each licence granted for sure, then looks for the odds of approval at which today's decisions would be wrong.",
    ),
    "survive": Question(
        "Work out how long service holds",
        "Loses each country, supplier, licence and lane in turn after the first epoch, and says how long every tonne is still delivered.",
    ),
    "prices": Question(
        "Work out what each rule costs",
        "Loosens and then drops each cap, law, budget, floor and limit, and says what the plan would cost less.",
    ),
}  # fmt: skip


def study(entry: PlanEntry, name: StudyName) -> None:
    """One analysis of a plan: the button, how far it is, or what it found."""
    if entry.version_id is None or entry.desk_id is None:
        st.html(
            '<p class="remark">This plan came as a file: open its workbook on the page Case to ask further.</p>'
        )
        return
    job = state.store().jobs.studies(entry.id).get(name)
    if job is not None and not job.has_ended:
        asking.watch(job)
        return
    if job is not None and job.state == "done":
        _found(state.store().jobs.findings(job.id), job)
    elif job is not None:
        asking.said(job)
    _ask(entry, name, again=job is not None)


def _ask(entry: PlanEntry, name: StudyName, *, again: bool) -> None:
    question = QUESTIONS[name]
    if not again:
        st.markdown(question.words)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        minutes = st.number_input(
            "Minutes at most", 0.5, 240.0, _MINUTES, 1.0, key=f"minutes-{name}", width=150,
            help="What is known by then is shown, and what is not is said.",
        )  # fmt: skip
        pressed = st.button("Work it out again" if again else question.button, key=f"study-{name}")
    if not pressed:
        return
    key = f"run:{entry.id}:{name}"
    try:
        state.store().jobs.study(entry.id, asking.run_id(key), name, minutes * 60)
    except PlannerError as error:
        st.error(plain(str(error)))
        return
    del st.session_state[key]
    st.rerun()


def _found(found: Findings, job: Job) -> None:
    st.markdown(f"##### {plain(found.title)}")
    _points(found.sentences)
    _points(found.cautions, "warn")
    for table in found.tables:
        if len(table.frame):
            st.html(f'<p class="remark">{escape(table.meaning)}</p>')
            show.table(table_of(table), table.meaning)
    st.html(f'<p class="remark">Worked out in {lasted(job.seconds)}.</p>')


def _points(sentences: Sequence[str], mark: str = "") -> None:
    """Sentences close below one another."""
    if sentences:
        items = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
        st.html(f'<ul class="points {mark}">{items}</ul>')
