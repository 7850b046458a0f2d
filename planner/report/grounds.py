"""What the headline figures rest on: the cells of the workbook that carry most of each, and their grades."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from planner.analysis.figures import Exposure, exposure
from planner.analysis.grades import worst_grade
from planner.analysis.trace import name_of, trace
from planner.report.actions import BUILD, SIGN, actions
from planner.report.document import Cell, Columns, Section, Table
from planner.report.words import percent
from planner.solve.plan import Plan

#: Cells that a page names of each figure.
_NAMED = 2
_COLUMNS: Columns = (
    ("Figure", "text"), ("Rests on", "text"), ("Cell", "text"), ("Says", "text"), ("Part of it", "share"),
    ("Grade", "text"), ("Sources", "text"),
)  # fmt: skip


@dataclass(frozen=True)
class Ground:
    """A cell and the part of a figure that rests on it, 0..1."""

    figure: str
    row: str
    cell: str
    says: str
    part: float
    grade: str
    sources: str

    @property
    def cells(self) -> tuple[Cell, ...]:
        """As a row of the table."""
        return (self.figure, self.row, self.cell, self.says, self.part, self.grade or None, self.sources or None)  # fmt: skip


def grounds_section(plan: Plan) -> Section:
    """The headline figures with their cells; behind them every row of the trace, for files."""
    way_back = trace(plan)
    found = list(_grounds(plan, way_back))
    title = "No figure rests on a cell"
    if found:
        top = found[0]
        title = f"{top.figure} rests most on {top.cell}, {top.row}: {percent(top.part)}"
    words = " ".join(word for word in (_grades(way_back), _chances(way_back)) if word)
    rows = tuple(ground.cells for ground in found)
    tables = [Table(_COLUMNS, rows, paper_rows=len(rows))] if rows else []
    tables += [_whole(way_back)] if len(way_back) else []
    return Section(title, "What the figures rest on", (words,) if words else (), tuple(tables))


def _grounds(plan: Plan, way_back: pd.DataFrame) -> Iterator[Ground]:
    """Of each figure its largest cells."""
    yield from _largest("Expected cost", way_back[way_back["figure"] == "cost"], "discounted_kusd")
    lean = exposure(plan)
    if lean is not None:
        supply = way_back[(way_back["figure"] == "supply") & (way_back["part"] == lean.stage)]
        own = _cells_of(plan, lean)
        yield from _largest(f"{lean.country}'s {lean.stage}", supply[supply["cell"].isin(own)], "t")
    yield from _largest("Demand", way_back[way_back["figure"] == "demand"], "t")
    yield from _committed(plan)


def _cells_of(plan: Plan, lean: Exposure) -> set[str]:
    """The cells of the offers and processes of a country."""
    case = plan.case
    country = {site["site"]: site["country"] for site in case["sites"]}
    return {
        case.address(sheet, row, column)
        for sheet, column in (("offers", "offer"), ("processes", "process"))
        for row in case[sheet]
        if country[row["site"]] == lean.country
    }


def _largest(figure: str, rows: pd.DataFrame, amount: str) -> Iterator[Ground]:
    """The cells with most of the amount; credits are no part of a cost."""
    total = float(rows[amount].sum())
    top = rows.sort_values(amount, ascending=False, kind="stable").head(_NAMED)
    for row in top.to_dict("records"):
        if row[amount] > 0 < total:
            says = " ".join(part for part in (row["value"], row["unit"]) if part)
            yield Ground(figure, row["row"], row["cell"], says,
                         row[amount] / total, row["grade"], row["source"])  # fmt: skip


def _committed(plan: Plan) -> Iterator[Ground]:
    """What is signed or begun today: the price, or the capital of a module."""
    doing = [action for action in actions(plan) if action.kusd]
    total = sum(action.kusd or 0.0 for action in doing)
    told = sorted((a for a in doing if a.kind in (SIGN, BUILD)), key=lambda a: -(a.kusd or 0.0))
    for action in told[:_NAMED]:
        sheet, key, column = ("offers", "offer", "price_usd_per_kg") if action.kind == SIGN else ("projects", "project", "capex_kusd")  # fmt: skip
        row = next(row for row in plan.case[sheet] if row[key] == action.name)
        unit = "USD/kg" if action.kind == SIGN else "kUSD a module"
        yield Ground(
            "Committed now", name_of(sheet, row), plan.case.address(sheet, row, column),
            f"{row[column]:g} {unit}", (action.kusd or 0.0) / total,
            worst_grade(plan.case, row), "; ".join(row["source"] or ()),
        )  # fmt: skip


def _grades(way_back: pd.DataFrame) -> str:
    """How much of the cost rests on what grade."""
    costs = way_back[(way_back["figure"] == "cost") & (way_back["discounted_kusd"] > 0)]
    if costs.empty:
        return ""
    by_grade = costs.groupby("grade")["discounted_kusd"].sum()
    said = [
        f"{percent(float(kusd) / float(by_grade.sum()))} on cells {f'of grade {grade}' if grade else 'without a graded source'}"
        for grade, kusd in by_grade.items()
    ]
    return f"The cost, credits aside, rests {', '.join(said)}; a cell has the worst grade among its sources."


def _chances(way_back: pd.DataFrame) -> str:
    """CVaR and every expected figure rest on chances too."""
    odds = way_back[way_back["figure"] == "probability"]
    if odds.empty:
        return ""
    sheets = ", ".join(f"{sheet} ({count} cells)" for sheet, count in odds["part"].value_counts().items())  # fmt: skip
    worst = max(odds["grade"])
    return f"Chances, and with them CVaR, come from {sheets}{f', at worst of grade {worst}' if worst else ''}."


def _whole(way_back: pd.DataFrame) -> Table:
    """The trace, a row a cell; on no page."""
    columns: Columns = (
        ("Figure", "text"), ("Part", "text"), ("Cell", "text"), ("Row", "text"), ("Column", "text"), ("Says", "text"),
        ("Unit", "text"), ("With", "text"), ("Scenario row", "text"), ("t", "tonnes"), ("MUSD", "musd"),
        ("Grade", "text"), ("Sources", "text"),
    )  # fmt: skip
    rows = tuple(
        tuple(None if value == "" or pd.isna(value) else value for value in row)
        for row in way_back.astype(object).itertuples(index=False, name=None)
    )
    return Table(columns, rows, paper_rows=0)
