"""All that a check may ask: the case as read, the plan's tables, what follows from both."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from planner.analysis.verify.licences import Licences
from planner.analysis.verify.origin import Origin
from planner.analysis.verify.projects import Projects
from planner.analysis.verify.reading import Reading
from planner.analysis.verify.rules import Rules
from planner.analysis.verify.stress import Stress
from planner.analysis.verify.tables import Book
from planner.analysis.verify.timeline import Timeline
from planner.analysis.verify.tree import Tree
from planner.analysis.verify.verdict import Ledger

#: Amounts of t up to here are rounding: they use no lane and place no order.
ROUNDING_T = 1e-6


@dataclass(frozen=True)
class Audit:
    """What the checks of one plan share."""

    reading: Reading
    book: Book
    rules: Rules
    licences: Licences
    origin: Origin
    projects: Projects
    stress: Stress
    ledger: Ledger

    @cached_property
    def qualified_in(self) -> dict[tuple[str, str], set[str]]:
        """The nodes in which each site and material begins its qualification."""
        begun: dict[tuple[str, str], set[str]] = defaultdict(set)
        for row in self.book["qualifications"]:
            if row.qualified > 0.5:
                begun[row.site, row.material].add(row.node)
        return begun

    @property
    def tree(self) -> Tree:
        return self.reading.tree

    @property
    def timeline(self) -> Timeline:
        return self.reading.timeline

    def tested(self, node: str) -> bool:
        """Whether a node belongs to a stress branch, where caps and floors are not applied."""
        return bool(self.tree.nodes[node].test)

    def totals(self, table: str, *columns: str) -> dict[Any, float]:
        """t of a table by the named columns, classes added up."""
        sums: dict[Any, float] = defaultdict(float)
        rows = self.book[table]
        if rows:
            at = [rows[0]._fields.index(column) for column in columns]
            for row in rows:
                sums[tuple(row[i] for i in at)] += row.t
        return sums


def at_place(node: str, period: str) -> str:
    """How a place is named to a reader."""
    return f"node {node}, {period}"
