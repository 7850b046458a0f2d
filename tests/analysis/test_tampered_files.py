"""Whoever edits an exported plan's file is caught by `verify`: cells changed as a hand would do it.

The plan is a real one, of the tutorial, written and read through the file; each kind of tampering opens
it, changes what it says and saves it. Kinds that need no file are in test_verify_tampering.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import openpyxl
import pytest
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from planner.api import read_case, solve, verify_file
from planner.errors import CaseError, PlanFileError

TUTORIAL = Path(__file__).parents[2] / "inputs" / "tutorial.xlsx"
Edit = Callable[[Workbook], None]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    plan = solve(read_case(TUTORIAL))
    return plan.to_excel(tmp_path_factory.mktemp("plan") / "plan.xlsx")


def _columns(sheet: Worksheet) -> dict[str, int]:
    return {str(cell.value): int(cell.column or 0) for cell in sheet[1]}


def _rows(sheet: Worksheet, match: dict[str, Any]) -> Iterator[int]:
    place = _columns(sheet)
    for row in range(2, sheet.max_row + 1):
        if all(sheet.cell(row, place[name]).value == value for name, value in match.items()):
            yield row


def first(sheet: Worksheet, match: dict[str, Any]) -> int:
    found = next(_rows(sheet, match), None)
    assert found is not None, f"nothing to tamper with in {sheet.title}: {match}"
    return found


def add(table: str, column: str, by: float, **match: Any) -> Edit:
    """The first number of the rows that match, moved."""

    def edit(book: Workbook) -> None:
        sheet = book[table]
        cell = sheet.cell(first(sheet, match), _columns(sheet)[column])
        was: Any = cell.value
        cast("Any", cell).value = was + by

    return edit


def put(table: str, column: str, value: Any, **match: Any) -> Edit:
    def edit(book: Workbook) -> None:
        sheet = book[table]
        cell = sheet.cell(first(sheet, match), _columns(sheet)[column])
        assert cell.value != value
        cast("Any", cell).value = value

    return edit


def drop(table: str, **match: Any) -> Edit:
    def edit(book: Workbook) -> None:
        book[table].delete_rows(first(book[table], match))

    return edit


def twice(table: str, **match: Any) -> Edit:
    def edit(book: Workbook) -> None:
        sheet = book[table]
        sheet.append([cell.value for cell in sheet[first(sheet, match)]])

    return edit


def without(table: str) -> Edit:
    return lambda book: book.remove(book[table])


def meta(key: str, value: Any) -> Edit:
    return put("plan_meta", "value", value, key=key)


def meta_add(key: str, by: float) -> Edit:
    return add("plan_meta", "value", by, key=key)


def both(*edits: Edit) -> Edit:
    def edit(book: Workbook) -> None:
        for one in edits:
            one(book)

    return edit


KINDS: dict[str, Edit] = {
    "a purchase is 1 t more": add("plan_takes", "t", 1, offer="Ganzhou spot"),
    "a purchase is 1 t less": add("plan_takes", "t", -1, offer="Ganzhou spot"),
    "a purchase is dropped": drop("plan_takes", offer="Ganzhou spot"),
    "a purchase stands twice": twice("plan_takes", offer="Ganzhou spot"),
    "a purchase goes to another supplier": put("plan_takes", "offer", "Kuantan spot", offer="Ganzhou spot", period="first"),
    "a purchase is from an unknown supplier": put("plan_takes", "offer", "Nobody", offer="Ganzhou spot"),
    "a purchase is moved to another period": put("plan_takes", "period", "second", offer="Ganzhou spot", period="first"),
    "a purchase is text": put("plan_takes", "t", "many", offer="Ganzhou spot"),
    "a purchase is below 0": put("plan_takes", "t", -5, offer="Ganzhou spot"),
    "a purchase and its shipment are 1 t more": both(add("plan_takes", "t", 1, offer="Ganzhou spot"), add("plan_shipments", "t", 1, from_site="Ganzhou")),
    "a contract is 1 t a year less": add("plan_contracts", "t_per_year", -1),
    "a contract is 1 t a year more": add("plan_contracts", "t_per_year", 1),
    "a contract is beyond capacity": put("plan_contracts", "t_per_year", 61),
    "a contract is dropped": drop("plan_contracts"),
    "an application is dropped": drop("plan_applications"),
    "an application is half made": put("plan_applications", "applied", 0.5),
    "an application is for an unknown licence": put("plan_applications", "licence", "XX"),
    "a shipment is 1 t more": add("plan_shipments", "t", 1, from_site="Works"),
    "a shipment is on a lane that does not exist": put("plan_shipments", "to_site", "Motors", from_site="Ganzhou"),
    "a shipment arrives earlier": put("plan_shipments", "arrives", "first", period="second"),
    "a run is 1 t more": add("plan_runs", "t", 1),
    "a run is dropped": drop("plan_runs"),
    "a draw is 1 t less": add("plan_draws", "t", -1),
    "stock is 1 t more": add("plan_stock", "t", 1),
    "stock is beyond its ceiling": put("plan_stock", "t", 31),
    "stock is dropped": drop("plan_stock"),
    "a delivery is 1 t more": add("plan_deliveries", "t", 1),
    "a delivery is dropped": drop("plan_deliveries"),
    "a cost is 1 kUSD less": add("plan_costs", "kusd", -1, line="purchase"),
    "a discounted cost is 1 kUSD less": add("plan_costs", "discounted_kusd", -1, line="purchase"),
    "a cost line is dropped": drop("plan_costs", line="applications"),
    "a cost goes to another line": put("plan_costs", "line", "freight", line="purchase"),
    "a leaf costs 1 kUSD less": add("plan_leaves", "cost_kusd", -1),
    "a leaf is likelier": add("plan_leaves", "probability", 0.05),
    "a node is dropped": lambda book: book["plan_tree"].delete_rows(book["plan_tree"].max_row),
    "a node is likelier": add("plan_tree", "probability", 0.05, epoch=2),
    "an outcome is changed": put("plan_tree", "licences", "", licences="CN-Japan=denied"),
    "a service row is 1 t better": add("plan_service", "delivered_t", 1),
    "supply is from another country": put("plan_supply", "country", "Malaysia", country="China"),
    "supply is 1 t less": add("plan_supply", "t", -1, country="China"),
    "a capacity is larger": add("plan_capacity", "capacity_t", 1),
    "a lane is said to be closed that is open": put("plan_closed", "from_site", "Kuantan"),
    "a table is missing": without("plan_stock"),
    "the objective is 1 kUSD less": meta_add("objective_kusd", -1),
    "the expected cost is 1 kUSD less": meta_add("expected_cost_kusd", -1),
    "CVaR is 1 kUSD less": meta_add("cvar_kusd", -1),
    "the bound is above the plan": meta_add("bound_kusd", 5000),
    "the gap is said to be smaller": meta("gap", -0.5),
    "an input price is changed": add("offers", "price_usd_per_kg", -10, offer="Ganzhou spot"),
    "an input demand is changed": add("demand", "demand_t_per_year", -1),
    "an input rule is dropped": drop("rules"),
    "the odds are changed": both(put("licence_odds", "on_time", 0.7), put("licence_odds", "denied", 0.3)),
    "the risk weight is changed": put("plan_meta", "value", 0.9, key="settings.risk_weight"),
}  # fmt: skip


def test_the_file_as_exported_holds(exported: Path) -> None:
    assert verify_file(exported).holds


def test_saving_it_unchanged_is_no_tampering(exported: Path, tmp_path: Path) -> None:
    assert verify_file(_edited(exported, tmp_path, lambda _book: None)).holds


@pytest.mark.parametrize("kind", KINDS)
def test_tampering_is_caught(kind: str, exported: Path, tmp_path: Path) -> None:
    try:
        verdict = verify_file(_edited(exported, tmp_path, KINDS[kind]))
    except (PlanFileError, CaseError) as error:
        assert str(error)
    else:
        assert not verdict.holds
        assert verdict.faults


def test_there_are_many_kinds() -> None:
    assert len(KINDS) >= 30


def _edited(exported: Path, tmp_path: Path, edit: Edit) -> Path:
    path = tmp_path / "tampered.xlsx"
    shutil.copy(exported, path)
    book = openpyxl.load_workbook(path)
    edit(book)
    book.save(path)
    return path
