"""Commitments, and the differences that scenarios name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from planner.case.case import Row
from planner.case.checks.tree import change_faults
from planner.case.checks.view import View
from planner.errors import Fault


def commitment_amounts(view: View) -> Iterator[Fault]:
    """Amounts that the thing committed cannot have."""
    for row in view.rows("commitments"):
        if row["what"] in ("licence", "substitute") and row["amount"] not in (0, 1):
            yield view.fault(
                "bad-amount", "commitments", row, "amount", f"0 or 1 for a {row['what']}",
                "1 forces it, 0 forbids it.",
            )  # fmt: skip
        project = view.by_name("projects").get(row["name"]) if row["what"] == "project" else None
        if project and project["integer"] and row["amount"] != int(row["amount"]):
            yield view.fault(
                "bad-amount", "commitments", row, "amount", "a whole number of modules",
                "Round it, or set integer of the project to FALSE.",
            )  # fmt: skip
        if project and row["sense"] != "<=" and row["amount"] > project["max_modules"]:
            yield view.fault(
                "bad-amount", "commitments", row, "amount", f"at most max_modules {project['max_modules']:g}",
                "No plan can build as many: lower the amount or raise max_modules.",
            )  # fmt: skip


def commitment_periods(view: View) -> Iterator[Fault]:
    """Licences committed for the first epoch, before which nobody can apply."""
    for row in view.rows("commitments"):
        if row["what"] == "licence" and view.epoch.get(row["period"]) == 1:
            yield view.fault(
                "bad-period", "commitments", row, "period", "a period of an epoch from 2 on",
                "A licence is applied for an epoch ahead; what is in hand stands in held_until.",
            )  # fmt: skip


def scenarios(view: View) -> Iterator[Fault]:
    """Differences that cannot be made or touch no row."""
    named: dict[str, list[Row]] = defaultdict(list)
    for row in view.rows("scenarios"):
        named[row["scenario"]].append(row)
    for rows in named.values():
        yield from change_faults(view, "scenarios", rows)
