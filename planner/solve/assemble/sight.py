"""Sight: which tracks some rule can still see, of goods of a material at a site.

A track tells two lots apart only where a rule may one day look at it: on a lane that leaves the
site, on a delivery there, or further down the chain. Where no rule can, a run need not be kept
apart by what it draws (``network``): a tonne may be used as if on more tracks, so that one class
of runs, on all of those tracks, stands for all.

A rule counts from the shipment or delivery that it hits in any period of the horizon, whatever
the regime; and a cap that groups by track looks at everything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from models.instance import Pair, Process
from planner.solve.assemble.facts import Facts
from planner.solve.assemble.rules import Rules

#: (from_site, to_site, material): goods may be shipped so.
Way = tuple[str, str, str]


class Sight:
    """Tracks in sight at each site, for each material: back from the rules to a fixed point."""

    def __init__(
        self, facts: Facts, ways: Collection[Way], processes: Mapping[str, Process]
    ) -> None:
        self._facts = facts
        self._everything = any(row["group_by"] == "track" for row in facts.case["caps"])
        self._seen: dict[Pair, set[str]] = defaultdict(set)
        if self._everything or not facts.tracks:
            return
        self._look(ways)
        size = -1
        while size != (size := sum(map(len, self._seen.values()))):
            for here, there, material in ways:
                self._seen[here, material] |= self._seen[there, material]
            for process in processes.values():
                seen = self.of_runs(process)
                for material in (*process.inputs, *process.mix):
                    self._seen[process.site, material] |= seen

    def of_runs(self, process: Process) -> frozenset[str]:
        """Tracks of its runs that some rule can see on what they make."""
        if self._everything:
            return frozenset(self._facts.tracks)
        return frozenset(
            track
            for material in process.outputs
            for track in self._seen[process.site, material]
            if self._facts.can_be_on(track, material)
        )

    def _look(self, ways: Collection[Way]) -> None:
        """What rules see directly: shipments, and deliveries as itself or as a substitute."""
        rules, case = Rules(self._facts), self._facts.case
        for here, there, material in ways:
            plain = rules.shipment(here, there, material, "")
            for track in self._facts.tracks:
                hits = set(rules.shipment(here, there, material, track)).difference(plain)
                if rules.ever(hits):
                    self._seen[here, material].add(track)
        sold = {(row["site"], row["material"]) for row in case["demand"]}
        sold |= {(row["market"], row["by_material"]) for row in case["substitutes"]}
        for market, material in sold:
            for track in self._facts.tracks:
                if rules.ever(rules.delivery(market, material, track)):
                    self._seen[market, material].add(track)
