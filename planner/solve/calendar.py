"""The calendar of a case: periods, epochs, and in which period something falls."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

from models.instance import Grid
from planner.case.case import Case, Row

#: Two moments closer than this [years] are the same: dates and months are not that fine.
SAME = 1e-9


class Calendar:
    """Periods by name and by time. Periods are integers 0, 1, 2 ... in order of the sheet's dates."""

    def __init__(self, case: Case) -> None:
        rows = sorted(case["periods"], key=lambda row: row["start"])
        years = tuple(float(row["years"]) for row in rows)
        starts = [0.0]
        for length in years:
            starts.append(starts[-1] + length)
        self.dates: tuple[date, ...] = tuple(row["start"] for row in rows)
        self.end = starts[-1]
        self.grid = Grid(
            names=tuple(row["period"] for row in rows),
            start=tuple(starts[:-1]),
            years=years,
            epoch=tuple(int(row["epoch"]) for row in rows),
            discount_rate=float(case.settings["discount_rate"]),
        )
        self.index = {name: t for t, name in enumerate(self.grid.names)}

    def __len__(self) -> int:
        return len(self.grid.names)

    def window(self, row: Row) -> range:
        """The periods from ``first_period`` to ``last_period`` of a row, both included."""
        first, last = row["first_period"], row["last_period"]
        start = 0 if first is None else self.index[first]
        stop = len(self) - 1 if last is None else self.index[last]
        return range(start, stop + 1)

    def after(self, t: int, months: float) -> int | None:
        """The period in which what is started in t and takes ``months`` falls.

        The one whose start is nearest to start(t) + months / 12, the later one of two equally
        near; None beyond the horizon (nearer to its end than to the last start).
        """
        start = self.grid.start
        moment = start[t] + months / 12
        if moment - start[-1] > self.end - moment + SAME:
            return None
        best = t
        for s in range(t + 1, len(self)):
            if abs(start[s] - moment) <= abs(start[best] - moment) + SAME:
                best = s
        return best

    def share_in_steps(self, commissioned: int, t: int, steps: tuple[float, ...]) -> float:
        """Time average over t of a yearly ramp counted from the start of ``commissioned`` [-].

        ``steps`` are the shares in the first, second ... year; the last holds for ever.
        """
        begin = self.grid.start[t] - self.grid.start[commissioned]
        end = begin + self.grid.years[t]
        marks = [begin, *(y for y in range(1, len(steps)) if begin < y < end), end]
        total = 0.0
        for low, high in pairwise(marks):
            year = min(int((low + high) / 2), len(steps) - 1)
            total += (high - low) * steps[year]
        return total / (end - begin)
