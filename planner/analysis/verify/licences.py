"""LIC: licences - when one is usable, what moves under it, who applies for it."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache

from planner.analysis.verify.odds import LicenceOdds
from planner.analysis.verify.reading import Reading
from planner.analysis.verify.rules import Need, Rules, Tracks
from planner.analysis.verify.stress import Stress
from planner.analysis.verify.tables import Book
from planner.analysis.verify.verdict import Ledger
from planner.case.case import Row

#: Months by which a licence of an explicit tree is late where no odds say otherwise.
_LATE_MONTHS = 3.0


class Licences:
    """Usability of every licence in every period of every node."""

    def __init__(self, reading: Reading, book: Book, odds: LicenceOdds, stress: Stress) -> None:
        self.reading = reading
        self.odds = odds
        self.stress = stress
        self.rows = reading.keyed("licences", "")
        self._committed = {
            row["name"] for row in reading.case["commitments"] if row["what"] == "licence"
        }
        self.applied = {(row.licence, row.decided_in): row.applied for row in book["applications"]}

    def free(self, licence: str) -> bool:
        """No cost, no limit and no commitment that says otherwise: always applied for."""
        row = self.rows[licence]
        return (
            not row["application_kusd"]
            and row["max_applications"] is None
            and licence not in self._committed
        )

    def usable(
        self, licence: str, node: str, period: str, even_if_not_applied: bool = False
    ) -> bool:
        """Whether a licence may be used: in hand, or applied for, granted and in force."""
        if self.stress.licence_lost(licence, node, period):
            return False
        timeline, tree = self.reading.timeline, self.reading.tree
        held_until = self.rows[licence]["held_until"]
        if held_until is not None and timeline.within(period, None, held_until):
            return True
        here = tree.nodes[node]
        if not here.parent:
            return False
        applied = self.free(licence) or self.applied.get((licence, here.parent), 0) > 0.5
        if not (applied or even_if_not_applied):
            return False
        outcome = here.outcomes.get(licence, "on_time")
        if outcome == "late":
            months = self.odds.late_months(licence, here.regime)
            start = timeline.falls(
                tree.first_period(node), _LATE_MONTHS if months is None else months
            )
            return start is not None and timeline.within(period, start, None)
        return outcome == "on_time"

    def open(self, need: Need, node: str, period: str, even_if_not_applied: bool = False) -> bool:
        """Whether what has this need may go ahead."""
        return not need.denied_by and all(
            self.usable(licence, node, period, even_if_not_applied) for licence in need.licences
        )


def check_licences(
    reading: Reading, book: Book, rules: Rules, licences: Licences, ledger: Ledger
) -> None:
    """Closed flows, licences in use, quantities under them, applications."""
    _shipments(reading, book, rules, licences, ledger)
    _deliveries(reading, book, rules, licences, ledger)
    _applications(reading, book, licences, ledger)


@lru_cache(maxsize=4096)
def tracks_of(text: str) -> Tracks:
    """``cn+us`` as a set."""
    return frozenset(text.split("+")) if text else frozenset()


def _permitted(
    need: Need, where: str, t: float, at: tuple[str, str], licences: Licences, ledger: Ledger
) -> None:
    node, period = at
    if need.denied_by:
        ledger.record("LIC-1", f"{where} (rule {need.denied_by})", t)
    for licence in sorted(need.licences):
        missing = not licences.usable(licence, node, period)
        ledger.record("LIC-2", f"{where} (licence {licence})", t if missing else 0.0)


def _shipments(
    reading: Reading, book: Book, rules: Rules, licences: Licences, ledger: Ledger
) -> None:
    under: dict[tuple[str, str, str], float] = defaultdict(float)
    for row in book["shipments"]:
        tracks = tracks_of(row.tracks)
        need = rules.shipment(
            row.from_site, row.to_site, row.material, tracks, row.node, row.period
        )
        for licence in need.licences:
            under[licence, row.node, row.period] += row.t
        where = f"{row.material} {row.from_site} -> {row.to_site}, node {row.node}, {row.period}"
        _permitted(need, where, row.t, (row.node, row.period), licences, ledger)
    for (licence, node, period), t in under.items():
        limit = reading.keyed("licences", node)[licence]["max_t_per_year"]
        if limit is not None:
            where = f"licence {licence}, node {node}, {period}"
            ledger.at_most("LIC-3", where, t, limit * reading.timeline.years[period])


def _deliveries(
    reading: Reading, book: Book, rules: Rules, licences: Licences, ledger: Ledger
) -> None:
    substitutes = reading.keyed("substitutes", "")
    flows = [
        (row.market, row.material, row.tracks, row.node, row.period, row.t)
        for row in book["deliveries"]
    ]
    for row in book["swaps"]:
        swap = substitutes[row.substitute]
        flows.append((swap["market"], swap["by_material"], row.tracks, row.node, row.period, row.t))
    for market, material, tracks, node, period, t in flows:
        need = rules.delivery(market, material, tracks_of(tracks), node, period)
        where = f"{material} delivered to {market}, node {node}, {period}"
        _permitted(need, where, t, (node, period), licences, ledger)


def _applications(reading: Reading, book: Book, licences: Licences, ledger: Ledger) -> None:
    tree = reading.tree
    made: dict[tuple[str, str], float] = defaultdict(float)
    limits: dict[str, float] = {}
    for row in book["applications"]:
        where = f"licence {row.licence}, decided in node {row.decided_in}"
        if row.epoch != tree.nodes[row.decided_in].epoch + 1:
            ledger.broken("LIC-5", where, f"applied for epoch {row.epoch:g}")
        limit = _team_limit(licences.rows[row.licence])
        if limit is not None:
            team, most = limit
            made[team, row.decided_in] += row.applied
            limits[team] = most
    for (team, node), count in made.items():
        ledger.at_most("LIC-4", f"team {team}, node {node}", count, limits[team])
    for node in tree.nodes:
        if not tree.children[node]:
            continue
        for licence in licences.rows:
            if licences.free(licence):
                missing = 1 - licences.applied.get((licence, node), 0)
                ledger.record("LIC-5", f"licence {licence}, decided in node {node}", missing)


def _team_limit(row: Row) -> tuple[str, float] | None:
    if row["max_applications"] is None:
        return None
    return row["team"] or row["licence"], row["max_applications"]
