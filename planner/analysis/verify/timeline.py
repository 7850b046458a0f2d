"""Time as the workbook tells it: starts are sums of ``years``, months fall in the nearest period."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from planner.case.case import Row

#: Years by which two starts count as equally near; rounding of m/12 stays far below it.
_TIE = 1e-9


def decimal_year(day: date) -> float:
    """2027-07-02 (noon of a common year) is about 2027.5."""
    first = date(day.year, 1, 1)
    return day.year + (day - first).days / (date(day.year + 1, 1, 1) - first).days


class Timeline:
    """The periods in order, with start, end and length in years from the first start."""

    def __init__(self, rows: Sequence[Row], discount_rate: float) -> None:
        self.periods = tuple(row["period"] for row in rows)
        self.index = {period: at for at, period in enumerate(self.periods)}
        self.years = {row["period"]: float(row["years"]) for row in rows}
        self.epoch = {row["period"]: int(row["epoch"]) for row in rows}
        self.date = {row["period"]: row["start"] for row in rows}
        self.start: dict[str, float] = {}
        self.end: dict[str, float] = {}
        clock = 0.0
        for period in self.periods:
            self.start[period] = clock
            clock += self.years[period]
            self.end[period] = clock
        self.horizon = clock
        self.last_epoch = self.epoch[self.periods[-1]]
        self.of_epoch = {
            epoch: tuple(period for period in self.periods if self.epoch[period] == epoch)
            for epoch in range(1, self.last_epoch + 1)
        }
        self.discount = {
            period: (1 + discount_rate) ** -self.start[period] for period in self.periods
        }
        self.next = dict(pairwise(self.periods))

    def falls(self, period: str, months: float) -> str | None:
        """The period in which falls what starts in ``period`` and takes ``months``; None: beyond."""
        target = self.start[period] + months / 12
        later = self.periods[self.index[period] :]
        nearest, distance = period, abs(target - self.start[period])
        for candidate in later:
            gap = abs(target - self.start[candidate])
            if gap <= distance + _TIE:
                nearest, distance = candidate, gap
        beyond = abs(target - self.horizon) < distance - _TIE
        return None if beyond else nearest

    def within(self, period: str, first: str | None, last: str | None) -> bool:
        """Whether a period lies in a window whose ends may be open."""
        at = self.index[period]
        return (first is None or at >= self.index[first]) and (
            last is None or at <= self.index[last]
        )
