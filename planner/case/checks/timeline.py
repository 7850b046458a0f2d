"""Time: periods, epochs, and windows from a first to a last period or date."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from planner.case.checks.view import View
from planner.errors import Fault

#: Greatest disagreement of a period's dates with its `years`.
TOLERANCE = 0.02

#: Sheet -> the columns of its window; both ends are included.
WINDOWS = {
    "offers": ("first_period", "last_period"),
    "lanes": ("first_period", "last_period"),
    "processes": ("first_period", "last_period"),
    "budgets": ("first_period", "last_period"),
    "caps": ("first_period", "last_period"),
    "stress_tests": ("first_period", "last_period"),
    "projects": ("earliest_period", "latest_period"),
}


def years_between(start: date, end: date) -> float:
    """Years by the calendar: a quarter is 0.25 and a month 1/12, whatever their days."""
    months = 12 * (end.year - start.year) + end.month - start.month
    return (months + (end.day - start.day) / 30.4375) / 12


def period_dates(view: View) -> Iterator[Fault]:
    """Start dates that disagree with `years`."""
    for row, after in zip(view.periods, view.periods[1:], strict=False):
        stated = years_between(row["start"], after["start"])
        if abs(stated - row["years"]) > TOLERANCE * row["years"]:
            yield view.fault(
                "dates-disagree", "periods", row, "years",
                f"about {stated:.4g}, the time from {row['start']} to {after['start']}",
                "Correct `years` or the start dates (they may differ by 2 %).",
            )  # fmt: skip


def epochs(view: View) -> Iterator[Fault]:
    """Epochs that do not count 1, 1, 2 ... in the order of time."""
    before = 0
    for row in view.periods:
        if row["epoch"] not in (max(before, 1), before + 1):
            expected = "1 in the first period" if before == 0 else f"{before} or {before + 1}"
            yield view.fault(
                "epoch-order", "periods", row, "epoch", expected,
                "Number the epochs from 1 in the order of time, none skipped.",
            )  # fmt: skip
        before = row["epoch"]


def windows(view: View) -> Iterator[Fault]:
    """Windows whose end is before their begin."""
    for sheet, (first, last) in WINDOWS.items():
        for row in view.rows(sheet):
            begin, end = view.position.get(row[first]), view.position.get(row[last])
            if begin is not None and end is not None and end < begin:
                yield view.fault(
                    "window-order", sheet, row, last, f"{row[first]} or a later period",
                    "Exchange or correct the two periods.",
                )  # fmt: skip
    for row in view.rows("rules"):
        if row["from_date"] and row["to_date"] and row["to_date"] < row["from_date"]:
            yield view.fault(
                "window-order", "rules", row, "to_date", f"{row['from_date']} or a later date",
                "Exchange or correct the two dates.",
            )  # fmt: skip


def long_epochs(view: View) -> Iterator[Fault]:
    """Warning: epochs longer than a year while licences matter."""
    if not any(
        text.startswith("licence:") for row in view.rows("rules") for text in row["requirement"]
    ):
        return
    years: dict[int, float] = {}
    for row in view.periods:
        before = years.get(row["epoch"], 0.0)
        years[row["epoch"]] = before + row["years"]
        if before <= 1 + TOLERANCE < years[row["epoch"]]:
            yield view.fault(
                "long-epoch", "periods", row, "epoch", "epochs of at most a year",
                "A licence's outcome lasts its whole epoch: begin a new epoch here.",
                f"epoch {row['epoch']} longer than a year",
            )  # fmt: skip
