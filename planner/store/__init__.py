"""What is kept: cases, scenarios, plans, desks, and the solves that outlive a page.

    store = open_store()                                  # one per process, safe among threads
    version = store.cases.upload("case.xlsx", content)    # faults are in version.faults
    desk = store.desks.open(version.id)                   # its id goes into the page's address
    desk = store.desks.change(desk.id, [Difference("licence_odds", "licence=CN", "denied", "set", 0.3), ...])
    job = store.jobs.submit(desk.id, run_id, "answer")    # or "solve"; run_id is made at the click
    store.jobs.get(job.id).state                          # poll; get() moves the queue along
    plan = store.plans.load(store.desks.get(desk.id).answer)

Every method opens and ends its own transaction and returns frozen records. All raise NotKept for
an id that is not there; what a planner did wrong is a PlannerError whose text is fit to be shown.

The names below are loaded when first used: the process that reads an upload needs no database.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from planner.store.records import (
        CaseEntry,
        CaseVersion,
        ChangedElsewhere,
        Desk,
        Found,
        Job,
        JobKind,
        JobState,
        NotKept,
        PlanEntry,
        ProgressPoint,
        QueueFull,
        Scenario,
        SolveOptions,
        StudyName,
    )
    from planner.store.settings import Settings, read_settings
    from planner.store.store import Store, new_run_id, open_store

__all__ = [
    "CaseEntry",
    "CaseVersion",
    "ChangedElsewhere",
    "Desk",
    "Found",
    "Job",
    "JobKind",
    "JobState",
    "NotKept",
    "PlanEntry",
    "ProgressPoint",
    "QueueFull",
    "Scenario",
    "Settings",
    "SolveOptions",
    "Store",
    "StudyName",
    "new_run_id",
    "open_store",
    "read_settings",
]

_ROOMS = {
    "Settings": "settings",
    "Store": "store",
    "new_run_id": "store",
    "open_store": "store",
    "read_settings": "settings",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'planner.store' has no attribute {name!r}")
    return getattr(import_module(f"planner.store.{_ROOMS.get(name, 'records')}"), name)
