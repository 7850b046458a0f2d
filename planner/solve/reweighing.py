"""A tree believed otherwise: the same worlds with other chances.

The chance of one event of the next epoch is moved; what else happens, given the event or its
absence, stays as likely as it was, and so do later epochs. Nodes stay the same, so a reduced tree
stays the same sample of worlds and differences of cost are not noise of sampling.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable
from dataclasses import replace

from models.tree import Node, Tree


def next_nodes(tree: Tree) -> tuple[Node, ...]:
    """The nodes of the second epoch; stress branches are none of them."""
    return tuple(node for node in tree.ordinary if node.epoch == 2)


def chance_of(tree: Tree, happens: Callable[[Node], bool]) -> float:
    """The probability of an event of the next epoch."""
    return sum(node.probability for node in next_nodes(tree) if happens(node))


def reweighed(
    tree: Tree,
    happens: Callable[[Node], bool],
    chance: float,
    within: Callable[[Node], Hashable] = lambda _: None,
) -> Tree:
    """The tree with ``happens`` true of the next epoch with ``chance``, alike in each part ``within``
    which the event may come or not; a part in which it is sure stays as it is."""
    mass: dict[tuple[Hashable, bool], float] = defaultdict(float)
    for node in next_nodes(tree):
        mass[within(node), happens(node)] += node.probability
    factor = {tree.root.name: 1.0}
    for node in next_nodes(tree):
        part, so = within(node), happens(node)
        whole = mass[part, True] + mass[part, False]
        sure = not mass[part, True] or not mass[part, False]
        factor[node.name] = 1.0 if sure else (chance if so else 1 - chance) * whole / mass[part, so]
    nodes: list[Node] = []
    for node in tree.nodes:
        if node.name not in factor:
            factor[node.name] = factor[str(node.parent)]
        nodes.append(replace(node, probability=node.probability * factor[node.name]))
    return replace(tree, nodes=tuple(nodes))
