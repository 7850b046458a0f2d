"""One full solve or study, in a process of its own: ``python -m planner.store.worker JOB``.

A process that solved a case knows it as no other does: it stays as the case's warm worker, so that
the first knob is answered from where the solve ended.
"""

from __future__ import annotations

import os
import sys

from sqlalchemy import update

from planner.solve.run import Solver
from planner.store import processes
from planner.store.cases import Cases, found_row, now
from planner.store.database import Database
from planner.store.plans import Plans
from planner.store.queue import Queue
from planner.store.running import log_to_stderr, run_job
from planner.store.session_worker import SessionWorker
from planner.store.settings import Settings, read_settings
from planner.store.studies import run_study
from planner.store.tables import JobRow


def main(job_id: str) -> None:
    """Do the job, if it still is to be done, and hand the turn on."""
    log_to_stderr()
    settings = read_settings()
    database = Database(settings)
    kind = _claimed(database, job_id)
    if kind:
        solver, cases = Solver(settings.threads), Cases(database, settings)
        with processes.nice_thread() as thread:
            if kind == "study":
                thread.submit(run_study, database, settings, cases, job_id).result()
            else:
                thread.submit(run_job, database, settings, cases, job_id, solver).result()
        Queue(database, settings).pump()
        _stay(database, settings, cases, job_id, solver)
    Queue(database, settings).pump()


def _claimed(database: Database, job_id: str) -> str:
    """The job's kind; blank where it is not to be done any more."""
    pid = os.getpid()
    mine = update(JobRow).where(JobRow.id == job_id, JobRow.state == "running")
    mine = mine.where(JobRow.pid.is_(None) | (JobRow.pid == pid))
    claim = mine.values(pid=pid, process=processes.started(pid), heartbeat=now())
    with database.writing() as session:
        if not session.execute(claim).rowcount:  # pyright: ignore[reportAttributeAccessIssue]
            return ""
        return found_row(session, JobRow, job_id, "job").kind


def _stay(
    database: Database, settings: Settings, cases: Cases, job_id: str, solver: Solver
) -> None:
    """Become the warm worker of the version that was solved; where there is one, verify and end."""
    with database.reading() as session:
        job = found_row(session, JobRow, job_id, "job")
        version_id, plan_id = job.version_id, job.plan_id
    if plan_id is None:
        return
    has_room = processes.memory_mb() <= settings.worker_memory
    if has_room and Queue(database, settings).adopt(job_id, version_id):
        SessionWorker(database, settings, job_id, cases, solver).serve()
    else:
        Plans(database, settings, cases).verify(plan_id)


if __name__ == "__main__":
    main(sys.argv[1])
