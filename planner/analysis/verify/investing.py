"""INV: whole modules, limits, windows, projects that exclude or require others, budgets, floors."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from planner.analysis.verify.audit import Audit, at_place
from planner.case.case import Row

#: Fewer modules than this are none.
_NONE = 1e-6


def check_investing(audit: Audit) -> None:
    """Every INV equation; those of a path for each leaf (nothing is built in stress branches)."""
    projects = audit.reading.keyed("projects", "")
    built: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in audit.book["builds"]:
        built[row.node, row.period].append(row)
        project = projects[row.project]
        where = f"project {row.project}, {at_place(row.node, row.period)}"
        if project["integer"]:
            audit.ledger.record("INV-1", where, abs(row.modules - round(row.modules)))
        open_now = audit.timeline.within(
            row.period, project["earliest_period"], project["latest_period"]
        )
        audit.ledger.record("INV-3", where, 0.0 if open_now else row.modules)
    for leaf in audit.tree.leaves:
        path = [row for place in audit.tree.walk(leaf.name) for row in built.get(place, ())]
        _path(audit, f"path to {leaf.name}", path)


def _path(audit: Audit, where: str, path: list[Any]) -> None:
    projects = audit.reading.keyed("projects", "")
    modules: dict[str, float] = defaultdict(float)
    first: dict[str, int] = {}
    for row in path:
        modules[row.project] += row.modules
        if row.modules > _NONE:
            first.setdefault(row.project, audit.timeline.index[row.period])
    for name, project in projects.items():
        text = f"project {name}, {where}"
        audit.ledger.at_most("INV-2", text, modules[name], project["max_modules"])
        for other in project["excludes"] or ():
            both = min(modules[name], modules[other])
            audit.ledger.record("INV-4", f"{text}, with {other}", both)
        for other in project["requires"] or ():
            too_early = (
                name in first and first.get(other, len(audit.timeline.periods)) > first[name]
            )
            audit.ledger.record(
                "INV-5", f"{text}, needs {other}", modules[name] if too_early else 0.0
            )
    for row in audit.reading.case["budgets"]:
        _budget(audit, where, path, row)


def _budget(audit: Audit, where: str, path: list[Any], budget: Row) -> None:
    capex = added = 0.0
    for row in path:
        if audit.timeline.within(row.period, budget["first_period"], budget["last_period"]):
            project = audit.reading.keyed("projects", row.node)[row.project]
            capex += project["capex_kusd"] * row.modules
            added += project["size_t_per_year"] * row.modules
    span = f"budget {budget['first_period'] or ''} to {budget['last_period'] or ''}, {where}"
    if budget["max_capex_kusd"] is not None:
        audit.ledger.at_most("INV-6", span, capex, budget["max_capex_kusd"])
    if budget["min_added_t_per_year"] is not None:
        audit.ledger.at_most("INV-7", span, budget["min_added_t_per_year"], added)
