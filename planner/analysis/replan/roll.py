"""A case rolled forward: what is past is gone, what it left behind is the new case's start.

Periods before the date are dropped and epochs counted anew. Signed contracts become offers of their own
that are committed; begun projects cost nothing more and are committed; modules in service are capacity;
stock, goods under way, licences, qualifications and switches are those of the actuals. Contracts for the
epoch that begins now were signed before it, so none can be added to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from planner.case import SHEETS, Case, RawSheet, Row
from planner.case.actuals import Actuals
from planner.case.schema import Column
from planner.errors import CaseError

_PERIOD = (("periods", "period"),)


@dataclass(frozen=True)
class Rolled:
    """Sheets of the new workbook, and what the reader must know of how they came to be."""

    sheets: dict[str, RawSheet]
    cautions: tuple[str, ...]


def roll(case: Case, actuals: Actuals, first_period: str, as_of: date) -> Rolled:
    """The workbook from ``first_period`` on. Raises CaseError for a case with a sheet `tree`, whose
    nodes say nothing of how the world goes on from one that has come."""
    if case["tree"]:
        raise CaseError(
            "The case has a sheet `tree`; a plan can be carried on where the future is drawn from "
            "`transitions` and `licence_odds`, or is certain."
        )
    work = _Roll(case, actuals, first_period, as_of)
    for step in (
        work.windows, work.periods, work.settings, work.licences, work.stock, work.under_way,
        work.projects, work.qualified, work.switched, work.sold, work.contracts,
    ):  # fmt: skip
        step()
    sheets = {
        name: _raw(name, rows) for name, rows in work.sheets.items() if rows and name != "scenarios"
    }
    if case["scenarios"]:
        work.cautions.append("Scenarios of the old workbook are not carried on: they may name what is past.")  # fmt: skip
    return Rolled(sheets, tuple(work.cautions))


class _Roll:
    """The sheets of the new case as they become."""

    def __init__(self, case: Case, actuals: Actuals, first: str, as_of: date) -> None:
        self.case, self.actuals, self.first, self.as_of = case, actuals, first, as_of
        self.sheets = {name: [Row(dict(row), row.number) for row in case[name]] for name in SHEETS}
        ordered = sorted(case["periods"], key=lambda row: row["start"])
        place = next(i for i, row in enumerate(ordered) if row["period"] == first)
        self.past = {row["period"] for row in ordered[:place]}
        self.kept = [str(row["period"]) for row in ordered[place:]]
        base = int(ordered[place]["epoch"]) - 1
        self.epoch = {str(row["period"]): int(row["epoch"]) - base for row in ordered[place:]}
        self.base = base
        self.begins = {self.epoch[name]: name for name in reversed(self.kept)}
        self.start: dict[str, float] = {}
        reached = 0.0
        for row in ordered[place:]:
            self.start[row["period"]] = reached
            reached += float(row["years"])
        self.cautions: list[str] = []

    def _rows(self, sheet: str, keep: Callable[[Row], bool]) -> None:
        self.sheets[sheet] = [row for row in self.sheets[sheet] if keep(row)]

    def _add(self, sheet: str, **values: Any) -> None:
        row = {column.name: column.default for column in SHEETS[sheet].columns} | values
        self.sheets[sheet].append(Row(row))

    def _commit(self, what: str, name: str, amount: float, sense: str = "=") -> None:
        """In the first period of the new case."""
        self._add(
            "commitments", what=what, name=name, period=self.first, sense=sense, amount=amount
        )

    # ---- time

    def periods(self) -> None:
        self._rows("periods", lambda row: row["period"] not in self.past)
        for row in self.sheets["periods"]:
            row["epoch"] = self.epoch[row["period"]]

    def settings(self) -> None:
        branches = self.case.settings["branches"]
        changed: dict[str, Any] = {"as_of": self.as_of}
        if isinstance(branches, tuple):
            changed["branches"] = ";".join(str(n) for n in branches[self.base :]) or "all"
        if self.actuals.regime is not None:
            changed["regime_today"] = self.actuals.regime
        for key, value in {**dict(self.case.settings), **changed}.items():
            shown = ";".join(str(n) for n in value) if isinstance(value, tuple) else value
            row = next((r for r in self.sheets["settings"] if r["key"] == key), None)
            if row is not None:
                row["value"] = shown
            elif value is not None and key in changed:
                self._add("settings", key=key, value=shown)

    def windows(self) -> None:
        """References to what is past: a begin there is none; an end there takes the row away."""
        gone = dict.fromkeys(("caps", "stress_tests", "commitments"), 0)
        for name, spec in SHEETS.items():
            columns = [c.name for c in spec.columns if c.refers == _PERIOD]
            if not columns or name == "periods":
                continue
            rows = [row for row in self.sheets[name] if self._still(name, row, columns)]
            if name in gone:
                gone[name] = len(self.sheets[name]) - len(rows)
            self.sheets[name] = rows
        for name, count in gone.items():
            if count:
                self.cautions.append(f"{count} rows of `{name}` speak of what is past or begins now, and are dropped.")  # fmt: skip
        if any(row["backlog"] for row in self.case["demand"]):
            self.cautions.append("Shortage that waits (backlog) is not carried on: add what still waits to the demand of the first period.")  # fmt: skip

    def _still(self, name: str, row: Row, columns: list[str]) -> bool:
        """Whether a row still speaks of the future; its past begin is blanked."""
        if name == "stress_tests":
            first = row["first_period"]
            return first not in self.past and self.epoch[first] > 1
        if row.get("period") in self.past:
            return False
        for begin in ("first_period", "earliest_period"):
            if begin in columns and row[begin] in self.past:
                row[begin] = None
        if "held_until" in columns and row["held_until"] in self.past:
            row["held_until"] = None
        if "qualified_from" in columns and row["qualified_from"] in self.past:
            row["qualified_from"] = self.first
        if "latest_period" in columns and row["latest_period"] in self.past:
            row["latest_period"], row["max_modules"] = None, 0.0
        if "last_period" in columns and row["last_period"] in self.past:
            if name not in ("offers", "processes"):
                return False
            # The name stays, since other sheets may name it; nothing can be had any more.
            row["last_period"], row["capacity_t_per_year"] = None, 0.0
            row.update(
                {c: 0.0 for c in ("min_order_t", "min_take_share", "min_run_share") if c in row}
            )
        return True

    # ---- what is in hand

    def licences(self) -> None:
        granted = {r["licence"] for r in self.actuals["licences"] if r["outcome"] == "granted"}
        ends = [name for name in self.kept if self.epoch[name] == 1][-1]
        for row in self.sheets["licences"]:
            later = row["held_until"] is not None and self.epoch[row["held_until"]] > 1
            if row["licence"] in granted and not later:
                row["held_until"] = ends

    def stock(self) -> None:
        held = {(row["site"], row["material"]): row for row in self.actuals["stock"]}
        for row in self.sheets["stocks"]:
            found = held.pop((row["site"], row["material"]), None)
            row["opening_t"] = 0.0 if found is None else found["t"]
            row["opening_origin"] = None if found is None else found["origin"]
        for (site, material), row in held.items():
            self._add("stocks", site=site, material=material, opening_t=row["t"], opening_origin=row["origin"])  # fmt: skip

    def under_way(self) -> None:
        self.sheets["pipeline"] = []
        for row in self.actuals["under_way"]:
            self._add(
                "pipeline", **{k: row[k] for k in ("site", "material", "period", "t", "origin")}
            )

    def qualified(self) -> None:
        ready = {(r["site"], r["material"]): r["usable_from"] for r in self.actuals["qualified"]}
        for row in self.sheets["offers"]:
            pair = (row["site"], row["material"])
            if pair in ready and row["qualification_kusd"] is not None:
                row["qualified_from"] = ready[pair] or self.first

    def switched(self) -> None:
        left = {row["substitute"]: row["months_left"] for row in self.actuals["switched"]}
        for row in self.sheets["substitutes"]:
            if row["substitute"] in left:
                row["switch_kusd"], row["lead_months"] = 0.0, left[row["substitute"]]
                self._commit("substitute", row["substitute"], 1.0)

    def sold(self) -> None:
        begins = next(r["start"] for r in self.case["periods"] if r["period"] == self.first)
        early = False
        for row in self.actuals["sold"]:
            # A year's sales count at its middle, which must be past; what is sold in the first half of
            # the year that goes on counts with the year before.
            ahead = date(row["year"], 7, 1) >= begins
            early = early or ahead
            key = {"market": row["market"], "product": row["product"], "year": row["year"] - ahead}
            known = [r for r in self.sheets["past_sales"] if all(r[k] == v for k, v in key.items())]
            if known:
                known[0]["sold_t"] += row["sold_t"]
            else:
                self._add("past_sales", **key, sold_t=row["sold_t"])
        if early:
            self.cautions.append("What was sold this year counts with the year before, at its middle: it comes back for recycling up to a year early.")  # fmt: skip

    # ---- projects

    def projects(self) -> None:
        rows = {row["project"]: row for row in self.sheets["projects"]}
        for done in self.actuals["projects"]:
            row, modules = rows[done["project"]], float(done["modules"])
            for budget in self.sheets["budgets"]:
                for column, amount in (("max_capex_kusd", row["capex_kusd"]), ("min_added_t_per_year", row["size_t_per_year"])):  # fmt: skip
                    if budget[column] is not None:
                        budget[column] = max(0.0, budget[column] - modules * amount)
            for deed in self.sheets["commitments"]:
                if (deed["what"], deed["name"], deed["period"]) == (
                    "project",
                    done["project"],
                    None,
                ):
                    deed["amount"] = max(0.0, deed["amount"] - modules)
            if done["in_service_from"] is None:
                self._in_service(row, modules)
            else:
                self._begun(row, modules, done["in_service_from"])
            row["max_modules"] = max(0.0, row["max_modules"] - modules)
            for other in rows.values():
                other["requires"] = tuple(n for n in other["requires"] if n != row["project"])
                if row["project"] in other["excludes"] or other["project"] in row["excludes"]:
                    other["max_modules"] = 0.0
        if self.actuals["projects"]:
            self.cautions.append("Capex already decided and the fixed cost of modules in service are the same in every plan from now on, and are left out.")  # fmt: skip

    def _in_service(self, row: Row, modules: float) -> None:
        added = modules * row["size_t_per_year"]
        for process in self.sheets["processes"]:
            if process["process"] == row["adds_to"]:
                process["capacity_t_per_year"] = (process["capacity_t_per_year"] or 0.0) + added
        for site in self.sheets["sites"]:
            if site["site"] == row["adds_to"] and site["throughput_t_per_year"] is not None:
                site["throughput_t_per_year"] += added

    def _begun(self, row: Row, modules: float, since: str) -> None:
        name = f"{row['project']} (begun, {since})"
        self._add("projects", **{
            **row, "project": name, "max_modules": modules, "capex_kusd": 0.0, "grant_share": 0.0,
            "lead_months": 12 * self.start[since], "earliest_period": self.first,
            "latest_period": self.first, "excludes": (), "requires": (),
        })  # fmt: skip
        self._commit("project", name, modules)

    # ---- contracts

    def contracts(self) -> None:
        offers = {row["offer"]: row for row in self.sheets["offers"]}
        signed: dict[tuple[str, int], float] = {}
        for done in self.actuals["contracts"]:
            ends = done["last_period"] or [n for n in self.kept if self.epoch[n] == 1][-1]
            self._signed(offers[done["offer"]], float(done["t_per_year"]), ends)
            for epoch in range(1, self.epoch[ends] + 1):
                signed[done["offer"], epoch] = float(done["t_per_year"])
        self._renew_commitments(offers, signed)
        for name, row in offers.items():
            if row["kind"] == "contract":
                self._commit("offer", name, 0.0)

    def _signed(self, row: Row, t: float, ends: str) -> None:
        name = f"{row['offer']} (signed)"
        price = row["price_usd_per_kg"]
        steps = [r for r in self.sheets["price_breaks"] if r["offer"] == row["offer"] and r["from_t_per_year"] <= t]  # fmt: skip
        if steps:
            price = max(steps, key=lambda r: r["from_t_per_year"])["price_usd_per_kg"]
        self._add("offers", **{
            **row, "offer": name, "kind": "contract", "contract_epochs": self.epoch[ends],
            "first_period": None, "last_period": ends, "price_usd_per_kg": price,
            "capacity_t_per_year": t, "min_order_t": 0.0,
        })  # fmt: skip
        self._commit("offer", name, t)
        force = [n for n in self.kept if self.start[n] <= self.start[ends]]
        for path in [r for r in self.sheets["offer_paths"] if r["offer"] == row["offer"]]:
            if path["period"] in force and path["price_usd_per_kg"] is not None:
                self._add("offer_paths", offer=name, period=path["period"], price_usd_per_kg=path["price_usd_per_kg"])  # fmt: skip
        for shock in [r for r in self.sheets["shocks"] if (r["scope"], r["member"]) == ("offer", row["offer"])]:  # fmt: skip
            self.sheets["shocks"].append(Row({**shock, "member": name}))
        self._take_off(row, t, force)

    def _take_off(self, row: Row, t: float, force: list[str]) -> None:
        """What is signed is no longer on offer while it is in force."""
        if any(r["offer"] == row["offer"] for r in self.sheets["price_breaks"]):
            if row["capacity_t_per_year"] is not None:
                row["capacity_t_per_year"] = max(0.0, row["capacity_t_per_year"] - t)
            return
        for period in force:
            path = next((r for r in self.sheets["offer_paths"] if (r["offer"], r["period"]) == (row["offer"], period)), None)  # fmt: skip
            stated = None if path is None else path["capacity_t_per_year"]
            most = row["capacity_t_per_year"] if stated is None else stated
            if most is None:
                continue
            if path is None:
                self._add("offer_paths", offer=row["offer"], period=period, capacity_t_per_year=max(0.0, most - t))  # fmt: skip
            else:
                path["capacity_t_per_year"] = max(0.0, most - t)

    def _renew_commitments(self, offers: dict[str, Row], signed: dict[tuple[str, int], float]) -> None:  # fmt: skip
        """Commitments on contracts, epoch by epoch, less what is signed; none for the epoch begun."""
        kept: list[Row] = []
        for deed in self.sheets["commitments"]:
            contract = deed["what"] == "offer" and offers.get(deed["name"], {}).get("kind") == "contract"  # fmt: skip
            if not contract:
                kept.append(deed)
                continue
            epochs = sorted(self.begins) if deed["period"] is None else [self.epoch[deed["period"]]]
            for epoch in epochs:
                if epoch > 1:
                    left = max(0.0, deed["amount"] - signed.get((deed["name"], epoch), 0.0))
                    kept.append(Row({**deed, "period": self.begins[epoch], "amount": left}))
        if any(deed["what"] == "offer" and deed["period"] is None for deed in kept):
            self.cautions.append("Commitments on spot purchases over the whole horizon count from now on: take off what has been bought.")  # fmt: skip
        self.sheets["commitments"] = kept


def _raw(sheet: str, rows: list[Row]) -> RawSheet:
    """Rows as a workbook writes them."""
    columns = SHEETS[sheet].columns
    header = tuple(column.name for column in columns)
    return RawSheet(header, tuple(tuple(_cell(c, row[c.name]) for c in columns) for row in rows))


def _cell(column: Column, value: Any) -> Any:
    """A typed value in the notation of its column."""
    if not isinstance(value, tuple):
        return value
    match column.type:
        case "ramp":
            return ";".join(f"{100 * share:.12g}" for share in value)
        case "origin":
            return "; ".join(value) or "none"
        case _:
            return "; ".join(str(part) for part in value) or None
