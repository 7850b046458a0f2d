"""A case kept open: turn a knob, solve again from where the last plan stood.

The edits are rows of the sheet `scenarios`: each plan of a session holds them as one more scenario
of its workbook, so that it can be exported, read back, verified and compared like any other.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from planner.api import with_options, with_verdict
from planner.case import Case, Difference, with_differences
from planner.errors import CaseError
from planner.solve.highs import Progress
from planner.solve.plan import Plan
from planner.solve.run import Solver
from planner.solve.search import Method


class Session:
    """A case, the differences made to it so far, and a solver that remembers.

    An edit of numbers (prices, odds, caps, demand, capacity, budgets, risk weight) keeps the
    compiled model, the basis and the last plan; an edit of the structure (a row off, a blank cap
    filled) compiles what is new. The answer is that of a fresh solve, within the gap, either way.

    >>> session = Session(planner.read_case("inputs/tutorial.xlsx"))
    >>> session.change("licence_odds", "denied", 0.3, where="licence=CN-goods")
    >>> plan = session.solve()
    """

    def __init__(self, case: Case, *, threads: int = 2) -> None:
        """``case`` may have a scenario applied: edits come after it. ``threads`` of the solver.

        Raises CaseError for a case under a scenario that does not say what it was made from.
        """
        if case.scenario is not None and case.base is None:
            raise CaseError(f"Scenario '{case.scenario}' cannot be edited: read its workbook anew.")
        self._opened = case
        self._steps: list[tuple[Difference, ...]] = []
        self._case = case
        self._solver = Solver(threads)

    @property
    def case(self) -> Case:
        """The case as it stands, checked like any workbook."""
        return self._case

    @property
    def differences(self) -> tuple[Difference, ...]:
        """All edits in the order in which they were made."""
        return tuple(difference for step in self._steps for difference in step)

    def change(
        self,
        sheet: str,
        column: str,
        value: float | str | bool,
        *,
        where: str = "",
        change: str = "set",
    ) -> None:
        """One edit, in the words of the sheet `scenarios`; units are those of the column.

        ``where`` (`licence=CN-goods; regime=truce`) names the rows, blank means all; ``change`` is
        set, scale, add or off. Raises FaultyWorkbook and changes nothing where it cannot be made.
        """
        self.apply([Difference(sheet, where, column, change, value)])

    def apply(self, differences: Iterable[Difference]) -> None:
        """Several edits as one step, for ``undo`` too; all of them or, with FaultyWorkbook, none.

        Odds that must sum to 1 are changed together this way.
        """
        step = tuple(differences)
        if step:
            self._stand_at([*self._steps, step])

    def undo(self) -> tuple[Difference, ...]:
        """Take the last step back and return it; empty where there is none."""
        if not self._steps:
            return ()
        last = self._steps[-1]
        self._stand_at(self._steps[:-1])
        return last

    def reset(self) -> None:
        """Take all edits back."""
        self._stand_at([])

    def solve(
        self,
        *,
        gap: float | None = None,
        time_limit: float | None = None,
        risk_weight: float | None = None,
        progress: Callable[[Progress], None] | None = None,
        stop: threading.Event | None = None,
        method: Method = "auto",
    ) -> Plan:
        """The verified plan of the case as it stands; options and errors as `planner.solve`."""
        case = with_options(self._case, gap, time_limit, risk_weight)
        return with_verdict(self._solver.solve(case, progress=progress, stop=stop, method=method))

    def _stand_at(self, steps: list[tuple[Difference, ...]]) -> None:
        edits = [difference for step in steps for difference in step]
        if edits:
            base = self._opened.base or self._opened
            case = with_differences(base, self._opened.scenario, edits, "edited")
        else:
            case = self._opened
        self._case, self._steps = case, steps
