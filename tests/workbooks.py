"""Tiny workbooks for tests of the formulation: rows as dicts, through a real file to model or plan.

A case reads in a few lines::

    sheets = book(
        periods=periods(1, 1),
        materials=[material("oxide")],
        sites=[site("mine", "supplier"), site("shop", "market")],
        offers=[offer("ore", "mine", "oxide", 60, capacity_t_per_year=80)],
        lanes=[lane("mine", "shop", "oxide", 2)],
        demand=[want("shop", "oxide", 100, 500)],
    )
    plan = solve_sheets(sheets, tmp_path)
    model, data = model_of(sheets, tmp_path)
    lower, entries, upper = row_of(model.node["epoch 1"].take_within_capacity["ore", 0])
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from pyomo.environ import ConcreteModel, SortComponents
from pyomo.repn.linear import LinearRepnVisitor
from pyomo.repn.util import OrderedVarRecorder

from models.build import build_model
from models.instance import Instance
from planner.case import read_case
from planner.case.case import Case
from planner.solve.assemble.instance import assemble
from planner.solve.plan import Plan
from planner.solve.run import solve_case
from planner.solve.tree import build_tree

Row = dict[str, Any]
Sheets = dict[str, list[Row]]

FIRST_DAY = date(2027, 1, 1)


def book(*, settings: Mapping[str, Any] | None = None, **sheets: list[Row]) -> Sheets:
    """A workbook; ``settings`` as key -> value, solved to the very optimum unless they say."""
    given = {"mip_gap": 0, **(settings or {})}
    return {"settings": [{"key": key, "value": value} for key, value in given.items()], **sheets}


def mine_to_shop(*, settings: Mapping[str, Any] | None = None, **sheets: list[Row]) -> Sheets:
    """The smallest network, with ``sheets`` in place of its own: a mine in China, a shop in Japan,
    oxide that cannot be thrown away on a free lane between them, one period of a year."""
    own = {
        "periods": periods(1),
        "materials": [material("oxide")],
        "sites": [site("mine", "supplier", "China"), site("shop", "market", "Japan")],
        "lanes": [lane("mine", "shop", "oxide")],
    }
    return book(settings=settings, **{**own, **sheets})


def periods(*years: float, epochs: Sequence[int] | None = None) -> list[Row]:
    """Periods ``p0``, ``p1`` ... of these lengths; each its own epoch unless ``epochs`` says."""
    rows, begun = [], 0.0
    for t, length in enumerate(years):
        start = FIRST_DAY + timedelta(days=round(365.25 * begun))
        epoch = epochs[t] if epochs else t + 1
        rows.append({"period": f"p{t}", "start": start, "years": length, "epoch": epoch})
        begun += length
    return rows


def material(name: str, stage: str = "oxide", **columns: Any) -> Row:
    """A row of ``materials``; without ``disposal_usd_per_kg`` it cannot be thrown away."""
    return {"material": name, "stage": stage, **columns}


def site(name: str, kind: str, country: str | None = None, **columns: Any) -> Row:
    """A row of ``sites``."""
    return {"site": name, "kind": kind, "country": country, **columns}


def offer(name: str, site: str, material: str, price: float, **columns: Any) -> Row:
    """A row of ``offers``; price in USD/kg."""
    return {
        "offer": name,
        "site": site,
        "material": material,
        "price_usd_per_kg": price,
        **columns,
    }


def lane(start: str, end: str, material: str = "*", freight: float = 0, **columns: Any) -> Row:
    """A row of ``lanes``; freight in USD/kg."""
    return {
        "from_site": start,
        "to_site": end,
        "material": material,
        "freight_usd_per_kg": freight,
        **columns,
    }


def want(
    market: str,
    material: str,
    t_per_year: float,
    shortage: float | None = None,
    period: str = "*",
    **columns: Any,
) -> Row:
    """A row of ``demand``; shortage in USD/kg."""
    return {
        "site": market,
        "material": material,
        "period": period,
        "demand_t_per_year": t_per_year,
        "shortage_usd_per_kg": shortage,
        **columns,
    }


def branch(
    name: str, parent: str | None, epoch: int, probability: float, licences: str | None = None
) -> Row:
    """A row of ``tree``; licences as ``L=denied``, probability of reaching it from the start."""
    return {
        "node": name,
        "parent": parent,
        "epoch": epoch,
        "probability": probability,
        "licences": licences,
    }


def write_workbook(path: Path, sheets: Mapping[str, Sequence[Row]]) -> Path:
    """Write rows below a header of all columns that any row of the sheet names."""
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        columns = list(dict.fromkeys(column for row in rows for column in row))
        sheet.append(columns)
        for row in rows:
            sheet.append([row.get(column) for column in columns])
    workbook.save(path)
    return path


def read_sheets(sheets: Mapping[str, Sequence[Row]], tmp_path: Path) -> Case:
    """Through a real file: what a user's workbook with these rows is read as."""
    return read_case(write_workbook(tmp_path / "case.xlsx", sheets))


def solve_sheets(sheets: Mapping[str, Sequence[Row]], tmp_path: Path) -> Plan:
    """The plan of a workbook with these rows."""
    return solve_case(read_sheets(sheets, tmp_path))


def cost_of(sheets: Mapping[str, Sequence[Row]], tmp_path: Path) -> float:
    """The optimum of a workbook with these rows [kUSD]."""
    return float(solve_sheets(sheets, tmp_path).summary["objective_kusd"])


def model_of(sheets: Mapping[str, Sequence[Row]], tmp_path: Path) -> tuple[ConcreteModel, Instance]:
    """The formulation in plain Pyomo, and the instance that it states."""
    case = read_sheets(sheets, tmp_path)
    data = assemble(case, build_tree(case)).instance
    return build_model(data), data


def row_of(constraint: Any) -> tuple[float | None, dict[str, float], float | None]:
    """(lower, column -> coefficient, upper) of one row, constants moved to the bounds.

    A column of the row's own node goes by its short name (``take[ore,0]``), one of another node
    by that node's name too (``epoch 1:apply[L1,2]``). Coefficients of 0 are left out.
    """
    lower, body, upper = constraint.to_bounded_expression(evaluate_bounds=True)
    columns: dict[int, Any] = {}
    recorder = OrderedVarRecorder(columns, {}, SortComponents.UNSORTED)
    linear = LinearRepnVisitor({}, var_recorder=recorder).walk_expression(body)
    assert linear.nonlinear is None, f"{constraint.name} is not linear"
    own = constraint.parent_block()
    entries = {
        _column(columns[key], own): float(value) for key, value in linear.linear.items() if value
    }
    moved = linear.constant
    return (
        None if lower is None else lower - moved,
        entries,
        None if upper is None else upper - moved,
    )


def _column(variable: Any, own: Any) -> str:
    block = variable.parent_block()
    short = variable.name.removeprefix(f"{block.name}.")
    return short if block is own else f"{block.index()}:{short}"
