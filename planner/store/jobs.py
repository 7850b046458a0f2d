"""Jobs: solves that outlive the page."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from planner.analysis.findings import Findings
from planner.api import with_options
from planner.errors import CaseError
from planner.store import codec
from planner.store.cases import Cases, found_row, new_id, now
from planner.store.database import Database
from planner.store.desks import position, step_of
from planner.store.queue import Queue
from planner.store.records import (
    ENDED,
    Job,
    JobKind,
    JobState,
    ProgressPoint,
    QueueFull,
    SolveOptions,
    StudyName,
)
from planner.store.settings import Settings
from planner.store.studies import unpacked
from planner.store.tables import DeskRow, FindingsRow, JobRow, PlanRow, ProgressRow

_LOG_BYTES = 200_000
#: Seconds between two looks of who waits for a job, and between two rounds of the queue meanwhile.
_LOOK_S, _PUMP_S = 0.03, 1.0


class Jobs:
    """The queue and what runs. Whoever looks moves it along: there is no server to keep alive."""

    def __init__(self, database: Database, settings: Settings, cases: Cases) -> None:
        self._database, self._settings, self._cases = database, settings, cases
        self._queue = Queue(database, settings)

    def submit(
        self,
        desk_id: str,
        run_id: str,
        kind: JobKind = "solve",
        options: SolveOptions | None = None,
    ) -> Job:
        """Ask for the plan of the desk as it is now.

        ``run_id`` is made at the click (``new_run_id``): the same one again returns the same job.
        ``solve``: a process of its own, in its turn. ``answer``: by the warm worker of the version,
        at once; an earlier answer of the desk that is still under way is cancelled. Raises
        QueueFull, FaultyWorkbook.
        """
        with self._database.reading() as session:
            there = _of_run(session, run_id)
            if there is not None:
                return _job(session, there)
            at = position(step_of(session, found_row(session, DeskRow, desk_id, "desk")))
        options = options or SolveOptions()
        case = self._cases.load(at.version_id, at.scenario, at.differences)
        with_options(case, options.gap, options.time_limit, None)
        row = JobRow(
            id=new_id(), run_id=run_id, kind=kind, state="queued", desk_id=desk_id,
            version_id=at.version_id, scenario=at.scenario,
            differences=codec.packed_differences(at.differences),
            options=codec.packed_options(options), submitted=now(),
        )  # fmt: skip
        return self._queued(row)

    def study(self, plan_id: str, run_id: str, name: StudyName, seconds: float) -> Job:
        """Ask for an analysis of a plan's case, as it was solved, within so many seconds.

        Raises QueueFull, and CaseError for a plan that came as a file.
        """
        with self._database.reading() as session:
            plan = found_row(session, PlanRow, plan_id, "plan")
            if plan.version_id is None or plan.desk_id is None:
                raise CaseError("This plan's case is not in the library: open its workbook first.")
            options = replace(codec.unpacked_options(plan.options), time_limit=seconds)
            row = JobRow(
                id=new_id(), run_id=run_id, kind="study", study=name, state="queued",
                desk_id=plan.desk_id, version_id=plan.version_id, scenario=plan.scenario,
                differences=plan.differences, options=codec.packed_options(options),
                submitted=now(),
            )  # fmt: skip
        return self._queued(row)

    def studies(self, plan_id: str) -> Mapping[StudyName, Job]:
        """The latest of each analysis that was asked for of a plan's inputs."""
        self._queue.pump()
        with self._database.reading() as session:
            plan = found_row(session, PlanRow, plan_id, "plan")
            asked = (JobRow.kind == "study") & (JobRow.version_id == plan.version_id)
            rows = session.scalars(select(JobRow).where(asked).order_by(JobRow.submitted))
            same = [
                r for r in rows if (r.scenario, r.differences) == (plan.scenario, plan.differences)
            ]
            return {cast("StudyName", row.study): _job(session, row) for row in same}

    def findings(self, job_id: str) -> Findings:
        """What a study that is done has found."""
        with self._database.reading() as session:
            return unpacked(found_row(session, FindingsRow, job_id, "finding").content)

    def get(self, job_id: str) -> Job:
        """The job as it is now; moves the queue along, and sees what died."""
        self._queue.pump()
        with self._database.reading() as session:
            return _job(session, found_row(session, JobRow, job_id, "job"))

    def list(
        self,
        *,
        desk_id: str | None = None,
        states: Collection[JobState] | None = None,
        kind: JobKind | None = None,
        limit: int = 100,
    ) -> tuple[Job, ...]:
        """Jobs, the newest first; moves the queue along."""
        self._queue.pump()
        wanted = select(JobRow).order_by(JobRow.submitted.desc(), JobRow.id).limit(limit)
        if desk_id is not None:
            wanted = wanted.where(JobRow.desk_id == desk_id)
        if states is not None:
            wanted = wanted.where(JobRow.state.in_(states))
        if kind is not None:
            wanted = wanted.where(JobRow.kind == kind)
        with self._database.reading() as session:
            return tuple(_job(session, row) for row in session.scalars(wanted))

    def progress(self, job_id: str) -> tuple[ProgressPoint, ...]:
        """What was told while it ran, in order; the first bound of 0 and infinite incumbents are
        not in it, so it can be charted as it is."""
        told = select(ProgressRow).where(ProgressRow.job_id == job_id).order_by(ProgressRow.number)
        with self._database.reading() as session:
            return tuple(
                ProgressPoint(row.seconds, row.phase, row.incumbent, row.bound, row.gap)
                for row in session.scalars(told)
            )

    def cancel(self, job_id: str, *, keep_plan: bool = False) -> Job:
        """End a job; ``keep_plan`` takes the best plan found so far. One that does not end within
        the grace period is killed. An ended job stays as it is."""
        with self._database.writing() as session:
            ask_to_end(found_row(session, JobRow, job_id, "job"), keep_plan=keep_plan)
        return self.get(job_id)

    def retry(self, job_id: str, run_id: str) -> Job:
        """The same question once more (of a lost, failed or cancelled job), as a new job."""
        with self._database.reading() as session:
            there = _of_run(session, run_id)
            if there is not None:
                return _job(session, there)
            old = found_row(session, JobRow, job_id, "job")
            row = JobRow(
                id=new_id(), run_id=run_id, kind=old.kind, study=old.study, state="queued", desk_id=old.desk_id,
                version_id=old.version_id, scenario=old.scenario, differences=old.differences,
                options=old.options, submitted=now(),
            )  # fmt: skip
            if old.state not in ENDED - {"done"}:
                raise CaseError("Only a job that ended without a plan can be tried again.")
        return self._queued(row)

    def warm(self, desk_id: str) -> bool:
        """See that the desk's version has its warm worker, so that the first answer need not wait;
        whether it is warm already."""
        with self._database.reading() as session:
            step = step_of(session, found_row(session, DeskRow, desk_id, "desk"))
        return self._cases.version(step.version_id).is_sound and self._queue.warm(step.version_id)

    def wait(self, job_id: str, seconds: float) -> Job:
        """The job as soon as it has ended, at the latest after so many seconds."""
        begun = pumped = time.monotonic()
        state = select(JobRow.state).where(JobRow.id == job_id)
        while time.monotonic() - begun < seconds:
            with self._database.reading() as session:
                if session.scalar(state) in ENDED:
                    break
            if time.monotonic() - pumped > _PUMP_S:
                pumped = time.monotonic()
                self._queue.pump()
            time.sleep(_LOOK_S)
        return self.get(job_id)

    def pump(self) -> None:
        """Start what may start, end what must end, and mark as lost what died."""
        self._queue.pump()

    def log(self, job_id: str) -> str:
        """The job's log, at most its last 200 kB; of an answer, that of its warm worker."""
        with self._database.reading() as session:
            row = found_row(session, JobRow, job_id, "job")
        path = self._settings.logs / f"{row.worker_id or row.id}.log"
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            file.seek(max(path.stat().st_size - _LOG_BYTES, 0))
            return file.read().decode(errors="replace")

    def _queued(self, row: JobRow) -> Job:
        """Into the queue, unless the same click is there already."""
        with self._database.writing() as session:
            there = _of_run(session, row.run_id)
            if there is not None:
                return _job(session, there)
            if row.kind != "answer" and _waiting(session) >= self._settings.queue:
                raise QueueFull(
                    f"{self._settings.queue} solves wait already; try again when some have ended."
                )
            if row.kind == "answer":
                _give_way(session, row.desk_id)
            session.add(row)
            if row.kind != "study":
                found_row(session, DeskRow, row.desk_id, "desk").job = row.id
        return self.get(row.id)


def ask_to_end(row: JobRow, *, keep_plan: bool = False) -> None:
    """Have a job end: at once where it waits, else when its process hears of it."""
    if row.state == "queued":
        row.state, row.ended = "cancelled", now()
    elif row.state == "running" and row.cancel != "drop":
        row.cancel = "keep" if keep_plan else "drop"
        row.cancelled = row.cancelled or now()


def _give_way(session: Session, desk_id: str) -> None:
    """A newer question of the desk makes its older ones idle."""
    older = (JobRow.desk_id == desk_id) & (JobRow.kind == "answer")
    under_way = select(JobRow).where(older, JobRow.state.in_(("queued", "running")))
    for row in session.scalars(under_way):
        ask_to_end(row)


def _of_run(session: Session, run_id: str) -> JobRow | None:
    return session.scalars(select(JobRow).where(JobRow.run_id == run_id)).first()


def _waiting(session: Session) -> int:
    queued = select(func.count()).where(JobRow.kind != "answer", JobRow.state == "queued")
    return session.scalar(queued) or 0


def _place(session: Session, row: JobRow) -> int | None:
    if row.state != "queued":
        return None
    is_answer = row.kind == "answer"
    before = ((JobRow.kind == "answer") == is_answer) & (JobRow.state == "queued")
    before &= (JobRow.submitted < row.submitted) | (
        (JobRow.submitted == row.submitted) & (JobRow.id < row.id)
    )
    if is_answer:
        before &= JobRow.version_id == row.version_id
    return 1 + (session.scalar(select(func.count()).where(before)) or 0)


def _job(session: Session, row: JobRow) -> Job:
    until = row.ended or now()
    return Job(
        id=row.id, kind=cast("JobKind", row.kind), study=cast("StudyName | None", row.study), state=cast("JobState", row.state),
        desk_id=row.desk_id, version_id=row.version_id, scenario=row.scenario,
        differences=codec.unpacked_differences(row.differences),
        options=codec.unpacked_options(row.options), place=_place(session, row),
        submitted=row.submitted, started=row.started, ended=row.ended,
        seconds=(until - row.started).total_seconds() if row.started else 0.0,
        phase=row.phase, incumbent=row.incumbent, bound=row.bound, gap=row.gap,
        is_cancelling=row.state == "running" and bool(row.cancel), message=row.message,
        error_id=row.error_id, plan_id=row.plan_id,
    )  # fmt: skip
