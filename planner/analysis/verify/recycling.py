"""REC: scrap that comes back from past and planned sales, by the lifetime of what was sold."""

from __future__ import annotations

from collections import defaultdict
from math import erf, log, sqrt

from planner.analysis.verify.audit import Audit, at_place
from planner.analysis.verify.timeline import Timeline, decimal_year
from planner.case.case import Row

#: Sum of what reaches a period's end: rounding of sums of years stays far below it.
_TIE = 1e-9


def share_back(row: Row, sold_at: float, start: float, end: float) -> float:
    """The share of a sale that comes back between two moments (years from the first start)."""
    mean, sd = row["mean_life_years"], row["sd_life_years"]
    if not sd:
        back = sold_at + mean
        return 1.0 if start + _TIE < back <= end + _TIE else 0.0
    variance = log(1 + (sd / mean) ** 2)
    middle = log(mean) - variance / 2

    def aged(years: float) -> float:
        if years <= 0:
            return 0.0
        return 0.5 * (1 + erf((log(years) - middle) / sqrt(2 * variance)))

    return aged(end - sold_at) - aged(start - sold_at)


def check_recycling(audit: Audit) -> None:
    """REC-1 for every row of ``returns`` in every place."""
    returns = audit.reading.case["returns"]
    if not returns:
        return
    delivered = _delivered(audit)
    collected = audit.totals(
        "collections", "market", "product", "scrap", "to_site", "node", "period"
    )
    timeline = audit.timeline
    for node, period in audit.tree.places():
        span = (timeline.start[period], timeline.end[period])
        path = audit.tree.paths[node]
        for key, row in audit.reading.keyed("returns", node).items():
            past = sum(t * share_back(row, at, *span) for at, t in _past(audit, row))
            planned = sum(
                delivered.get((row["market"], row["product"], path[epoch - 1], earlier), 0.0)
                * share_back(row, (timeline.start[earlier] + timeline.end[earlier]) / 2, *span)
                for earlier, epoch in _up_to(timeline, period)
            )
            most = row["collection_share"] * row["scrap_t_per_t"] * (past + planned)
            where = f"{row['scrap']} of {row['product']} from {row['market']} to {row['to_site']}"
            t = collected.get((*key, node, period), 0.0)
            audit.ledger.at_most("REC-1", f"{where}, {at_place(node, period)}", t, most)


def _up_to(timeline: Timeline, period: str) -> list[tuple[str, int]]:
    earlier = timeline.periods[: timeline.index[period] + 1]
    return [(name, timeline.epoch[name]) for name in earlier]


def _past(audit: Audit, row: Row) -> list[tuple[float, float]]:
    """Moments and t of past sales, at mid-year."""
    first = decimal_year(audit.timeline.date[audit.timeline.periods[0]])
    return [
        (sale["year"] + 0.5 - first, sale["sold_t"])
        for sale in audit.reading.case["past_sales"]
        if (sale["market"], sale["product"]) == (row["market"], row["product"])
    ]


def _delivered(audit: Audit) -> dict[tuple[str, str, str, str], float]:
    """t delivered as itself or as a substitute for something else."""
    sums: dict[tuple[str, str, str, str], float] = defaultdict(float)
    for key, t in audit.totals("deliveries", "market", "material", "node", "period").items():
        sums[key] += t
    for (name, node, period), t in audit.totals("swaps", "substitute", "node", "period").items():
        swap = audit.reading.keyed("substitutes", node)[name]
        sums[swap["market"], swap["by_material"], node, period] += swap["t_per_t"] * t
    return sums
