"""Projects: when what was built comes into service, and how much it adds."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from planner.analysis.verify.licences import Licences
from planner.analysis.verify.reading import Reading
from planner.analysis.verify.rules import Rules
from planner.analysis.verify.tables import Book


class Projects:
    """Commissioned capacity and fixed cost in every place, from the plan's ``builds``."""

    def __init__(self, reading: Reading, book: Book, rules: Rules, licences: Licences) -> None:
        self.reading = reading
        self.rules = rules
        self.licences = licences
        self.targets = {row["project"]: row["adds_to"] for row in reading.case["projects"]}
        #: t per year that modules add, averaged over the period, and kUSD of each project's fixed cost.
        self._added: dict[tuple[str, str, str], float] = defaultdict(float)
        self.fixed: dict[tuple[str, str, str], float] = defaultdict(float)
        for build in book["builds"]:
            self._commission(build)

    def added(self, target: str, node: str, period: str) -> float:
        """t per year that commissioned modules add to a process or site."""
        return self._added.get((target, node, period), 0.0)

    def _commission(self, build: Any) -> None:
        """Walk every path below the decision; on each, the first permitted period is the start."""
        timeline, tree = self.reading.timeline, self.reading.tree
        project = self.reading.keyed("projects", build.node)[build.project]
        ready = timeline.falls(build.period, project["lead_months"])
        if ready is None:
            return
        heads: list[tuple[str, str, str | None]] = [(build.node, build.period, None)]
        while heads:
            node, period, since = heads.pop()
            if since is None and timeline.within(period, ready, None):
                since = period if self._permitted(build.project, node, period) else None
            if since is not None:
                here = self.reading.keyed("projects", node)[build.project]
                size = project["size_t_per_year"] * _ramp(here["ramp"], timeline, since, period)
                target = self.targets[build.project]
                self._added[target, node, period] += build.modules * size
                yearly = here["fixed_kusd_per_year"] * build.modules
                self.fixed[build.project, node, period] += yearly * timeline.years[period]
            heads.extend((*place, since) for place in tree.following(node, period))

    def _permitted(self, project: str, node: str, period: str) -> bool:
        process = self.reading.keyed("processes", node).get(self.targets[project])
        if process is None:  # a site's throughput rests on no technology
            return True
        need = self.rules.technology("technology", process, node, period)
        return self.licences.open(need, node, period)


def _ramp(shares: tuple[float, ...], timeline: Any, since: str, period: str) -> float:
    """The mean over a period of the yearly shares, counted from commissioning; the last stays."""
    start = timeline.start[period] - timeline.start[since]
    end = start + timeline.years[period]
    area = sum(
        share * max(0.0, min(end, year + 1) - max(start, year))
        for year, share in enumerate(shares[:-1])
    )
    last = len(shares) - 1
    area += shares[-1] * max(0.0, end - max(start, last))
    return area / (end - start)
