"""The plan: what was decided, as tidy tables, and the summary that speaks for it.

Every number that ``verify`` needs to rebuild the model stands in ``TABLES`` below; the tables
marked *derived* are there for the reader and are checked too. Rows with the value 0 are left out
of decision tables; nothing else is. Amounts are t in the period, money kUSD, not discounted
unless the column says so. ``tracks`` is the class of the goods: the sorted track names joined by
``+``, empty for goods on no track.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from planner.case.case import Case


@dataclass(frozen=True)
class PlanTable:
    """Name, meaning, and columns with their units of one exported table."""

    name: str
    meaning: str
    columns: tuple[str, ...]
    derived: bool = False


_T = PlanTable
TABLES: Mapping[str, PlanTable] = {
    table.name: table
    for table in (
        _T(
            "tree",
            "nodes, parents first; licences as `L1=denied; L2=late`, unnamed = on time; test = name of the stress test whose branch it belongs to, else blank",
            ("node", "parent", "epoch", "regime", "probability", "licences", "test"),
        ),
        _T(
            "contracts",
            "contract amount decided in `decided_in`, in force from `epoch` for the offer's contract_epochs",
            ("offer", "decided_in", "epoch", "t_per_year"),
        ),
        _T(
            "applications",
            "licence applied for in `decided_in`, for `epoch`",
            ("licence", "decided_in", "epoch", "applied"),
        ),
        _T(
            "qualifications",
            "qualification of a site and material begun on entering the node",
            ("site", "material", "node", "qualified"),
        ),
        _T(
            "switches",
            "substitute whose switch is begun on entering the node",
            ("substitute", "node", "switched"),
        ),
        _T(
            "builds",
            "modules decided at the start of the period",
            ("project", "node", "period", "modules"),
        ),
        _T("takes", "taken from an offer", ("offer", "tracks", "node", "period", "t")),
        _T("unused", "owed under take-or-pay and not taken", ("offer", "node", "period", "t")),
        _T(
            "shipments",
            "shipped in `period`, arriving in `arrives`",
            ("from_site", "to_site", "material", "tracks", "node", "period", "arrives", "t"),
        ),
        _T(
            "runs",
            "throughput of a process, by the class of the run",
            ("process", "tracks", "node", "period", "t"),
        ),
        _T(
            "draws",
            "what a run draws of each input and class",
            ("process", "run_tracks", "material", "tracks", "node", "period", "t"),
        ),
        _T(
            "stock",
            "in stock at the end of the period",
            ("site", "material", "tracks", "node", "period", "t"),
        ),
        _T(
            "collections",
            "scrap collected",
            ("market", "product", "scrap", "to_site", "node", "period", "t"),
        ),
        _T("disposals", "thrown away", ("site", "material", "tracks", "node", "period", "t")),
        _T(
            "deliveries",
            "delivered to demand",
            ("market", "material", "tracks", "node", "period", "t"),
        ),
        _T(
            "swaps",
            "t of demand replaced by a substitute whose material is on `tracks`",
            ("substitute", "tracks", "node", "period", "t"),
        ),
        _T(
            "shortages",
            "short at the end of the period (waiting, where backlog)",
            ("market", "material", "node", "period", "t"),
        ),
        _T(
            "cap_excess",
            "above (max_share) or below (min_share) a priced cap; node blank where basis is expected",
            ("cap", "member", "side", "node", "period", "t"),
        ),
        _T(
            "costs",
            "cost by line, node and period; discounted_kusd = kusd x discount factor",
            ("line", "node", "period", "kusd", "discounted_kusd"),
        ),
        _T(
            "leaves",
            "discounted cost of the path to each leaf (stress branches excluded)",
            ("leaf", "probability", "cost_kusd"),
        ),
        _T(
            "service",
            "demand and how it was met",
            (
                "market",
                "material",
                "end_use",
                "node",
                "period",
                "demand_t",
                "delivered_t",
                "substituted_t",
                "short_t",
            ),
            derived=True,
        ),
        _T(
            "supply",
            "what enters the chain, by source: bought, made or collected",
            (
                "source",
                "kind",
                "site",
                "country",
                "company",
                "material",
                "stage",
                "tracks",
                "node",
                "period",
                "t",
            ),
            derived=True,
        ),
        _T(
            "shares",
            "each cap's members: part, supply, share and the limit; node blank where basis is expected",
            (
                "cap",
                "member",
                "node",
                "period",
                "part_t",
                "supply_t",
                "share",
                "min_share",
                "max_share",
            ),
            derived=True,
        ),
        _T(
            "capacity",
            "what a process could run and ran",
            ("process", "node", "period", "capacity_t", "run_t"),
            derived=True,
        ),
        _T(
            "taken_off",
            "for legal review: inputs on a track whose run makes goods that are not; reason `recipe` = the output cannot be on it, `de minimis` = the inputs on it are worth too little; t = t of the input",
            (
                "process",
                "site",
                "node",
                "period",
                "material",
                "tracks",
                "output",
                "output_tracks",
                "reason",
                "t",
            ),
            derived=True,
        ),
        _T(
            "closed",
            "shipments that no plan could use in the node, with the rule or licence that closed them",
            ("from_site", "to_site", "material", "tracks", "node", "period", "reason"),
            derived=True,
        ),
    )
}

#: Cost lines in the order of the executive's table; grants and sales are negative.
COST_LINES = (
    "purchase",
    "take_or_pay",
    "freight",
    "duty",
    "processing",
    "holding",
    "qualification",
    "applications",
    "capex",
    "grants",
    "fixed",
    "collection",
    "disposal",
    "substitution",
    "shortage",
    "cap_penalties",
    "sales",
)

#: What `Plan.summary` holds, in this order.
SUMMARY_KEYS = (
    "name",
    "scenario",
    "as_of",
    "status",
    "termination",
    "verified",
    "worst_violation",
    "objective_kusd",
    "bound_kusd",
    "gap",
    "gap_asked",
    "method",
    "expected_cost_kusd",
    "cvar_kusd",
    "cvar_level",
    "risk_weight",
    "nodes",
    "leaves",
    "columns",
    "rows",
    "nonzeros",
    "integers",
    "build_seconds",
    "solve_seconds",
    "total_seconds",
    "seed",
    "versions",
    "input_fingerprint",
    "plan_fingerprint",
    "warnings",
)

_writers: dict[str, Callable[[Plan, Path], None]] = {}


def register_writer(suffix: str, writer: Callable[[Plan, Path], None]) -> None:
    """Let a room above (`report`) provide how a plan is written to files of a suffix."""
    _writers[suffix] = writer


@dataclass(frozen=True)
class Plan:
    """An answer: the case, the tables of ``TABLES`` and the summary of ``SUMMARY_KEYS``.

    ``summary["status"]`` is ``optimal`` (within the gap asked) or ``feasible`` (stopped at a limit
    or by the user with a plan); why it stopped is ``termination``: ``gap``, ``time_limit``,
    ``interrupted``.
    """

    case: Case
    tables: Mapping[str, pd.DataFrame]
    summary: Mapping[str, Any]

    def to_excel(self, path: str | Path) -> Path:
        """Write the plan workbook; the old file stays until the new one is whole."""
        target = Path(path)
        _writers[".xlsx"](self, target)
        return target
