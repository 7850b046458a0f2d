"""The oracle: what the solver gets equals the whole tree stated in plain Pyomo, entry by entry."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyomo.environ import Var
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler

from models.build import build_model
from models.instance import Instance
from planner.case import read_case
from planner.solve.assemble.instance import assemble
from planner.solve.compile import compile_templates
from planner.solve.layout import lay_out
from planner.solve.tree import build_tree

WORKBOOKS = sorted((Path(__file__).parents[1] / "known_answers").rglob("*.xlsx"))

Columns = dict[str, tuple[float, float, float, bool]]  # name -> cost, lower, upper, integer
Problem = tuple[Columns, Counter[tuple[Any, ...]], float]


@pytest.mark.parametrize("path", WORKBOOKS, ids=lambda path: path.stem)
def test_the_arrays_are_the_model(path: Path) -> None:
    case = read_case(path)
    data = assemble(case, build_tree(case)).instance
    columns, rows, constant = _by_arrays(data)
    wanted_columns, wanted_rows, wanted_constant = _by_pyomo(data)
    assert columns.keys() == wanted_columns.keys()
    for name, figures in columns.items():
        assert figures == pytest.approx(wanted_columns[name], rel=1e-9), name
    assert rows == wanted_rows
    assert constant == pytest.approx(wanted_constant, rel=1e-9, abs=1e-9)


def _row(entries: dict[str, float], low: float, high: float) -> tuple[Any, ...]:
    """A row as a key: figures to 9 digits, columns by name."""
    named = sorted((name, f"{value:.9g}") for name, value in entries.items())
    return (*named, f"{low + 0:.9g}", f"{high + 0:.9g}")


def _by_arrays(data: Instance) -> Problem:
    layout = lay_out(data, compile_templates(data))
    arrays, names = layout.arrays, layout.names()
    columns = {
        name: (float(c), float(low), float(high), bool(whole))
        for name, c, low, high, whole in zip(
            names, arrays.cost, arrays.lower, arrays.upper, arrays.integer, strict=True
        )
    }
    matrix = arrays.matrix.tocsr()
    rows: Counter[tuple[Any, ...]] = Counter()
    for i, (low, high) in enumerate(zip(arrays.row_lower, arrays.row_upper, strict=True)):
        part = slice(matrix.indptr[i], matrix.indptr[i + 1])
        entries = zip(matrix.indices[part], matrix.data[part], strict=True)
        rows[_row({names[j]: value for j, value in entries}, low, high)] += 1
    return columns, rows, arrays.offset


def _by_pyomo(data: Instance) -> Problem:
    """The whole-tree model by Pyomo's own compiler, then the same clean-up, stated again."""
    model = build_model(data)
    form: Any = LinearStandardFormCompiler().write(model, mixed_form=True)
    names = {id(column): _name(column) for column in form.columns}
    costs = form.c.tocsr()[0].toarray().ravel()
    columns: Columns = {
        _name(column): (0.0, *_bounds(column), not column.is_continuous())
        for column in model.component_data_objects(Var)
    }
    for column, c in zip(form.columns, costs, strict=True):
        columns[_name(column)] = (float(c), *columns[_name(column)][1:])
    matrix = form.A.tocsr()
    found: list[tuple[dict[str, float], float, float]] = []
    for i, (row, rhs) in enumerate(zip(form.rows, form.rhs, strict=True)):
        part = slice(matrix.indptr[i], matrix.indptr[i + 1])
        pairs = zip(matrix.indices[part], matrix.data[part], strict=True)
        entries = {names[id(form.columns[j])]: float(x) for j, x in pairs if x}
        found.append((entries, *_limits(row.bound_type, float(rhs))))
    for entries, low, high in found:
        if len(entries) == 1:
            _absorb(columns, entries, low, high)
    shut = {name for name, (_, low, high, _) in columns.items() if low == high == 0}
    rows = Counter(
        _row({n: x for n, x in entries.items() if n not in shut}, low, high)
        for entries, low, high in found
        if len(entries) > 1 and (low, high) != (-math.inf, math.inf)
    )
    kept = {name: figures for name, figures in columns.items() if name not in shut}
    return kept, rows, float(form.c_offset[0])


def _name(column: Any) -> str:
    node = column.parent_block().index()
    return f"{column.parent_component().local_name}[{column.index()}]@{node}"


def _bounds(column: Any) -> tuple[float, float]:
    low, high = column.bounds
    return (-math.inf if low is None else low, math.inf if high is None else high)


def _limits(bound_type: int, rhs: float) -> tuple[float, float]:
    """-1: a floor, 1: a ceiling, 0: an equation."""
    return (rhs if bound_type <= 0 else -math.inf, rhs if bound_type >= 0 else math.inf)


def _absorb(columns: Columns, entries: dict[str, float], low: float, high: float) -> None:
    """A row of one column is a bound of it."""
    ((name, factor),) = entries.items()
    first, second = sorted((low / factor, high / factor))
    cost, lower, upper, whole = columns[name]
    columns[name] = (cost, max(lower, first), min(upper, second), whole)


def test_no_figure_is_lost_where_nodes_differ() -> None:
    """Figures reach the arrays by node: the farmer's three yields stand in three different rows."""
    case = read_case(next(path for path in WORKBOOKS if path.stem == "farmer"))
    data = assemble(case, build_tree(case)).instance
    leaves = [leaf.name for leaf in data.tree.leaves]
    first, second, third = ([*_of_node(data, name)] for name in leaves)
    assert first != second != third != first


def _of_node(data: Instance, node: str) -> np.ndarray[Any, Any]:
    """Every coefficient of the rows that have a column of the node."""
    layout = lay_out(data, compile_templates(data))
    mine = [i for i, name in enumerate(layout.names()) if name.endswith(f"@{node}")]
    matrix = layout.arrays.matrix.tocsr()
    rows = np.unique(matrix[:, mine].tocoo().row)
    return np.sort(matrix[rows].data)
