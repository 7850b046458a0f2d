"""What the store hands out: frozen records, plain values, times in UTC.

Ids are random and safe in a URL. Text (names, notes, faults) stands as its author wrote it: whoever
shows it escapes it, and no path is ever made of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from planner.case import Difference
from planner.errors import Fault, PlannerError

#: queued: waits for its turn; running; done: has a plan; failed: ended without one, ``message``
#: says why; cancelled: by the user or by a newer question of the same desk; lost: its process died.
JobState = Literal["queued", "running", "done", "failed", "cancelled", "lost"]
#: solve: a process of its own, any size; answer: the warm worker of the case, knob to figures;
#: study: an analysis of a plan's case, in a process of its own.
JobKind = Literal["solve", "answer", "study"]
StudyName = Literal["licences", "survive", "prices"]
ENDED: frozenset[JobState] = frozenset(("done", "failed", "cancelled", "lost"))


class NotKept(PlannerError):
    """Nothing of that id is in the store (any more)."""


class QueueFull(PlannerError):
    """Too many solves wait already."""


class ChangedElsewhere(PlannerError):
    """Somebody else changed it since it was read; read it again."""


@dataclass(frozen=True)
class CaseVersion:
    """One immutable workbook of a case.

    ``number`` counts from 1 within the case; ``parent`` is the version that it was edited from.
    ``fingerprint`` is that of the case, None while ``faults`` stop it from being one; a version
    with faults can be looked at and edited, not solved. ``scenarios`` are the workbook's own.
    """

    id: str
    case_id: str
    case_name: str
    number: int
    parent: str | None
    origin: Literal["upload", "edit"]
    file_name: str
    note: str
    fingerprint: str | None
    digest: str
    size_bytes: int
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]
    scenarios: tuple[str, ...]
    created: datetime

    @property
    def is_sound(self) -> bool:
        """Whether it can be solved."""
        return self.fingerprint is not None


@dataclass(frozen=True)
class CaseEntry:
    """A case of the library: its versions share it. ``revision`` guards edits of name and notes."""

    id: str
    name: str
    notes: str
    revision: int
    latest: CaseVersion
    versions: int
    created: datetime


@dataclass(frozen=True)
class Scenario:
    """A named, immutable list of differences from one version, kept for later.

    ``base`` is the workbook's own scenario below them, None for the workbook as it stands. Saving
    under a name once more makes number 2, 3 ... of it.
    """

    id: str
    case_id: str
    version_id: str
    name: str
    number: int
    base: str | None
    differences: tuple[Difference, ...]
    notes: str
    created: datetime


@dataclass(frozen=True)
class Desk:
    """One planner's work on one version, by the id in the page's address.

    A reload, a second tab and a restart of the app find it as it was. ``drafts`` are the sheets
    with edits that are in no version yet. ``job`` is the latest job submitted here, ``answer`` the
    plan of the latest that has one; ``is_stale`` when it answers another version, scenario or list
    of differences than the desk's.
    """

    id: str
    case_id: str
    version_id: str
    scenario: str | None
    differences: tuple[Difference, ...]
    can_undo: bool
    can_redo: bool
    drafts: tuple[str, ...]
    job: str | None
    answer: str | None
    is_stale: bool
    used: datetime


@dataclass(frozen=True)
class SolveOptions:
    """None: the workbook's own setting. ``gap`` relative, ``time_limit`` in seconds."""

    gap: float | None = None
    time_limit: float | None = None


@dataclass(frozen=True)
class Job:
    """One solve, from the click to its end.

    ``place`` is the place in the queue (1 is next), None once started. ``phase``, ``incumbent``,
    ``bound`` [kUSD] and ``gap`` are the latest known; None: not known yet. ``study`` names the
    analysis of a job of that kind; its time limit is that of all of it. ``message`` is fit for
    the planner; ``error_id`` is set where the program is at fault, and stands in the job's log.
    """

    id: str
    kind: JobKind
    study: StudyName | None
    state: JobState
    desk_id: str
    version_id: str
    scenario: str | None
    differences: tuple[Difference, ...]
    options: SolveOptions
    place: int | None
    submitted: datetime
    started: datetime | None
    ended: datetime | None
    seconds: float
    phase: str
    incumbent: float | None
    bound: float | None
    gap: float | None
    is_cancelling: bool
    message: str
    error_id: str | None
    plan_id: str | None

    @property
    def has_ended(self) -> bool:
        """Whether there is nothing more to wait for."""
        return self.state in ENDED


@dataclass(frozen=True)
class ProgressPoint:
    """How far a solve was, ``seconds`` after its start; None: not known yet."""

    seconds: float
    phase: str
    incumbent: float | None
    bound: float | None
    gap: float | None


@dataclass(frozen=True)
class PlanEntry:
    """A plan in the store, without its tables.

    ``kept`` plans stand in the library; others are answers of a desk, of which the last few stay.
    ``summary`` is the plan's own; ``verified`` in it is None for the seconds between the plan and
    its verdict. A plan that came as a file belongs to no version and no desk;
    ``faults`` are what its verification found.
    """

    id: str
    name: str
    notes: str
    revision: int
    kept: bool
    case_id: str | None
    version_id: str | None
    desk_id: str | None
    job_id: str | None
    scenario: str | None
    differences: tuple[Difference, ...]
    options: SolveOptions
    summary: Mapping[str, Any]
    faults: tuple[str, ...]
    input_fingerprint: str
    plan_fingerprint: str
    created: datetime

    @property
    def is_verified(self) -> bool | None:
        """What the independent rebuilding of the plan said; None while it has not been made."""
        return self.summary["verified"]


@dataclass(frozen=True)
class Found:
    """One hit of a search in the library."""

    kind: Literal["case", "scenario", "plan"]
    id: str
    case_id: str | None
    name: str
    notes: str
    created: datetime
