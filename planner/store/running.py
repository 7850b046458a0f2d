"""What a worker does with one job: solve it, tell how far it is, hear a cancel, keep the result."""

from __future__ import annotations

import logging
import math
import os
import secrets
import threading
import time
from collections.abc import Callable

from sqlalchemy import delete, update

from planner.api import with_options
from planner.errors import Interrupted, PlannerError
from planner.solve.highs import Progress, relative_gap
from planner.solve.run import Solver
from planner.store import codec
from planner.store.cases import Cases, now
from planner.store.database import Database
from planner.store.plans import keep_result
from planner.store.queue import KEEP_S
from planner.store.settings import Settings
from planner.store.tables import JobRow, ProgressRow, WorkerRow

log = logging.getLogger(__name__)

#: Seconds between two looks at the job's row, two signs of life, two points of progress.
_LOOK_S, _ALIVE_S, _TELL_S = 0.5, 2.0, 0.5
#: Points kept of one job; the distance between two doubles as often as they are reached.
_POINTS = 400
#: Seconds over the solver's own limit after which a job is stopped, and then ended by force.
_OVERTIME_S = 300.0


class Watch:
    """The eyes of a running job: signs of life go out, a cancel and the deadline come in."""

    def __init__(self, database: Database, settings: Settings, job_id: str, limit: float) -> None:
        self.stop = threading.Event()
        self.is_dropped = False
        self._database, self._settings, self._job_id = database, settings, job_id
        self._deadline = time.monotonic() + 2 * limit + _OVERTIME_S
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, name="watch", daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        stopped, alive = 0.0, 0.0
        while not self._done.wait(_LOOK_S):
            try:
                with self._database.reading() as session:
                    row = session.get(JobRow, self._job_id)
                    cancel = "drop" if row is None or row.state == "cancelled" else row.cancel
                if time.monotonic() - alive > _ALIVE_S:
                    alive = time.monotonic()
                    self._sign_of_life()
            except Exception:  # a database that is busy for once must not end a solve
                log.exception("The store could not be asked")
                continue
            if (cancel or time.monotonic() > self._deadline) and not self.stop.is_set():
                self.stop.set()
                stopped = time.monotonic()
            self.is_dropped = cancel == "drop"
            grace = self._settings.grace / 2 if self.is_dropped else KEEP_S
            if self.stop.is_set() and time.monotonic() - stopped > grace:
                self._leave(cancelled=bool(cancel))

    def _sign_of_life(self) -> None:
        mine = update(JobRow).where(JobRow.id == self._job_id, JobRow.state == "running")
        with self._database.writing() as session:
            session.execute(mine.values(heartbeat=now()))

    def _leave(self, *, cancelled: bool) -> None:
        """The solver does not hear: end the process, which is all that is left to do."""
        log.warning("Ended by force: the solver did not end in time")
        words = "" if cancelled else "It took far longer than its time limit and was ended."
        finish(self._database, self._job_id, "cancelled" if cancelled else "failed", words)
        with self._database.writing() as session:
            session.execute(delete(WorkerRow).where(WorkerRow.pid == os.getpid()))
        logging.shutdown()
        os._exit(1)


class Teller:
    """Writes how far a job is; what the solver says before it knows is left out."""

    def __init__(self, database: Database, job_id: str) -> None:
        self._database, self._job_id = database, job_id
        self._every, self._last, self._count = _TELL_S, -math.inf, 0
        self._begun = time.monotonic()
        self._known: tuple[str, float | None] | None = None
        self._has_bound = False

    def __call__(self, said: Progress) -> None:
        incumbent, bound = _finite(said.incumbent), _finite(said.bound)
        self._has_bound = self._has_bound or bool(bound)
        if not self._has_bound:
            bound = None  # the solver begins from a bound of 0, which nothing proves
        seconds = time.monotonic() - self._begun
        if seconds - self._last < self._every and self._known == (said.phase, incumbent):
            return
        if seconds - self._last < _TELL_S / 5:
            return
        self._known, self._last, self._count = (said.phase, incumbent), seconds, self._count + 1
        if self._count % _POINTS == 0:
            self._every *= 2
        self._write(
            ProgressRow(
                job_id=self._job_id, number=self._count, seconds=round(seconds, 3),
                phase=said.phase, incumbent=incumbent, bound=bound,
                gap=relative_gap(incumbent, bound),
            )
        )  # fmt: skip

    def _write(self, row: ProgressRow) -> None:
        try:
            with self._database.writing() as session:
                job = session.get(JobRow, self._job_id)
                if job is None:
                    return
                session.add(row)
                job.phase, job.incumbent = row.phase, row.incumbent
                job.bound, job.gap, job.heartbeat = row.bound, row.gap, now()
        except Exception:  # progress is news, the plan is the matter
            log.exception("Progress could not be written")


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def run_job(
    database: Database, settings: Settings, cases: Cases, job_id: str, solver: Solver
) -> None:
    """Solve a job that is running, and write its end. Raises nothing.

    The plan is kept as soon as it is there; ``Plans.verify`` comes after, since a planner waits.
    """
    with database.reading() as session:
        row = session.get(JobRow, job_id)
        if row is None:
            return
        options = codec.unpacked_options(row.options)
        differences = codec.unpacked_differences(row.differences)
        version_id, scenario = row.version_id, row.scenario

    def solved() -> bool:
        case = cases.load(version_id, scenario, differences)
        case = with_options(case, options.gap, options.time_limit, None)
        with Watch(database, settings, job_id, float(case.settings["time_limit_s"])) as watch:
            plan = solver.solve(case, progress=Teller(database, job_id), stop=watch.stop)
            if watch.is_dropped:
                return False
            keep_result(database, job_id, plan, settings.answers)
        return True

    ended(database, job_id, solved)


def ended(database: Database, job_id: str, work: Callable[[], bool]) -> None:
    """Do the work of a job and write how it ended; ``work`` tells whether it was done or dropped."""
    try:
        is_done = work()
    except Interrupted:
        finish(database, job_id, "cancelled", "It was stopped before the first plan was found.")
    except PlannerError as error:
        log.warning("No plan: %s", error)
        finish(database, job_id, "failed", str(error))
    except Exception as error:
        error_id = secrets.token_hex(4)
        log.exception("Error %s in job %s", error_id, job_id)
        words = "The program made a mistake; its log has the details under this number."
        if isinstance(error, MemoryError):
            words = "There was not enough memory for this case."
        finish(database, job_id, "failed", words, error_id)
    else:
        finish(database, job_id, "done" if is_done else "cancelled")


def finish(
    database: Database, job_id: str, state: str, message: str = "", error_id: str | None = None
) -> None:
    """Write how a job ended; one taken for lost whose process lived after all ended all the same."""
    open_still = JobRow.state.in_(("running", "lost"))
    with database.writing() as session:
        session.execute(
            update(JobRow)
            .where(JobRow.id == job_id, open_still)
            .values(state=state, ended=now(), message=message, error_id=error_id)
        )


def log_to_stderr() -> None:
    """Workers log to the file that their standard error is."""
    form = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(level=logging.INFO, format=form)
    logging.Formatter.converter = time.gmtime
