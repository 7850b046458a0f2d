"""PRC: recipes, blends, capacity, minimum runs, windows and maintenance; DSP: disposal."""

from __future__ import annotations

from collections import defaultdict

from planner.analysis.verify.audit import Audit, at_place
from planner.case.case import Row


def yearly_capacity(audit: Audit, process: Row, node: str, period: str) -> float:
    """t of throughput per year: existing and commissioned, shocked; a mean over the period."""
    existing = process["capacity_t_per_year"] or 0.0
    added = audit.projects.added(process["process"], node, period)
    shock = audit.reading.shock("capacity_factor", node, site=process["site"])
    return (existing + added) * shock


def check_making(audit: Audit) -> None:
    """Every PRC equation and DSP-1."""
    _recipes(audit)
    _limits(audit)
    for row in audit.book["disposals"]:
        price = audit.reading.keyed("materials", row.node)[row.material]["disposal_usd_per_kg"]
        where = f"{row.material} at {row.site}, {at_place(row.node, row.period)}"
        audit.ledger.record("DSP-1", where, row.t if price is None else 0.0)


def _recipes(audit: Audit) -> None:
    drawn = audit.totals("draws", "process", "run_tracks", "node", "period", "material")
    inputs: dict[tuple[str, str, str, str], dict[str, float]] = defaultdict(dict)
    for (process, run_tracks, node, period, material), t in drawn.items():
        inputs[process, run_tracks, node, period][material] = t
    runs = {(row.process, row.tracks, row.node, row.period): row.t for row in audit.book["runs"]}
    for key in runs.keys() | inputs.keys():
        process, _, node, period = key
        run, draws = runs.get(key, 0.0), inputs[key]
        where = f"process {process} [{key[1]}], {at_place(node, period)}"
        recipe = audit.reading.grouped("recipes", node)[process]
        fixed = {row["material"]: -row["t_per_t"] for row in recipe if (row["t_per_t"] or 0) < 0}
        mix = [row["material"] for row in recipe if row["t_per_t"] is None]
        for material, t_per_t in fixed.items():
            text = f"{where}, {material}"
            audit.ledger.equal("PRC-1", text, draws.get(material, 0.0), t_per_t * run, run)
        for material in draws.keys() - fixed.keys() - set(mix):
            audit.ledger.broken("PRC-1", where, f"{material} is no input of the recipe")
        if mix:
            mixed = {material: draws.get(material, 0.0) for material in mix}
            audit.ledger.equal("PRC-1", f"{where}, mix", sum(mixed.values()), run)
            _blend(audit, process, node, where, mixed)


def _blend(audit: Audit, process: str, node: str, where: str, mixed: dict[str, float]) -> None:
    total = sum(mixed.values())
    for row in audit.reading.grouped("blends", node).get(process, ()):
        held = sum(
            audit.reading.content[material].get(row["element"], 0.0) * t
            for material, t in mixed.items()
        )
        text = f"{where}, {row['element']}"
        if row["min_share"] is not None:
            audit.ledger.at_most("PRC-4", text, row["min_share"] * total, held)
        if row["max_share"] is not None:
            audit.ledger.at_most("PRC-4", text, held, row["max_share"] * total)


def _limits(audit: Audit) -> None:
    ledger, timeline = audit.ledger, audit.timeline
    for (name, node, period), t in audit.totals("runs", "process", "node", "period").items():
        process = audit.reading.keyed("processes", node)[name]
        where = f"process {name}, {at_place(node, period)}"
        capacity = yearly_capacity(audit, process, node, period) * timeline.years[period]
        ledger.at_most("PRC-2", where, t, capacity)
        if process["min_run_share"]:
            least = process["min_run_share"] * capacity
            ledger.record("PRC-3", where, min(t, least - t), least)
        open_now = timeline.within(period, process["first_period"], process["last_period"])
        ledger.record("PRC-5", where, 0.0 if open_now else t)
        need = audit.rules.technology("maintenance", process, node, period)
        may_run = audit.licences.open(need, node, period)
        ledger.record("PRC-6", where, 0.0 if may_run else t)
