"""Tables and migrations agree; many may open and write at once; a copy is whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from planner.errors import PlannerError
from planner.store import Settings, Store, open_store, read_settings
from planner.store.database import MIGRATIONS
from planner.store.tables import HEAD, Base, CaseRow


def test_migrations_make_the_tables_that_the_models_say(store: Store) -> None:
    with store._database._engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
        migrated = inspect(connection)
        fresh = create_engine("sqlite://")
        Base.metadata.create_all(fresh)
        made = inspect(fresh)
        for table in Base.metadata.tables:
            for what in ("columns", "indexes", "foreign_keys", "unique_constraints"):
                both = [
                    sorted(map(str, getattr(side, f"get_{what}")(table)))
                    for side in (migrated, made)
                ]
                assert both[0] == both[1], (table, what)
        fresh.dispose()


def test_the_head_of_the_migrations_is_the_one_that_the_tables_name() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_sqlite_is_set_up_for_many_processes(store: Store) -> None:
    with store._database.reading() as session:
        found = {
            name: session.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout")
        }
    assert found == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 10_000}


def test_a_store_of_a_newer_version_is_refused_in_words(settings: Settings) -> None:
    store = open_store(settings)
    with store._database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    with pytest.raises(PlannerError, match="newer version of the planner"):
        open_store(settings)


_MANY = """
import sys
from planner.store import read_settings
from planner.store.cases import new_id, now
from planner.store.database import Database
from planner.store.tables import CaseRow
database = Database(read_settings())
for number in range(50):
    with database.writing() as session:
        session.add(CaseRow(id=new_id(), name=str(number), notes="", created=now(), changed=now()))
"""


def test_processes_that_open_and_write_at_once_lose_nothing(settings: Settings) -> None:
    """The first of them makes the tables, the others wait for it."""
    environment = {"PATH": "", **settings.environment()}
    writers = [
        subprocess.Popen([sys.executable, "-c", _MANY], env=environment, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    for writer in writers:
        _, told = writer.communicate()
        assert writer.returncode == 0, told
    store = open_store(settings)
    with store._database.reading() as session:
        assert session.query(CaseRow).count() == 200
    store.close()


def test_a_copy_holds_what_the_store_held(store: Store, tutorial: bytes, tmp_path: Path) -> None:
    version = store.cases.upload("tutorial.xlsx", tutorial)
    folder = tmp_path / "copy"
    folder.mkdir()
    store.backup(folder / "planner.sqlite")
    copy = open_store(Settings(folder=folder))
    assert copy.cases.version(version.id) == version
    assert copy.cases.content(version.id) == tutorial
    copy.close()
    with pytest.raises(PlannerError, match="exists already"):
        store.backup(folder / "planner.sqlite")


def test_settings_come_from_the_environment_and_go_to_workers(tmp_path: Path) -> None:
    given = {
        "PLANNER_STORE": str(tmp_path),
        "PLANNER_STORE_RUNNING": "3",
        "PLANNER_STORE_IDLE": "9",
    }
    settings = read_settings(given)
    assert (settings.folder, settings.running, settings.idle) == (tmp_path, 3, 9.0)
    assert read_settings(settings.environment()) == settings
    home = read_settings({"XDG_DATA_HOME": str(tmp_path)})
    assert home.folder == tmp_path / "rare-earth-planner"


@pytest.mark.parametrize("text", ["0", "-1", "many", "1.5", "nan"])
def test_a_setting_that_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(PlannerError, match="PLANNER_STORE_RUNNING: found"):
        read_settings({"PLANNER_STORE_RUNNING": text})
