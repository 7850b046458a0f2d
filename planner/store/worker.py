"""One full solve, in a process of its own: ``python -m planner.store.worker JOB``."""

from __future__ import annotations

import os
import sys

from sqlalchemy import update

from planner.solve.run import Solver
from planner.store import processes
from planner.store.cases import Cases, now
from planner.store.database import Database
from planner.store.queue import Queue
from planner.store.running import log_to_stderr, run_job
from planner.store.settings import read_settings
from planner.store.tables import JobRow

#: A click on another page goes before a solve.
_NICE = 10


def main(job_id: str) -> None:
    """Solve the job, if it still is to be solved, and hand the turn on."""
    log_to_stderr()
    os.nice(_NICE)
    settings = read_settings()
    database = Database(settings)
    pid = os.getpid()
    mine = update(JobRow).where(JobRow.id == job_id, JobRow.state == "running")
    mine = mine.where(JobRow.pid.is_(None) | (JobRow.pid == pid))
    with database.writing() as session:
        claimed = session.execute(
            mine.values(pid=pid, process=processes.started(pid), heartbeat=now())
        ).rowcount  # pyright: ignore[reportAttributeAccessIssue]
    if claimed:
        run_job(database, settings, Cases(database, settings), job_id, Solver(settings.threads))
    Queue(database, settings).pump()


if __name__ == "__main__":
    main(sys.argv[1])
