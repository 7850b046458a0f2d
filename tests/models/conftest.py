"""The product's own known answers, checked or written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.own_answers import Known


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--write-answers",
        action="store_true",
        help="write known_answers/own from the tests (with tests/models as argument)",
    )


def _known(group: str, request: pytest.FixtureRequest, tmp_path: Path) -> Known:
    write = bool(request.config.getoption("--write-answers", default=False))
    return Known(group, tmp_path, write=write)


@pytest.fixture
def known(request: pytest.FixtureRequest, tmp_path: Path) -> Known:
    """Known answers of the flow of goods: sourcing to licences."""
    return _known("flow", request, tmp_path)


@pytest.fixture
def policy(request: pytest.FixtureRequest, tmp_path: Path) -> Known:
    """Known answers of making, building, policy and risk."""
    return _known("policy", request, tmp_path)
