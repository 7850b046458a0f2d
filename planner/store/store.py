"""The store as one object."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from pathlib import Path
from typing import Literal

from planner.store.cases import Cases, Scenarios
from planner.store.desks import Desks
from planner.store.jobs import Jobs
from planner.store.plans import Plans
from planner.store.records import Found
from planner.store.settings import Settings


class Store:
    """Everything that is kept, by room."""

    cases: Cases
    scenarios: Scenarios
    desks: Desks
    jobs: Jobs
    plans: Plans

    def search(
        self,
        text: str,
        kinds: Collection[Literal["case", "scenario", "plan"]] = ("case", "scenario", "plan"),
        limit: int = 50,
    ) -> tuple[Found, ...]:
        """What holds all words of ``text`` in its name, notes or inputs' names, newest first."""
        raise NotImplementedError

    def backup(self, target: Path) -> Path:
        """Write a whole copy of the database while it is in use; ``target`` must not exist."""
        raise NotImplementedError

    def close(self) -> None:
        """Give the connections back; workers go on."""
        raise NotImplementedError


def open_store(settings: Settings | None = None) -> Store:
    """Open the store, made or brought up to date where needed; settings from the environment."""
    raise NotImplementedError


def new_run_id() -> str:
    """An id for one click, to be made where the click is, once."""
    return secrets.token_urlsafe(12)
