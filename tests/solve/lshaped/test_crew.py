"""Threads side by side: answers in order, the first error, a halt between items, none left behind."""

from __future__ import annotations

import threading

import pytest

from planner.errors import Interrupted, NoPlan
from planner.solve.lshaped.crew import Crew


def test_answers_come_in_the_order_of_the_items() -> None:
    with Crew(2, threading.Event()) as crew:
        assert crew.each(lambda x: x * x, range(50)) == [x * x for x in range(50)]


def test_an_error_is_raised_and_the_threads_end() -> None:
    before = threading.active_count()

    def fail(x: int) -> int:
        if x == 3:
            raise NoPlan("three")
        return x

    with pytest.raises(NoPlan, match="three"), Crew(2, threading.Event()) as crew:
        crew.each(fail, range(10))
    assert threading.active_count() == before


def test_a_halt_ends_the_round() -> None:
    halt, seen = threading.Event(), list[int]()

    def note(x: int) -> None:
        seen.append(x)
        if x == 4:
            halt.set()

    with pytest.raises(Interrupted), Crew(1, halt) as crew:
        crew.each(note, range(100))
    assert seen == [0, 1, 2, 3, 4]
