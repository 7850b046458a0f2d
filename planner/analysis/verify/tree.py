"""The scenario tree as the plan states it: nodes, paths, what follows what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from planner.analysis.verify.timeline import Timeline
from planner.analysis.verify.verdict import Ledger

#: A period of a node: where a decision stands.
Place = tuple[str, str]

#: Probabilities this close are equal: products of the same odds in another order differ by less.
_EQUAL_ODDS = 1e-12


@dataclass(frozen=True)
class TreeNode:
    """One node; ``outcomes`` names the licences that are late or denied, the rest are on time."""

    name: str
    parent: str
    epoch: int
    regime: str
    probability: float
    outcomes: Mapping[str, str] = field(default_factory=dict)
    test: str = ""


class Tree:
    """Nodes by name, with the periods that each covers."""

    def __init__(self, nodes: Sequence[TreeNode], timeline: Timeline) -> None:
        self.nodes = {node.name: node for node in nodes}
        self.timeline = timeline
        self.children: dict[str, list[TreeNode]] = {node.name: [] for node in nodes}
        self.paths: dict[str, tuple[str, ...]] = {}
        for node in sorted(nodes, key=lambda node: node.epoch):
            before = self.paths[node.parent] if node.parent else ()
            self.paths[node.name] = (*before, node.name)
            if node.parent:
                self.children[node.parent].append(node)
        self.root = next(node for node in nodes if not node.parent)
        self.ordinary = tuple(node for node in nodes if not node.test)
        self.leaves = tuple(node for node in self.ordinary if node.epoch == timeline.last_epoch)
        tests_end = (node.name for node in nodes if node.test and not self.children[node.name])
        self.ends = (*(leaf.name for leaf in self.leaves), *tests_end)

    def periods(self, node: str) -> tuple[str, ...]:
        """The periods that a node covers, in order."""
        return self.timeline.of_epoch[self.nodes[node].epoch]

    def places(self) -> Iterator[Place]:
        """Every period of every node."""
        for node in self.nodes:
            for period in self.periods(node):
                yield node, period

    def first_period(self, node: str) -> str:
        return self.periods(node)[0]

    def walk(self, end: str) -> Iterator[Place]:
        """The periods from the start to the end of a node's epoch, along its path."""
        for node in self.paths[end]:
            for period in self.periods(node):
                yield node, period

    def following(self, node: str, period: str) -> list[Place]:
        """The places that come next: the node's next period, or the first of each child."""
        later = self.timeline.next.get(period)
        if later is None:
            return []
        if self.timeline.epoch[later] == self.nodes[node].epoch:
            return [(node, later)]
        return [(child.name, later) for child in self.children[node]]

    def at_epoch(self, node: str, epoch: int) -> list[str]:
        """The node itself or its descendants that live in an epoch."""
        names = [node]
        for _ in range(epoch - self.nodes[node].epoch):
            names = [child.name for name in names for child in self.children[name]]
        return names

    def twin(self, name: str) -> str:
        """The node whose data a node follows: itself, or on the most likely path for a test's."""
        node = self.nodes[name]
        if not node.test:
            return name
        return self.likely_path(name)[node.epoch - 1]

    def likely_path(self, name: str) -> tuple[str, ...]:
        """The most likely path that a stress branch leaves: to the first of the likeliest leaves.

        Of leaves equally likely but for rounding, one that lies below where the branch leaves.
        """
        best = max(leaf.probability for leaf in self.leaves)
        likeliest = [leaf for leaf in self.leaves if leaf.probability >= best - _EQUAL_ODDS]
        leaves_at = next(step for step in reversed(self.paths[name]) if not self.nodes[step].test)
        through = [leaf for leaf in likeliest if leaves_at in self.paths[leaf.name]]
        return self.paths[(through or likeliest)[0].name]


def read_tree(rows: Sequence[Any], timeline: Timeline, ledger: Ledger) -> Tree | None:
    """The tree of table ``tree``; None, with faults, where its rows make no tree."""
    nodes: dict[str, TreeNode] = {}
    sound = True
    for row in rows:
        problem = _misplaced(row, nodes, timeline)
        if problem:
            ledger.broken("TREE-1", f"node {row.node}", problem)
            sound = False
            continue
        nodes[row.node] = TreeNode(
            row.node,
            row.parent,
            int(row.epoch),
            row.regime,
            row.probability,
            _outcomes(row.licences),
            row.test,
        )
    if sum(1 for node in nodes.values() if not node.parent) != 1:
        ledger.broken("TREE-1", "tree", "there must be one root")
        return None
    tree = Tree(tuple(nodes.values()), timeline)
    for node in tree.ordinary:
        ends_early = all(child.test for child in tree.children[node.name])
        if node.epoch < timeline.last_epoch and ends_early:
            ledger.broken("TREE-1", f"node {node.name}", "the path ends before the last epoch")
            sound = False
    if not tree.leaves or not sound:
        return None
    ledger.held("TREE-1", len(nodes))
    return tree


def _misplaced(row: Any, nodes: Mapping[str, TreeNode], timeline: Timeline) -> str | None:
    if row.epoch not in timeline.of_epoch:
        return f"epoch {row.epoch:g} is not in the workbook"
    if not row.parent:
        return None if row.epoch == 1 else "a node after the first epoch needs a parent"
    if row.parent not in nodes:
        return f"parent {row.parent} does not stand before it"
    if nodes[row.parent].epoch + 1 != row.epoch:
        return f"its parent {row.parent} is not of the epoch before"
    if nodes[row.parent].test and nodes[row.parent].test != row.test:
        return f"it leaves the stress branch of {row.parent}"
    return None


def _outcomes(text: str) -> dict[str, str]:
    """``L1=denied; L2=late`` as a mapping; licences on time are left out."""
    pairs = (part.rpartition("=") for part in text.split(";") if part.strip())
    named = {name.strip(): outcome.strip().replace(" ", "_") for name, _, outcome in pairs}
    return {name: outcome for name, outcome in named.items() if outcome != "on_time"}
