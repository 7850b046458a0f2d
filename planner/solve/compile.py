"""Pyomo -> arrays, once per epoch: a node's block with its figures left open.

The formulation is stated on one path, a block for each epoch (and one for each epoch of a stress
branch). Figures that differ between the nodes of an epoch enter it as symbols; every coefficient
is then an affine function of them, which ``layout`` evaluates for all nodes at once. So the time
spent in Pyomo does not grow with the number of nodes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyomo.common.gc_manager import PauseGC
from pyomo.environ import Block, ConcreteModel, Constraint, SortComponents, Var
from pyomo.repn.linear import LinearRepnVisitor
from pyomo.repn.parameterized import ParameterizedLinearRepnVisitor
from pyomo.repn.util import OrderedVarRecorder

from models.build import add_node
from models.instance import Instance
from models.place import Books
from models.tree import Node

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
FigureKey = tuple[str, tuple[Any, ...]]


@dataclass(frozen=True)
class Affine:
    """Numbers ``constant[i] + sum(weight * figure)``; the triplets name (i, figure, weight)."""

    constant: Floats
    at: Ints
    figure: Ints
    weight: Floats

    def evaluate(self, figures: Floats) -> Floats:
        """(nodes, figures) -> (nodes, numbers)."""
        values = np.repeat(self.constant[None, :], figures.shape[0], axis=0)
        if self.at.size:
            parts = figures[:, self.figure] * self.weight
            # Triplets of one number stand together: add each run of them at its start.
            first = np.flatnonzero(np.diff(self.at, prepend=-1))
            values[:, self.at[first]] += np.add.reduceat(parts, first, axis=1)
        return values


@dataclass(frozen=True)
class Rows:
    """Linear expressions of one block: entries (row, epoch of the column's block, column)."""

    names: tuple[Any, ...]
    row: Ints
    epoch: Ints
    column: Ints
    value: Affine  # one number per entry
    constant: Affine  # one number per row
    lower: Floats  # lower <= expression + constant <= upper
    upper: Floats


@dataclass(frozen=True)
class Template:
    """One block, compiled. ``columns`` are (component, index) in order."""

    epoch: int
    test: str | None
    columns: tuple[tuple[str, Any], ...]
    lower: Floats
    upper: Floats
    integer: NDArray[np.bool_]
    figures: tuple[FigureKey, ...]
    rows: Rows
    costs: Rows
    expected: Rows

    @cached_property
    def spans(self) -> Mapping[str, range]:
        """Component -> positions of its columns, which stand together."""
        found: dict[str, range] = {}
        for at, (component, _) in enumerate(self.columns):
            begun = found.get(component)
            found[component] = range(begun.start if begun else at, at + 1)
        return found

    @cached_property
    def position(self) -> Mapping[tuple[str, Any], int]:
        """(component, index) -> position of the column."""
        return {column: at for at, column in enumerate(self.columns)}


def compile_templates(data: Instance) -> dict[tuple[int, str | None], Template]:
    """(epoch, stress test or None) -> the compiled block of its nodes."""
    alike: dict[tuple[int, str | None], list[Node]] = {}
    for node in data.tree.nodes:
        alike.setdefault((node.epoch, node.test), []).append(node)
    model = ConcreteModel()
    model.block = Block(range(len(alike)))
    blocks: dict[tuple[int, str | None], Any] = {}
    compiler = _Compiler()
    templates: dict[tuple[int, str | None], Template] = {}
    with PauseGC():
        for number, ((epoch, test), nodes) in enumerate(alike.items()):
            block = blocks[epoch, test] = model.block[number]
            before = [
                blocks[e, test] if (e, test) in blocks else blocks[e, None] for e in range(1, epoch)
            ]
            values, figures = _open_figures(block, [data.numbers[node.name] for node in nodes])
            books = add_node(block, data, values, before, test)
            templates[epoch, test] = compiler.template(block, epoch, test, figures, books)
    return templates


def _open_figures(
    block: Any, numbers: Sequence[Mapping[str, Mapping[tuple[Any, ...], float]]]
) -> tuple[dict[str, dict[tuple[Any, ...], Any]], list[FigureKey]]:
    """Figures of a block: plain numbers where all its nodes agree, symbols elsewhere."""
    first, *others = numbers
    values: dict[str, dict[tuple[Any, ...], Any]] = {}
    open_keys: list[FigureKey] = []
    for name, figures in first.items():
        rest = [other[name] for other in others if other[name] is not figures]
        values[name] = dict(figures)
        if rest:
            differ = (k for k, v in figures.items() if any(other[k] != v for other in rest))
            open_keys += [(name, key) for key in differ]
    block.symbols = Var(range(len(open_keys)))
    for i, (name, key) in enumerate(open_keys):
        values[name][key] = block.symbols[i]
    return values, open_keys


class _Compiler:
    """Walks expressions of blocks; remembers which block owns which column."""

    def __init__(self) -> None:
        self._owner: dict[int, tuple[int, int]] = {}  # id of a column -> (epoch, position)
        self._symbol: dict[int, int] = {}  # id of a symbol -> position in its block

    def template(
        self, block: Any, epoch: int, test: str | None, figures: list[FigureKey], books: Books
    ) -> Template:
        symbols = list(block.symbols.values())
        self._symbol = {id(symbol): i for i, symbol in enumerate(symbols)}
        columns: list[tuple[str, Any]] = []
        data: list[Any] = []
        for component in block.component_objects(Var, descend_into=False):
            if component is block.symbols:
                continue
            for index, column in component.items():
                self._owner[id(column)] = (epoch, len(columns))
                columns.append((component.local_name, index))
                data.append(column)
        lower = np.array([-np.inf if v.lb is None else v.lb for v in data], dtype=float)
        upper = np.array([np.inf if v.ub is None else v.ub for v in data], dtype=float)
        walker = _Walker(self._owner, self._symbol, symbols)
        return Template(
            epoch=epoch,
            test=test,
            columns=tuple(columns),
            lower=lower,
            upper=upper,
            integer=np.array([not v.is_continuous() for v in data], dtype=bool),
            figures=tuple(figures),
            rows=walker.rows(_constraints(block)),
            costs=walker.rows((key, e.expr, None, None) for key, e in block.cost.items()),
            expected=walker.rows(
                (key, sum(terms), None, 0.0) for key, terms in books.expected.items() if terms
            ),
        )


def _constraints(block: Any) -> Iterable[tuple[Any, Any, float | None, float | None]]:
    for component in block.component_objects(Constraint, descend_into=False):
        for index, row in component.items():
            lower, body, upper = row.to_bounded_expression()
            yield (component.local_name, index), body, lower, upper


class _Walker:
    """Expressions -> triplets, with coefficients affine in the symbols."""

    def __init__(
        self, owner: Mapping[int, tuple[int, int]], symbol: Mapping[int, int], symbols: list[Any]
    ) -> None:
        self._owner = owner
        self._symbol = symbol
        columns = OrderedVarRecorder({}, {}, SortComponents.UNSORTED)
        self._visitor = ParameterizedLinearRepnVisitor({}, wrt=symbols, var_recorder=columns)
        self._affine = LinearRepnVisitor(
            {}, var_recorder=OrderedVarRecorder({}, {}, SortComponents.UNSORTED)
        )

    def rows(self, expressions: Iterable[tuple[Any, Any, float | None, float | None]]) -> Rows:
        names: list[Any] = []
        lower: list[float] = []
        upper: list[float] = []
        row: list[int] = []
        epoch: list[int] = []
        column: list[int] = []
        values, constants = _Numbers(self._decompose), _Numbers(self._decompose)
        for name, body, low, high in expressions:
            number = len(names)
            names.append(name)
            lower.append(-np.inf if low is None else float(low))
            upper.append(np.inf if high is None else float(high))
            repn = self._visitor.walk_expression(body)
            if repn.nonlinear is not None:
                raise ValueError(f"{name}: not linear in the columns")
            constants.add(repn.constant)
            for key, coefficient in repn.linear.items():
                owner, position = self._owner[key]
                row.append(number)
                epoch.append(owner)
                column.append(position)
                values.add(coefficient)
        return Rows(
            names=tuple(names),
            row=np.array(row, dtype=np.int64),
            epoch=np.array(epoch, dtype=np.int64),
            column=np.array(column, dtype=np.int64),
            value=values.affine(),
            constant=constants.affine(),
            lower=np.array(lower, dtype=float),
            upper=np.array(upper, dtype=float),
        )

    def _decompose(self, expression: Any) -> tuple[float, list[tuple[int, float]]]:
        repn = self._affine.walk_expression(expression)
        if repn.nonlinear is not None:
            raise ValueError(f"{expression}: not affine in the figures")
        weights = [(self._symbol[key], float(w)) for key, w in repn.linear.items()]
        return float(repn.constant), weights


class _Numbers:
    """Collects numbers, plain or symbolic, as an ``Affine``."""

    def __init__(self, decompose: Any) -> None:
        self._decompose = decompose
        self._constant: list[float] = []
        self._triplets: list[tuple[int, int, float]] = []

    def add(self, number: Any) -> None:
        if isinstance(number, float | int):
            self._constant.append(float(number))
            return
        constant, weights = self._decompose(number)
        at = len(self._constant)
        self._constant.append(constant)
        self._triplets += [(at, figure, weight) for figure, weight in weights]

    def affine(self) -> Affine:
        at, figure, weight = zip(*self._triplets, strict=True) if self._triplets else ((), (), ())
        return Affine(
            constant=np.array(self._constant, dtype=float),
            at=np.array(at, dtype=np.int64),
            figure=np.array(figure, dtype=np.int64),
            weight=np.array(weight, dtype=float),
        )
