"""Cases: uploaded workbooks and the versions edited from them. A version never changes."""

from __future__ import annotations

import hashlib
import json
import secrets
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer
from sqlalchemy.orm.exc import StaleDataError

from planner.case import SHEETS, Case, Difference, RawSheet, read_case, with_differences
from planner.case.cells import Uncalculated
from planner.errors import CaseError, FaultyWorkbook
from planner.report.case_workbook import write_sheets
from planner.store import codec
from planner.store.database import Database
from planner.store.reading import CaseRead, read_case_apart, shown_name, stem
from planner.store.records import CaseEntry, CaseVersion, ChangedElsewhere, NotKept
from planner.store.settings import Settings
from planner.store.tables import CaseRow, VersionRow

#: Versions whose sheets and case stay in memory.
_REMEMBERED = 8
#: The word in the name of the scenario that differences by hand become.
EDITED = "edited"


def new_id() -> str:
    """Nobody guesses it, any file system and any URL takes it."""
    return secrets.token_hex(12)


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def found_row(session: Session, table: type[Any], key: str, what: str, **options: Any) -> Any:
    """A row by its id; raises NotKept."""
    row = session.get(table, key, **options)
    if row is None:
        raise NotKept(f"There is no such {what} (any more); it may have been deleted.")
    return row


class Cases:
    """The workbooks that are kept."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database, self._settings = database, settings
        self._sheets = lru_cache(_REMEMBERED)(self._read_sheets)
        self._base = lru_cache(_REMEMBERED)(self._read_base)
        self._case = lru_cache(_REMEMBERED)(self._read_case)

    def upload(self, file_name: str, content: bytes, case_id: str | None = None) -> CaseVersion:
        """Keep a workbook: a new case, or the next version of ``case_id``.

        It is read in a process of its own, with limits of memory and time. A readable workbook with
        faults is kept, its faults in the version. The same bytes again give the version that is
        there. Raises UnsafeFile (the guard refused it), FaultyWorkbook (no Excel file at all) or
        CaseError (too large to read within the limits): nothing is kept then.
        """
        there = self._there(content, case_id)
        if there is not None:
            return there
        read = read_case_apart(file_name, content, self._settings)
        return self._keep(read, content, file_name, case_id=case_id, origin="upload")

    def edit(self, version_id: str, sheets: Mapping[str, RawSheet], note: str = "") -> CaseVersion:
        """The next version: the workbook of ``version_id`` with some sheets in place of its own.

        A RawSheet with no header and no rows takes the sheet away. Checked like an upload; faults,
        with the addresses of the new workbook, are in the version. Charts and formats of the
        uploaded file are not in the new one (the upload itself stays as it is). Raises CaseError
        for a sheet that no workbook has, and where a formula that was never calculated would be
        lost.
        """
        before = self.version(version_id)
        whole = _edited(self.sheets(version_id), sheets)
        if whole == self.sheets(version_id):
            return before
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "edited.xlsx"
            write_sheets(whole, file)
            content = file.read_bytes()
        read = read_case_apart(before.file_name, content, self._settings)
        return self._keep(
            read, content, before.file_name, case_id=before.case_id, origin="edit",
            parent=version_id, note=note,
        )  # fmt: skip

    def list(self) -> tuple[CaseEntry, ...]:
        """All cases, the latest changed first."""
        with self._database.reading() as session:
            rows = session.scalars(select(CaseRow).order_by(CaseRow.changed.desc()))
            return tuple(_entry(session, row) for row in rows)

    def get(self, case_id: str) -> CaseEntry:
        """One case."""
        with self._database.reading() as session:
            return _entry(session, found_row(session, CaseRow, case_id, "case"))

    def version(self, version_id: str) -> CaseVersion:
        """One version."""
        with self._database.reading() as session:
            return _version(session, found_row(session, VersionRow, version_id, "version"))

    def versions(self, case_id: str) -> tuple[CaseVersion, ...]:
        """All versions of a case, the newest first."""
        with self._database.reading() as session:
            found_row(session, CaseRow, case_id, "case")
            of_case = select(VersionRow).where(VersionRow.case_id == case_id)
            rows = session.scalars(of_case.order_by(VersionRow.number.desc()))
            return tuple(_version(session, row) for row in rows)

    def sheets(self, version_id: str) -> Mapping[str, RawSheet]:
        """Every input sheet as written, of a version with faults too; cached by version."""
        return self._sheets(version_id)

    def content(self, version_id: str) -> bytes:
        """The workbook's bytes."""
        with self._database.reading() as session:
            options = [undefer(VersionRow.content)]
            return found_row(session, VersionRow, version_id, "version", options=options).content

    def load(
        self, version_id: str, scenario: str | None = None, differences: Sequence[Difference] = ()
    ) -> Case:
        """The case, under a scenario and differences; the last few are remembered.

        Raises FaultyWorkbook where the version or a difference is faulty, UnknownScenario.
        """
        return self._case(version_id, scenario, json.dumps(codec.packed_differences(differences)))

    def describe(self, case_id: str, revision: int, *, name: str, notes: str) -> CaseEntry:
        """Change name and notes; raises ChangedElsewhere if ``revision`` is not the latest."""
        with self._database.writing() as session:
            row = found_row(session, CaseRow, case_id, "case")
            changed(session, row, revision, name=name, notes=notes)
            return _entry(session, row)

    def _there(self, content: bytes, case_id: str | None) -> CaseVersion | None:
        """The version with the same bytes, of this case or, without one, of any."""
        same = select(VersionRow).where(VersionRow.digest == _digest(content))
        if case_id is not None:
            same = same.where(VersionRow.case_id == case_id)
        with self._database.reading() as session:
            row = session.scalars(same.order_by(VersionRow.created.desc())).first()
            return _version(session, row) if row else None

    def _keep(
        self,
        read: CaseRead,
        content: bytes,
        file_name: str,
        *,
        case_id: str | None,
        origin: Literal["upload", "edit"],
        parent: str | None = None,
        note: str = "",
    ) -> CaseVersion:
        with self._database.writing() as session:
            if case_id is None:
                case = CaseRow(id=new_id(), name=read.name, notes="", created=now(), changed=now())
                session.add(case)
            else:
                case = found_row(session, CaseRow, case_id, "case")
                case.changed = now()
            session.flush()
            last = select(func.max(VersionRow.number)).where(VersionRow.case_id == case.id)
            row = VersionRow(
                id=new_id(), case_id=case.id, number=(session.scalar(last) or 0) + 1,
                parent=parent, origin=origin, file_name=shown_name(file_name),
                stem=stem(file_name), note=note, fingerprint=read.fingerprint,
                digest=_digest(content), size_bytes=len(content),
                faults=codec.packed_faults(read.faults),
                warnings=codec.packed_faults(read.warnings), scenarios=[*read.scenarios],
                words=read.words, content=content, sheets=codec.packed_sheets(read.sheets),
                created=now(),
            )  # fmt: skip
            session.add(row)
            session.flush()
            return _version(session, row)

    def _read_sheets(self, version_id: str) -> Mapping[str, RawSheet]:
        with self._database.reading() as session:
            options = [undefer(VersionRow.sheets)]
            row = found_row(session, VersionRow, version_id, "version", options=options)
            return codec.unpacked_sheets(row.sheets)

    def _read_case(self, version_id: str, scenario: str | None, differences: str) -> Case:
        made = codec.unpacked_differences(json.loads(differences))
        return with_differences(self._base(version_id), scenario, made, EDITED)

    def _read_base(self, version_id: str) -> Case:
        """Bytes that were read within the limits once take no more the second time."""
        version = self.version(version_id)
        if not version.is_sound:
            raise FaultyWorkbook(version.faults)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "case.xlsx"
            file.write_bytes(self.content(version_id))
            case = read_case(file)
        return case if case.settings["name"] else replace(case, name=stem(version.file_name))


def changed(session: Session, row: Any, revision: int, *, name: str, notes: str) -> None:
    """Set name and notes of a case or plan, unless somebody did since; raises ChangedElsewhere."""
    if row.revision != revision:
        raise ChangedElsewhere(f"'{row.name}' was changed elsewhere since you opened it.")
    row.name, row.notes = name.strip() or row.name, notes
    try:
        session.flush()
    except StaleDataError as error:
        raise ChangedElsewhere(f"'{name}' was changed elsewhere since you opened it.") from error


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _edited(old: Mapping[str, RawSheet], new: Mapping[str, RawSheet]) -> Mapping[str, RawSheet]:
    """All sheets after the edit; raises CaseError for one that can be in no workbook."""
    unknown = sorted(set(new) - set(old) - set(SHEETS))
    if unknown:
        raise CaseError(f"There is no sheet '{unknown[0]}' in a workbook.")
    whole = {**old, **{name: codec.plain_sheet(sheet) for name, sheet in new.items()}}
    whole = {name: sheet for name, sheet in whole.items() if sheet.header or sheet.rows}
    open_formulas = [
        f"{name} row {number}: {value}"
        for name, sheet in whole.items()
        if name in SHEETS
        for number, row in enumerate(sheet.rows, start=2)
        for value in row
        if isinstance(value, Uncalculated)
    ]
    if open_formulas:
        raise CaseError(
            f"Formulas that were never calculated would be lost ({'; '.join(open_formulas[:5])}). "
            "Type their values, or open the workbook in Excel, save it and upload it again."
        )
    return whole


def _version(session: Session, row: VersionRow) -> CaseVersion:
    name = session.scalars(select(CaseRow.name).where(CaseRow.id == row.case_id)).one()
    return CaseVersion(
        id=row.id, case_id=row.case_id, case_name=name, number=row.number, parent=row.parent,
        origin=cast("Literal['upload', 'edit']", row.origin), file_name=row.file_name,
        note=row.note, fingerprint=row.fingerprint, digest=row.digest, size_bytes=row.size_bytes,
        faults=codec.unpacked_faults(row.faults), warnings=codec.unpacked_faults(row.warnings),
        scenarios=tuple(row.scenarios), created=row.created,
    )  # fmt: skip


def _entry(session: Session, row: CaseRow) -> CaseEntry:
    of_case = select(VersionRow).where(VersionRow.case_id == row.id)
    latest = session.scalars(of_case.order_by(VersionRow.number.desc())).first()
    assert latest is not None  # a case begins with its first version
    return CaseEntry(
        id=row.id, name=row.name, notes=row.notes, revision=row.revision,
        latest=_version(session, latest), versions=latest.number, created=row.created,
    )  # fmt: skip
