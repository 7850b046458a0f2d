"""Tighter and smaller before solving: what each measure gives, by switching it off here.

``as stated``: every row and column of the formulation, presolve left to HiGHS. ``planner``: rows of
one entry as bounds, columns that the data make impossible left out. ``loose bounds``: each bound
that the planner draws from demand and capacity ten times as large. ``joint links``: what is linked
period by period (a take to its qualification, a shipment to its licence) linked once for all
periods and ways. Modules of a project are one integer, not a binary each: they have no symmetry to
order.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from highspy import HighsModelStatus
from scipy.sparse import coo_array, csr_array

from benchmarks.generator import generate
from benchmarks.meter import measured
from benchmarks.task import Figures, Task
from models.instance import Instance
from planner.solve.arrays import Arrays, Floats, cost_scale, load
from planner.solve.assemble.instance import assemble
from planner.solve.compile import compile_templates
from planner.solve.layout import absorb_singletons, lay_out
from planner.solve.stack import Stack, Templates, stack
from planner.solve.tree import build_tree

STATED, OURS, LOOSE, JOINT = "as stated", "planner", "loose bounds", "joint links"
_TIMES = 10.0
_BOUNDS = ("take_bound", "lane_bound", "run_bound", "serve_bound", "cap_bound")
_LICENSED = ("_free", "_permitted")
#: Row -> how many of its index's first names stay when its periods and ways are added up.
_LINKS = {"take_once_qualified": 1, "ship_under_licence": 1}


def sizes(task: Task) -> Figures:
    """Columns, rows and non-zeros before and after presolve, and the relaxation's bound."""
    case = generate(task.size, task.seed, worlds=task.options.get("worlds"))
    data = assemble(case, build_tree(case)).instance
    templates = compile_templates(data)
    arrays = _VARIANTS[task.way](data, templates)
    rows, columns = arrays.matrix.shape
    highs = load(arrays, 1.0, {})
    highs.presolve()
    small = highs.getPresolvedLp()
    relaxed = replace(arrays, integer=np.zeros_like(arrays.integer))
    scale = cost_scale(relaxed.cost)
    highs = load(relaxed, scale, {})
    _, took = measured(highs.run)
    if highs.getModelStatus() != HighsModelStatus.kOptimal:
        raise RuntimeError(f"the relaxation ended as {highs.getModelStatus()}")
    return {
        "columns": columns,
        "rows": rows,
        "nonzeros": int(arrays.matrix.nnz),
        "presolved_columns": small.num_col_,
        "presolved_rows": small.num_row_,
        "relaxation": highs.getInfo().objective_function_value / scale,
        **took.figures(),
    }


def _ours(data: Instance, templates: Templates) -> Arrays:
    return lay_out(data, templates).arrays


def _whole_cost(data: Instance, templates: Templates) -> tuple[Floats, float]:
    """Cost of all columns, and the offset; those left out cost nothing, being 0."""
    layout = lay_out(data, templates)
    return layout.spread(layout.arrays.cost), layout.arrays.offset


def _as_stated(data: Instance, templates: Templates) -> Arrays:
    whole = stack(data, templates)
    cost, offset = _whole_cost(data, templates)
    return Arrays(
        cost, whole.lower, whole.upper, whole.integer,
        whole.matrix.tocsc(), whole.row_lower, whole.row_upper, offset,
    )  # fmt: skip


def _loose(data: Instance, templates: Templates) -> Arrays:
    """The same structure; what rules close stays closed, ten times 0."""
    numbers = {
        node: {
            name: {
                key: value * _TIMES
                if name in _BOUNDS or (name.endswith(_LICENSED) and not name.startswith("enter"))
                else value
                for key, value in by_key.items()
            }
            for name, by_key in figures.items()
        }
        for node, figures in data.numbers.items()
    }  # fmt: skip
    return lay_out(replace(data, numbers=numbers), templates).arrays


def _joint(data: Instance, templates: Templates) -> Arrays:
    """Rows of ``_LINKS`` added up over periods and ways, all else as ours."""
    whole = stack(data, templates)
    adds, low, high = _added_up(whole)
    lower, upper = whole.lower.copy(), whole.upper.copy()
    matrix, low, high = absorb_singletons(csr_array(adds @ whole.matrix), low, high, lower, upper)
    cost, offset = _whole_cost(data, templates)
    kept = np.flatnonzero((lower != 0) | (upper != 0))
    return Arrays(
        cost[kept], lower[kept], upper[kept], whole.integer[kept],
        matrix[:, kept].tocsc(), low, high, offset,
    )  # fmt: skip


def _added_up(whole: Stack) -> tuple[Any, Floats, Floats]:
    """(rows after, rows before) of ones, and the sides of the rows after."""
    place: dict[Any, int] = {}
    after = np.empty(len(whole.row_lower), dtype=np.int64)
    for row, (node, name) in enumerate(whole.names):
        component, index = name if node is not None else ("over the tree", ())
        keep = _LINKS.get(component)
        key = row if keep is None else (node, component, index[:keep])
        after[row] = place.setdefault(key, len(place))
    ones = (np.ones(len(after)), (after, np.arange(len(after))))
    adds = coo_array(ones, shape=(len(place), len(after))).tocsr()
    low, high = np.zeros(len(place)), np.zeros(len(place))
    np.add.at(low, after, whole.row_lower)
    np.add.at(high, after, whole.row_upper)
    return adds, low, high


_VARIANTS = {STATED: _as_stated, OURS: _ours, LOOSE: _loose, JOINT: _joint}
VARIANTS = tuple(_VARIANTS)
