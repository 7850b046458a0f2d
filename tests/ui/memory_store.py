"""A store in memory with the interface of `planner.store`: page logic is tested without a database,
and a solve is over when it has been asked for."""

from __future__ import annotations

import itertools
import secrets
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook

import planner
from planner.analysis.findings import Findings
from planner.case import Case, Difference, RawSheet, guard, read_case, with_differences
from planner.case.book import read_book
from planner.errors import FaultyWorkbook
from planner.solve.plan import Plan
from planner.store import (
    CaseEntry,
    CaseVersion,
    Desk,
    Found,
    Job,
    NotKept,
    PlanEntry,
    ProgressPoint,
    Scenario,
    SolveOptions,
    StudyName,
)
from planner.store.studies import function_of

NO_OPTIONS = SolveOptions()


def _id() -> str:
    return secrets.token_urlsafe(9)


def _now() -> datetime:
    return datetime.now(UTC)


class MemoryStore:
    """All rooms in one object."""

    def __init__(self) -> None:
        self.cases = MemoryCases()
        self.scenarios = MemoryScenarios(self)
        self.desks = MemoryDesks(self)
        self.plans = MemoryPlans()
        self.jobs = MemoryJobs(self)

    def search(self, text: str, kinds: Collection[str] = (), limit: int = 50) -> tuple[Found, ...]:
        words = text.lower().split()
        found = [
            Found("case", entry.id, entry.id, entry.name, entry.notes, entry.created)
            for entry in self.cases.list()
        ]
        return tuple(
            f for f in found if all(word in f"{f.name} {f.notes}".lower() for word in words)
        )


class MemoryCases:
    def __init__(self) -> None:
        self.found: dict[str, list[CaseVersion]] = {}
        self.bytes: dict[str, bytes] = {}
        self.entries: dict[str, CaseEntry] = {}

    def upload(self, file_name: str, content: bytes, case_id: str | None = None) -> CaseVersion:
        return self._keep(file_name, content, case_id, None, "")

    def _keep(
        self, file_name: str, content: bytes, case_id: str | None, parent: str | None, note: str
    ) -> CaseVersion:
        case, faults, name = None, (), Path(file_name).stem
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "case.xlsx"
            path.write_bytes(content)
            guard(path)
            read_book(path)
            try:
                case = read_case(path)
            except FaultyWorkbook as error:
                faults = error.faults
        case_id = case_id or _id()
        older = self.found.setdefault(case_id, [])
        version = CaseVersion(
            id=_id(), case_id=case_id, case_name=case.name if case else name, number=len(older) + 1,
            parent=parent, origin="edit" if parent else "upload", file_name=file_name, note=note,
            fingerprint=case.fingerprint if case else None, digest="", size_bytes=len(content),
            faults=tuple(faults), warnings=case.warnings if case else (),
            scenarios=tuple(sorted({r["scenario"] for r in case["scenarios"]})) if case else (),
            created=_now(),
        )  # fmt: skip
        older.append(version)
        self.bytes[version.id] = content
        self.entries[case_id] = CaseEntry(
            case_id, version.case_name, "", 1, version, len(older), _now()
        )
        return version

    def edit(self, version_id: str, sheets: Mapping[str, RawSheet], note: str = "") -> CaseVersion:
        version = self.version(version_id)
        book = Workbook()
        book.remove(book.worksheets[0])
        for name, raw in {**self.sheets(version_id), **sheets}.items():
            page = book.create_sheet(name)
            page.append(raw.header)
            for row in raw.rows:
                page.append(row)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "case.xlsx"
            book.save(path)
            content = path.read_bytes()
        return self._keep(version.file_name, content, version.case_id, version_id, note)

    def list(self) -> tuple[CaseEntry, ...]:
        return tuple(reversed(self.entries.values()))

    def get(self, case_id: str) -> CaseEntry:
        return self.entries[case_id]

    def version(self, version_id: str) -> CaseVersion:
        for version in itertools.chain(*self.found.values()):
            if version.id == version_id:
                return version
        raise NotKept(version_id)

    def versions(self, case_id: str) -> tuple[CaseVersion, ...]:
        return tuple(reversed(self.found[case_id]))

    def sheets(self, version_id: str) -> Mapping[str, RawSheet]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "case.xlsx"
            path.write_bytes(self.bytes[version_id])
            return read_book(path).sheets

    def content(self, version_id: str) -> bytes:
        return self.bytes[version_id]

    def load(
        self, version_id: str, scenario: str | None = None, differences: Sequence[Difference] = ()
    ) -> Case:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "case.xlsx"
            path.write_bytes(self.bytes[version_id])
            return with_differences(read_case(path), scenario, differences, "edited")

    def describe(self, case_id: str, revision: int, *, name: str, notes: str) -> CaseEntry:
        self.entries[case_id] = replace(
            self.entries[case_id], name=name, notes=notes, revision=revision + 1
        )
        return self.entries[case_id]


class MemoryScenarios:
    def __init__(self, store: MemoryStore) -> None:
        self.store = store
        self.kept: list[Scenario] = []

    def save(self, desk_id: str, name: str, notes: str = "") -> Scenario:
        desk = self.store.desks.get(desk_id)
        self.kept.append(
            Scenario(_id(), desk.case_id, desk.version_id, name, 1, desk.scenario, desk.differences, notes, _now())
        )  # fmt: skip
        return self.kept[-1]

    def list(self, case_id: str) -> tuple[Scenario, ...]:
        return tuple(s for s in self.kept if s.case_id == case_id)


_Step = tuple[str | None, tuple[Difference, ...]]


class MemoryDesks:
    def __init__(self, store: MemoryStore) -> None:
        self.store = store
        self.known: dict[str, Desk] = {}
        self.undone: dict[str, list[_Step]] = {}
        self.edited: dict[str, dict[str, RawSheet]] = {}
        self.asked: dict[str, _Step] = {}

    def open(self, version_id: str, scenario: str | None = None) -> Desk:
        version = self.store.cases.version(version_id)
        desk = Desk(
            id=_id(), case_id=version.case_id, version_id=version_id, scenario=scenario,
            differences=(), can_undo=False, can_redo=False, drafts=(), job=None, answer=None,
            is_stale=False, used=_now(),
        )  # fmt: skip
        self.known[desk.id] = desk
        self.undone[desk.id], self.edited[desk.id] = [], {}
        return desk

    def get(self, desk_id: str) -> Desk:
        if desk_id not in self.known:
            raise NotKept(desk_id)
        desk = self.known[desk_id]
        stale = desk.answer is not None and self.asked[desk_id] != (desk.scenario, desk.differences)
        return replace(desk, is_stale=stale, drafts=tuple(self.edited[desk_id]))

    def recent(self, limit: int = 10) -> tuple[Desk, ...]:
        return tuple(reversed(self.known.values()))[:limit]

    def _step(
        self, desk_id: str, scenario: str | None, differences: tuple[Difference, ...]
    ) -> Desk:
        desk = self.known[desk_id]
        self.store.cases.load(desk.version_id, scenario, differences)
        self.undone[desk_id].append((desk.scenario, desk.differences))
        self.known[desk_id] = replace(
            desk, scenario=scenario, differences=differences, can_undo=True
        )
        return self.get(desk_id)

    def change(self, desk_id: str, differences: Sequence[Difference]) -> Desk:
        desk = self.known[desk_id]
        new = {(d.sheet, d.where, d.column) for d in differences}
        old = [d for d in desk.differences if (d.sheet, d.where, d.column) not in new]
        return self._step(desk_id, desk.scenario, (*old, *differences))

    def remove(self, desk_id: str, differences: Sequence[Difference]) -> Desk:
        desk = self.known[desk_id]
        left = tuple(d for d in desk.differences if d not in differences)
        return self._step(desk_id, desk.scenario, left)

    def reset(self, desk_id: str) -> Desk:
        return self._step(desk_id, self.known[desk_id].scenario, ())

    def undo(self, desk_id: str) -> Desk:
        scenario, differences = self.undone[desk_id].pop()
        self.known[desk_id] = replace(
            self.known[desk_id], scenario=scenario, differences=differences,
            can_undo=bool(self.undone[desk_id]),
        )  # fmt: skip
        return self.get(desk_id)

    def choose(self, desk_id: str, scenario: str | None) -> Desk:
        return self._step(desk_id, scenario, self.known[desk_id].differences)

    def use(self, desk_id: str, scenario_id: str) -> Desk:
        kept = next(s for s in self.store.scenarios.kept if s.id == scenario_id)
        return self._step(desk_id, kept.base, kept.differences)

    def move(self, desk_id: str, version_id: str) -> Desk:
        self.known[desk_id] = replace(self.known[desk_id], version_id=version_id)
        return self.get(desk_id)

    def save_draft(self, desk_id: str, sheet: str, content: RawSheet) -> None:
        self.edited[desk_id][sheet] = content

    def drafts(self, desk_id: str) -> Mapping[str, RawSheet]:
        return dict(self.edited[desk_id])

    def drop_draft(self, desk_id: str, sheet: str | None = None) -> None:
        if sheet is None:
            self.edited[desk_id].clear()
        else:
            self.edited[desk_id].pop(sheet, None)

    def commit(self, desk_id: str, note: str = "") -> CaseVersion:
        desk = self.known[desk_id]
        version = self.store.cases.edit(desk.version_id, self.edited[desk_id], note)
        self.edited[desk_id].clear()
        self.move(desk_id, version.id)
        return version


class MemoryPlans:
    def __init__(self) -> None:
        self.entries: dict[str, PlanEntry] = {}
        self.whole: dict[str, Plan] = {}

    def keep(self, plan: Plan, desk: Desk, job_id: str, options: SolveOptions) -> PlanEntry:
        entry = PlanEntry(
            id=_id(), name="", notes="", revision=1, kept=False, case_id=desk.case_id,
            version_id=desk.version_id, desk_id=desk.id, job_id=job_id, scenario=desk.scenario,
            differences=desk.differences, options=options, summary=plan.summary, faults=(),
            input_fingerprint=plan.summary["input_fingerprint"],
            plan_fingerprint=plan.summary["plan_fingerprint"], created=_now(),
        )  # fmt: skip
        self.entries[entry.id], self.whole[entry.id] = entry, plan
        return entry

    def get(self, plan_id: str) -> PlanEntry:
        if plan_id not in self.entries:
            raise NotKept(plan_id)
        return self.entries[plan_id]

    def list(
        self, *, case_id: str | None = None, kept: bool | None = True
    ) -> tuple[PlanEntry, ...]:
        return tuple(
            entry
            for entry in reversed(self.entries.values())
            if case_id in (None, entry.case_id) and kept in (None, entry.kept)
        )

    def load(self, plan_id: str) -> Plan:
        return self.whole[plan_id]

    def describe(self, plan_id: str, revision: int, *, name: str, notes: str) -> PlanEntry:
        self.entries[plan_id] = replace(
            self.entries[plan_id], name=name, notes=notes, kept=True, revision=revision + 1
        )
        return self.entries[plan_id]

    def delete(self, plan_id: str) -> None:
        del self.entries[plan_id]


class MemoryJobs:
    """Each job is solved where it is submitted; ``runs`` counts them by run id."""

    def __init__(self, store: MemoryStore) -> None:
        self.store = store
        self.known: dict[str, Job] = {}
        self.runs: dict[str, str] = {}
        self.points: dict[str, list[ProgressPoint]] = {}
        self.found: dict[str, Findings] = {}
        self.asked_of: dict[str, dict[StudyName, Job]] = {}

    def submit(
        self, desk_id: str, run_id: str, kind: Any = "solve", options: SolveOptions | None = None
    ) -> Job:
        if run_id in self.runs:
            return self.known[self.runs[run_id]]
        desk, options = self.store.desks.get(desk_id), options or NO_OPTIONS
        case = self.store.cases.load(desk.version_id, desk.scenario, desk.differences)
        job_id, points, begun = _id(), list[ProgressPoint](), _now()
        plan = planner.solve(
            case, gap=options.gap,
            progress=lambda p: points.append(ProgressPoint(p.seconds, p.phase, p.incumbent, p.bound, p.gap)),
        )  # fmt: skip
        entry = self.store.plans.keep(plan, desk, job_id, options)
        job = Job(
            id=job_id, kind=kind, study=None, state="done", desk_id=desk_id, version_id=desk.version_id,
            scenario=desk.scenario, differences=desk.differences, options=options, place=None,
            submitted=begun, started=begun, ended=_now(), seconds=(_now() - begun).total_seconds(),
            phase="done", incumbent=plan.summary["objective_kusd"], bound=plan.summary["bound_kusd"],
            gap=plan.summary["gap"], is_cancelling=False, message="", error_id=None, plan_id=entry.id,
        )  # fmt: skip
        self.known[job_id], self.runs[run_id], self.points[job_id] = job, job_id, points
        self.store.desks.known[desk_id] = replace(desk, job=job_id, answer=entry.id)
        self.store.desks.asked[desk_id] = (desk.scenario, desk.differences)
        return job

    def study(self, plan_id: str, run_id: str, name: StudyName, seconds: float) -> Job:
        plan = self.store.plans.get(plan_id)
        found = function_of(name)(self.store.plans.load(plan_id).case, seconds=seconds)
        asked = next(job for job in self.known.values() if job.plan_id == plan_id)
        job = replace(asked, id=_id(), kind="study", study=name, plan_id=None)
        self.known[job.id], self.runs[run_id], self.found[job.id] = job, job.id, found
        self.asked_of.setdefault(plan.id, {})[name] = job
        return job

    def studies(self, plan_id: str) -> Mapping[StudyName, Job]:
        return self.asked_of.get(plan_id, {})

    def findings(self, job_id: str) -> Findings:
        return self.found[job_id]

    def get(self, job_id: str) -> Job:
        return self.known[job_id]

    def list(
        self, *, desk_id: str | None = None, states: Any = None, kind: Any = None, limit: int = 100
    ) -> tuple[Job, ...]:
        found = [
            job
            for job in reversed(self.known.values())
            if desk_id in (None, job.desk_id)
            and (states is None or job.state in states)
            and kind in (None, job.kind)
        ]
        return tuple(found[:limit])

    def progress(self, job_id: str) -> tuple[ProgressPoint, ...]:
        return tuple(self.points[job_id])

    def warm(self, desk_id: str) -> bool:
        """Nothing to start."""
        return True

    def log(self, job_id: str) -> str:
        return ""
