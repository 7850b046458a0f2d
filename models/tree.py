"""The scenario tree: what may become known, epoch by epoch.

A node covers the periods of one epoch under one regime and one outcome of every licence. Decisions
are indexed by node, so non-anticipativity needs no equation. Probabilities are UNCONDITIONAL: of
reaching the node from the start. A stress test is a branch of probability 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True)
class Node:
    """One node.

    ``outcomes`` maps every licence to ``on_time``, ``late`` or ``denied`` (empty in the root).
    ``test`` names the stress test whose branch the node belongs to; such a node has probability 0
    and follows the data (regime, outcomes, node values) of ``twin``, a node of the most likely path.
    """

    name: str
    parent: str | None
    epoch: int
    probability: float
    regime: str = ""
    outcomes: Mapping[str, str] = field(default_factory=dict)
    test: str | None = None
    twin: str | None = None


@dataclass(frozen=True)
class Tree:
    """Nodes in order of epoch, parents before children; stress branches after all others.

    ``reduction`` says in words how the tree was reduced, None where it is complete.
    """

    nodes: tuple[Node, ...]
    reduction: str | None = None

    @cached_property
    def by_name(self) -> Mapping[str, Node]:
        return {node.name: node for node in self.nodes}

    @cached_property
    def root(self) -> Node:
        return self.nodes[0]

    @cached_property
    def ordinary(self) -> tuple[Node, ...]:
        """All nodes outside stress branches."""
        return tuple(node for node in self.nodes if node.test is None)

    @cached_property
    def leaves(self) -> tuple[Node, ...]:
        """Ordinary nodes without children."""
        parents = {node.parent for node in self.ordinary}
        return tuple(node for node in self.ordinary if node.name not in parents)

    @cached_property
    def _paths(self) -> Mapping[str, tuple[Node, ...]]:
        paths: dict[str, tuple[Node, ...]] = {}
        for node in self.nodes:
            before = paths[node.parent] if node.parent is not None else ()
            paths[node.name] = (*before, node)
        return paths

    def path(self, name: str) -> tuple[Node, ...]:
        """The nodes from the root to ``name``, both included: one per epoch."""
        return self._paths[name]

    @cached_property
    def most_likely(self) -> tuple[Node, ...]:
        """The path to the most probable leaf, the first of equals."""
        return self.path(max(self.leaves, key=lambda leaf: leaf.probability).name)
