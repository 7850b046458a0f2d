"""All that figures are made from, gathered once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from models.instance import (
    Cap,
    Demand,
    Grid,
    Licence,
    Offer,
    Origin,
    Pair,
    Project,
    Qualification,
    Return,
    StressTest,
    Substitute,
)
from planner.solve.assemble.facts import Facts
from planner.solve.assemble.network import Network
from planner.solve.assemble.rules import Licensing, Rules
from planner.solve.assemble.shocks import Losses, Shocks

Figure = dict[tuple[Any, ...], float]
Figures = dict[str, Figure]


@dataclass(frozen=True)
class Context:
    """The parts of a case that do not differ between nodes."""

    facts: Facts
    rules: Rules
    licensing: Licensing
    shocks: Shocks
    losses: Losses
    network: Network
    offers: dict[str, Offer]
    qualifications: dict[Pair, Qualification]
    projects: dict[str, Project]
    demands: dict[Pair, Demand]
    substitutes: dict[str, Substitute]
    returns: dict[int, Return]
    licences: dict[str, Licence]
    origins: dict[tuple[str, object], Origin]
    caps: dict[str, Cap]
    tests: dict[str, StressTest]
    #: gated project or process -> names of the rules on its technology or maintenance
    technology_rules: dict[str, tuple[str, ...]]
    maintenance_rules: dict[str, tuple[str, ...]]

    @property
    def grid(self) -> Grid:
        return self.facts.calendar.grid
