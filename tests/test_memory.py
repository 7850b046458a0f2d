"""Searches for circular garbage wait, and come back."""

from __future__ import annotations

import gc

import pytest

from planner.memory import collection_paused


def test_collection_comes_back_after_the_outermost_pause() -> None:
    assert gc.isenabled()
    with collection_paused():
        with collection_paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_collection_comes_back_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), collection_paused():
        _ = 1 / 0
    assert gc.isenabled()
