"""What tests of all rooms share."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest
from hypothesis import settings

# How long an example takes depends on what else the machine does.
settings.register_profile("planner", deadline=None)
settings.load_profile("planner")


@pytest.fixture(scope="session")
def program() -> Callable[[str], str]:
    """Find a program that slow tests call; the test fails, by name, where it is missing."""

    def find(name: str) -> str:
        path = shutil.which(name)
        if path is None:
            pytest.fail(f"the program {name} is missing; `make system` installs it")
        return path

    return find
