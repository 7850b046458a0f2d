"""mpi-sppy's ExtensiveForm of a two-stage case: one scenario is the same builder on one path.

Rows over the tree (expected caps, limits, CVaR) couple scenarios, which mpi-sppy has no words for:
they are added to its extensive form after it is made. Trees of three epochs and more are left out.
"""

from __future__ import annotations

import importlib
from typing import Any

from pyomo.common.gc_manager import PauseGC
from pyomo.environ import Block, ConcreteModel, Constraint, Objective, Var

from benchmarks.build_peers import APPSI, Problem, Way, appsi
from models.build import add_node, as_parameters
from models.cost import node_cost
from models.instance import Instance
from models.risk import weights


def _scenario(data: Instance, leaf_name: str, sputils: Any) -> ConcreteModel:
    """Root and one leaf, costs of the path; the root's columns are the first stage."""
    leaf, root = data.tree.by_name[leaf_name], data.tree.root
    m = ConcreteModel(leaf_name)
    m.node = Block([root.name, leaf.name])
    m.booked = {}
    before: list[Any] = []
    for node in (root, leaf):
        block = m.node[node.name]
        values = as_parameters(block, data.numbers[node.name])
        m.booked[node.name] = add_node(block, data, values, before, None).expected
        before.append(block)
    mean, tail = weights(data)
    first = mean * node_cost(m.node[root.name], data.grid)
    second = mean * node_cost(m.node[leaf.name], data.grid)
    if data.risk.weight:
        first += tail * m.node[root.name].eta
        second += tail * m.node[leaf.name].excess / (1 - data.risk.level)
    m.objective = Objective(expr=first + second)
    m._mpisppy_probability = leaf.probability
    sputils.attach_root_node(m, first, list(m.node[root.name].component_objects(Var)))
    return m


def state(problem: Problem) -> Any:
    """The extensive form, with the rows over the tree."""
    opt: Any = importlib.import_module("mpisppy.opt.ef")
    sputils: Any = importlib.import_module("mpisppy.utils.sputils")
    data = problem.instance
    leaves = [leaf.name for leaf in data.tree.leaves]
    with PauseGC():
        form = opt.ExtensiveForm(
            {"solver": "appsi_highs"},
            leaves,
            lambda name: _scenario(data, name, sputils),
            suppress_warnings=True,
        )
        _couple(form.ef, data, {name: form.local_scenarios[name] for name in leaves})
    return form.ef


def _couple(model: Any, data: Instance, scenarios: dict[str, ConcreteModel]) -> None:
    """Probability-weighted sums over all nodes, each <= 0; the root's once."""
    root = data.tree.root
    sums: dict[Any, Any] = {}
    for number, (name, scenario) in enumerate(scenarios.items()):
        for node in (root, data.tree.by_name[name]) if number == 0 else (data.tree.by_name[name],):
            for key, terms in scenario.booked[node.name].items():
                sums[key] = sums.get(key, 0) + node.probability * sum(terms)
    keys = list(sums)
    model.expected = Constraint(range(len(keys)), rule=lambda _, i: sums[keys[i]] <= 0)


WAY = Way(
    "ExtensiveForm, then appsi_highs",
    lambda problem: problem,
    (("state", state), ("set", appsi)),
    (APPSI, "mpisppy.opt.ef"),
    two_stage_only=True,
)
