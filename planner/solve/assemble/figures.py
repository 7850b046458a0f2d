"""Figures that are the same in every node unless ``node_values`` changes their cells."""

from __future__ import annotations

from typing import Any

from planner.case.case import Row
from planner.solve.assemble.context import Context, Figures
from planner.solve.assemble.network import opening_class, pipeline_class
from planner.solve.assemble.returns import return_figures
from planner.solve.assemble.view import View


def steady_figures(context: Context, view: View) -> Figures:
    """All figures that neither regime nor licence outcome moves, for the rows of a view."""
    return {
        **_sourcing(context, view),
        **_lanes(context, view),
        **_processing(context, view),
        **_projects(view),
        **_stocks(context, view),
        **_markets(view),
        **_policy(context, view),
        **return_figures(context.facts, view, context.returns),
    }


def _numbers(rows: tuple[Row, ...], key: str, column: str) -> dict[tuple[Any, ...], float]:
    """(name,) -> value of a column, rows without one left out."""
    return {(row[key],): float(row[column]) for row in rows if row[column] is not None}


def _sourcing(context: Context, view: View) -> Figures:
    grid = context.grid
    contracts: dict[tuple[Any, ...], float] = {}
    for name, offer in context.offers.items():
        for epoch in range(1, grid.last_epoch + 1) if offer.contract_epochs else ():
            most = [
                capacity
                for t in grid.periods(epoch)
                if t in offer.window and (capacity := view.capacity(name, t)) is not None
            ]
            if most:
                contracts[name, epoch] = min(most)
    return {
        "contract_capacity": contracts,
        "qualification_cost": {
            offer.pair: float(view.offers[name]["qualification_kusd"])
            for name, offer in context.offers.items()
            if offer.needs_qualification
        },
        "min_order": _numbers(view["offers"], "offer", "min_order_t"),
        "disposal_cost": _numbers(view["materials"], "material", "disposal_usd_per_kg"),
    }


def _lanes(context: Context, view: View) -> Figures:
    facts, grid = context.facts, context.grid
    figures: Figures = {"freight": {}, "duty": {}, "lane_capacity": {}, "lane_min": {}}
    figures |= {"lane_fixed": {}, "throughput": {}}
    rows = {lane: view["lanes"][at] for lane, at in context.network.lane_rows.items()}
    for a, arc in context.network.arcs.items():
        row = rows[arc.lane]
        figures["freight"][(a,)] = float(row["freight_usd_per_kg"])
        if row["duty_share"] and facts.crosses(arc.from_site, arc.to_site):
            value = facts.materials[arc.material]["value_usd_per_kg"]
            figures["duty"][(a,)] = float(row["duty_share"] * value)
    for lane in context.network.lanes:
        row = rows[lane]
        for t, years in enumerate(grid.years):
            if row["capacity_t_per_year"] is not None:
                figures["lane_capacity"][lane, t] = row["capacity_t_per_year"] * years
            if row["min_t"]:
                figures["lane_min"][lane, t] = float(row["min_t"])
            if row["fixed_kusd"]:
                figures["lane_fixed"][lane, t] = float(row["fixed_kusd"])
    for row in view["sites"]:
        if row["throughput_t_per_year"] is not None:
            for t, years in enumerate(grid.years):
                figures["throughput"][row["site"], t] = row["throughput_t_per_year"] * years
    return figures


def _processing(context: Context, view: View) -> Figures:
    figures: Figures = {"consumption": {}, "recipe_yield": {}}
    for row in view["recipes"]:
        rate = row["t_per_t"]
        if rate:
            name = "consumption" if rate < 0 else "recipe_yield"
            figures[name][row["process"], row["material"]] = abs(float(rate))
    for name, column in (("blend_min", "min_share"), ("blend_max", "max_share")):
        figures[name] = {
            (row["process"], row["element"]): float(row[column])
            for row in view["blends"]
            if row[column] is not None
        }
    return figures | {
        "share": dict(context.facts.shares),
        "process_cost": _numbers(view["processes"], "process", "cost_usd_per_kg"),
        "min_run": _numbers(view["processes"], "process", "min_run_share"),
        "value": _numbers(view["materials"], "material", "value_usd_per_kg"),
        "de_minimis": _numbers(view["tracks"], "track", "de_minimis_share"),
    }


def _projects(view: View) -> Figures:
    figures: Figures = {
        "max_modules": _numbers(view["projects"], "project", "max_modules"),
        "fixed_yearly": {},
    }
    for row in view["projects"]:
        if row["fixed_kusd_per_year"]:
            figures["fixed_yearly"][(row["project"],)] = float(row["fixed_kusd_per_year"])
    for name, column in (("budget", "max_capex_kusd"), ("floor", "min_added_t_per_year")):
        figures[name] = {
            (i,): float(row[column])
            for i, row in enumerate(view["budgets"])
            if row[column] is not None
        }
    return figures


def _stocks(context: Context, view: View) -> Figures:
    figures: Figures = {n: {} for n in ("opening", "stock_max", "stock_min", "closing", "holding")}
    for row in view["stocks"]:
        pair = (row["site"], row["material"])
        if row["opening_t"]:
            figures["opening"][*pair, opening_class(context.facts, row)] = float(row["opening_t"])
        for name, column in (
            ("stock_max", "max_t"),
            ("stock_min", "min_t"),
            ("closing", "closing_t"),
            ("holding", "holding_usd_per_kg_year"),
        ):
            if row[column] is not None and (row[column] or name == "stock_max"):
                figures[name][pair] = float(row[column])
    pipeline: dict[tuple[Any, ...], float] = {}
    for row in view["pipeline"]:
        t = context.facts.calendar.index[row["period"]]
        key = (row["site"], row["material"], pipeline_class(context.facts, row), t)
        pipeline[key] = pipeline.get(key, 0.0) + float(row["t"])
    return figures | {"pipeline": pipeline}


def _markets(view: View) -> Figures:
    figures: Figures = {"shortage_price": {}, "sales_price": {}}
    for (pair, t), row in view.demand.items():
        if row["shortage_usd_per_kg"]:
            figures["shortage_price"][*pair, t] = float(row["shortage_usd_per_kg"])
        if row["price_usd_per_kg"]:
            figures["sales_price"][*pair, t] = float(row["price_usd_per_kg"])
    return figures | {
        "swap_use": _numbers(view["substitutes"], "substitute", "t_per_t"),
        "switch_cost": _numbers(view["substitutes"], "substitute", "switch_kusd"),
        "performance_cost": _numbers(view["substitutes"], "substitute", "performance_usd_per_kg"),
    }


def _policy(context: Context, view: View) -> Figures:
    figures: Figures = {
        "application_cost": _numbers(view["licences"], "licence", "application_kusd"),
        "max_applications": {},
        "quota": {},
        "limit": {(i,): float(row["value"]) for i, row in enumerate(view["limits"])},
        "committed": {(i,): float(row["amount"]) for i, row in enumerate(view["commitments"])},
        "max_share": _numbers(view["caps"], "cap", "max_share"),
        "min_share": _numbers(view["caps"], "cap", "min_share"),
        "counts_from": _numbers(view["caps"], "cap", "counts_from_share"),
        "cap_penalty": _numbers(view["caps"], "cap", "penalty_usd_per_kg"),
    }
    for row in view["licences"]:
        if row["team"] and row["max_applications"] is not None:
            figures["max_applications"][(row["team"],)] = float(row["max_applications"])
        if row["max_t_per_year"] is not None:
            for t, years in enumerate(context.grid.years):
                figures["quota"][row["licence"], t] = row["max_t_per_year"] * years
    return figures
