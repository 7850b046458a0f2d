"""What a plan expects to have happened by a date: the actuals of its likeliest path.

It fills in the workbook of actuals for the user to correct, and is what a new plan is compared with:
the difference is what the news changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from planner.case.actuals import ACTUALS
from planner.case.case import RawSheet
from planner.errors import CaseError
from planner.solve.plan import Plan

Line = Mapping[str, Any]


def first_period_after(plan: Plan, as_of: date) -> str:
    """The period from which is planned anew: the first to start on or after the date.

    Raises CaseError unless it begins an epoch after the first: within an epoch its news is known and
    its contracts stand, so there is nothing to decide anew.
    """
    periods = sorted(plan.case["periods"], key=lambda row: row["start"])
    begins = {row["epoch"]: row for row in reversed(periods)}
    later = [row for row in periods if row["start"] >= as_of]
    if later and begins[later[0]["epoch"]] is later[0] and later[0]["epoch"] > 1:
        return str(later[0]["period"])
    fit = ", ".join(str(row["start"]) for epoch, row in sorted(begins.items()) if epoch > 1)
    raise CaseError(
        f"From {as_of} no epoch of the plan begins next; expected a date up to the start of one of "
        f"its later epochs, after the periods before it: {fit or 'it has one epoch only'}."
    )


def likeliest_path(plan: Plan, epoch: int) -> list[str]:
    """Nodes from the root to ``epoch``, each the most probable child, the first of equals."""
    tree = plan.tables["tree"]
    tree = tree[tree["test"].isna() | (tree["test"] == "")]
    path = [str(tree["node"].iloc[0])]
    while len(path) < epoch:
        children = tree[tree["parent"] == path[-1]]
        path.append(str(children["node"].iloc[int(children["probability"].to_numpy().argmax())]))
    return path


def expected_actuals(plan: Plan, first_period: str) -> dict[str, RawSheet]:
    """The sheets of the workbook of actuals, filled in with what the plan expects."""
    look = _Look(plan, first_period)
    makers = {
        "now": look.now, "licences": look.licences, "stock": look.stock,
        "under_way": look.under_way, "contracts": look.contracts, "projects": look.projects,
        "qualified": look.qualified, "switched": look.switched, "sold": look.sold,
    }  # fmt: skip
    sheets: dict[str, RawSheet] = {}
    for name, spec in ACTUALS.items():
        header = tuple(column.name for column in spec.columns)
        rows = tuple(tuple(line.get(column) for column in header) for line in makers[name]())
        sheets[name] = RawSheet(header, rows)
    return sheets


class _Look:
    """The plan's likeliest path up to the epoch that begins with ``first``."""

    def __init__(self, plan: Plan, first: str) -> None:
        self.plan, self.case = plan, plan.case
        periods = sorted(plan.case["periods"], key=lambda row: row["start"])
        self.names = [str(row["period"]) for row in periods]
        self.epoch = {str(row["period"]): int(row["epoch"]) for row in periods}
        self.at = self.names.index(first)
        self.path = likeliest_path(plan, self.epoch[first])
        self.starts = [0.0]
        for row in periods:
            self.starts.append(self.starts[-1] + float(row["years"]))
        self.year = {str(row["period"]): row["start"].year for row in periods}

    def _past(self, table: str, at: str = "node") -> Iterator[Mapping[Any, Any]]:
        """Rows decided before the new first epoch, on the path."""
        frame = self.plan.tables[table]
        yield from frame[frame[at].isin(self.path[:-1])].to_dict("records")

    def now(self) -> Iterator[Line]:
        tree = self.plan.tables["tree"].set_index("node")
        regime = tree.loc[self.path[-1], "regime"]
        if regime:
            yield {"key": "regime", "value": regime}

    def licences(self) -> Iterator[Line]:
        tree = self.plan.tables["tree"].set_index("node")
        said = dict(
            part.split("=") for part in str(tree.loc[self.path[-1], "licences"] or "").split("; ") if part
        )  # fmt: skip
        applied = {
            row["licence"]
            for row in self._past("applications", "decided_in")
            if row["decided_in"] == self.path[-2] and row["applied"]
        }
        word = {"on_time": "granted", "late": "pending", "denied": "denied"}
        for row in self.case["licences"]:
            name = row["licence"]
            outcome = word[said.get(name, "on_time")] if name in applied else "pending"
            yield {"licence": name, "outcome": outcome}

    def stock(self) -> Iterator[Line]:
        last = self.names[self.at - 1]
        held: dict[tuple[str, str], dict[str, float]] = {}
        for row in self._past("stock"):
            if row["period"] == last:
                held.setdefault((row["site"], row["material"]), {})[row["tracks"] or ""] = row["t"]
        for (site, material), classes in held.items():
            # One class a row: all of it on the tracks of any, since a tonne may count as on more.
            tracks = sorted({track for name in classes for track in name.split("+") if track})
            yield {"site": site, "material": material, "t": sum(classes.values()), "origin": self._origin(tracks)}  # fmt: skip

    def _origin(self, tracks: list[str]) -> str | None:
        return ("; ".join(tracks) or "none") if self.case["tracks"] else None

    def under_way(self) -> Iterator[Line]:
        ahead = set(self.names[self.at :])
        coming: dict[tuple[str, str, str], tuple[float, set[str]]] = {}
        rows = [
            ((r["to_site"], r["material"], r["arrives"]), r["t"], r["tracks"] or "")
            for r in self._past("shipments") if r["arrives"] in ahead
        ]  # fmt: skip
        for key, t, tracks in rows:
            amount, on = coming.get(key, (0.0, set()))
            coming[key] = amount + t, on | {track for track in tracks.split("+") if track}
        for (site, material, period), (t, on) in coming.items():
            yield {"site": site, "material": material, "period": period, "t": t, "origin": self._origin(sorted(on))}  # fmt: skip
        for row in self.case["pipeline"]:
            if (
                row["period"] in ahead
                and (row["site"], row["material"], row["period"]) not in coming
            ):
                origin = None if row["origin"] is None else "; ".join(row["origin"]) or "none"
                yield {**{k: row[k] for k in ("site", "material", "period", "t")}, "origin": origin}

    def contracts(self) -> Iterator[Line]:
        spans = {row["offer"]: int(row["contract_epochs"]) for row in self.case["offers"]}
        first = self.epoch[self.names[self.at]]
        force: dict[str, tuple[float, int]] = {}
        for row in self._past("contracts", "decided_in"):
            last = int(row["epoch"]) + spans[row["offer"]] - 1
            if int(row["epoch"]) <= first <= last and row["t_per_year"] > 0:
                amount, until = force.get(row["offer"], (0.0, first))
                force[row["offer"]] = amount + row["t_per_year"], max(until, last)
        for offer, (amount, until) in force.items():
            ends = [name for name in self.names if self.epoch[name] <= until][-1]
            yield {"offer": offer, "t_per_year": amount, "last_period": ends}

    def projects(self) -> Iterator[Line]:
        rows = {row["project"]: row for row in self.case["projects"]}
        done: dict[tuple[str, str | None], float] = {}
        for row in self._past("builds"):
            months = float(rows[row["project"]]["lead_months"])
            moment = self.starts[self.names.index(row["period"])] + months / 12
            ready = min(range(len(self.names)), key=lambda t: (abs(self.starts[t] - moment), -t))
            since = None if ready < self.at else self.names[ready]
            key = (row["project"], since)
            done[key] = done.get(key, 0.0) + row["modules"]
        for (project, since), modules in done.items():
            yield {"project": project, "modules": modules, "in_service_from": since}

    def qualified(self) -> Iterator[Line]:
        months = {(r["site"], r["material"]): float(r["qualification_months"]) for r in self.case["offers"]}  # fmt: skip
        begins = {self.epoch[name]: t for t, name in reversed(list(enumerate(self.names)))}
        for row in self._past("qualifications"):
            pair = (row["site"], row["material"])
            begun = self.starts[begins[self.path.index(row["node"]) + 1]]
            moment = begun + months[pair] / 12
            ready = min(range(len(self.names)), key=lambda t: (abs(self.starts[t] - moment), -t))
            since = None if ready <= self.at else self.names[ready]
            yield {"site": pair[0], "material": pair[1], "usable_from": since}

    def switched(self) -> Iterator[Line]:
        lead = {row["substitute"]: float(row["lead_months"]) for row in self.case["substitutes"]}
        begins = {self.epoch[name]: t for t, name in reversed(list(enumerate(self.names)))}
        for row in self._past("switches"):
            gone = self.starts[self.at] - self.starts[begins[self.path.index(row["node"]) + 1]]
            left = max(0.0, lead[row["substitute"]] - 12 * gone)
            yield {"substitute": row["substitute"], "months_left": left}

    def sold(self) -> Iterator[Line]:
        products = {(row["market"], row["product"]) for row in self.case["returns"]}
        sold: dict[tuple[str, str, int], float] = {}
        for row in self._past("deliveries"):
            if (row["market"], row["material"]) in products:
                key = (row["market"], row["material"], self.year[row["period"]])
                sold[key] = sold.get(key, 0.0) + row["t"]
        for (market, product, year), t in sold.items():
            yield {"market": market, "product": product, "year": year, "sold_t": t}
