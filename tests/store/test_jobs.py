"""Solves that outlive the page, in real processes."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from planner.errors import CaseError
from planner.solve.highs import Progress
from planner.store import (
    Desk,
    Job,
    NotKept,
    QueueFull,
    Settings,
    SolveOptions,
    Store,
    new_run_id,
    open_store,
    processes,
)
from planner.store.jobs import Jobs
from planner.store.running import Teller, run_job
from planner.store.tables import JobRow, WorkerRow

from .conftest import DENIED, halt, pid_of, verdict

pytestmark = pytest.mark.slow  # real processes, each of which loads the solver

Wait = Callable[..., Job]


def _workers(store: Store) -> list[WorkerRow]:
    with store._database.reading() as session:
        return session.query(WorkerRow).all()


def test_a_solve_is_found_again_by_an_app_that_was_restarted(
    store: Store, settings: Settings, desk: Desk, wait: Wait
) -> None:
    job = store.jobs.submit(desk.id, new_run_id(), "solve", SolveOptions(gap=0.0))
    other = open_store(settings)
    assert other.jobs.get(job.id).state in ("queued", "running")
    ended = wait(job)
    assert (ended.state, ended.message, ended.error_id) == ("done", "", None)
    assert other.desks.get(desk.id).answer == ended.plan_id
    assert verdict(other, ended.plan_id) is True
    entry = other.plans.get(ended.plan_id or "")
    plan = other.plans.load(entry.id)
    assert plan.summary["objective_kusd"] == pytest.approx(49_120)
    assert plan.summary["verified"] is True and entry.kept
    assert plan.case.fingerprint == entry.input_fingerprint
    told = other.jobs.progress(job.id)
    assert told and all(point.bound != 0 for point in told)
    file = other.plans.add_file("../../plan.xlsx", other.plans.workbook(entry.id))
    assert (file.faults, file.plan_fingerprint) == ((), entry.plan_fingerprint)
    other.close()


def test_a_double_click_submits_once(store: Store, desk: Desk) -> None:
    run_id = new_run_id()
    jobs: list[Job] = []

    def click() -> None:
        jobs.append(store.jobs.submit(desk.id, run_id))

    clicks = [threading.Thread(target=click) for _ in range(4)]
    for one in clicks:
        one.start()
    for one in clicks:
        one.join()
    assert len({job.id for job in jobs}) == 1 and len(store.jobs.list()) == 1


def test_the_warm_worker_answers_and_says_what_is_stale(
    store: Store, desk: Desk, wait: Wait
) -> None:
    store.jobs.warm(desk.id)
    first = wait(store.jobs.submit(desk.id, new_run_id(), "answer"))
    assert first.state == "done" and not store.desks.get(desk.id).is_stale
    [worker] = _workers(store)
    assert store.desks.change(desk.id, DENIED).is_stale
    second = wait(store.jobs.submit(desk.id, new_run_id(), "answer"))
    after = store.desks.get(desk.id)
    assert after.answer == second.plan_id and not after.is_stale
    assert [found.id for found in _workers(store)] == [worker.id]
    assert verdict(store, second.plan_id) is True
    plan = store.plans.load(second.plan_id or "")
    assert plan.summary["verified"] is True
    assert plan.case.fingerprint == plan.summary["input_fingerprint"]
    assert store.plans.list() == () and len(store.plans.list(kept=None)) == 2


def test_a_worker_that_was_killed_is_shown_as_lost_and_tried_again(
    store: Store, desk: Desk, wait: Wait
) -> None:
    job = store.jobs.submit(desk.id, new_run_id())
    pid = pid_of(store, job)
    halt(pid, signal.SIGSTOP)  # so that it cannot have ended before
    halt(pid)
    lost = wait(job)
    assert lost.state == "lost" and "without a word" in lost.message
    again = store.jobs.retry(lost.id, new_run_id())
    assert again.id != lost.id and wait(again).state == "done"
    with pytest.raises(CaseError, match="ended without a plan"):
        store.jobs.retry(again.id, new_run_id())


def test_a_warm_worker_that_was_killed_is_replaced(store: Store, desk: Desk, wait: Wait) -> None:
    wait(store.jobs.submit(desk.id, new_run_id(), "answer"))
    [worker] = _workers(store)
    assert worker.pid is not None
    halt(worker.pid, signal.SIGSTOP)
    job = store.jobs.submit(desk.id, new_run_id(), "answer")
    halt(worker.pid)
    assert wait(job).state == "done"
    assert worker.id not in {found.id for found in _workers(store)}


def test_a_solve_that_does_not_hear_is_killed_after_the_grace(
    store: Store, desk: Desk, wait: Wait
) -> None:
    job = store.jobs.submit(desk.id, new_run_id())
    pid = pid_of(store, job)
    halt(pid, signal.SIGSTOP)
    assert store.jobs.cancel(job.id).is_cancelling
    ended = wait(job)
    assert ended.state == "cancelled" and "by force" in ended.message
    # The kernel takes a moment to clear away what was killed.
    deadline = time.monotonic() + 10
    while processes.started(pid) is not None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert processes.started(pid) is None


def test_what_waits_is_cancelled_at_once_and_what_has_ended_stays(
    store: Store, desk: Desk, wait: Wait
) -> None:
    first = store.jobs.submit(desk.id, new_run_id())
    halt(pid_of(store, first), signal.SIGSTOP)
    second = store.jobs.submit(desk.id, new_run_id())
    third = store.jobs.submit(desk.id, new_run_id())
    assert (second.place, third.place) == (1, 2)
    assert store.jobs.cancel(second.id).state == "cancelled"
    assert store.jobs.get(third.id).place == 1
    halt(pid_of(store, first), signal.SIGCONT)
    assert wait(first).state == "done" and wait(third).state == "done"
    assert store.jobs.cancel(third.id).state == "done"


def test_the_queue_has_an_end(store: Store, settings: Settings, desk: Desk) -> None:
    short = Jobs(store._database, replace(settings, queue=1), store.cases)
    halt(pid_of(store, short.submit(desk.id, new_run_id())), signal.SIGSTOP)
    short.submit(desk.id, new_run_id())
    with pytest.raises(QueueFull):
        short.submit(desk.id, new_run_id())


def test_many_that_look_at_once_start_a_job_once(
    store: Store, settings: Settings, desk: Desk, wait: Wait
) -> None:
    stores = [open_store(settings) for _ in range(4)]
    job = store.jobs.submit(desk.id, new_run_id())
    lookers = [threading.Thread(target=other.jobs.pump) for other in stores for _ in range(3)]
    for one in lookers:
        one.start()
    for one in lookers:
        one.join()
    assert wait(job).state == "done"
    assert store.jobs.log(job.id).count("objective") <= 1
    for other in stores:
        other.close()


def test_workers_make_room_and_idle_ones_end(
    settings: Settings, store: Store, desk: Desk, wait: Wait
) -> None:
    few = open_store(replace(settings, warm=1, idle=2))
    wait(few.jobs.submit(desk.id, new_run_id(), "answer"))
    settings_sheet = few.cases.sheets(desk.version_id)["settings"]
    seeded = replace(settings_sheet, rows=(*settings_sheet.rows, ("seed", 2)))
    second = few.cases.edit(desk.version_id, {"settings": seeded})
    assert second.is_sound, second.faults
    other = few.desks.open(second.id)
    wait(few.jobs.submit(other.id, new_run_id(), "answer"))
    deadline = time.monotonic() + 20
    while _workers(few) and time.monotonic() < deadline:
        assert len(_workers(few)) <= 2
        time.sleep(0.1)
    assert not _workers(few)
    few.close()


class _Broken:
    """A solver with a mistake of its own."""

    def solve(self, *_: object, **__: object) -> None:
        raise ZeroDivisionError("secret words")


def test_a_mistake_of_the_program_is_shown_as_an_id(
    store: Store, settings: Settings, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    job = store.jobs.submit(desk.id, new_run_id())
    halt(pid_of(store, job))
    with store._database.writing() as session:
        row = session.get(JobRow, job.id)
        assert row is not None
        row.state = "running"
    run_job(store._database, settings, store.cases, job.id, _Broken())  # type: ignore[arg-type]
    with store._database.reading() as session:
        row = session.get(JobRow, job.id)
        assert row is not None and row.state == "failed" and row.error_id
        assert "secret" not in row.message
        assert row.error_id in caplog.text and "secret words" in caplog.text


def test_progress_leaves_out_what_is_not_known_yet(store: Store, desk: Desk) -> None:
    job = store.jobs.submit(desk.id, new_run_id())
    halt(pid_of(store, job))
    tell = Teller(store._database, job.id)
    for said in (
        Progress(0.1, float("inf"), 0.0, None, "root"),
        Progress(0.2, 90.0, 0.0, 1.0, "search"),
        Progress(0.3, 80.0, 40.0, 0.5, "search"),
    ):
        tell._last = -1e9
        tell(said)
    points = store.jobs.progress(job.id)
    found = [(point.incumbent, point.bound, point.gap) for point in points][-3:]
    assert found == [(None, None, None), (90, None, None), (80, 40, 0.5)]


def test_an_unknown_id_is_said_so(store: Store) -> None:
    for ask in (store.jobs.get, store.jobs.log, store.plans.load, store.desks.get):
        with pytest.raises(NotKept):
            ask("../../etc")


def test_a_desk_that_comes_back_has_its_answer_again(store: Store, desk: Desk, wait: Wait) -> None:
    first = wait(store.jobs.submit(desk.id, new_run_id(), "answer"))
    store.desks.change(desk.id, DENIED)
    assert store.desks.get(desk.id).is_stale
    second = wait(store.jobs.submit(desk.id, new_run_id(), "answer"))
    back = store.desks.undo(desk.id)
    assert (back.answer, back.is_stale) == (first.plan_id, False)
    again = store.desks.change(desk.id, DENIED[::-1])
    assert (again.answer, again.is_stale) == (second.plan_id, False)


def test_an_answer_to_what_was_taken_back_does_not_hide_the_one_that_stands(
    store: Store, desk: Desk, wait: Wait
) -> None:
    first = wait(store.jobs.submit(desk.id, new_run_id(), "answer"))
    store.desks.change(desk.id, DENIED)
    job = store.jobs.submit(desk.id, new_run_id(), "answer")
    store.desks.undo(desk.id)
    late = wait(job)
    assert late.plan_id is not None
    back = store.desks.get(desk.id)
    assert (back.answer, back.is_stale) == (first.plan_id, False)
