"""When what was sold comes back: the lifetime of a product, cut into periods."""

from __future__ import annotations

from datetime import date
from math import erf, log, sqrt
from typing import Any

from models.instance import Return
from planner.case.case import Row
from planner.solve.assemble.facts import Facts
from planner.solve.assemble.parts import return_rows
from planner.solve.assemble.view import View
from planner.solve.calendar import SAME

#: Shares below this are below the solver's smallest matrix entry; 1e-9 t of a tonne sold.
NEGLIGIBLE = 1e-9


def came_back(age: float, mean: float, sd: float) -> float:
    """Probability that a product is back ``age`` years after its sale: lognormal, or a step."""
    if sd == 0:
        return 1.0 if age >= mean - SAME else 0.0
    if age <= 0:
        return 0.0
    variance = log(1 + (sd / mean) ** 2)
    return 0.5 * (1 + erf((log(age) - log(mean) + variance / 2) / sqrt(2 * variance)))


def decimal_year(day: date) -> float:
    """2027-01-01 -> 2027.0."""
    first, following = date(day.year, 1, 1), date(day.year + 1, 1, 1)
    return day.year + (day - first).days / (following - first).days


def return_figures(
    facts: Facts, view: View, schemes: dict[int, Return]
) -> dict[str, dict[tuple[Any, ...], float]]:
    """``back`` [t/t], ``back_past`` [t] and ``collection_cost`` [kUSD/t] of every scheme."""
    back: dict[tuple[Any, ...], float] = {}
    past: dict[tuple[Any, ...], float] = {}
    cost: dict[tuple[Any, ...], float] = {}
    grid = facts.calendar.grid
    rows = view["returns"]
    positions = return_rows(facts.case)
    today = decimal_year(facts.calendar.dates[0]) if schemes else 0.0
    for r, scheme in schemes.items():
        row = rows[positions[r]]
        cost[(r,)] = row["collection_usd_per_kg"]
        sales = [
            (sale["year"] + 0.5 - today, sale["sold_t"])
            for sale in view["past_sales"]
            if (sale["market"], sale["product"]) == (scheme.market, scheme.product)
        ]
        for t in range(len(grid.names)):
            for s in range(t + 1):
                share = _share(facts, row, grid.start[s] + grid.years[s] / 2, t)
                if share > NEGLIGIBLE:
                    back[r, s, t] = share
            past[r, t] = sum(tonnes * _share(facts, row, moment, t) for moment, tonnes in sales)
    return {"back": back, "back_past": past, "collection_cost": cost}


def _share(facts: Facts, row: Row, sale: float, t: int) -> float:
    """t that may be collected in period t of a tonne sold at a moment [t/t]."""
    grid = facts.calendar.grid
    mean, sd = row["mean_life_years"], row["sd_life_years"]
    end = came_back(grid.start[t] + grid.years[t] - sale, mean, sd)
    begin = came_back(grid.start[t] - sale, mean, sd)
    return float(row["collection_share"] * row["scrap_t_per_t"] * (end - begin))
