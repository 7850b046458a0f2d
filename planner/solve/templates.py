"""Compiled blocks kept in memory: one structure is compiled once, whatever its numbers.

Two instances have the same structure if their sets, links and the keys of their figures agree;
tree, probabilities and values of figures may differ.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, fields

from models.instance import Instance
from planner.solve.compile import Group, Template, compile_templates, figure_keys, node_groups

#: What a block does not read, or reads as a symbol.
_FREE = {"tree", "numbers", "risk"}


@dataclass(frozen=True)
class _Compiled:
    structure: dict[str, object]
    templates: dict[Group, Template]


class TemplateCache:
    """The last ``size`` structures, the latest first. Safe to share between threads."""

    def __init__(self, size: int = 8) -> None:
        self._kept: deque[_Compiled] = deque(maxlen=size)
        self._lock = threading.Lock()
        self.compiled = 0  # how often Pyomo was asked

    def get(self, data: Instance) -> dict[Group, Template]:
        """The compiled blocks of an instance, from memory where its structure is known."""
        structure = _structure(data)
        with self._lock:
            for entry in self._kept:
                if entry.structure == structure:
                    return entry.templates
            templates = compile_templates(data)
            self.compiled += 1
            self._kept.appendleft(_Compiled(structure, templates))
            return templates


def _structure(data: Instance) -> dict[str, object]:
    parts: dict[str, object] = {
        field.name: getattr(data, field.name) for field in fields(data) if field.name not in _FREE
    }
    parts["risk"] = (data.holds_risk, data.risk.level)
    parts["figures"] = {
        group: figure_keys(data, nodes[0]) for group, nodes in node_groups(data).items()
    }
    return parts
