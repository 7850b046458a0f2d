"""Dated rules: what is closed, and what needs which licence.

Of the rows that hit a shipment or delivery: ``exempt`` clears it, else ``denied`` closes it, else
each named licence is needed. Rules are in force when the period's start is within their dates
and the node's regime among theirs; blank match columns match everything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from models.instance import Process, Tracks, tracks_of
from models.tree import Node
from planner.case.case import Row
from planner.solve.assemble.facts import Facts, named

ON_TIME, LATE, DENIED = "on_time", "late", "denied"


@dataclass(frozen=True)
class Ruling:
    """``denied_by``: the rule that closes it, or None; ``licences``: what is needed otherwise."""

    denied_by: str | None = None
    licences: tuple[str, ...] = ()

    @property
    def is_free(self) -> bool:
        return self.denied_by is None and not self.licences


FREE = Ruling()


class Rules:
    """The rules of a case, matched first by what does not change, then by date and regime."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._cache: dict[tuple[tuple[str, ...], int, str], Ruling] = {}
        self._rows = {row["rule"]: row for row in facts.case["rules"]}

    def shipment(
        self, from_site: str, to_site: str, material: str, tracks: Tracks
    ) -> tuple[str, ...]:
        """Names of the rules that hit a shipment, whatever the date and regime."""
        if not self._facts.crosses(from_site, to_site):
            return ()
        exporter = self._facts.country(from_site)
        ends = (from_site, to_site)
        return tuple(
            row["rule"]
            for row in self._of("goods")
            if named(row["exporter"], exporter)
            and (row["reach"] != "content" or row["track"] in tracks_of(tracks))
            and self._hits(row, ends, to_site, (material,))
        )

    def delivery(self, market: str, material: str, tracks: Tracks) -> tuple[str, ...]:
        """Names of the content rules with an end use that hit a delivery, domestic ones too."""
        return tuple(
            row["rule"]
            for row in self._of("goods")
            if row["reach"] == "content"
            and row["end_use"]
            and row["track"] in tracks_of(tracks)
            and self._hits(row, (market,), market, (material,))
        )

    def technology(self, process: Process, origin: str | None, covers: str) -> tuple[str, ...]:
        """Rules of ``covers`` (technology, maintenance) that hit a process of that technology."""
        if origin is None or origin == self._facts.country(process.site):
            return ()
        return tuple(
            row["rule"]
            for row in self._of(covers)
            if named(row["exporter"], origin)
            and self._hits(row, (process.site,), process.site, process.outputs)
        )

    def _of(self, covers: str) -> Iterable[Row]:
        return (row for row in self._rows.values() if row["covers"] == covers)

    def _hits(
        self, row: Row, ends: tuple[str, ...], to_site: str, materials: tuple[str, ...]
    ) -> bool:
        sites, facts = self._facts.sites, self._facts
        there = sites[to_site]
        companies = [sites[site]["company"] for site in ends]
        destination = row["destination"]
        return (
            (not row["company"] or any(c and named(row["company"], c) for c in companies))
            and any(self._of_kind(row, m, facts) for m in materials)
            and (
                named(destination, there["country"])
                or (there["region"] is not None and named(destination, there["region"]))
            )
            and named(row["end_use"], there["end_use"])
        )

    @staticmethod
    def _of_kind(row: Row, material: str, facts: Facts) -> bool:
        of_stage = named(row["stage"], facts.materials[material]["stage"])
        elements = row["element"]
        return of_stage and (
            not elements or "*" in elements or bool(facts.elements[material] & set(elements))
        )

    def ruling(self, hits: tuple[str, ...], t: int, regime: str) -> Ruling:
        """What the rules that hit say in a period under a regime."""
        if not hits:
            return FREE
        key = (hits, t, regime)
        if key not in self._cache:
            self._cache[key] = self._decide(hits, t, regime)
        return self._cache[key]

    def ever(self, hits: Iterable[str]) -> bool:
        """Whether any of the rules is in force in some period, under some regime."""
        rows = [self._rows[name] for name in hits]
        return any(self._is_dated(row, t) for row in rows for t in range(len(self._facts.calendar)))

    def _is_dated(self, row: Row, t: int) -> bool:
        """Whether the period's start is within the rule's dates."""
        start = self._facts.calendar.dates[t]
        begun = row["from_date"] is None or row["from_date"] <= start
        over = row["to_date"] is not None and row["to_date"] < start
        return begun and not over

    def _decide(self, hits: tuple[str, ...], t: int, regime: str) -> Ruling:
        said: dict[str, str] = {}
        for name in hits:
            row = self._rows[name]
            if self._is_dated(row, t) and named(row["regimes"], regime):
                for requirement in row["requirement"]:
                    said.setdefault(requirement, name)
        if "exempt" in said:
            return FREE
        if "denied" in said:
            return Ruling(denied_by=said["denied"])
        licences = (word.removeprefix("licence:").strip() for word in said)
        return Ruling(licences=tuple(sorted(licences)))


class Licensing:
    """In which nodes and periods a licence can be used."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._calendar = facts.calendar
        self._rows = {row["licence"]: row for row in facts.case["licences"]}
        self._late: Mapping[tuple[str, str], float] = {
            (row["licence"], row["regime"]): row["late_months"]
            for row in facts.case["licence_odds"]
        }
        self._teams: dict[str, list[str]] = defaultdict(list)
        for name, row in self._rows.items():
            if row["team"] and row["max_applications"] is not None:
                self._teams[row["team"]].append(name)
        self._committed = {
            row["name"] for row in facts.case["commitments"] if row["what"] == "licence"
        }

    @cached_property
    def decided(self) -> frozenset[str]:
        """Licences whose application costs, is limited or is committed: a decision."""
        limited = {name for names in self._teams.values() for name in names}
        costly = {
            name
            for name, row in self._rows.items()
            if any(self._facts.ever("licences", row, "application_kusd"))
        }
        return frozenset(limited | costly | self._committed)

    def in_hand(self, licence: str, t: int) -> bool:
        """Held already: usable whatever the outcome."""
        until = self._rows[licence]["held_until"]
        return until is not None and t <= self._calendar.index[until]

    def usable(self, licence: str, node: Node, t: int) -> bool:
        """Usable in the node's period if it was applied for in the parent."""
        if node.epoch == 1:
            return False
        outcome = node.outcomes.get(licence, ON_TIME)
        if outcome == LATE:
            months = self._late.get((licence, node.regime), 3.0)
            first = self._calendar.grid.periods(node.epoch)[0]
            begins = self._calendar.after(first, months)
            return begins is not None and t >= begins
        return outcome == ON_TIME
