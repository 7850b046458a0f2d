"""Which cell of the workbook each row of the problem comes from, and what one unit of it moves.

``Rules`` names for a row the cells that would have to change for it to give way: a cap's share, a
service floor, a capacity, a demand ... Rows that state how the world works (balances, recipes, leads,
non-negativity, what a law denies) have no such cell and always hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from planner.case.case import Case, Row
from planner.solve.assemble.instance import Assembly

#: Who can change it: ``policy`` we ourselves, ``amount`` suppliers, plants and customers, ``nature``
#: hardly anyone. Asked in this order.
Rank = Literal["policy", "amount", "nature"]
RANKS: tuple[Rank, ...] = ("policy", "amount", "nature")


@dataclass(frozen=True)
class Rule:
    """One cell: ``place`` is the row's position in the sheet, from 0. ``direction`` says whether its
    value rises (1) or falls (-1) when the rule gives way; 0: either way."""

    sheet: str
    place: int
    column: str
    rank: Rank
    direction: int

    def row(self, case: Case) -> Row:
        return case[self.sheet][self.place]


@dataclass(frozen=True)
class Give:
    """A rule gives way in one row of the problem. ``per_unit``: how far the row's side moves when the
    cell moves by one in the rule's direction; None where no such figure exists, because the cell
    multiplies a variable (a cap's share) or is no amount (disposal): the row gives way by itself.
    ``term``: the rule enters the left side of an equation instead: demand that falls, goods that are
    thrown away."""

    rule: Rule
    per_unit: float | None = 1.0
    term: bool = False


#: Component -> sheet, column, rank, direction, and how the row's side follows from the cell:
#: ``rate`` (value x years x shocks), ``unit`` (the cell itself), ``share`` (times a variable).
_CELLS: Mapping[str, tuple[str, str, Rank, int, Literal["rate", "unit", "share"]]] = {
    "share_cap": ("caps", "max_share", "policy", 1, "share"),
    "DIV-1": ("caps", "max_share", "policy", 1, "share"),
    "share_floor": ("caps", "min_share", "policy", -1, "share"),
    "DIV-2": ("caps", "min_share", "policy", -1, "share"),
    "enough_sources": ("caps", "min_sources", "policy", -1, "unit"),
    "few_sources": ("caps", "max_sources", "policy", 1, "unit"),
    "RSK-4": ("limits", "value", "policy", 1, "unit"),
    "RSK-5": ("limits", "value", "policy", 1, "unit"),
    "RSK-6": ("limits", "value", "policy", 1, "unit"),
    "budget_ceiling": ("budgets", "max_capex_kusd", "policy", 1, "unit"),
    "budget_floor": ("budgets", "min_added_t_per_year", "policy", -1, "unit"),
    "committed": ("commitments", "amount", "policy", 0, "unit"),
    "stock_floor": ("stocks", "min_t", "policy", -1, "unit"),
    "stock_closing": ("stocks", "closing_t", "policy", -1, "unit"),
    "team_limit": ("licences", "max_applications", "policy", 1, "unit"),
    "stock_ceiling": ("stocks", "max_t", "amount", 1, "unit"),
    "max_modules": ("projects", "max_modules", "amount", 1, "unit"),
    "take_within_capacity": ("offers", "capacity_t_per_year", "amount", 1, "rate"),
    "contract_capacity": ("offers", "capacity_t_per_year", "amount", 1, "rate"),
    "lane_capacity": ("lanes", "capacity_t_per_year", "amount", 1, "rate"),
    "throughput": ("sites", "throughput_t_per_year", "amount", 1, "rate"),
    "run_within_capacity": ("processes", "capacity_t_per_year", "amount", 1, "rate"),
    "quota": ("licences", "max_t_per_year", "nature", 1, "rate"),
    "goods": ("materials", "disposal_usd_per_kg", "nature", 1, "share"),
}  # fmt: skip


def as_key(index: Any) -> tuple[Any, ...]:
    """The index of a row as a tuple, also where it has one part only."""
    return cast("tuple[Any, ...]", index) if isinstance(index, tuple) else (index,)


class Rules:
    """Looks up the cells of rows, of one case."""

    def __init__(self, assembly: Assembly) -> None:
        context = assembly.context
        self._data = assembly.instance
        self._case = context.facts.case
        self._calendar = context.facts.calendar
        self._lane_rows = context.network.lane_rows
        self._by_name = {
            sheet: {str(row[key]): at for at, row in enumerate(self._case[sheet])}
            for sheet, key in (
                ("caps", "cap"), ("offers", "offer"), ("sites", "site"), ("processes", "process"),
                ("projects", "project"), ("licences", "licence"), ("materials", "material"),
            )
        }  # fmt: skip
        self._stocks: dict[tuple[str, str], int] = {
            (r["site"], r["material"]): at for at, r in enumerate(self._case["stocks"])
        }
        self._paths: dict[tuple[str, str], int] = {
            (row["offer"], row["period"]): at
            for at, row in enumerate(self._case["offer_paths"])
            if row["capacity_t_per_year"] is not None
        }
        self._demand: dict[tuple[str, str, int], int] = {}
        for at in sorted(
            range(len(self._case["demand"])), key=lambda i: self._case["demand"][i]["period"] != "*"
        ):
            row = self._case["demand"][at]
            for t in context.facts.at_index(row["period"]):
                self._demand[row["site"], row["material"], t] = at

    def gives(self, node: str | None, component: str, index: Any, side: float) -> Iterator[Give]:
        """The cells that would make a row give way; ``side`` is its finite bound."""
        key = as_key(index)
        if component in ("service_floor", "demand_met"):
            yield from self._demands(node, component, key)
        elif component == "stress_service":
            yield from self._stress(node, side)
        elif component in _CELLS:
            yield from self._plain(component, key, side)

    def cell(self, component: str, index: Any) -> Rule | None:
        """The cell of a row that is a cap, a limit or a capacity, priced or not; None for others."""
        if component not in _CELLS or component == "goods":
            return None
        sheet, column, rank, direction, _ = _CELLS[component]
        return Rule(sheet, self._place(component, sheet, as_key(index)), column, rank, direction)

    def _plain(self, component: str, key: tuple[Any, ...], side: float) -> Iterator[Give]:
        sheet, column, rank, direction, follows = _CELLS[component]
        if component == "goods" and str(key[1]) in self._data.disposable:
            return
        place = self._place(component, sheet, key)
        if component == "take_within_capacity":
            path = self._paths.get((key[0], self._data.grid.names[int(key[1])]))
            if path is not None:
                sheet, place = "offer_paths", path
        rule = Rule(sheet, place, column, rank, direction)
        value = rule.row(self._case)[column]
        if component == "committed":
            sense = rule.row(self._case)["sense"]
            rule = Rule(sheet, place, column, rank, {"=": 0, ">=": -1, "<=": 1}[sense])
        match follows:
            case "share" if (
                sheet == "caps" and rule.row(self._case)["penalty_usd_per_kg"] is not None
            ):
                return  # priced: it gives way already
            case "share":
                yield Give(rule, None, term=component == "goods")
            case "unit":
                yield Give(rule)
            case _:
                yield Give(
                    rule, side / value if value and side else self._data.grid.years[int(key[-1])]
                )

    def _place(self, component: str, sheet: str, key: tuple[Any, ...]) -> int:
        if sheet == "stocks":
            return self._stocks[key[0], key[1]]
        if sheet in ("limits", "budgets", "commitments"):
            return int(key[0])
        if sheet == "lanes":
            return self._lane_rows[key[0]]
        if component == "team_limit":
            return next(at for at, r in enumerate(self._case[sheet]) if r["team"] == key[0])
        return self._by_name[sheet][str(key[1] if component == "goods" else key[0])]

    def _demands(self, node: str | None, component: str, key: tuple[Any, ...]) -> Iterator[Give]:
        """A floor may be lowered, or the demand behind it."""
        place = self._demand[key]
        row = self._case["demand"][place]
        wanted = self._data.numbers[str(node)]["demand"][key]
        per_year = wanted / row["demand_t_per_year"] if row["demand_t_per_year"] else 0.0
        lower = Rule("demand", place, "demand_t_per_year", "amount", -1)
        if component == "demand_met":
            yield Give(lower, per_year, term=True)
            return
        yield Give(Rule("demand", place, "min_service_share", "policy", -1), wanted)
        yield Give(lower, -(1 - row["min_service_share"]) * per_year)

    def _stress(self, node: str | None, side: float) -> Iterator[Give]:
        test = self._data.tree.by_name[str(node)].test
        rows = [(at, r) for at, r in enumerate(self._case["stress_tests"]) if r["test"] == test]
        place, row = max(rows, key=lambda pair: pair[1]["min_service_share"])
        share = row["min_service_share"]
        if share:
            rule = Rule("stress_tests", place, "min_service_share", "policy", -1)
            yield Give(rule, abs(side) / share)
