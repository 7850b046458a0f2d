"""The warm worker of one version: ``python -m planner.store.session_worker WORKER``.

It keeps one solver, which remembers the last basis and plan, and answers the questions of all
desks on that version in turn. Questions and answers go through the store: an app that was
restarted finds them there, and a worker that dies takes none with it unseen.
"""

from __future__ import annotations

import logging
import os
import sys
import time

from sqlalchemy import Select, delete, select, update

from planner.solve.run import Solver
from planner.store import processes
from planner.store.cases import Cases, now
from planner.store.database import Database
from planner.store.queue import Queue
from planner.store.running import log_to_stderr, run_job
from planner.store.settings import Settings, read_settings
from planner.store.tables import JobRow, WorkerRow

log = logging.getLogger(__name__)

#: Seconds between two looks for a question; a click waits half of it on average.
_LOOK_S = 0.05
#: Seconds between two signs of life.
_ALIVE_S = 5.0


class SessionWorker:
    """One version, kept warm."""

    def __init__(self, database: Database, settings: Settings, worker_id: str) -> None:
        self._database, self._settings, self._id = database, settings, worker_id
        self._cases = Cases(database, settings)
        self._solver = Solver(settings.threads)
        self._version_id = ""

    def serve(self) -> None:
        """Answer until there is nothing to do for long, or room is needed."""
        if not self._begin():
            return
        self._cases.load(self._version_id)
        used = alive = time.monotonic()
        while True:
            job_id = self._next()
            if job_id is not None:
                run_job(self._database, self._settings, self._cases, job_id, self._solver)
                used = alive = time.monotonic()
                self._sign_of_life(used=True)
                if processes.memory_mb() <= self._settings.worker_memory:
                    continue
                log.info("Ends: it holds more than %s MB", self._settings.worker_memory)
                return
            if time.monotonic() - alive > _ALIVE_S:
                alive = time.monotonic()
                if not self._sign_of_life():
                    return
            idle = time.monotonic() - used > self._settings.idle
            if (idle or self._is_asked_to_end()) and self._left():
                return
            time.sleep(_LOOK_S)

    def _begin(self) -> bool:
        pid = os.getpid()
        with self._database.writing() as session:
            worker = session.get(WorkerRow, self._id)
            if worker is None or worker.pid not in (None, pid):
                return False
            worker.pid, worker.process, worker.heartbeat = pid, processes.started(pid), now()
            self._version_id = worker.version_id
        return True

    def _asked(self) -> Select[str]:
        mine = (JobRow.kind == "answer") & (JobRow.version_id == self._version_id)
        queued = select(JobRow.id).where(mine, JobRow.state == "queued")
        return queued.order_by(JobRow.submitted, JobRow.id).limit(1)

    def _next(self) -> str | None:
        """The oldest question, which runs from now on."""
        with self._database.reading() as session:
            if session.scalar(self._asked()) is None:
                return None
        pid = os.getpid()
        with self._database.writing() as session:
            job_id = session.scalar(self._asked())
            if job_id is not None:
                session.execute(
                    update(JobRow).where(JobRow.id == job_id).values(
                        state="running", started=now(), heartbeat=now(), pid=pid,
                        process=processes.started(pid), host=processes.host(), worker_id=self._id,
                    )
                )  # fmt: skip
        return job_id

    def _sign_of_life(self, *, used: bool = False) -> bool:
        """Say so; False where the store knows this worker no more."""
        said = {"heartbeat": now(), **({"used": now()} if used else {})}
        with self._database.writing() as session:
            mine = update(WorkerRow).where(WorkerRow.id == self._id).values(**said)
            return bool(session.execute(mine).rowcount)  # pyright: ignore[reportAttributeAccessIssue]

    def _is_asked_to_end(self) -> bool:
        with self._database.reading() as session:
            return bool(session.scalar(select(WorkerRow.ending).where(WorkerRow.id == self._id)))

    def _left(self) -> bool:
        """Take leave, unless a question came meanwhile."""
        with self._database.writing() as session:
            if session.scalar(self._asked()) is not None:
                return False
            session.execute(delete(WorkerRow).where(WorkerRow.id == self._id))
        return True

    def leave(self) -> None:
        """Be known to the store no more; a question that waits gets a new worker."""
        with self._database.writing() as session:
            session.execute(delete(WorkerRow).where(WorkerRow.id == self._id))


def main(worker_id: str) -> None:
    """Serve, and hand the turn on."""
    log_to_stderr()
    settings = read_settings()
    database = Database(settings)
    worker = SessionWorker(database, settings, worker_id)
    try:
        worker.serve()
    finally:
        worker.leave()
    Queue(database, settings).pump()


if __name__ == "__main__":
    main(sys.argv[1])
