"""Dates of a case as people say them: what a period, an epoch or a lead time is on the calendar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cached_property

from planner.case.case import Case, Row


class Calendar:
    """The periods of a case in order of time."""

    def __init__(self, case: Case) -> None:
        self.periods: Sequence[Row] = sorted(case["periods"], key=lambda row: row["start"])

    @cached_property
    def _by_name(self) -> dict[str, int]:
        return {row["period"]: index for index, row in enumerate(self.periods)}

    def index(self, period: str) -> int:
        """The place of a period in time, from 0."""
        return self._by_name[period]

    def start(self, period: str) -> date:
        """The first day of a period."""
        return self.periods[self.index(period)]["start"]

    def years(self, period: str) -> float:
        """The length of a period."""
        return self.periods[self.index(period)]["years"]

    def end(self, period: str) -> date:
        """The last day of a period: the eve of the next one, or by its years at the horizon."""
        following = self.index(period) + 1
        if following < len(self.periods):
            return self.periods[following]["start"] - timedelta(days=1)
        row = self.periods[-1]
        return row["start"] + timedelta(days=round(row["years"] * 365.25) - 1)

    def of_epochs(self, first: int, last: int) -> list[Row]:
        """The periods of the epochs from ``first`` to ``last``, both included."""
        return [row for row in self.periods if first <= row["epoch"] <= last]

    def is_open(self, row: Row, period: str) -> bool:
        """Whether a period lies between the ``first_period`` and ``last_period`` of a row."""
        first, last = row["first_period"], row["last_period"]
        place = self.index(period)
        return (first is None or place >= self.index(first)) and (
            last is None or place <= self.index(last)
        )

    def horizon(self) -> str:
        """``2027 to 2032``."""
        first, last = self.periods[0]["start"].year, self.end(self.periods[-1]["period"]).year
        return f"{first} to {last}" if first != last else str(first)


def months_later(day: date, months: float) -> date:
    """The first day of the month that is ``months`` after ``day``'s, rounded to whole months."""
    count = day.year * 12 + day.month - 1 + round(months)
    return date(count // 12, count % 12 + 1, 1)


def month(day: date) -> str:
    """``Jan 2027``."""
    return f"{day:%b %Y}"
