"""The same rows and columns in linopy, vectorised: one call a family of variables or constraints.

Generous to linopy: coefficients, bounds and masks are handed over as finished arrays, and terms as
(rows, terms) arrays of labels, which skips the alignment by labels that a user's expressions pay.
Columns and rows that our route leaves out are masked here too, so both end at one matrix.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from benchmarks.build_peers import Problem, Way
from planner.solve.compile import Ints, compile_templates
from planner.solve.layout import Layout, lay_out

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class _Columns:
    """A family of variables: ``at`` (nodes, entries) among all columns."""

    name: str
    at: Ints
    integer: bool


@dataclass(frozen=True)
class _Rows:
    """A family of rows: ``at`` (rows, terms) columns, -1 where a row has fewer terms."""

    name: str
    at: Ints
    value: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]


@dataclass(frozen=True)
class Families:
    """All that linopy is handed."""

    layout: Layout
    columns: tuple[_Columns, ...]
    rows: tuple[_Rows, ...]


def families(problem: Problem) -> Families:
    """The instance's variables and constraints by family, as arrays."""
    layout = lay_out(problem.instance, compile_templates(problem.instance))
    return Families(layout, tuple(_column_families(layout)), tuple(_row_families(layout)))


def _column_families(layout: Layout) -> list[_Columns]:
    """Columns of one component and one template together; integers apart."""
    nodes: dict[int, list[str]] = {}
    for node, template in layout.templates.items():
        nodes.setdefault(id(template), []).append(node)
    found: list[_Columns] = []
    for number, members in enumerate(nodes.values()):
        template = layout.templates[members[0]]
        starts = np.array([layout.offset[node] for node in members])
        for component, span in template.spans.items():
            kinds = template.integer[span.start : span.stop]
            for integer in np.unique(kinds):
                entries = span.start + np.flatnonzero(kinds == integer)
                name = f"{component} {number} {int(integer)}"
                found.append(_Columns(name, starts[:, None] + entries, bool(integer)))
    return found


def _row_families(layout: Layout) -> list[_Rows]:
    """Rows that stand together with about as many terms: padding stays small."""
    arrays = layout.arrays
    matrix = csr_array(arrays.matrix)
    terms = np.diff(matrix.indptr)
    bucket = np.ceil(np.log2(np.maximum(terms, 1))).astype(int)
    equal = arrays.row_lower == arrays.row_upper
    both = np.isfinite(arrays.row_lower) & np.isfinite(arrays.row_upper) & ~equal
    if both.any():
        raise ValueError("a row has two sides: linopy states it as two")
    order = np.lexsort((np.isfinite(arrays.row_lower), equal, bucket))
    keys = np.column_stack((bucket, equal, np.isfinite(arrays.row_lower)))
    found: list[_Rows] = []
    for key, group in groupby(order, key=lambda row: tuple(keys[row])):
        rows = np.array(list(group))
        width = int(terms[rows].max())
        places = matrix.indptr[rows][:, None] + np.arange(width)
        there = np.arange(width) < terms[rows][:, None]
        places = np.where(there, places, 0)
        found.append(
            _Rows(
                f"rows {key}",
                np.where(there, layout.kept[matrix.indices[places]], -1),
                np.where(there, matrix.data[places], 0.0),
                arrays.row_lower[rows],
                arrays.row_upper[rows],
            )
        )
    return found


def state(given: Families) -> Any:
    """The linopy model."""
    linopy: Any = importlib.import_module("linopy")
    xarray: Any = importlib.import_module("xarray")
    layout, arrays = given.layout, given.layout.arrays
    model = linopy.Model()
    label = np.full(layout.width + 1, -1, dtype=np.int64)  # the last: no column
    lower, upper, cost = (np.zeros(layout.width) for _ in range(3))
    kept = np.zeros(layout.width, dtype=bool)
    kept[layout.kept] = True
    lower[layout.kept], upper[layout.kept] = arrays.lower, arrays.upper
    cost[layout.kept] = arrays.cost
    for family in given.columns:
        mask = kept[family.at]
        if not mask.any():
            continue
        variable = model.add_variables(
            lower=xarray.DataArray(lower[family.at], dims=("node", "key")),
            upper=xarray.DataArray(upper[family.at], dims=("node", "key")),
            integer=family.integer,
            mask=xarray.DataArray(mask, dims=("node", "key")),
            name=family.name,
        )
        label[family.at] = variable.labels.to_numpy()
    for family in given.rows:
        terms = xarray.Dataset(
            {
                "coeffs": (("row", "_term"), family.value),
                "vars": (("row", "_term"), label[family.at]),
                "const": (("row",), np.zeros(len(family.at))),
            }
        )
        least = np.isfinite(family.lower[0])
        sign = "=" if family.lower[0] == family.upper[0] else ">=" if least else "<="
        right = xarray.DataArray(family.lower if least else family.upper, dims=("row",))
        model.add_constraints(linopy.LinearExpression(terms, model), sign, right, name=family.name)
    at = np.flatnonzero(cost)
    objective = xarray.Dataset(
        {"coeffs": (("_term",), cost[at]), "vars": (("_term",), label[at]), "const": 0.0}
    )
    model.add_objective(linopy.LinearExpression(objective, model))
    return model


def hand_over(model: Any) -> highspy.Highs:
    """linopy's own direct way to HiGHS, without names."""
    return model.to_highspy(set_names=False)


WAY = Way(
    "vectorised, arrays handed over, to_highspy",
    families,
    (("state", state), ("set", hand_over)),
    ("linopy", "xarray"),
)
