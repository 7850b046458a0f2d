"""The warm worker of one version: ``python -m planner.store.session_worker WORKER``.

It keeps one solver, which remembers the last basis and plan, and answers the questions of all
desks on that version in turn. Questions and answers go through the store: an app that was
restarted finds them there, and a worker that dies takes none with it unseen. Figures come first: a
plan is verified when no question waits.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from concurrent.futures import TimeoutError as StillRunning

from sqlalchemy import Select, delete, select, update

from planner.api import with_options
from planner.errors import PlannerError
from planner.solve.run import Solver, build_problem
from planner.store import processes
from planner.store.cases import Cases, now
from planner.store.database import Database
from planner.store.plans import Plans
from planner.store.queue import Queue
from planner.store.running import log_to_stderr, run_job
from planner.store.settings import Settings, read_settings
from planner.store.tables import JobRow, WorkerRow

log = logging.getLogger(__name__)

#: Seconds between two looks for a question; a click waits half of it on average.
_LOOK_S = 0.05
#: Seconds between two signs of life.
_ALIVE_S = 5.0
#: Seconds that warming up may search.
_WARM_UP_S = 60.0


class SessionWorker:
    """One version, kept warm. ``solver``: one that has solved it already."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        worker_id: str,
        cases: Cases,
        solver: Solver | None = None,
    ) -> None:
        self._database, self._settings, self._id = database, settings, worker_id
        self._cases, self._plans = cases, Plans(database, settings, cases)
        self._is_warm = solver is not None
        self._solver = solver or Solver(settings.threads)
        self._version_id = ""
        self._tried: set[str] = set()

    def serve(self) -> None:
        """Answer until there is nothing to do for long, or room is needed; then be known no more:
        a question that waits gets a new worker."""
        try:
            if self._begin():
                if not self._is_warm:
                    self._warm_up()
                self._serve()
        finally:
            with self._database.writing() as session:
                session.execute(delete(WorkerRow).where(WorkerRow.id == self._id))

    def _serve(self) -> None:
        self._say(ready=True)
        used = alive = time.monotonic()
        has_unverified = True
        while True:
            job_id = self._next()
            if job_id is not None:
                run_job(self._database, self._settings, self._cases, job_id, self._solver)
                used = alive = time.monotonic()
                has_unverified = True
                if not self._say(used=now()):
                    return
            elif has_unverified:
                has_unverified = self._verified_one()
                if not has_unverified and processes.memory_mb() > self._settings.worker_memory:
                    log.info("Ends: it holds more than %s MB", self._settings.worker_memory)
                    return
            elif time.monotonic() - alive > _ALIVE_S:
                alive = time.monotonic()
                if not self._say():
                    return
            else:
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

    def _warm_up(self) -> None:
        """Solve what was solved last, so that the first question goes on from there; behind all
        that somebody waits for. A question that waits already warms up as well."""
        with self._database.reading() as session:
            if session.scalar(self._asked()) is not None:
                return
        with processes.nice_thread() as thread:
            warming = thread.submit(self._solve_last)
            while not warming.done():
                try:
                    warming.result(_ALIVE_S)
                except StillRunning:
                    self._say()
                except PlannerError as error:
                    log.info("Nothing to begin from: %s", error)

    def _solve_last(self) -> None:
        """The last plan of the version once more; without one its model is compiled."""
        last = self._plans.latest(self._version_id)
        if last is None:
            build_problem(self._cases.load(self._version_id))
            return
        case = self._cases.load(self._version_id, last.scenario, last.differences)
        seconds = min(_WARM_UP_S, float(case.settings["time_limit_s"]))
        self._solver.solve(with_options(case, last.options.gap, seconds, None))

    def _verified_one(self) -> bool:
        """Verify the newest plan of the version that is not; False where there is none."""
        waiting = [
            id_ for id_ in self._plans.unverified(self._version_id) if id_ not in self._tried
        ]
        if not waiting:
            return False
        self._tried.add(waiting[0])
        try:
            self._plans.verify(waiting[0])
        except Exception:  # one plan that cannot be read must not keep others from an answer
            log.exception("Plan %s could not be verified", waiting[0])
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
            is_known = session.get(WorkerRow, self._id) is not None
            job_id = session.scalar(self._asked()) if is_known else None
            if job_id is not None:
                session.execute(
                    update(JobRow).where(JobRow.id == job_id).values(
                        state="running", started=now(), heartbeat=now(), pid=pid,
                        process=processes.started(pid), host=processes.host(), worker_id=self._id,
                    )
                )  # fmt: skip
        return job_id

    def _say(self, **more: object) -> bool:
        """A sign of life, and more; False where the store knows this worker no more."""
        mine = update(WorkerRow).where(WorkerRow.id == self._id).values(heartbeat=now(), **more)
        with self._database.writing() as session:
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


def main(worker_id: str) -> None:
    """Serve, and hand the turn on."""
    log_to_stderr()
    settings = read_settings()
    database = Database(settings)
    SessionWorker(database, settings, worker_id, Cases(database, settings)).serve()
    Queue(database, settings).pump()


if __name__ == "__main__":
    main(sys.argv[1])
