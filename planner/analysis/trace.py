"""The way back: from a figure of the plan to the cells of the workbook and their graded sources.

Costs are rebuilt term by term, as `verify` does it: each term is an amount that was decided times
what some cells say. Summed over the tree they are the cost lines of every export, so a line is the
sum of its rows here. Supply and service lead back to the rows that allow and ask for them, and
probabilities to the rows that state them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from planner.analysis.figures import expected, service_counts
from planner.analysis.findings import Findings, FindingTable
from planner.analysis.grades import worst_grade
from planner.analysis.verify import cost_terms
from planner.analysis.verify.costs import Cell
from planner.case import SHEETS, Case, Row
from planner.errors import CaseError
from planner.solve.plan import COST_LINES, Plan

#: Columns of a trace. ``figure`` and ``part`` name a number of the exports (`cost`, `purchase`;
#: `supply`, `magnet`; `demand`, `motors`; `probability`, blank); ``cell`` is the first of those it
#: rests on, ``also`` the others; ``moved_by`` the row of a scenario that set it; expected t and kUSD.
COLUMNS = (
    "figure", "part", "cell", "row", "column", "value", "unit", "also", "moved_by", "t",
    "discounted_kusd", "grade", "source",
)  # fmt: skip
#: The sheets that say how likely a node is, with the columns that do.
_ODDS = (
    ("transitions", ("probability",)), ("licence_odds", ("on_time", "late", "denied")),
    ("tree", ("probability",)),
)  # fmt: skip


def trace(plan: Plan) -> pd.DataFrame:
    """A row for each cell (or set of cells) that a figure rests on, largest first within a part.

    Raises PlanFileError for tables that are too broken to rebuild anything.
    """
    case = plan.case
    told = _Cells(case)
    rows = [*_costs(plan, told), *_supply(plan, told), *_demand(plan, told), *_odds(case, told)]
    return pd.DataFrame(rows, columns=pd.Index(COLUMNS))


@dataclass(frozen=True)
class _Cells:
    """Cells of a case in words."""

    case: Case

    def said(
        self, figure: str, part: str, cells: tuple[Cell, ...], t: float | None, kusd: float | None
    ) -> tuple[object, ...]:
        """One row of the trace."""
        sheet, row, column = cells[0]
        spec = SHEETS[sheet]
        value = row[column]
        return (
            figure, part, self.case.address(sheet, row, column), name_of(sheet, row), column,
            "" if value is None else _word(value), spec.by_name[column].unit,
            "; ".join(self.case.address(*cell) for cell in cells[1:]),
            "; ".join(dict.fromkeys(place for cell in cells for place in self._moved(*cell))),
            float("nan") if t is None else t, float("nan") if kusd is None else kusd,
            max((worst_grade(self.case, row) for _, row, _ in cells), default=""),
            "; ".join(dict.fromkeys(source for _, row, _ in cells for source in row["source"] or ())),
        )  # fmt: skip

    def _moved(self, sheet: str, row: Row, column: str) -> Iterator[str]:
        """The rows of the applied scenario that set the cell."""
        base = self.case.base
        if base is None:
            return
        before = next((old for old in base[sheet] if old.number == row.number), None)
        if before is None or before[column] == row[column]:
            return
        for change in self.case["scenarios"]:
            same = (change["scenario"], change["sheet"]) == (self.case.scenario, sheet)
            if same and change["column"] in (column, "*") and _meant(change, row):
                yield self.case.address("scenarios", change, "value")


def _meant(change: Row, row: Row) -> bool:
    """Whether a change's conditions on the row's own columns allow it."""
    for column, value in change["where"]:
        if column in row and str(value) != _word(row[column]):
            return False
    return True


def name_of(sheet: str, row: Row) -> str:
    """What a row is called: its name columns."""
    keys = SHEETS[sheet].keys or tuple(SHEETS[sheet].by_name)[:2]
    return ", ".join(_word(row[key]) for key in keys if row[key] not in (None, ()))


def _word(value: object) -> str:
    if isinstance(value, tuple):
        return "; ".join(map(str, value))
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _costs(plan: Plan, told: _Cells) -> Iterator[tuple[object, ...]]:
    """Expected discounted kUSD by line and cells."""
    tree = plan.tables["tree"]
    likely = dict(zip(tree["node"], tree["probability"], strict=True))
    discount = _discount(plan.case)
    sums: dict[tuple[object, ...], float] = defaultdict(float)
    cells: dict[tuple[object, ...], tuple[Cell, ...]] = {}
    for term in cost_terms(plan.case, plan.tables):
        key = (term.line, *((sheet, row.number, column) for sheet, row, column in term.cells))
        cells.setdefault(key, term.cells)
        sums[key] += term.kusd * discount[term.period] * float(likely[term.node])
    for line in COST_LINES:
        own = [key for key in sums if key[0] == line and sums[key] != 0]
        for key in sorted(own, key=lambda key: -abs(sums[key])):
            yield told.said("cost", line, cells[key], None, sums[key])


def _discount(case: Case) -> dict[str, float]:
    rate, start, found = case.settings["discount_rate"], 0.0, dict[str, float]()
    for row in case["periods"]:
        found[row["period"]] = (1 + rate) ** -start
        start += row["years"]
    return found


def _supply(plan: Plan, told: _Cells) -> Iterator[tuple[object, ...]]:
    """Expected t by stage and source: the offer, the process or the returns that it comes from."""
    case, supply = plan.case, plan.tables["supply"]
    named = {
        "bought": {row["offer"]: ("offers", row, "offer") for row in case["offers"]},
        "made": {row["process"]: ("processes", row, "process") for row in case["processes"]},
        "collected": {
            f"{row['market']}: {row['product']}": ("returns", row, "market")
            for row in case["returns"]
        },
    }
    tonnes = expected(plan, "supply", "t")
    groups = tonnes.groupby([supply["stage"], supply["kind"], supply["source"]], sort=False).sum()
    for key, t in groups.sort_values(ascending=False).items():
        stage, kind, source = map(str, key if isinstance(key, tuple) else (key,))
        if t > 0 and source in named.get(kind, {}):
            yield told.said("supply", stage, (named[kind][source],), float(t), None)


def _demand(plan: Plan, told: _Cells) -> Iterator[tuple[object, ...]]:
    """Expected t asked for by end use, of demand that must be met."""
    service = plan.tables["service"]
    rows = {(row["site"], row["material"], row["period"]): row for row in plan.case["demand"]}
    tonnes = expected(plan, "service", "demand_t")
    counted = service_counts(plan.case, service)
    sums: dict[tuple[str, int], float] = defaultdict(float)
    found: dict[tuple[str, int], Row] = {}
    asked = service[["market", "material", "period", "end_use"]].itertuples(index=False, name=None)
    for (market, material, period, use), t, counts in zip(asked, tonnes, counted, strict=True):
        if counts:
            row = rows.get((market, material, period)) or rows[market, material, "*"]
            key = (str(use or "all uses"), row.number)
            found[key] = row
            sums[key] += float(t)
    for key in sorted(sums, key=lambda key: (key[0], -sums[key])):
        cell: Cell = ("demand", found[key], "demand_t_per_year")
        yield told.said("demand", key[0], (cell,), sums[key], None)


def _odds(case: Case, told: _Cells) -> Iterator[tuple[object, ...]]:
    """The cells from which every probability follows."""
    for sheet, columns in _ODDS:
        for row in case[sheet]:
            for column in columns:
                yield told.said("probability", sheet, ((sheet, row, column),), None, None)


def traced(plan: Plan, figure: str | None = None) -> Findings:
    """The way back of one figure (``cost``, ``supply:magnet``), or of each figure in a row.

    Raises CaseError for a figure that the plan does not have, naming those that it has.
    """
    rows = trace(plan)
    parts = rows["figure"] + ":" + rows["part"]
    if figure is None:
        return _overview(rows, parts)
    chosen = rows[(rows["figure"] == figure) | (parts == figure)]
    if chosen.empty:
        raise CaseError(
            f"The plan has no figure {figure!r}. It has: {', '.join(dict.fromkeys([*rows['figure'], *parts]))}."
        )
    columns = ["part", "cell", "row", "column", "value", "unit", "t", "discounted_kusd", "grade",
               "source", "also", "moved_by"]  # fmt: skip
    table = chosen[columns].dropna(axis="columns", how="all").rename(columns={"t": "expected_t"})
    kusd, t = float(chosen["discounted_kusd"].sum()), float(chosen["t"].sum())
    amounts = [words for amount, words in ((kusd, f"MUSD {kusd / 1000:,.1f}, expected and discounted"), (t, f"{t:,.0f} t, expected")) if amount]  # fmt: skip
    title = f"{figure}: {'; '.join(amounts) or 'chances'}, from {_cells(len(chosen))}."
    return Findings("trace", title, (), (FindingTable("cells", "The cells that the figure rests on, largest first", table),))  # fmt: skip


def _overview(rows: pd.DataFrame, parts: pd.Series) -> Findings:
    """A row a figure: its amount, how many cells, and the worst grade among their sources."""
    found = [
        (part, float(own["discounted_kusd"].sum(min_count=1)), float(own["t"].sum(min_count=1)), len(own),
         own["cell"].iloc[0], max(own["grade"]))
        for part, own in rows.groupby(parts, sort=False)
    ]  # fmt: skip
    columns = ("figure", "discounted_kusd", "expected_t", "cells", "largest_cell", "worst_grade")
    table = FindingTable.of("figures", "Every figure, and the cells that it rests on", columns, found)  # fmt: skip
    title = f"{len(found)} figures of the plan rest on {_cells(rows['cell'].nunique())}."
    words = "Ask for one by its name: planner trace PLAN cost:purchase."
    return Findings("trace", title, (words,), (table,))


def _cells(count: int) -> str:
    return f"{count} cell{'s' if count != 1 else ''}"
