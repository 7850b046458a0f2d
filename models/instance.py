"""The frozen input of the formulation: sets and links here, figures in ``numbers``.

Canonical units: t (in the period unless it says per year), kUSD, years. Periods are integers
0, 1, 2 ...; epochs 1, 2, 3 ... ``Tracks`` is the class of goods: the sorted names of the tracks
that they are on, joined by ``+``; empty for goods on no track.

Everything here is the same for all nodes of an epoch, so that one block of equations serves them
all; whatever differs between nodes is a figure and stands in ``numbers[node]``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from models.tree import Tree

Tracks = str
#: The pseudo-track of goods that are not recycled; present only where a cap groups by it.
PRIMARY = "primary"
Pair = tuple[str, str]  # (site, material)

#: Figures of one node: name -> key -> value, e.g. ``numbers["demand"][market, material, period]``.
Numbers = Mapping[str, Mapping[tuple[Any, ...], float]]


@dataclass(frozen=True)
class Grid:
    """The calendar: ``start`` and ``years`` in years, ``epoch`` of each period."""

    names: tuple[str, ...]
    start: tuple[float, ...]
    years: tuple[float, ...]
    epoch: tuple[int, ...]
    discount_rate: float

    @cached_property
    def discount(self) -> tuple[float, ...]:
        """(1 + rate)^-start: every cost is discounted at the start of its period."""
        return tuple((1 + self.discount_rate) ** -start for start in self.start)

    @cached_property
    def last_epoch(self) -> int:
        return self.epoch[-1]

    def periods(self, epoch: int) -> tuple[int, ...]:
        """The periods of an epoch, in order."""
        return tuple(t for t, of in enumerate(self.epoch) if of == epoch)


@dataclass(frozen=True)
class Qualification:
    """Of a site for a material. ``ready[epoch]``: first usable period if begun on entering it."""

    site: str
    material: str
    ready: Mapping[int, int]
    free_from: int | None  # usable from here without paying (begun before the horizon)


@dataclass(frozen=True)
class Offer:
    """Something that can be bought, in the periods of ``window``."""

    name: str
    site: str
    material: str
    tracks: Tracks
    window: frozenset[int]
    contract_epochs: int  # 0: spot
    needs_qualification: bool
    has_min_take: bool
    has_min_order: bool
    break_levels: int  # 0: one price

    @property
    def pair(self) -> Pair:
        return self.site, self.material


@dataclass(frozen=True)
class Arc:
    """One material on one lane. ``arrival[t]`` is the period in which a shipment of t arrives."""

    name: int
    lane: int
    from_site: str
    to_site: str
    material: str
    arrival: Mapping[int, int]


@dataclass(frozen=True)
class Lane:
    """A way between two sites; its capacity, fixed cost and minimum are shared by its arcs."""

    name: int
    from_site: str
    to_site: str
    arcs: tuple[int, ...]
    has_load_choice: bool  # a fixed cost or a minimum load: used or not, period by period


@dataclass(frozen=True)
class Process:
    """``classes``: tracks that its runs can be on. ``draws[run, material]``: classes drawn."""

    name: str
    site: str
    window: frozenset[int]
    inputs: tuple[str, ...]  # fixed proportions
    mix: tuple[str, ...]  # a choice, within blend windows
    outputs: tuple[str, ...]
    blend_elements: tuple[str, ...]
    classes: tuple[Tracks, ...]
    draws: Mapping[tuple[Tracks, str], tuple[Tracks, ...]]
    out_class: Mapping[tuple[Tracks, str], Tracks]
    has_min_run: bool
    gated: bool  # its maintenance needs a licence that is a decision
    projects: tuple[str, ...]


@dataclass(frozen=True)
class Project:
    """Modules of capacity. ``commissioned[t]``: first period of service if decided in t."""

    name: str
    process: str | None
    site: str | None  # of a project that widens a site's throughput
    integer: bool
    max_modules: float
    decided: tuple[int, ...]
    commissioned: Mapping[int, int]
    gated: bool  # commissioning waits for a licence that is a decision
    excludes: tuple[str, ...]
    requires: tuple[str, ...]


@dataclass(frozen=True)
class Demand:
    """What a market wants of a material, in the periods of ``window``."""

    market: str
    material: str
    end_use: str
    window: frozenset[int]
    backlog: frozenset[int]
    single_source: frozenset[int]
    counted: frozenset[int]  # has a shortage price or a service floor

    @property
    def pair(self) -> Pair:
        return self.market, self.material


@dataclass(frozen=True)
class Substitute:
    """``ready[epoch]``: first usable period if the switch is begun on entering the epoch."""

    name: str
    market: str
    material: str
    by_material: str
    ready: Mapping[int, int]


@dataclass(frozen=True)
class Return:
    """Scrap that comes back from what a market was sold."""

    name: int
    market: str
    product: str
    scrap: str
    to_site: str
    tracks: Tracks


@dataclass(frozen=True)
class Licence:
    """``decided``: applying costs money or is limited, so it is a choice; else always applied."""

    name: str
    team: str | None
    decided: bool
    has_quota: bool


@dataclass(frozen=True)
class Origin:
    """Where a tonne enters the chain: what caps group by."""

    site: str
    country: str
    company: str
    technology_origin: str


@dataclass(frozen=True)
class Cap:
    """``weight[material]``: t counted per t of material. Shares by member of ``group_by``."""

    name: str
    group_by: str
    members: tuple[str, ...]
    weight: Mapping[str, float]
    window: frozenset[int]
    expected: bool
    has_max: bool
    has_min: bool
    priced: bool
    min_sources: int
    max_sources: int | None


@dataclass(frozen=True)
class Budget:
    """Periods of decision it covers, and whether it has a ceiling and a floor."""

    name: int
    window: frozenset[int]
    has_max: bool
    has_min: bool


@dataclass(frozen=True)
class Commitment:
    """``period`` None: over the whole path. ``sense`` is one of =, >=, <=."""

    name: int
    what: str
    subject: str
    period: int | None
    sense: str


@dataclass(frozen=True)
class StressTest:
    """In ``window`` the service of ``end_uses`` (empty: all) must hold; what is lost is a figure."""

    name: str
    window: frozenset[int]
    end_uses: frozenset[str]


@dataclass(frozen=True)
class Limit:
    """A ceiling on a measure of risk, over ``end_uses`` (empty: all)."""

    name: int
    measure: str
    end_uses: frozenset[str]


@dataclass(frozen=True)
class Risk:
    """lambda and alpha: objective = (1 - weight) E + weight CVaR of the worst 1 - level."""

    weight: float
    level: float


@dataclass(frozen=True)
class Instance:
    """All that the formulation reads."""

    grid: Grid
    tree: Tree
    risk: Risk
    offers: Mapping[str, Offer]
    qualifications: Mapping[Pair, Qualification]
    lanes: Mapping[int, Lane]
    arcs: Mapping[int, Arc]
    arc_classes: Mapping[int, tuple[Tracks, ...]]
    classes: Mapping[Pair, tuple[Tracks, ...]]  # that can occur at a site
    disposable: frozenset[str]
    processes: Mapping[str, Process]
    projects: Mapping[str, Project]
    stocks: frozenset[Pair]
    demands: Mapping[Pair, Demand]
    substitutes: Mapping[str, Substitute]
    returns: Mapping[int, Return]
    licences: Mapping[str, Licence]
    origins: Mapping[tuple[str, object], Origin]  # ("offer" | "process" | "return", name)
    caps: Mapping[str, Cap]
    budgets: tuple[Budget, ...]
    commitments: tuple[Commitment, ...]
    stress_tests: Mapping[str, StressTest]
    limits: tuple[Limit, ...]
    closed_ships: frozenset[tuple[int, Tracks, int]]  # (arc, tracks, t) open in no node
    closed_deliveries: frozenset[tuple[str, str, Tracks, int]]
    numbers: Mapping[str, Numbers] = field(repr=False)  # by node name

    @cached_property
    def holds_risk(self) -> bool:
        """Whether path costs must be known: a weight on CVaR, or a limit on it."""
        return self.risk.weight > 0 or any(
            limit.measure == "cvar_cost_kusd" for limit in self.limits
        )


def tracks_of(label: Tracks) -> frozenset[str]:
    """``CN+US`` -> {CN, US}; the empty label -> no track."""
    return frozenset(label.split("+")) if label else frozenset()


def label_of(tracks: frozenset[str]) -> Tracks:
    """{US, CN} -> ``CN+US``."""
    return "+".join(sorted(tracks))
