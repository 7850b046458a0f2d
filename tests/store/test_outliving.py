"""What outlives what: a solve its app, a queue its lookers, a warm worker its question."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from planner.errors import PlannerError
from planner.store import (
    Desk,
    Job,
    Settings,
    SolveOptions,
    Store,
    new_run_id,
    open_store,
    processes,
)

from .conftest import DENIED, ROOT, halt, pid_of, verdict

pytestmark = pytest.mark.slow

Wait = Callable[..., Job]


def until(holds: Callable[[], bool], seconds: float = 90) -> None:
    """Wait for something that comes without a look at the jobs."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_solve_outlives_the_app_that_asked_for_it(
    store: Store, settings: Settings, desk: Desk, wait: Wait
) -> None:
    ask = (
        "from planner.store import open_store; store = open_store();"
        f"print(store.jobs.submit({desk.id!r}, 'one-click').id); store.close()"
    )
    app = subprocess.run(
        [sys.executable, "-c", ask], env={**os.environ, **settings.environment()},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    restarted = open_store(settings)
    job = restarted.jobs.get(app.stdout.strip())
    assert restarted.jobs.submit(desk.id, "one-click").id == job.id
    assert wait(job).state == "done"
    assert restarted.desks.get(desk.id).answer == restarted.jobs.get(job.id).plan_id
    restarted.close()


def test_the_queue_moves_on_when_nobody_looks(store: Store, desk: Desk) -> None:
    jobs = [store.jobs.submit(desk.id, new_run_id()) for _ in range(2)]
    assert [store.jobs.get(job.id).place for job in jobs] == [None, 1]
    until(lambda: len(store.plans.list()) == 2)  # reading plans moves nothing
    until(lambda: all(job.has_ended for job in store.jobs.list()))
    assert {job.state for job in store.jobs.list()} == {"done"}


def test_no_more_run_at_once_than_may_whoever_looks(
    store: Store, settings: Settings, desk: Desk
) -> None:
    for _ in range(3):
        store.jobs.submit(desk.id, new_run_id())

    def all_ended() -> bool:
        with ThreadPoolExecutor(4) as lookers:
            seen = [*lookers.map(lambda _: store.jobs.list(states=("running",)), range(4))]
        assert max(map(len, seen)) <= settings.running
        return all(job.has_ended for job in store.jobs.list())

    until(all_ended)
    began = [job.started for job in store.jobs.list() if job.started]
    assert began == sorted(began, reverse=True) and len(began) == 3  # in the order of the clicks


def test_answers_come_from_one_process_and_cost_what_a_fresh_solve_says(
    store: Store, desk: Desk, wait: Wait
) -> None:
    first = wait(store.jobs.submit(desk.id, new_run_id(), "answer"))
    store.desks.change(desk.id, DENIED)
    warm = wait(store.jobs.submit(desk.id, new_run_id(), "answer"))
    assert pid_of(store, first) == pid_of(store, warm)
    fresh = wait(store.jobs.submit(desk.id, new_run_id(), "solve"))
    costs = [store.plans.get(job.plan_id or "").summary["objective_kusd"] for job in (warm, fresh)]
    assert costs[0] == pytest.approx(costs[1], rel=1e-3)


def test_the_process_of_a_full_solve_answers_the_first_knob(
    store: Store, desk: Desk, wait: Wait
) -> None:
    solve = wait(store.jobs.submit(desk.id, new_run_id(), "solve"))
    until(lambda: store.jobs.warm(desk.id))
    store.desks.change(desk.id, DENIED)
    answer = wait(store.jobs.submit(desk.id, new_run_id(), "answer"))
    assert answer.state == "done" and pid_of(store, answer) == pid_of(store, solve)
    assert verdict(store, solve.plan_id) is True and verdict(store, answer.plan_id) is True
    # The next full solve finds a warm worker and leaves; its plan is verified all the same.
    again = wait(store.jobs.submit(desk.id, new_run_id(), "solve"))
    assert verdict(store, again.plan_id) is True
    until(lambda: processes.started(pid_of(store, again)) is None)
    assert store.jobs.warm(desk.id)


def test_a_case_opened_with_its_plan_is_warmed_up_before_the_first_question(
    store: Store, settings: Settings, desk: Desk, wait: Wait
) -> None:
    solved = wait(store.jobs.submit(desk.id, new_run_id(), "solve"))
    until(lambda: store.jobs.warm(desk.id))
    halt(pid_of(store, solved))
    until(lambda: processes.started(pid_of(store, solved)) is None)
    restarted = open_store(settings)
    assert not restarted.jobs.warm(desk.id)
    until(lambda: restarted.jobs.warm(desk.id))
    answer = wait(restarted.jobs.submit(desk.id, new_run_id(), "answer"))
    assert answer.state == "done"
    restarted.close()


def test_a_kept_plan_outlives_its_case(store: Store, desk: Desk, wait: Wait) -> None:
    job = wait(store.jobs.submit(desk.id, new_run_id(), "answer"))
    entry = store.plans.get(job.plan_id or "")
    name = "<script>alert(1)</script> ../../x"
    store.plans.describe(entry.id, entry.revision, name=name, notes="")
    store.delete_case(desk.case_id)
    reopened = open_store(store.settings)
    [kept] = reopened.plans.list()
    assert (kept.name, kept.case_id, kept.version_id) == (name, None, None)
    plan = reopened.plans.load(kept.id)
    assert plan.summary["plan_fingerprint"] == entry.plan_fingerprint
    assert plan.case.fingerprint == entry.input_fingerprint
    reopened.close()


def test_a_case_stays_while_a_solve_of_it_is_under_way(store: Store, desk: Desk) -> None:
    job = store.jobs.submit(desk.id, new_run_id())
    with pytest.raises(PlannerError, match="under way"):
        store.delete_case(desk.case_id)
    assert store.jobs.get(job.id).desk_id == desk.id


def test_a_long_solve_tells_how_far_it_is_and_ends_within_five_seconds(
    store: Store, wait: Wait
) -> None:
    content = Path(ROOT / "inputs" / "rare_earths.xlsx").read_bytes()
    desk = store.desks.open(store.cases.upload("rare_earths.xlsx", content).id)
    asked = SolveOptions(gap=0.0, time_limit=600)
    job = wait(
        store.jobs.submit(desk.id, new_run_id(), "solve", asked), lambda job: job.phase != ""
    )
    begun = time.monotonic()
    ended = wait(store.jobs.cancel(job.id))
    assert time.monotonic() - begun < 5
    assert (ended.state, ended.plan_id) == ("cancelled", None)
    points = store.jobs.progress(job.id)
    assert points and [p.seconds for p in points] == sorted(p.seconds for p in points)
    assert all(point.bound != 0 for point in points)
