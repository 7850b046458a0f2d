"""The formulation, put together: one block per node.

``add_node`` states all equations of one node, given the blocks before it on its path. The same
block serves every node of an epoch, since whatever differs between nodes is a figure: the planner
compiles it once per epoch (``planner.solve.compile``). ``build_model`` states the whole tree in
plain Pyomo; it is the reading that everything faster is compared with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pyomo.environ import Block, ConcreteModel, Constraint, Objective, Param

from models.balance import add_balance
from models.commitments import add_commitments
from models.cost import add_cost, node_cost
from models.demand import add_demand, close_demand
from models.diversification import add_diversification
from models.instance import Instance
from models.inventory import add_inventory
from models.licences import add_applications, add_licences
from models.place import Books, Place
from models.processing import add_processing
from models.recycling import add_recycling
from models.refining import add_refining
from models.risk import add_risk, weights
from models.shipping import add_shipping
from models.sourcing import add_sourcing
from models.stress import add_stress
from models.substitution import add_substitution

Values = Mapping[str, Mapping[tuple[Any, ...], Any]]


def add_node(
    block: Any, data: Instance, values: Values, before: Sequence[Any], test: str | None
) -> Books:
    """State all equations of a node in ``block``; return what it books to rows over the tree.

    ``values`` are the node's figures, ``before`` the blocks of the epochs before it, ``test`` the
    stress test whose branch it belongs to.
    """
    stress = data.stress_tests[test] if test is not None else None
    place = Place(data.grid, len(before) + 1, (*before, block), values, Books(), stress)
    add_applications(block, data, place)
    add_sourcing(block, data, place)
    add_refining(block, data, place)
    add_shipping(block, data, place)
    add_processing(block, data, place)
    add_inventory(block, data, place)
    add_demand(block, data, place)
    add_substitution(block, data, place)
    close_demand(block, data, place)
    add_recycling(block, data, place)
    add_licences(block, data, place)
    add_balance(block, data, place)
    add_diversification(block, data, place)
    add_stress(block, data, place)
    add_commitments(block, data, place)
    add_cost(block, place)
    add_risk(block, data, place)
    return place.books


def build_model(data: Instance) -> ConcreteModel:
    """The whole tree as one Pyomo model: ``m.node[name]`` for each node, rows over the tree, RSK-3.

    Figures are mutable parameters, so that a 0 keeps its place in the algebra.
    """
    m = ConcreteModel(name="rare-earth sourcing")
    m.node = Block([node.name for node in data.tree.nodes])
    books: dict[str, Books] = {}
    for node in data.tree.nodes:
        block = m.node[node.name]
        before = [m.node[past.name] for past in data.tree.path(node.name)[:-1]]
        values = as_parameters(block, data.numbers[node.name])
        books[node.name] = add_node(block, data, values, before, node.test)
    _add_expected_rows(m, data, books)
    _add_objective(m, data)
    return m


def as_parameters(block: Any, numbers: Values) -> Values:
    """Each figure as a mutable parameter of the block, under its own name."""
    block.figures = Block()
    for name, figures in numbers.items():
        block.figures.add_component(
            name, Param(list(figures), mutable=True, initialize=dict(figures))
        )
    return {name: _Lookup(getattr(block.figures, name), numbers[name]) for name in numbers}


class _Lookup(dict[tuple[Any, ...], Any]):
    """Figures by full key tuple, also where Pyomo unwraps tuples of one."""

    def __init__(self, component: Any, keys: Mapping[tuple[Any, ...], Any]) -> None:
        super().__init__({key: component[key[0] if len(key) == 1 else key] for key in keys})


def _add_expected_rows(m: ConcreteModel, data: Instance, books: Mapping[str, Books]) -> None:
    """DIV-1, DIV-2, RSK-4..6 over the tree: probability-weighted sums, each <= 0."""
    sums: dict[tuple[Any, ...], Any] = {}
    for node in data.tree.ordinary:
        for key, terms in books[node.name].expected.items():
            sums[key] = sums.get(key, 0) + node.probability * sum(terms)
    keys = list(sums)

    def row(_: ConcreteModel, i: int) -> Any:
        return sums[keys[i]] <= 0

    m.expected = Constraint(range(len(keys)), rule=row, doc="DIV-1, DIV-2, RSK-4, RSK-5, RSK-6")


def _add_objective(m: ConcreteModel, data: Instance) -> None:
    mean, tail = weights(data)
    probability = {node.name: node.probability for node in data.tree.nodes}
    cost = 0
    for name, p in probability.items():
        cost += mean * p * node_cost(m.node[name], data.grid)
    if data.risk.weight:
        cost += tail * m.node[data.tree.root.name].eta
        for leaf in data.tree.leaves:
            share = probability[leaf.name] / (1 - data.risk.level)
            cost += tail * share * m.node[leaf.name].excess
    m.objective = Objective(expr=cost, doc="RSK-3 [kUSD]")
