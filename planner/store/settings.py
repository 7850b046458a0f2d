"""Where things are kept and how much may run at once: read from the environment, once."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from planner.errors import PlannerError

FOLDER = "rare-earth-planner"


@dataclass(frozen=True)
class Settings:
    """One field per environment variable: ``PLANNER_STORE`` is the folder, the others
    ``PLANNER_STORE_<FIELD>``.

    ``folder`` holds ``planner.sqlite`` and the logs; ``url``, where given, is another database (a
    SQLAlchemy URL). ``running``: full solves at once; ``queue``: how many may wait; ``warm``:
    session workers at once; ``idle``: seconds after which one with nothing to do ends; ``threads``
    of one solve; ``grace``: seconds from a cancel to the kill; ``read_memory`` [MB] and
    ``read_time`` [s] bound the reading of an upload; ``worker_memory`` [MB]: a session worker that
    holds more ends itself after its answer; ``answers``: plans kept of each desk that nobody named.
    """

    folder: Path
    url: str = ""
    running: int = 1
    queue: int = 50
    warm: int = 2
    idle: float = 900.0
    threads: int = 2
    grace: float = 4.0
    read_memory: int = 2048
    read_time: float = 60.0
    worker_memory: int = 3072
    answers: int = 20

    @property
    def database(self) -> str:
        """The URL of the database."""
        return self.url or f"sqlite:///{self.folder / 'planner.sqlite'}"

    @property
    def logs(self) -> Path:
        """The folder of the jobs' logs."""
        return self.folder / "logs"

    def environment(self) -> dict[str, str]:
        """The variables that bring a worker the same settings."""
        given = {field.name: str(getattr(self, field.name)) for field in fields(self)}
        return {_variable(name): text for name, text in given.items()}


def _variable(field: str) -> str:
    return "PLANNER_STORE" if field == "folder" else f"PLANNER_STORE_{field.upper()}"


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this process; raises PlannerError for a value that is no number above 0."""
    given: dict[str, str | int | float] = {}
    for field in fields(Settings):
        text = environment.get(_variable(field.name), "").strip()
        if field.name in ("folder", "url") or not text:
            continue
        given[field.name] = _number(field.name, text, whole=field.type == "int")
    folder = environment.get("PLANNER_STORE", "").strip()
    path = Path(folder).expanduser() if folder else _users_folder(environment)
    url = environment.get("PLANNER_STORE_URL", "").strip()
    return Settings(folder=path.resolve(), url=url, **given)  # pyright: ignore[reportArgumentType]


def _number(field: str, text: str, *, whole: bool) -> int | float:
    try:
        value = int(text) if whole else float(text)
    except ValueError:
        value = 0
    if not 0 < value < float("inf"):
        kind = "a whole number above 0" if whole else "a number above 0"
        raise PlannerError(f"{_variable(field)}: found '{text}', expected {kind}.")
    return value


def _users_folder(environment: Mapping[str, str]) -> Path:
    home = Path.home()
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / FOLDER
    data = environment.get("XDG_DATA_HOME", "").strip()
    return (Path(data) if data else home / ".local" / "share") / FOLDER
