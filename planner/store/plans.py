"""Plans that are kept, each with its summary and what it was solved with."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, undefer

from planner.api import with_options, with_verdict
from planner.report.plan_file import read_plan
from planner.solve.plan import Plan
from planner.store import codec
from planner.store.arrow import packed_tables, unpacked_tables
from planner.store.cases import Cases, changed, found_row, new_id, now
from planner.store.database import Database
from planner.store.desks import is_made_for, position, step_of
from planner.store.reading import read_plan_apart, stem
from planner.store.records import PlanEntry
from planner.store.settings import Settings
from planner.store.tables import DeskRow, JobRow, PlanRow

#: Plans whose tables stay in memory.
_REMEMBERED = 12


class Plans:
    """Results, named or of a desk's last questions."""

    def __init__(self, database: Database, settings: Settings, cases: Cases) -> None:
        self._database, self._settings, self._cases = database, settings, cases
        self._plan: Callable[[str, bool | None], Plan] = lru_cache(_REMEMBERED)(self._read)

    def get(self, plan_id: str) -> PlanEntry:
        """One plan's entry."""
        with self._database.reading() as session:
            return _entry(found_row(session, PlanRow, plan_id, "plan"))

    def list(
        self, *, case_id: str | None = None, kept: bool | None = True
    ) -> tuple[PlanEntry, ...]:
        """Plans, the newest first; ``kept`` None: the desks' unnamed answers too."""
        wanted = select(PlanRow).order_by(PlanRow.created.desc())
        if case_id is not None:
            wanted = wanted.where(PlanRow.case_id == case_id)
        if kept is not None:
            wanted = wanted.where(PlanRow.kept == kept)
        with self._database.reading() as session:
            return tuple(_entry(row) for row in session.scalars(wanted))

    def load(self, plan_id: str) -> Plan:
        """The plan with its tables and case, as solved; cached until its verdict is known."""
        return self._plan(plan_id, self.get(plan_id).is_verified)

    def verify(self, plan_id: str) -> PlanEntry:
        """Rebuild the plan from its tables and keep the verdict with it; takes seconds."""
        plan = with_verdict(self.load(plan_id))
        found = {
            "tables": packed_tables(plan.tables), "summary": codec.plain_summary(plan.summary),
        }  # fmt: skip
        # Not an edit of a planner's: the revision stays.
        verdict = update(PlanRow).where(PlanRow.id == plan_id).values(**found)
        with self._database.writing() as session:
            session.execute(verdict)
        return self.get(plan_id)

    def latest(self, version_id: str) -> PlanEntry | None:
        """The plan of a version that was solved last."""
        of_version = select(PlanRow).where(PlanRow.version_id == version_id)
        with self._database.reading() as session:
            row = session.scalars(of_version.order_by(PlanRow.created.desc()).limit(1)).first()
            return None if row is None else _entry(row)

    def unverified(self, version_id: str) -> tuple[str, ...]:
        """Plans of a version whose verdict is not known yet, the newest first."""
        of_version = select(PlanRow).where(PlanRow.version_id == version_id)
        with self._database.reading() as session:
            rows = session.scalars(of_version.order_by(PlanRow.created.desc()))
            return tuple(row.id for row in rows if row.summary["verified"] is None)

    def workbook(self, plan_id: str) -> bytes:
        """plan.xlsx; written on the first call, which takes seconds."""
        with self._database.reading() as session:
            options = [undefer(PlanRow.workbook)]
            content = found_row(session, PlanRow, plan_id, "plan", options=options).workbook
        if content is not None:
            return content
        if self.get(plan_id).is_verified is None:
            self.verify(plan_id)
        content = workbook_of(self.load(plan_id))
        with self._database.writing() as session:
            found_row(session, PlanRow, plan_id, "plan").workbook = content
        return content

    def add_file(self, file_name: str, content: bytes) -> PlanEntry:
        """Keep an exported plan; read and verified in a process of its own, like an uploaded case.

        What its verification found is in ``faults``. Raises UnsafeFile, FaultyWorkbook,
        PlanFileError. The same bytes again: the same plan.
        """
        digest = hashlib.sha256(content).hexdigest()
        same = select(PlanRow).where(PlanRow.digest == digest)
        with self._database.reading() as session:
            row = session.scalars(same).first()
            if row is not None:
                return _entry(row)
        read = read_plan_apart(file_name, content, self._settings)
        with self._database.writing() as session:
            row = session.scalars(same).first()
            if row is None:
                row = PlanRow(
                    id=new_id(), name=stem(file_name), notes="", kept=True, differences=[],
                    scenario=read.summary["scenario"], options={}, summary=dict(read.summary),
                    faults=list(read.faults), digest=digest, words=str(read.summary["name"]),
                    workbook=content, created=now(),
                )  # fmt: skip
                session.add(row)
                session.flush()
            return _entry(row)

    def describe(self, plan_id: str, revision: int, *, name: str, notes: str) -> PlanEntry:
        """Name it and note what it is for, which keeps it; raises ChangedElsewhere if ``revision``
        is not the latest."""
        with self._database.writing() as session:
            row = found_row(session, PlanRow, plan_id, "plan")
            row.kept = True
            changed(session, row, revision, name=name, notes=notes)
            return _entry(row)

    def delete(self, plan_id: str) -> None:
        """Take a plan away."""
        with self._database.writing() as session:
            session.execute(delete(PlanRow).where(PlanRow.id == plan_id))

    def _read(self, plan_id: str, _is_verified: bool | None) -> Plan:
        options = [undefer(PlanRow.tables), undefer(PlanRow.workbook)]
        with self._database.reading() as session:
            row = found_row(session, PlanRow, plan_id, "plan", options=options)
            entry, tables, content = _entry(row), row.tables, row.workbook
        if tables is None or entry.version_id is None:  # a file, or its case was deleted since
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "plan.xlsx"
                file.write_bytes(content)
                return read_plan(file)
        case = self._cases.load(entry.version_id, entry.scenario, entry.differences)
        case = with_options(case, entry.options.gap, entry.options.time_limit, None)
        return Plan(case, unpacked_tables(tables), entry.summary)


def workbook_of(plan: Plan) -> bytes:
    """The bytes of a plan's own workbook."""
    with tempfile.TemporaryDirectory() as folder:
        return plan.to_excel(Path(folder) / "plan.xlsx").read_bytes()


def keep_result(database: Database, job_id: str, plan: Plan, answers: int) -> str:
    """Keep the plan of a job and lay it on the desk that asked; returns its id.

    Of the desk's unnamed plans, the latest ``answers`` stay.
    """
    tables, summary = packed_tables(plan.tables), codec.plain_summary(plan.summary)
    with database.writing() as session:
        job = found_row(session, JobRow, job_id, "job")
        desk = found_row(session, DeskRow, job.desk_id, "desk")
        row = PlanRow(
            id=new_id(), name=plan.case.name, notes="", kept=job.kind == "solve",
            case_id=desk.case_id, version_id=job.version_id, desk_id=desk.id, job_id=job.id,
            scenario=job.scenario, differences=job.differences, options=job.options,
            summary=summary, faults=[], digest=None, words=_words(job), tables=tables,
            workbook=None, created=now(),
        )  # fmt: skip
        session.add(row)
        session.flush()
        if not _is_better_answered(session, desk, row, job):
            desk.answer = row.id
        job.plan_id = row.id
        session.flush()
        _forget(session, desk, answers)
        return row.id


def _words(job: JobRow) -> str:
    """What a search finds the plan by."""
    return "\n".join([job.scenario or "", *(" ".join(map(str, line)) for line in job.differences)])


def _is_better_answered(session: Session, desk: DeskRow, plan: PlanRow, job: JobRow) -> bool:
    """Whether a newer question than the plan's is answered on the desk, or the one it stands at."""
    shown = session.get(PlanRow, desk.answer) if desk.answer else None
    at = position(step_of(session, desk))
    if shown is not None and is_made_for(shown, at) and not is_made_for(plan, at):
        return True
    asked = session.get(JobRow, shown.job_id) if shown is not None and shown.job_id else None
    return asked is not None and asked.submitted > job.submitted


def _forget(session: Session, desk: DeskRow, answers: int) -> None:
    unnamed = (PlanRow.desk_id == desk.id) & PlanRow.kept.is_(False)
    old = select(PlanRow.id).where(unnamed).order_by(PlanRow.created.desc()).offset(answers)
    ids = [plan_id for plan_id in session.scalars(old) if plan_id != desk.answer]
    session.execute(delete(PlanRow).where(PlanRow.id.in_(ids)))


def _entry(row: PlanRow) -> PlanEntry:
    return PlanEntry(
        id=row.id, name=row.name, notes=row.notes, revision=row.revision, kept=row.kept,
        case_id=row.case_id, version_id=row.version_id, desk_id=row.desk_id, job_id=row.job_id,
        scenario=row.scenario, differences=codec.unpacked_differences(row.differences),
        options=codec.unpacked_options(row.options), summary=dict(row.summary),
        faults=tuple(row.faults), input_fingerprint=str(row.summary["input_fingerprint"]),
        plan_fingerprint=str(row.summary["plan_fingerprint"]), created=row.created,
    )  # fmt: skip
