"""Connections and transactions: SQLite with a write-ahead log, or another database by its URL."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from planner.errors import PlannerError
from planner.store.settings import Settings
from planner.store.tables import HEAD

#: Milliseconds that a transaction waits for its turn to write.
BUSY_MS = 10_000
MIGRATIONS = Path(__file__).parent / "migrations"


class Database:
    """The store's database, its tables brought up to date when it is opened."""

    def __init__(self, settings: Settings) -> None:
        settings.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        settings.logs.mkdir(exist_ok=True, mode=0o700)
        self._engine = create_engine(settings.database)
        if self.is_sqlite:
            event.listen(self._engine, "connect", _prepare)
            event.listen(self._engine, "begin", _begin)
            self._write_ahead()
        if self._revision() != HEAD:
            self._migrate()

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file of ours."""
        return self._engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that sees one state of everything and changes nothing."""
        with self._engine.connect() as connection, Session(connection) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that has the turn to write from its start (BEGIN IMMEDIATE)."""
        engine = self._engine.execution_options(begin="IMMEDIATE")
        with engine.begin() as connection, Session(connection, expire_on_commit=False) as session:
            yield session
            session.flush()

    def backup(self, target: Path) -> Path:
        """A whole copy of a SQLite database, made while others read and write."""
        if not self.is_sqlite:
            raise PlannerError("Only a SQLite store is copied here; use the database's own backup.")
        if target.exists():
            raise PlannerError(f"{target} exists already; name a file that does not.")
        with self._engine.connect().execution_options(begin=None) as connection:
            connection.exec_driver_sql("VACUUM INTO ?", (str(target),))
        return target

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def _write_ahead(self) -> None:
        """The mode stays with the file. Changing it needs the file alone, and does not wait."""
        deadline = time.monotonic() + BUSY_MS / 1000
        while True:
            try:
                with self._engine.connect().execution_options(begin=None) as connection:
                    connection.exec_driver_sql("PRAGMA journal_mode=WAL")
            except OperationalError as error:
                if time.monotonic() > deadline:
                    url = make_url(self._engine.url).render_as_string()
                    raise PlannerError(
                        f"The store {url} cannot be opened: {error.orig}."
                    ) from error
                time.sleep(0.05)
            else:
                return

    def _revision(self, connection: Connection | None = None) -> str | None:
        if connection is None:
            with self._engine.connect() as own:
                return self._revision(own)
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()

    def _migrate(self) -> None:
        """Bring the tables up to date; of several that open at once, one does it."""
        engine = self._engine.execution_options(begin="EXCLUSIVE", foreign_keys=False)
        with engine.connect() as connection:
            if self.is_sqlite:  # a table that is made anew must not take its references along
                raw: Any = connection.connection.dbapi_connection
                raw.execute("PRAGMA foreign_keys=OFF")
            try:
                with connection.begin():
                    if self._revision(connection) != HEAD:
                        upgrade(connection)
            finally:
                connection.invalidate()


def upgrade(connection: Connection, revision: str = HEAD) -> None:
    """Run the migrations up to a revision, within the connection's transaction."""
    # Loaded only where needed: a store that is up to date opens without it.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, revision)
    except CommandError as error:
        raise PlannerError(
            f"The store was made by a newer version of the planner ({error}). Use that version, "
            "or another folder (PLANNER_STORE)."
        ) from error


def _prepare(connection: Any, _record: object) -> None:
    # The driver would begin transactions by itself, and late; `_begin` does it.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA synchronous=NORMAL")


def _begin(connection: Connection) -> None:
    how = connection.get_execution_options().get("begin", "DEFERRED")
    if how is not None:
        connection.exec_driver_sql(f"BEGIN {how}")
