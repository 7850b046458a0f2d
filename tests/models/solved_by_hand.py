"""What tests of equations share: rows written out by hand, and workbooks solved by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from planner.solve.plan import Plan
from tests.own_answers import Known
from tests.workbooks import Sheets, row_of


@dataclass(frozen=True)
class HandSolved:
    """A workbook of at most six sites, its optimum [kUSD] and how it is worked out."""

    name: str
    optimum_kusd: float
    arithmetic: str
    sheets: Sheets

    def solve(self, known: Known) -> Plan:
        """The plan of its file, once the optimum is what the hand found."""
        return known(self.name, self.optimum_kusd, self.arithmetic, self.sheets)


def says(constraint: Any, entries: Mapping[str, float], sense: str, bound: float) -> None:
    """Check that a constraint is ``sum(entries) sense bound``, coefficient by coefficient."""
    lower, found, upper = row_of(constraint)
    if sense == ">=":
        entries, sense, bound = {c: -v for c, v in entries.items()}, "<=", -bound
    if upper is None:
        assert lower is not None
        lower, found, upper = None, {c: -v for c, v in found.items()}, -lower
    if sense == "==" and found and entries[next(iter(found))] * next(iter(found.values())) < 0:
        entries, bound = {c: -v for c, v in entries.items()}, -bound
    assert found == pytest.approx(dict(entries))
    assert upper == pytest.approx(bound)
    assert lower == (pytest.approx(bound) if sense == "==" else None)


def money(plan: Plan) -> dict[str, float]:
    """Cost line -> kUSD, not discounted, over all nodes and periods of a path."""
    costs = plan.tables["costs"]
    return {str(line): float(kusd) for line, kusd in costs.groupby("line")["kusd"].sum().items()}


def tonnes(plan: Plan, table: str, **where: str) -> float:
    """Sum of a table's tonnes over the rows that match."""
    frame = plan.tables[table]
    for column, wanted in where.items():
        frame = frame[frame[column] == wanted]
    return float(frame["t"].sum())
