"""The verdict on a plan, and the ledger in which it is written up check by check."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from planner.analysis.verify.equations import EQUATIONS

#: Largest relative violation that still holds.
TOLERANCE = 1e-6

#: Faults of one family that are spelled out; the rest are counted.
SPELLED_OUT = 20


@dataclass(frozen=True)
class Check:
    """One family: rows checked, worst relative violation and the place where it stands."""

    equation: str
    meaning: str
    rows: int
    worst: float
    where: str


@dataclass(frozen=True)
class Verdict:
    """Whether a plan holds.

    ``worst`` is the worst relative violation: violation / max(1, largest term of the row); a
    structural fault (a column missing, a name unknown) counts as 1. ``checks`` has a row for every
    family of ``EQUATIONS``, also where the case gives it nothing to check; ``faults`` are texts for
    a planner, at most 20 of a family spelled out; ``differences`` those of them that say only that
    the inputs are not the ones to compare with.
    """

    holds: bool
    worst: float
    checks: tuple[Check, ...]
    tolerance: float
    faults: tuple[str, ...]
    differences: tuple[str, ...] = ()


@dataclass
class _Family:
    rows: int = 0
    worst: float = 0.0
    where: str = ""
    broken: int = 0


class Ledger:
    """Collects the outcome of every row checked."""

    def __init__(self) -> None:
        self._families = {equation: _Family() for equation in EQUATIONS}
        self._faults: dict[str, list[str]] = {equation: [] for equation in EQUATIONS}

    def record(self, equation: str, where: str, violation: float, scale: float = 1.0) -> None:
        """One row: by how much it is violated, and its largest term (same unit)."""
        relative = max(0.0, violation) / max(1.0, abs(scale))
        text = f"{where}: off by {violation:.6g}" if relative > TOLERANCE else ""
        self._enter(equation, where, relative, text)

    def at_most(self, equation: str, where: str, left: float, right: float) -> None:
        """One row ``left <= right``."""
        relative = max(0.0, left - right) / max(1.0, abs(left), abs(right))
        text = f"{where}: {left:.6g} is above {right:.6g}" if relative > TOLERANCE else ""
        self._enter(equation, where, relative, text)

    def equal(
        self, equation: str, where: str, stated: float, rebuilt: float, scale: float = 1.0
    ) -> None:
        """One row ``stated = rebuilt``; ``scale`` where a term is larger than both."""
        relative = abs(stated - rebuilt) / max(1.0, abs(stated), abs(rebuilt), abs(scale))
        broken = relative > TOLERANCE
        text = f"{where}: the plan has {stated:.9g}, rebuilt {rebuilt:.9g}" if broken else ""
        self._enter(equation, where, relative, text)

    def broken(self, equation: str, where: str, text: str) -> None:
        """A row that is wrong by its nature, not by an amount; counts as violation 1."""
        self._enter(equation, where, 1.0, f"{where}: {text}")

    def held(self, equation: str, rows: int = 1) -> None:
        """Rows that were checked and found right."""
        self._families[equation].rows += rows

    def verdict(self) -> Verdict:
        """What has been found so far."""
        checks = tuple(
            Check(equation, EQUATIONS[equation], family.rows, family.worst, family.where)
            for equation, family in self._families.items()
        )
        worst = max(check.worst for check in checks)
        faults = tuple(self._texts())
        return Verdict(worst <= TOLERANCE, worst, checks, TOLERANCE, faults)

    def _enter(self, equation: str, where: str, relative: float, text: str) -> None:
        family = self._families[equation]
        family.rows += 1
        if relative > family.worst:
            family.worst, family.where = relative, where
        if relative > TOLERANCE:
            family.broken += 1
            if family.broken <= SPELLED_OUT:
                self._faults[equation].append(text)

    def _texts(self) -> Iterable[str]:
        for equation, texts in self._faults.items():
            for text in texts:
                yield f"{equation} ({EQUATIONS[equation]}): {text}"
            unspoken = self._families[equation].broken - len(texts)
            if unspoken > 0:
                yield f"{equation} ({EQUATIONS[equation]}): and {unspoken} more"
