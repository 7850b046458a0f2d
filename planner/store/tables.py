"""The tables of the store. A change here needs a migration; a test holds the two together."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    ForeignKey,
    LargeBinary,
    MetaData,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, deferred, mapped_column

#: The revision of ``migrations`` at which these tables stand.
HEAD = "0002"


class UtcTime(TypeDecorator[datetime]):
    """A time in UTC; SQLite would drop the zone, so it is put off and on here."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Constraints have names, so that a migration can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - the library's own form
        str: Text,
        bytes: LargeBinary,
        datetime: UtcTime,
        list[Any]: JSON,
        dict[str, Any]: JSON,
    }


def _blob(*, optional: bool = False) -> Any:
    """Bytes that are read only when asked for."""
    return deferred(mapped_column(LargeBinary, nullable=optional))


def _to(target: str, *, gone: str = "CASCADE", index: bool = True) -> Any:
    return mapped_column(ForeignKey(target, ondelete=gone), index=index)


class CaseRow(Base):
    __tablename__ = "cases"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    notes: Mapped[str]
    revision: Mapped[int] = mapped_column()
    created: Mapped[datetime]
    changed: Mapped[datetime]

    __mapper_args__ = {"version_id_col": revision}  # noqa: RUF012


class VersionRow(Base):
    """``stem`` names a case that has no name of its own; ``words`` are what a search looks in;
    ``sheets`` the raw sheets, packed."""

    __tablename__ = "versions"
    __table_args__ = (UniqueConstraint("case_id", "number"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = _to("cases.id", index=False)
    number: Mapped[int]
    parent: Mapped[str | None]
    origin: Mapped[str]
    file_name: Mapped[str]
    stem: Mapped[str]
    note: Mapped[str]
    fingerprint: Mapped[str | None]
    digest: Mapped[str] = mapped_column(index=True)
    size_bytes: Mapped[int]
    faults: Mapped[list[Any]]
    warnings: Mapped[list[Any]]
    scenarios: Mapped[list[Any]]
    words: Mapped[str] = deferred(mapped_column(Text))
    content: Mapped[bytes] = _blob()
    sheets: Mapped[bytes] = _blob()
    created: Mapped[datetime]


class ScenarioRow(Base):
    __tablename__ = "scenarios"
    __table_args__ = (UniqueConstraint("case_id", "name", "number"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = _to("cases.id", index=False)
    version_id: Mapped[str] = _to("versions.id")
    name: Mapped[str]
    number: Mapped[int]
    base: Mapped[str | None]
    differences: Mapped[list[Any]]
    notes: Mapped[str]
    created: Mapped[datetime]


class DeskRow(Base):
    """``step`` is the number of the step at which the desk stands; later ones can be redone."""

    __tablename__ = "desks"

    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = _to("cases.id")
    step: Mapped[int]
    job: Mapped[str | None]
    answer: Mapped[str | None]
    created: Mapped[datetime]
    used: Mapped[datetime] = mapped_column(index=True)


class StepRow(Base):
    __tablename__ = "steps"

    desk_id: Mapped[str] = mapped_column(
        ForeignKey("desks.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[str] = _to("versions.id")
    scenario: Mapped[str | None]
    differences: Mapped[list[Any]]


class DraftRow(Base):
    __tablename__ = "drafts"

    desk_id: Mapped[str] = mapped_column(
        ForeignKey("desks.id", ondelete="CASCADE"), primary_key=True
    )
    sheet: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[bytes]
    saved: Mapped[datetime]


class JobRow(Base):
    """``pid``, ``process`` (its start) and ``host`` tell whether the worker lives; ``cancel`` is
    empty, ``drop`` or ``keep``; ``study`` the analysis of a job of that kind."""

    __tablename__ = "jobs"

    id: Mapped[str] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    study: Mapped[str | None]
    state: Mapped[str] = mapped_column(index=True)
    desk_id: Mapped[str] = _to("desks.id")
    version_id: Mapped[str] = _to("versions.id")
    scenario: Mapped[str | None]
    differences: Mapped[list[Any]]
    options: Mapped[dict[str, Any]]
    submitted: Mapped[datetime]
    started: Mapped[datetime | None]
    ended: Mapped[datetime | None]
    heartbeat: Mapped[datetime | None]
    pid: Mapped[int | None]
    process: Mapped[float | None]
    host: Mapped[str | None]
    worker_id: Mapped[str | None]
    cancel: Mapped[str] = mapped_column(default="")
    cancelled: Mapped[datetime | None]
    phase: Mapped[str] = mapped_column(default="")
    incumbent: Mapped[float | None]
    bound: Mapped[float | None]
    gap: Mapped[float | None]
    message: Mapped[str] = mapped_column(default="")
    error_id: Mapped[str | None]
    plan_id: Mapped[str | None]


class ProgressRow(Base):
    __tablename__ = "progress"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    seconds: Mapped[float]
    phase: Mapped[str]
    incumbent: Mapped[float | None]
    bound: Mapped[float | None]
    gap: Mapped[float | None]


class FindingsRow(Base):
    """What a study found."""

    __tablename__ = "findings"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    content: Mapped[dict[str, Any]]


class WorkerRow(Base):
    """A session worker; ``ready`` once it is warm, ``ending`` asks it to end. One version has at
    most one."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(primary_key=True)
    version_id: Mapped[str] = mapped_column(
        ForeignKey("versions.id", ondelete="CASCADE"), unique=True
    )
    pid: Mapped[int | None]
    process: Mapped[float | None]
    host: Mapped[str]
    ready: Mapped[bool]
    ending: Mapped[bool]
    started: Mapped[datetime]
    heartbeat: Mapped[datetime]
    used: Mapped[datetime]


class PlanRow(Base):
    """``tables`` packed, for a plan solved here; ``workbook`` its file, where written or given."""

    __tablename__ = "plans"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    notes: Mapped[str]
    revision: Mapped[int] = mapped_column()
    kept: Mapped[bool] = mapped_column(index=True)
    case_id: Mapped[str | None] = _to("cases.id", gone="SET NULL")
    version_id: Mapped[str | None] = _to("versions.id", gone="SET NULL")
    desk_id: Mapped[str | None] = _to("desks.id", gone="SET NULL")
    job_id: Mapped[str | None] = _to("jobs.id", gone="SET NULL")
    scenario: Mapped[str | None]
    differences: Mapped[list[Any]]
    options: Mapped[dict[str, Any]]
    summary: Mapped[dict[str, Any]]
    faults: Mapped[list[Any]]
    digest: Mapped[str | None] = mapped_column(unique=True)
    words: Mapped[str]
    tables: Mapped[bytes | None] = _blob(optional=True)
    workbook: Mapped[bytes | None] = _blob(optional=True)
    created: Mapped[datetime]

    __mapper_args__ = {"version_id_col": revision}  # noqa: RUF012
