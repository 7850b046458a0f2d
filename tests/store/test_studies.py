"""Analyses as jobs: packed whole, worked out in a process of their own, found again by the plan."""

from __future__ import annotations

import json
import math
from collections.abc import Callable

import pandas as pd
import pytest

from planner.analysis.findings import Findings, FindingTable
from planner.errors import CaseError
from planner.store import Desk, Job, NotKept, Store, new_run_id
from planner.store.studies import packed, unpacked

from .conftest import DENIED

Wait = Callable[..., Job]


def test_findings_come_back_as_they_were() -> None:
    table = FindingTable.of(
        "worth", "one row a licence", ["licence", "saves_kusd"], [("CN", 1.5), ("<b>", math.nan)]
    )
    empty = FindingTable.of("none", "nothing", ["a", "b"], [])
    found = Findings("licences", "A title", ("One.",), (table, empty), ("Beware.",))
    again = unpacked(json.loads(json.dumps(packed(found), allow_nan=False)))
    assert (again.title, again.sentences, again.cautions) == ("A title", ("One.",), ("Beware.",))
    assert [t.meaning for t in again.tables] == ["one row a licence", "nothing"]
    pd.testing.assert_frame_equal(again.table("worth"), table.frame)
    assert list(again.table("none").columns) == ["a", "b"]


def test_a_plan_without_its_case_cannot_be_asked_of(store: Store, desk: Desk) -> None:
    with pytest.raises(NotKept):
        store.jobs.study("nothing", new_run_id(), "licences", 60)


@pytest.mark.slow
def test_a_study_is_worked_out_and_belongs_to_the_inputs(
    store: Store, desk: Desk, wait: Wait
) -> None:
    first = wait(store.jobs.submit(desk.id, new_run_id(), "answer"))
    plan_id = first.plan_id or ""
    run_id = new_run_id()
    job = store.jobs.study(plan_id, run_id, "licences", 120)
    assert store.jobs.study(plan_id, run_id, "licences", 120).id == job.id
    ended = wait(job)
    assert (ended.state, ended.message, ended.study) == ("done", "", "licences")
    found = store.jobs.findings(job.id)
    assert found.analysis == "licences" and len(found.table(found.tables[0].name))
    assert store.desks.get(desk.id).answer == plan_id and store.desks.get(desk.id).job == first.id
    assert store.jobs.studies(plan_id)["licences"].id == job.id
    store.desks.change(desk.id, DENIED)
    other = wait(store.jobs.submit(desk.id, new_run_id(), "answer"))
    assert store.jobs.studies(other.plan_id or "") == {}


@pytest.mark.slow
def test_a_study_waits_its_turn_and_can_be_cancelled(store: Store, desk: Desk, wait: Wait) -> None:
    first = wait(store.jobs.submit(desk.id, new_run_id(), "answer"))
    one = store.jobs.study(first.plan_id or "", new_run_id(), "survive", 120)
    two = store.jobs.study(first.plan_id or "", new_run_id(), "prices", 120)
    assert (one.place, two.place) == (None, 1)
    assert store.jobs.cancel(two.id).state == "cancelled"
    with pytest.raises(NotKept):
        store.jobs.findings(two.id)
    assert wait(one).state == "done"
    file = store.plans.add_file("plan.xlsx", store.plans.workbook(first.plan_id or ""))
    with pytest.raises(CaseError, match="open its workbook"):
        store.jobs.study(file.id, new_run_id(), "prices", 60)
