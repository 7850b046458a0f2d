"""Pyomo -> arrays, once per epoch: a node's block with its figures left open.

The formulation is stated on one path, a block for each epoch (and one for each epoch of a stress
branch). Figures (prices, capacities, demand ...) enter it as symbols; every coefficient is
then a sum of products of them, which ``layout`` evaluates for all
nodes at once. So the time spent in Pyomo does not grow with the number of nodes, and what was
compiled serves every case of the same structure: a changed number compiles nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyomo.common.gc_manager import PauseGC
from pyomo.core.expr import NegationExpression, ProductExpression, SumExpression
from pyomo.environ import Block, ConcreteModel, Constraint, SortComponents, Var
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
class Numbers:
    """Numbers ``constant[i] + sum(weight * product of figures)``, one term per entry of ``at``.

    ``factors`` (terms, degree) are positions of figures, at least one; -1 stands for 1. Most numbers are plain,
    most others one figure; a share of a yield is a product of two.
    """

    constant: Floats
    at: Ints
    factors: Ints
    weight: Floats

    def evaluate(self, figures: Floats, out: Floats | None = None) -> Floats:
        """(nodes, figures) -> (nodes, numbers), in ``out`` where it is given."""
        values = np.empty((len(figures), len(self.constant))) if out is None else out
        values[:] = self.constant
        if not self.at.size:
            return values
        terms = np.take(figures, self.factors[:, 0], axis=1, mode="clip")
        for degree in range(1, self.factors.shape[1]):
            further = np.flatnonzero(self.factors[:, degree] >= 0)
            terms[:, further] *= figures[:, self.factors[further, degree]]
        if (self.weight != 1).any():
            terms *= self.weight
        # Terms of one number stand together: add each run of them at its start.
        first = np.flatnonzero(np.diff(self.at, prepend=-1))
        if len(first) < len(self.at):
            terms = np.add.reduceat(terms, first, axis=1)
        at = self.at[first]
        if self.constant[at].any():
            terms += self.constant[at]
        values[:, at] = terms
        return values


@dataclass(frozen=True)
class Rows:
    """Linear expressions of one block: entries (row, epoch of the column's block, column)."""

    names: tuple[Any, ...]
    row: Ints
    epoch: Ints
    column: Ints
    value: Numbers  # one number per entry
    constant: Numbers  # one number per row
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
    def figure_groups(self) -> Mapping[str, tuple[tuple[Any, ...], ...]]:
        """Keys of the figures by name, both in order."""
        return {
            name: tuple(key for _, key in group)
            for name, group in groupby(self.figures, key=lambda figure: figure[0])
        }

    @cached_property
    def position(self) -> Mapping[tuple[str, Any], int]:
        """(component, index) -> position of the column."""
        return {column: at for at, column in enumerate(self.columns)}


Group = tuple[int, str | None]  # (epoch, stress test): nodes that share a block


def node_groups(data: Instance) -> dict[Group, list[Node]]:
    """Nodes that one block serves, in order of the tree."""
    groups: dict[Group, list[Node]] = {}
    for node in data.tree.nodes:
        groups.setdefault((node.epoch, node.test), []).append(node)
    return groups


def compile_templates(data: Instance) -> dict[Group, Template]:
    """Each group's block, compiled. All that its figures say is read from their keys."""
    groups = node_groups(data)
    model = ConcreteModel()
    model.block = Block(range(len(groups)))
    blocks: dict[Group, Any] = {}
    compiler = _Compiler()
    templates: dict[Group, Template] = {}
    with PauseGC():
        for number, ((epoch, test), nodes) in enumerate(groups.items()):
            block = blocks[epoch, test] = model.block[number]
            before = [
                blocks[e, test] if (e, test) in blocks else blocks[e, None] for e in range(1, epoch)
            ]
            figures = figure_keys(data, nodes[0])
            values = _as_symbols(block, figures)
            books = add_node(block, data, values, before, test)
            templates[epoch, test] = compiler.template(block, epoch, test, figures, books)
    return templates


def figure_keys(data: Instance, node: Node) -> tuple[FigureKey, ...]:
    """The figures of a node, the same for all nodes of its group."""
    return tuple((name, key) for name, by_key in data.numbers[node.name].items() for key in by_key)


def _as_symbols(block: Any, figures: Sequence[FigureKey]) -> dict[str, dict[tuple[Any, ...], Any]]:
    """Each figure as a symbol of the block, under its own name."""
    block.symbols = Var(range(len(figures)))
    values: dict[str, dict[tuple[Any, ...], Any]] = {}
    for i, (name, key) in enumerate(figures):
        values.setdefault(name, {})[key] = block.symbols[i]
    return values


class _Compiler:
    """Walks expressions of blocks; remembers which block owns which column."""

    def __init__(self) -> None:
        self._owner: dict[int, tuple[int, int]] = {}  # id of a column -> (epoch, position)
        self._symbol: dict[int, int] = {}  # id of a symbol -> position in its block

    def template(
        self, block: Any, epoch: int, test: str | None, figures: tuple[FigureKey, ...], books: Books
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
        rows = walker.rows(_constraints(block))
        costs = walker.rows((key, e.expr, None, None) for key, e in block.cost.items())
        expected = walker.rows(
            (key, sum(terms), None, 0.0) for key, terms in books.expected.items() if terms
        )
        return Template(
            epoch=epoch,
            test=test,
            columns=tuple(columns),
            lower=lower,
            upper=upper,
            integer=np.array([not v.is_continuous() for v in data], dtype=bool),
            figures=figures,
            rows=rows,
            costs=costs,
            expected=expected,
        )


def _constraints(block: Any) -> Iterable[tuple[Any, Any, float | None, float | None]]:
    for component in block.component_objects(Constraint, descend_into=False):
        for index, row in component.items():
            lower, body, upper = row.to_bounded_expression()
            yield (component.local_name, index), body, lower, upper


class _Walker:
    """Expressions -> triplets, with coefficients polynomial in the symbols."""

    def __init__(
        self, owner: Mapping[int, tuple[int, int]], symbol: Mapping[int, int], symbols: list[Any]
    ) -> None:
        self._owner = owner
        self._symbol = symbol
        columns = OrderedVarRecorder({}, {}, SortComponents.UNSORTED)
        self._visitor = ParameterizedLinearRepnVisitor({}, wrt=symbols, var_recorder=columns)

    def rows(self, expressions: Iterable[tuple[Any, Any, float | None, float | None]]) -> Rows:
        names: list[Any] = []
        lower: list[float] = []
        upper: list[float] = []
        row: list[int] = []
        epoch: list[int] = []
        column: list[int] = []
        values, constants = _Collector(self._symbol), _Collector(self._symbol)
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
            value=values.numbers(),
            constant=constants.numbers(),
            lower=np.array(lower, dtype=float),
            upper=np.array(upper, dtype=float),
        )


#: Figures of a term (sorted positions) -> its weight.
Polynomial = dict[tuple[int, ...], float]


class _Collector:
    """Collects numbers, plain or symbolic, as ``Numbers``."""

    def __init__(self, symbol: Mapping[int, int]) -> None:
        self._symbol = symbol
        self._constant: list[float] = []
        self._terms: list[tuple[int, tuple[int, ...], float]] = []

    def add(self, number: Any) -> None:
        at = len(self._constant)
        if isinstance(number, float | int):
            self._constant.append(float(number))
            return
        polynomial = self._expand(number)
        self._constant.append(polynomial.pop((), 0.0))
        self._terms += [(at, factors, weight) for factors, weight in polynomial.items()]

    def numbers(self) -> Numbers:
        degree = max((len(factors) for _, factors, _ in self._terms), default=1)
        padded = [(*f, *(-1,) * (degree - len(f))) for _, f, _ in self._terms]
        return Numbers(
            constant=np.array(self._constant, dtype=float),
            at=np.array([at for at, _, _ in self._terms], dtype=np.int64),
            factors=np.array(padded, dtype=np.int64).reshape(len(padded), degree),
            weight=np.array([weight for _, _, weight in self._terms], dtype=float),
        )

    def _expand(self, expression: Any) -> Polynomial:
        """A symbolic number as a sum of products of figures."""
        if isinstance(expression, float | int):
            return {(): float(expression)}
        if expression.is_variable_type():
            return {(self._symbol[id(expression)],): 1.0}
        if isinstance(expression, NegationExpression):
            return _times({(): -1.0}, self._expand(expression.args[0]))
        if isinstance(expression, ProductExpression):
            left, right = expression.args
            return _times(self._expand(left), self._expand(right))
        if isinstance(expression, SumExpression):
            total: Polynomial = {}
            for part in expression.args:
                for factors, weight in self._expand(part).items():
                    total[factors] = total.get(factors, 0.0) + weight
            return total
        raise ValueError(f"{expression}: not a sum of products of figures")


def _times(left: Polynomial, right: Polynomial) -> Polynomial:
    product: Polynomial = {}
    for a, x in left.items():
        for b, y in right.items():
            factors = tuple(sorted((*a, *b)))
            product[factors] = product.get(factors, 0.0) + x * y
    return product
