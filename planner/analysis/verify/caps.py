"""DIV: shares and numbers of sources, in each place or in expectation."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from planner.analysis.verify.audit import Audit
from planner.analysis.verify.supply import Supply, members_of, sources
from planner.case.case import Row

#: Node (blank for a cap in expectation) and period in which a cap is looked at.
Spot = tuple[str, str]

#: The side on which a priced cap is exceeded, and the limit that lies there.
_LIMITS = {"above": "max_share", "below": "min_share"}


@dataclass
class Scope:
    """Supply of a cap's scope in one spot, and the part of it that each member holds [t]."""

    supply: float = 0.0
    parts: dict[str, float] = field(default_factory=lambda: defaultdict(float))


class Caps:
    """Every cap with its members and its scope, spot by spot."""

    def __init__(self, audit: Audit, supplied: list[Supply]) -> None:
        self.audit = audit
        self.rows = audit.reading.case["caps"]
        self.members = {row["cap"]: self._members(row) for row in self.rows}
        self.scopes = {row["cap"]: self._scopes(row, supplied) for row in self.rows}
        self.excess: dict[tuple[str, str, str, str, str], float] = defaultdict(float)
        for row in audit.book["cap_excess"]:
            if row.side in _LIMITS:
                self.excess[row.cap, row.member, row.side, row.node, row.period] += row.t
            else:
                text = f"side '{row.side}' is neither {' nor '.join(_LIMITS)}"
                audit.ledger.broken("TAB-3", f"cap_excess, cap {row.cap}", text)

    def counted(self, cap: Row, material: str) -> float:
        """t counted per t of a material: 0 outside the scope, its element's share if given."""
        reading = self.audit.reading
        content = reading.content.get(material, {})
        if cap["material"]:
            inside = material == cap["material"]
        else:
            inside = reading.stage[material] == cap["stage"] and cap["element"] in content
        if not inside:
            return 0.0
        return content.get(cap["element"], 0.0) if cap["element"] else 1.0

    def spots(self, cap: Row) -> list[Spot]:
        """Where a cap holds: its periods, in each ordinary node or once in expectation."""
        timeline, tree = self.audit.timeline, self.audit.tree
        window = [
            period
            for period in timeline.periods
            if timeline.within(period, cap["first_period"], cap["last_period"])
        ]
        if cap["basis"] == "expected":
            return [("", period) for period in window]
        return [
            (node.name, period)
            for node in tree.ordinary
            for period in tree.periods(node.name)
            if period in window
        ]

    def _members(self, cap: Row) -> list[str]:
        if "*" not in cap["member"]:
            return list(cap["member"])
        if cap["group_by"] == "track":
            return [*(row["track"] for row in self.audit.reading.case["tracks"]), "none"]
        if cap["group_by"] == "recycled":
            return ["recycled", "primary"]
        named = (
            members_of(cap["group_by"], source, frozenset())
            for source in sources(self.audit)
            if self.counted(cap, source.material)
        )
        return sorted({member for members in named for member in members})

    def _scopes(self, cap: Row, supplied: list[Supply]) -> dict[Spot, Scope]:
        spots = {spot: Scope() for spot in self.spots(cap)}
        expected = cap["basis"] == "expected"
        for one in supplied:
            scope = spots.get(("" if expected else one.node, one.period))
            weight = self.counted(cap, one.source.material) if scope is not None else 0.0
            if scope is None or not weight:
                continue
            t = one.t * weight
            if expected:
                t *= self.audit.tree.nodes[one.node].probability
            scope.supply += t
            for member in members_of(cap["group_by"], one.source, one.tracks):
                scope.parts[member] += t
        return spots


def check_caps(audit: Audit, caps: Caps) -> None:
    """Every DIV equation."""
    for cap in caps.rows:
        for (node, period), scope in caps.scopes[cap["cap"]].items():
            _shares(audit, caps, cap, node, period)
            _numbers(audit, caps.members[cap["cap"]], cap, _where(cap, node, period), scope)
    rows = audit.reading.keyed("caps", "")
    for (name, member, side, node, period), t in caps.excess.items():
        limit = rows[name][_LIMITS[side]]
        priced = rows[name]["penalty_usd_per_kg"] is not None and limit is not None
        known = member in caps.members[name] and (node, period) in caps.scopes[name]
        where = f"{_where(rows[name], node, period)}, {member}"
        audit.ledger.record("DIV-5", where, 0.0 if priced and known else t)


def _where(cap: Row, node: str, period: str) -> str:
    return f"cap {cap['cap']}, {f'node {node}' if node else 'expected'}, {period}"


def _shares(audit: Audit, caps: Caps, cap: Row, node: str, period: str) -> None:
    scope = caps.scopes[cap["cap"]][node, period]
    for member in caps.members[cap["cap"]]:
        where = f"{_where(cap, node, period)}, {member}"
        part = scope.parts.get(member, 0.0)
        if cap["max_share"] is not None:
            over = caps.excess.get((cap["cap"], member, "above", node, period), 0.0)
            audit.ledger.at_most("DIV-1", where, part, cap["max_share"] * scope.supply + over)
        if cap["min_share"] is not None:
            under = caps.excess.get((cap["cap"], member, "below", node, period), 0.0)
            audit.ledger.at_most("DIV-2", where, cap["min_share"] * scope.supply, part + under)


def _numbers(audit: Audit, members: list[str], cap: Row, where: str, scope: Scope) -> None:
    """The last source that must count lacks nothing; the first one too many supplies nothing."""
    parts = sorted((scope.parts.get(member, 0.0) for member in members), reverse=True)
    if cap["min_sources"]:
        asked = int(cap["min_sources"])
        last = parts[asked - 1] if asked <= len(parts) else None
        counts_from = cap["counts_from_share"] * scope.supply
        lacking = scope.supply if last is None else counts_from - last
        audit.ledger.record("DIV-3", where, lacking, scope.supply)
    if cap["max_sources"] is not None:
        one_too_many = parts[int(cap["max_sources"]) : int(cap["max_sources"]) + 1]
        audit.ledger.record("DIV-4", where, sum(one_too_many), scope.supply)
