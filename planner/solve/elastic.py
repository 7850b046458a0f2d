"""Elastic relaxation: how far business rules must give way for a plan to exist.

Every rule (one cell of the workbook, `planner.solve.business_rules`) gets a column by which its rows
give way, in the unit of the cell; costs are those of giving way alone, each rule relative to its own value.
What no rule stands for (balances, recipes, leads, denied lanes) stays hard. So the questions are
linear programs, or integer ones where the relaxation has an answer and whole decisions have none:

    least(E)        the least total change of the rules E that makes the rest possible
    possible(E)     whether the rules E can hold together when all others are given up

Source: elastic filter and deletion filter of J. W. Chinneck, Feasibility and Infeasibility in
Optimization (2008), chapters 6 and 7, with rules in place of rows.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from highspy import HighsModelStatus as Ended
from highspy import cb
from scipy.sparse import coo_array, csc_array, hstack, lil_array, vstack

from models.instance import Instance
from planner.errors import Interrupted, NoPlan, NothingFound
from planner.solve.arrays import Arrays, Floats, load, run_here
from planner.solve.assemble.instance import Assembly
from planner.solve.business_rules import Rule, Rules, as_key
from planner.solve.layout import absorb_singletons
from planner.solve.stack import Stack, Templates, stack

#: A total of relative changes below this is none.
TINY = 1e-6
#: Iterations towards a share, and when two of them are the same.
_ROUNDS, _CLOSE = 10, 1e-7
_Kind = cb.HighsCallbackType
_STOPS = (_Kind.kCallbackSimplexInterrupt, _Kind.kCallbackIpmInterrupt, _Kind.kCallbackMipInterrupt)


@dataclass(frozen=True)
class Place:
    """Where a rule gives way: the node (None: over the whole tree), the row's name, how far."""

    node: str | None
    component: str
    index: tuple[Any, ...]
    amount: float


@dataclass(frozen=True)
class Change:
    """A rule that gives way: by how much in the unit of its cell (None: see ``ratio``), the value that a
    share must reach, and the rows at which it does."""

    rule: Rule
    by: float | None
    ratio: float | None
    places: tuple[Place, ...]


class Elastic:
    """One problem with a column for every rule; ``whole``: decisions of yes or no stay whole."""

    def __init__(
        self,
        assembly: Assembly,
        templates: Templates,
        *,
        whole: bool,
        deadline: float,
        stop: threading.Event | None = None,
    ) -> None:
        self._data: Instance = assembly.instance
        self._case = assembly.context.facts.case
        self._deadline, self._stop = deadline, stop or threading.Event()
        stacked = stack(self._data, templates)
        self._read_rules(Rules(assembly), stacked)
        self._arrays = self._made(stacked, whole=whole)
        self._supply = self._supplies(templates, stacked)
        options = {"mip_abs_gap": TINY / 10, "mip_rel_gap": 0.0, "threads": 2}
        self._highs = load(self._arrays, 1.0, options if whole else {"solver": "ipx", "threads": 2})
        self._listen(self._highs)

    @property
    def rules(self) -> tuple[Rule, ...]:
        return tuple(self._columns)

    def least(self, elastic: Collection[Rule]) -> tuple[Change, ...] | None:
        """The least change of these rules that makes all else possible; None if none does."""
        values = self._solve(dict.fromkeys(elastic, 1.0), ())
        return None if values is None else self._changes(values, elastic)

    def possible(self, hard: Collection[Rule]) -> bool:
        """Whether these rules can hold together with all others given up."""
        others = [rule for rule in self._columns if rule not in set(hard)]
        return self._solve({}, others) is not None

    def least_share(self, rule: Rule) -> float | None:
        """The share that a cap needs, if it alone gives way: the least largest (a floor: the largest
        least) over its rows; None if the cap alone does not suffice.

        A generalised fractional program, by Dinkelbach's iteration: for the share s of the last
        solution, minimise the largest of part - s * supply; J.-P. Crouzeix, J. A. Ferland and
        S. Schaible, Journal of Optimization Theory and Applications 47 (1985) 35-49.
        """
        values = self._solve({rule: 1.0}, ())
        share = None if values is None else self._ratio(rule, values)
        if share is None:
            return None
        rows = [self._place[row] for row in self._rows_of(rule)]
        first = float(rule.row(self._case)[rule.column])
        for _ in range(_ROUNDS):
            better = self._ratio_at(rule, rows, share - first)
            if better is None or abs(better - share) < _CLOSE:
                break
            share = better
        return share

    def _ratio_at(self, rule: Rule, rows: list[int], moved: float) -> float | None:
        """The share of the solution whose largest part - share * supply is least, share moved."""
        arrays = self._arrays
        shift = lil_array(arrays.matrix.shape)
        shift[rows, : self._width] = self._supply[rows] * (-moved * rule.direction)
        largest = np.zeros((arrays.matrix.shape[0], 1))
        largest[rows] = -1.0
        made = replace(
            arrays,
            cost=np.append(arrays.cost, 1.0),
            lower=np.append(arrays.lower, -np.inf),
            upper=np.append(arrays.upper, np.inf),
            integer=np.append(arrays.integer, False),
            matrix=csc_array(hstack([arrays.matrix + csc_array(shift), csc_array(largest)])),
        )
        highs = load(made, 1.0, {"threads": 2, "mip_rel_gap": 0.0})
        self._listen(highs)
        run_here(highs)
        if highs.getModelStatus() != Ended.kOptimal:
            return None
        return self._ratio(rule, np.array(highs.getSolution().col_value))

    def _listen(self, highs: Any) -> None:
        """End a solve at the deadline or when asked to stop."""
        stop, deadline = self._stop, self._deadline

        def heed(_kind: Any, _message: str, _said: Any, answer: Any, _data: Any) -> None:
            answer.user_interrupt = stop.is_set() or time.monotonic() >= deadline

        highs.setCallback(heed, None)
        for kind in _STOPS:
            highs.startCallback(kind)

    def _read_rules(self, rules: Rules, stacked: Stack) -> None:
        """Columns of rules: (row, coefficient) of each, and the rows that keep their own place."""
        self._rows: dict[int, tuple[str | None, str, tuple[Any, ...]]] = {}
        # a share has a column for each of its rows
        entries: dict[tuple[Rule, int, int], list[tuple[int, float]]] = {}
        for row, (node, name) in enumerate(stacked.names):
            component, index = name if node is not None else (name[0], name[1:])
            low, high = float(stacked.row_lower[row]), float(stacked.row_upper[row])
            sides = [(low, 1.0)] if np.isfinite(low) else []
            sides += [(high, -1.0)] if np.isfinite(high) else []
            for side, sign in sides:
                for give in rules.gives(node, component, index, side):
                    own = row if give.per_unit is None else -1
                    by = 1.0 if give.per_unit is None else give.per_unit
                    way = sign
                    if give.term:
                        way = 1.0 if give.per_unit is not None else -1.0
                    # An amount that must be met exactly has a column for either way.
                    both = int(way) if give.rule.direction == 0 else 0
                    column = entries.setdefault((give.rule, both, own), [])
                    if (row, way * by) not in column:
                        column.append((row, way * by))
                    self._rows[row] = (node, component, as_key(index))
        self._columns: dict[Rule, list[int]] = {}
        self._entries = list(entries.values())
        for at, (rule, _, _) in enumerate(entries):
            self._columns.setdefault(rule, []).append(at)
        self._is_share = {rule: own >= 0 for rule, _, own in entries}

    def _made(self, stacked: Stack, *, whole: bool) -> Arrays:
        """The rows of rules as they are, all others as the solver sees them; rule columns last."""
        rows, width = stacked.matrix.shape
        of_rules = np.zeros(rows, dtype=bool)
        of_rules[list(self._rows)] = True
        lower, upper = stacked.lower.copy(), stacked.upper.copy()
        hard = absorb_singletons(
            stacked.matrix[~of_rules], stacked.row_lower[~of_rules], stacked.row_upper[~of_rules],
            lower, upper,
        )  # fmt: skip
        place = {int(row): at for at, row in enumerate(np.flatnonzero(of_rules))}
        triples = [
            (value, place[row], column)
            for column, entries in enumerate(self._entries)
            for row, value in entries
        ]
        value, row, column = (np.array(part) for part in zip(*triples, strict=True))
        own = coo_array((value, (row, column)), shape=(len(place), len(self._entries)))
        none = coo_array((hard[0].shape[0], len(self._entries)))
        soft = hstack([stacked.matrix[of_rules], own])
        matrix = csc_array(vstack([soft, hstack([hard[0], none])]))
        self._width, self._place = width, place
        self._soft = stacked.matrix[of_rules]
        extra = len(self._entries)
        return Arrays(
            cost=np.zeros(width + extra),
            lower=np.concatenate([lower, np.zeros(extra)]),
            upper=np.concatenate([upper, np.zeros(extra)]),
            integer=np.concatenate([stacked.integer & whole, np.zeros(extra, dtype=bool)]),
            matrix=matrix,
            row_lower=np.concatenate([stacked.row_lower[of_rules], hard[1]]),
            row_upper=np.concatenate([stacked.row_upper[of_rules], hard[2]]),
        )

    def _supplies(self, templates: Templates, stacked: Stack) -> Any:
        """What a share of 1 multiplies in each row of a rule [t]: the difference that it makes."""
        moved = {
            node: {
                **figures,
                **{
                    name: {key: share + 1 for key, share in figures.get(name, {}).items()}
                    for name in ("max_share", "min_share")
                },
            }
            for node, figures in self._data.numbers.items()
        }
        again = stack(replace(self._data, numbers=moved), templates)
        rows = list(self._place)
        return abs(again.matrix[rows] - stacked.matrix[rows])

    def _scale(self, rule: Rule, column: int) -> float:
        """What a change of 1 weighs: relative to the cell, or for a share to the row's demand."""
        if self._is_share[rule]:
            node, _, key = self._rows[self._entries[column][0][0]]
            return 1 / self._tonnes(node, key[-1])
        value = rule.row(self._case)[rule.column]
        return 1 / abs(value) if value else 1.0

    def _tonnes(self, node: str | None, period: Any) -> float:
        """Demand of a period in a node (over the tree: its root's) [t], at least 1."""
        name = node or self._data.tree.root.name
        demand = self._data.numbers[name].get("demand", {})
        return max(1.0, sum(t for key, t in demand.items() if key[-1] == period))

    def _solve(self, priced: Mapping[Rule, float], free: Collection[Rule]) -> Floats | None:
        """Values of all columns at least weighted change, or None where no plan exists."""
        extra = len(self._entries)
        cost, upper = np.zeros(extra), np.zeros(extra)
        for rule, columns in self._columns.items():
            if rule not in priced and rule not in free:
                continue
            value = rule.row(self._case)[rule.column]
            for column in columns:
                falls = rule.direction < 0 and not self._is_share[rule] and value is not None
                upper[column] = float(value or 0.0) if falls else np.inf
                if rule in priced:
                    cost[column] = priced[rule] * self._scale(rule, column)
        at = np.arange(self._width, self._width + extra, dtype=np.int32)
        self._highs.changeColsCost(extra, at, cost)
        self._highs.changeColsBounds(extra, at, np.zeros(extra), upper)
        if self._stop.is_set() or time.monotonic() >= self._deadline:
            self._raise_stopped()
        run_here(self._highs)
        if not self._arrays.integer.any():
            self._highs.setOptionValue("solver", "simplex")  # the next one begins from a basis
        match self._highs.getModelStatus():
            case Ended.kOptimal:
                return np.array(self._highs.getSolution().col_value)
            case Ended.kInfeasible | Ended.kUnboundedOrInfeasible:
                return None
            case Ended.kInterrupt:
                return self._raise_stopped()
            case other:
                raise NoPlan(f"HiGHS gave up on a relaxation (model status {other.name}).")

    def _raise_stopped(self) -> None:
        if self._stop.is_set():
            raise Interrupted("Stopped while looking for the reason.")
        raise NothingFound("The time for finding the reason was over.")

    def _changes(self, values: Floats, elastic: Collection[Rule]) -> tuple[Change, ...]:
        found: list[Change] = []
        own = values[self._width :]
        for rule in elastic:
            columns = [c for c in self._columns[rule] if own[c] * self._scale(rule, c) > TINY]
            if not columns:
                continue
            places = tuple(
                Place(*self._rows[row], amount=abs(float(own[c] * value)))
                for c in columns
                for row, value in self._entries[c]
            )
            if self._is_share[rule]:
                found.append(Change(rule, None, self._ratio(rule, values), places))
                continue
            by = sum(float(own[c]) * (self._sign(rule, c) or 1) for c in columns)
            found.append(Change(rule, by, None, places))
        return tuple(found)

    def _sign(self, rule: Rule, column: int) -> int:
        """Of a commitment that must be met exactly: up where its row's upper side gives way."""
        if rule.direction:
            return rule.direction
        return 1 if self._entries[column][0][1] < 0 else -1

    def _ratio(self, rule: Rule, values: Floats) -> float | None:
        """The share that a cap's members hold at most (or at least) in this solution."""
        if rule.sheet != "caps":
            return None
        rows = [self._place[row] for row in self._rows_of(rule)]
        supply = self._supply[rows] @ values[: self._width]
        beyond = self._soft[rows] @ values[: self._width]  # part - share * supply, or the reverse
        share, flows = float(rule.row(self._case)[rule.column]), supply > TINY
        if not flows.any():
            return None
        ratios = share + rule.direction * beyond[flows] / supply[flows]
        return float(ratios.max() if rule.direction > 0 else ratios.min())

    def _rows_of(self, rule: Rule) -> list[int]:
        return [self._entries[column][0][0] for column in self._columns[rule]]
