"""What has happened since a plan was made: the workbook of actuals, read and checked by cell.

Everything that the plan's past hands to its future stands in it: the regime, licences in hand, stock,
goods under way, contracts in force, projects, qualifications, switches and past sales. Nothing is
taken from the plan in place of a row that is absent: what the workbook does not say did not happen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from planner.case.book import RawBook, read_book
from planner.case.case import Case, RawSheet, Row
from planner.case.cells import did_you_mean
from planner.case.guard import guard
from planner.case.rows import Reading, type_sheet
from planner.case.schema.spec import Column, SheetSpec, amount, choice, key, period, ref, sheet
from planner.errors import Fault, FaultyWorkbook

_G = "Actuals"

#: The sheets of the workbook, in its order.
ACTUALS: Mapping[str, SheetSpec] = {
    spec.name: spec
    for spec in (
        sheet("now", _G, "The state of the world as of the date.", ("key",),
              key("key", "`regime`: the one in force"),
              Column("value", "text", "its value", required=True)),
        sheet("licences", _G, "Every licence: what came of it.", ("licence",),
              ref("licence", "licences", "licence", "the licence", required=True),
              choice("outcome", ("granted", "denied", "pending"), "granted: usable through the first epoch from now", required=True)),
        sheet("stock", _G, "On hand; no row = nothing.", ("site", "material"),
              ref("site", "stocks", "site", "where", required=True),
              ref("material", "materials", "material", "what", required=True),
              amount("t", "how much", "t", required=True),
              Column("origin", "origin", "tracks that it is on, or `none`; blank = by the site's country")),
        sheet("under_way", _G, "Shipped and paid for, not there yet.", ("site", "material", "period"),
              ref("site", "sites", "site", "where it arrives", required=True),
              ref("material", "materials", "material", "what", required=True),
              period("period", "when it arrives", required=True),
              amount("t", "how much", "t", required=True),
              Column("origin", "origin", "tracks that it is on, or `none`; blank = by the site's country")),
        sheet("contracts", _G, "Signed and still in force.", ("offer",),
              ref("offer", "offers", "offer", "the offer", required=True),
              amount("t_per_year", "in force", "t/year", required=True),
              period("last_period", "last period in force; blank = the first epoch's last")),
        sheet("projects", _G, "Modules decided so far.", ("project", "in_service_from"),
              ref("project", "projects", "project", "the project", required=True),
              amount("modules", "how many", "modules", required=True),
              period("in_service_from", "first period of service; blank = in service already, at full size")),
        sheet("qualified", _G, "Suppliers qualified or being qualified.", ("site", "material"),
              ref("site", "sites", "site", "the supplier", required=True),
              ref("material", "materials", "material", "what", required=True),
              period("usable_from", "blank = usable now")),
        sheet("switched", _G, "Substitutes whose switch has begun.", ("substitute",),
              ref("substitute", "substitutes", "substitute", "the substitute", required=True),
              amount("months_left", "until first use", "months", default=0.0)),
        sheet("sold", _G, "Delivered since the plan's start, of what comes back for recycling.", ("market", "product", "year"),
              ref("market", "sites", "site", "where", required=True),
              ref("product", "materials", "material", "what", required=True),
              Column("year", "integer", "calendar year", required=True, lower=1900, upper=2200),
              amount("sold_t", "how much", "t", required=True)),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Actuals:
    """Typed rows of each sheet; what the workbook lacks is empty."""

    sheets: Mapping[str, tuple[Row, ...]]

    def __getitem__(self, sheet: str) -> tuple[Row, ...]:
        return self.sheets[sheet]

    @property
    def regime(self) -> str | None:
        return next((row["value"] for row in self["now"] if row["key"] == "regime"), None)


def read_actuals(path: str | Path, case: Case, first_period: str) -> Actuals:
    """The actuals in a workbook, checked against the case that the plan was made from.

    ``first_period`` is the first one that is planned anew. Raises UnsafeFile, and FaultyWorkbook with
    every fault by cell: names that the case does not have, the same thing twice, a licence or the regime
    left out, arrivals in the past.
    """
    file = Path(path)
    guard(file)
    return typed_actuals(read_book(file), case, first_period)


def typed_actuals(book: RawBook, case: Case, first_period: str) -> Actuals:
    """As ``read_actuals``, from raw sheets."""
    reading = Reading()
    faults: list[Fault] = []
    for name in book.sheets:
        if name not in ACTUALS:
            near = did_you_mean(name, list(ACTUALS))
            hint = f"Did you mean '{near}'?" if near else f"Such are: {', '.join(ACTUALS)}."
            faults.append(Fault("unknown-sheet", name, None, f"the sheet '{name}'", "a sheet of actuals", hint))  # fmt: skip
    for name, spec in ACTUALS.items():
        reading.sheets[name], reading.unsound[name], reading.letters[name] = (), set(), {}
        type_sheet(spec, book.sheets.get(name, RawSheet((), ())), reading)
    for name, spec in ACTUALS.items():
        for row in reading.sheets[name]:
            if row.number not in reading.unsound[name]:
                faults += _row_faults(spec, row, case, reading.letters[name])
        faults += _twice(spec, reading)
    faults += _world_faults(reading, case, first_period)
    if reading.faults or faults:
        raise FaultyWorkbook([*reading.faults, *faults])
    return Actuals(reading.sheets)


def _row_faults(spec: SheetSpec, row: Row, case: Case, letters: Mapping[str, str]) -> list[Fault]:
    """Names that the case does not have."""
    found: list[Fault] = []
    for column in spec.columns:
        value = row[column.name]
        if value is None or not column.refers or column.name == "source":
            continue
        known = [str(r[c]) for sheet, c in column.refers for r in case[sheet]]
        if value not in known:
            near = did_you_mean(str(value), known)
            hint = f"Did you mean '{near}'?" if near else "Use a name of the plan's workbook."
            where = f"{letters[column.name]}{row.number}"
            words = f"a name of the plan's sheet '{column.refers[0][0]}'"
            found.append(Fault("unknown-name", spec.name, where, f"'{value}'", words, hint))
    return found


def _twice(spec: SheetSpec, reading: Reading) -> list[Fault]:
    seen: dict[tuple[object, ...], int] = {}
    found: list[Fault] = []
    for row in reading.sheets[spec.name]:
        if row.number in reading.unsound[spec.name]:
            continue
        name = tuple(row[k] for k in spec.keys)
        if name in seen:
            words = ", ".join(str(part) for part in name if part is not None)
            found.append(Fault("duplicate-key", spec.name, f"A{row.number}", f"'{words}' again (row {seen[name]})", "each once", "Merge the two rows."))  # fmt: skip
        seen.setdefault(name, row.number)
    return found


def _world_faults(reading: Reading, case: Case, first_period: str) -> list[Fault]:
    """The regime, every licence, and arrivals that still lie ahead."""
    found: list[Fault] = []
    regimes = sorted({row["from_regime"] for row in case["transitions"]})
    stated = [row for row in reading.sheets["now"] if row["key"] == "regime"]
    if regimes and not stated:
        found.append(Fault("missing-row", "now", None, "no row `regime`", "the regime in force", f"Add it: one of {', '.join(regimes)}."))  # fmt: skip
    found += [
        Fault(
            "unknown-name", "now", f"B{row.number}", f"'{row['value']}'",
            f"one of {', '.join(regimes)}", "Name the regime as the plan's workbook does.",
        )
        for row in stated
        if regimes and row["value"] not in regimes
    ]  # fmt: skip
    told = {row["licence"] for row in reading.sheets["licences"]}
    found += [
        Fault(
            "missing-row", "licences", None, f"no row for '{row['licence']}'",
            "every licence: granted, denied or pending", "Add the row.",
        )
        for row in case["licences"]
        if row["licence"] not in told
    ]  # fmt: skip
    starts = {row["period"]: row["start"] for row in case["periods"]}
    for name, column in (("under_way", "period"), ("contracts", "last_period"), ("projects", "in_service_from")):  # fmt: skip
        for row in reading.sheets[name]:
            when = row.get(column)
            if when in starts and starts[when] < starts[first_period]:
                cell = f"{reading.letters[name][column]}{row.number}"
                found.append(Fault("past", name, cell, f"'{when}'", f"a period from '{first_period}' on", "What is over needs no row; what is there is stock, or blank."))  # fmt: skip
    return found
