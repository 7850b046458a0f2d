"""Where a block of equations stands: its epoch, the blocks before it, and its books.

One block states all equations of one node. It sees its own columns and those of the nodes before
it on the path, so a row never reaches across branches. Modules write into three books, which
later modules close: the balance of goods, the costs and the sources of supply.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pyomo.environ import Param

from models.instance import Grid, Origin, StressTest, Tracks

#: A Pyomo expression, variable or number; Pyomo has no type stubs.
Term = Any
Block = Any

#: The sum of no columns [-]. Rows that may turn out to have none begin with it: of plain numbers
#: Pyomo makes a truth value, while a row of constants lets the solver say that it cannot hold.
NOTHING = Param(initialize=0.0, mutable=True)
NOTHING.construct()


@dataclass(frozen=True)
class Source:
    """A term that enters the chain: ``amount`` [t] of ``material`` in ``period``."""

    origin: Origin
    material: str
    tracks: Tracks
    period: int
    amount: Term


@dataclass
class Books:
    """What modules write and later modules close."""

    #: (site, material, tracks, period) -> terms, inflow positive, outflow negative [t]
    balance: dict[tuple[str, str, Tracks, int], list[Term]] = field(
        default_factory=lambda: defaultdict(list)
    )
    #: (line, period) -> terms [kUSD, not discounted]
    cost: dict[tuple[str, int], list[Term]] = field(default_factory=lambda: defaultdict(list))
    sources: list[Source] = field(default_factory=list)
    #: key -> terms whose expectation over the tree a row bounds (see ``models.build``)
    expected: dict[tuple[Any, ...], list[Term]] = field(default_factory=lambda: defaultdict(list))

    def goods(self, site: str, material: str, tracks: Tracks, period: int, amount: Term) -> None:
        """Book an inflow (an outflow where ``amount`` is negative) [t]."""
        self.balance[site, material, tracks, period].append(amount)

    def charge(self, line: str, period: int, amount: Term) -> None:
        """Book a cost [kUSD, not discounted]."""
        self.cost[line, period].append(amount)


@dataclass(frozen=True)
class Place:
    """One block's place on its path.

    ``blocks`` are those of epochs 1 .. ``epoch``, its own last. ``values[name][key]`` are its
    figures (numbers, or Pyomo parameters where nodes of the epoch differ).
    """

    grid: Grid
    epoch: int
    blocks: Sequence[Block]
    values: Mapping[str, Mapping[tuple[Any, ...], Term]]
    books: Books
    test: StressTest | None = None

    @property
    def periods(self) -> tuple[int, ...]:
        return self.grid.periods(self.epoch)

    @property
    def first(self) -> int:
        """The first period of the epoch."""
        return self.periods[0]

    @property
    def is_last(self) -> bool:
        """Whether paths end here (stress branches have no row over whole paths)."""
        return self.epoch == self.grid.last_epoch and self.test is None

    @property
    def decides_epochs(self) -> tuple[int, ...]:
        """Epochs whose contracts are decided here: the children's; in the root its own too."""
        own = (1,) if self.epoch == 1 else ()
        following = (self.epoch + 1,) if self.epoch < self.grid.last_epoch else ()
        return own + following

    def at(self, period: int) -> Block:
        """The block on this path that owns a period, not later than this epoch."""
        return self.blocks[self.grid.epoch[period] - 1]

    def of(self, epoch: int) -> Block:
        """The block of an epoch on this path."""
        return self.blocks[epoch - 1]

    def figure(self, name: str, *key: object) -> Term:
        """A figure, or None where the case states none (no limit, no cost)."""
        return self.values.get(name, {}).get(key)

    def states(self, name: str, *key: object) -> bool:
        """Whether the case states this figure in some node of the epoch."""
        return key in self.values.get(name, {})
