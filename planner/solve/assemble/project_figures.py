"""What a project costs and adds: its terms are those of the node that decided it, ever after."""

from __future__ import annotations

from collections.abc import Sequence

from models.instance import Project
from models.tree import Node
from planner.solve.assemble.context import Context, Figure, Figures
from planner.solve.assemble.view import View


def project_terms(context: Context, path: Sequence[View], epoch: int) -> Figures:
    """Figures by (project, period of decision) up to an epoch; ``path`` has a view per epoch.

    ``size`` [t/year], ``gross_capex`` [kUSD]; ``capex_`` and ``grant_`` of ``lump`` [kUSD] or of
    ``yearly`` [kUSD/year], as the case accounts for them.
    """
    rate = context.grid.discount_rate
    annuity = context.facts.case.settings["capex_accounting"] == "annuity"
    suffix = "yearly" if annuity else "lump"
    figures: Figures = {
        n: {} for n in ("size", "gross_capex", f"capex_{suffix}", f"grant_{suffix}")
    }
    for name, project in context.projects.items():
        for t in project.decided:
            if context.grid.epoch[t] > epoch:
                break
            row = path[context.grid.epoch[t] - 1].projects[name]
            life, gross = float(row["life_years"]), float(row["capex_kusd"])
            share = 1.0
            if annuity:
                share = rate / (1 - (1 + rate) ** -life) if rate else 1 / life
            figures["size"][name, t] = float(row["size_t_per_year"])
            figures["gross_capex"][name, t] = gross
            figures[f"capex_{suffix}"][name, t] = gross * share
            figures[f"grant_{suffix}"][name, t] = gross * share * float(row["grant_share"])
    return figures


def module_capacity(context: Context, path: Sequence[View], node: Node) -> Figures:
    """t in period t of a module (project, decided in, t), or of a gated one (project, since, t)."""
    found: Figure = {}
    for name, project in context.projects.items():
        for t in context.grid.periods(node.epoch):
            scale = _factor(context, node, project, t)
            for key, since in _begun(project, t):
                row = path[context.grid.epoch[key] - 1].projects[name]
                ramp = context.facts.calendar.share_in_steps(since, t, row["ramp"])
                size = float(row["size_t_per_year"]) * context.grid.years[t]
                found[name, key, t] = size * ramp * scale
    return {"module_capacity": found}


def _begun(project: Project, t: int) -> list[tuple[int, int]]:
    """(period that names a module's terms, in service since) of what may serve in t.

    A gated project's modules are known by their entry, since they may have waited.
    """
    if project.gated:
        return [(s, s) for s in range(t + 1)]
    return [(d, s) for d, s in project.commissioned.items() if s <= t]


def _factor(context: Context, node: Node, project: Project, t: int) -> float:
    """Of a module's capacity: what a regime leaves of a process, nothing where it is lost."""
    if project.process is None:
        return 1.0
    site = context.network.processes[project.process].site
    if context.losses.site(node, t, site):
        return 0.0
    return context.shocks.process_capacity(node.regime, site)
