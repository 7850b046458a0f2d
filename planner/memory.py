"""When Python looks for garbage in circles: not in the middle of making a million small objects."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collection_paused() -> Iterator[None]:
    """No search for circular garbage within; what is not in a circle is freed as ever.

    A million rows are made and kept here, and Python would look through all of them again and
    again: a third of the time that it takes to verify a large plan. Nests; other threads are
    affected, too.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
