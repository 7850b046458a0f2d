"""The queue: what may start, what must end, and what died. Moved along by whoever looks."""

from __future__ import annotations

import logging
from datetime import timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from planner.store import processes
from planner.store.cases import new_id, now
from planner.store.database import Database
from planner.store.settings import Settings
from planner.store.tables import JobRow, WorkerRow

log = logging.getLogger(__name__)

#: Seconds that a process gets from its start to its first sign of life.
START_S = 90.0
#: Seconds without a sign of life after which a process on another machine is taken for dead.
SILENT_S = 120.0
#: Seconds that a job gets to finish the plan that it was asked to keep.
KEEP_S = 60.0
LOST = "The process that solved it ended without a word; it may have needed more memory than there is."  # fmt: skip


class Queue:
    """Starts, ends and buries the processes of a store."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database, self._settings = database, settings

    def pump(self) -> None:
        """One round. Nothing is written, and nobody waits, where nothing is to be done."""
        processes.reap()
        with self._database.reading() as session:
            if not self._is_needed(session):
                return
        with self._database.writing() as session:
            killed = [*self._bury(session)]
            jobs = self._next_jobs(session)
            workers = self._next_workers(session)
        for pid, start in killed:
            processes.kill(pid, start)
        for job_id in jobs:
            self._start("planner.store.worker", job_id, JobRow)
        for worker_id in workers:
            self._start("planner.store.session_worker", worker_id, WorkerRow)

    def warm(self, version_id: str) -> bool:
        """See that a version has its warm worker, before the first question; whether it is warm."""
        with self._database.reading() as session:
            worker = _worker_of(session, version_id)
            if worker is not None and not worker.ending and not is_dead(worker):
                return worker.ready
        with self._database.writing() as session:
            self._bury(session)
            workers = self._hire(session, version_id)
        for worker_id in workers:
            self._start("planner.store.session_worker", worker_id, WorkerRow)
        return False

    def adopt(self, worker_id: str, version_id: str) -> bool:
        """Let the process that solved a version stay as its warm worker, in place of one that is
        not warm yet; False where there is a warm one, or no room."""
        with self._database.writing() as session:
            there = _worker_of(session, version_id)
            if there is not None and there.ready and not is_dead(there):
                return False
            if there is not None:
                session.delete(there)  # it sees that it is known no more, and ends
                session.flush()
            return bool(self._hire(session, version_id, worker_id))

    def _is_needed(self, session: Session) -> bool:
        if session.scalars(select(JobRow.id).where(JobRow.state == "queued").limit(1)).first():
            return True
        jobs = session.scalars(select(JobRow).where(JobRow.state == "running")).all()
        if any(is_dead(job) or self._is_overdue(job) for job in jobs):
            return True
        return any(is_dead(worker) for worker in session.scalars(select(WorkerRow)))

    def _bury(self, session: Session) -> list[tuple[int, float]]:
        """Mark what died as lost and what did not end in time as cancelled; returns whom to kill."""
        killed: list[tuple[int, float]] = []
        for job in session.scalars(select(JobRow).where(JobRow.state == "running")):
            if is_dead(job):
                job.state, job.ended = ("cancelled" if job.cancel else "lost"), now()
                job.message = "" if job.cancel else LOST
            elif self._is_overdue(job):
                job.state, job.ended, job.message = "cancelled", now(), "It was ended by force."
                if job.pid is not None and job.process is not None and job.host == processes.host():
                    killed.append((job.pid, job.process))
        for worker in session.scalars(select(WorkerRow)):
            if is_dead(worker) or (worker.pid, worker.process) in killed:
                session.delete(worker)
        session.flush()
        return killed

    def _is_overdue(self, job: JobRow) -> bool:
        if not job.cancel or job.cancelled is None:
            return False
        grace = self._settings.grace if job.cancel == "drop" else KEEP_S
        return now() - job.cancelled > timedelta(seconds=grace)

    def _next_jobs(self, session: Session) -> list[str]:
        """Solves whose turn it is; they run from now on."""
        running = session.scalar(select(func.count()).select_from(JobRow).where(_solves("running")))
        free = max(self._settings.running - (running or 0), 0)
        waiting = select(JobRow).where(_solves("queued")).order_by(JobRow.submitted, JobRow.id)
        jobs = session.scalars(waiting.limit(free)).all()
        for job in jobs:
            job.state, job.started, job.host = "running", now(), processes.host()
        session.flush()
        return [job.id for job in jobs]

    def _next_workers(self, session: Session) -> list[str]:
        asked = select(JobRow.version_id).where(JobRow.kind == "answer", JobRow.state == "queued")
        hired: list[str] = []
        for version_id in dict.fromkeys(session.scalars(asked.order_by(JobRow.submitted))):
            hired += self._hire(session, version_id)
        return hired

    def _hire(self, session: Session, version_id: str, worker_id: str = "") -> list[str]:
        """A worker for the version unless it has one; the idle one used longest ago makes room."""
        workers = session.scalars(select(WorkerRow).order_by(WorkerRow.used)).all()
        if any(worker.version_id == version_id for worker in workers):
            return []
        staying = [worker for worker in workers if not worker.ending]
        if len(staying) >= self._settings.warm:
            idle = next((w for w in staying if not _is_busy(session, w)), None)
            if idle is None:
                return []
            idle.ending = True
        worker = WorkerRow(
            id=worker_id or new_id(), version_id=version_id, host=processes.host(), ready=False,
            ending=False, started=now(), heartbeat=now(), used=now(),
        )  # fmt: skip
        session.add(worker)
        session.flush()
        return [worker.id]

    def _start(self, module: str, key: str, table: type[JobRow | WorkerRow]) -> None:
        path = self._settings.logs / f"{key}.log"
        pid, start = processes.start(module, key, settings=self._settings, log=path)
        with self._database.writing() as session:
            row = session.get(table, key)
            if row is not None and row.pid is None:
                row.pid, row.process = pid, start


def is_dead(row: JobRow | WorkerRow) -> bool:
    """Whether the process behind a running job, or a worker, is gone."""
    begun = row.started
    assert begun is not None
    silent = (now() - (row.heartbeat or begun)).total_seconds()
    if row.host != processes.host():
        return silent > SILENT_S
    if row.pid is None or row.process is None:
        return silent > START_S
    return not processes.is_alive(row.pid, row.process)


def _solves(state: str) -> ColumnElement[bool]:
    """Jobs that take a process and a turn of their own."""
    return (JobRow.kind != "answer") & (JobRow.state == state)


def _worker_of(session: Session, version_id: str) -> WorkerRow | None:
    return session.scalars(select(WorkerRow).where(WorkerRow.version_id == version_id)).first()


def _is_busy(session: Session, worker: WorkerRow) -> bool:
    of_version = (JobRow.kind == "answer") & (JobRow.version_id == worker.version_id)
    under_way = select(JobRow.id).where(of_version, JobRow.state.in_(("queued", "running")))
    return session.scalars(under_way.limit(1)).first() is not None
