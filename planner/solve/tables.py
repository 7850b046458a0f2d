"""Values of columns -> the tables of a plan (``planner.solve.plan.TABLES``)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from models.diversification import members_of
from models.instance import PRIMARY, Cap, Instance, Origin, tracks_of
from models.tree import Node
from planner.memory import collection_paused
from planner.solve.assemble.instance import Assembly
from planner.solve.assemble.rules import ON_TIME
from planner.solve.layout import Layout
from planner.solve.plan import TABLES

Line = tuple[Any, ...]


@dataclass(frozen=True)
class _Supply:
    """t that entered the chain, by source."""

    source: str
    kind: str
    origin: Origin
    material: str
    tracks: str
    node: str
    period: int
    t: float


class PlanTables:
    """Writes each table from the polished values of all columns."""

    def __init__(self, assembly: Assembly, layout: Layout, values: Any) -> None:
        self._assembly = assembly
        self._data: Instance = assembly.instance
        self._layout = layout
        self._values = values
        self._names = self._data.grid.names
        self._supply = list(self._supplies())

    @collection_paused()
    def all(self) -> dict[str, pd.DataFrame]:
        """Every table of ``TABLES``, in its order."""
        makers: dict[str, Callable[[], Iterator[Line]]] = {
            "tree": self._tree,
            "contracts": self._contracts,
            "applications": self._applications,
            "qualifications": self._qualifications,
            "switches": self._switches,
            "builds": self._builds,
            "takes": self._takes,
            "unused": lambda: self._plain("unused"),
            "shipments": self._shipments,
            "runs": lambda: self._plain("run"),
            "draws": self._draws,
            "stock": lambda: self._plain("stock"),
            "collections": self._collections,
            "disposals": lambda: self._plain("dispose"),
            "deliveries": lambda: self._plain("deliver"),
            "swaps": lambda: self._plain("swap"),
            "shortages": lambda: self._plain("short"),
            "cap_excess": self._cap_excess,
            "costs": self._costs,
            "leaves": self._leaves,
            "service": self._service,
            "supply": self._supply_rows,
            "shares": self._shares,
            "capacity": self._capacity,
            "taken_off": self._taken_off,
            "closed": self._closed,
        }
        return {
            name: pd.DataFrame(list(makers[name]()), columns=list(table.columns))
            for name, table in TABLES.items()
        }

    def _of(self, component: str) -> Iterator[tuple[str, Any, float]]:
        return self._layout.decisions(self._values, component)

    def _plain(self, component: str) -> Iterator[Line]:
        """Index without its period, node, period, t: how most tables are laid out."""
        for node, (*index, t), value in self._of(component):
            yield (*index, node, self._names[t], value)

    def _tree(self) -> Iterator[Line]:
        for node in self._data.tree.nodes:
            words = (f"{name}={o}" for name, o in sorted(node.outcomes.items()) if o != ON_TIME)
            licences = "; ".join(words)
            yield (
                node.name,
                node.parent,
                node.epoch,
                node.regime,
                node.probability,
                licences,
                node.test,
            )

    def _contracts(self) -> Iterator[Line]:
        for node, (offer, epoch), amount in self._of("contract"):
            yield offer, node, epoch, amount

    def _applications(self) -> Iterator[Line]:
        for node, (licence, epoch), applied in self._of("apply"):
            yield licence, node, epoch, round(applied)
        # One that costs nothing and is not limited is always made: no decision, but a fact.
        parents = {node.parent for node in self._data.tree.nodes}
        for node in self._data.tree.nodes:
            if node.name in parents:
                for name, licence in self._data.licences.items():
                    if not licence.decided:
                        yield name, node.name, node.epoch + 1, 1

    def _qualifications(self) -> Iterator[Line]:
        for node, (site, material), begun in self._of("qualify"):
            yield site, material, node, round(begun)

    def _switches(self) -> Iterator[Line]:
        for node, substitute, begun in self._of("switch"):
            yield substitute, node, round(begun)

    def _builds(self) -> Iterator[Line]:
        for node, (project, t), modules in self._of("build"):
            whole = self._data.projects[project].integer
            yield project, node, self._names[t], round(modules) if whole else modules

    def _takes(self) -> Iterator[Line]:
        for node, (offer, t), amount in self._of("take"):
            yield offer, self._data.offers[offer].tracks, node, self._names[t], amount

    def _shipments(self) -> Iterator[Line]:
        for node, (a, tracks, t), amount in self._of("ship"):
            arc = self._data.arcs[a]
            arrives = self._names[arc.arrival[t]]
            ends = (arc.from_site, arc.to_site, arc.material)
            yield (*ends, tracks, node, self._names[t], arrives, amount)

    def _draws(self) -> Iterator[Line]:
        for node, (p, r, m, c, t), amount in self._of("draw"):
            yield p, r, m, c, node, self._names[t], amount
        # Inputs that come in one class only have no column of their own.
        for node, (p, r, t), throughput in self._of("run"):
            process = self._data.processes[p]
            for m in process.inputs:
                if len(process.draws[r, m]) == 1:
                    rate = self._data.numbers[node]["consumption"][p, m]
                    c = process.draws[r, m][0]
                    yield p, r, m, c, node, self._names[t], rate * throughput

    def _collections(self) -> Iterator[Line]:
        for node, (r, t), amount in self._of("collect"):
            scheme = self._data.returns[r]
            key = (scheme.market, scheme.product, scheme.scrap, scheme.to_site)
            yield (*key, node, self._names[t], amount)

    def _cap_excess(self) -> Iterator[Line]:
        for component, side in (("over", "above"), ("under", "below")):
            for node, (cap, member, t), amount in self._of(component):
                yield cap, member, side, node, self._names[t], amount
            for _, (cap, member, t), amount in self._of(f"{component}_all"):
                yield cap, member, side, "", self._names[t], amount

    def _costs(self) -> Iterator[Line]:
        amounts = self._layout.cost @ self._values + self._layout.cost_constant
        for (node, line, t), amount in zip(self._layout.cost_rows, amounts, strict=True):
            if amount != 0:
                money = float(amount)
                yield line, node, self._names[t], money, money * self._data.grid.discount[t]

    def _leaves(self) -> Iterator[Line]:
        spent: dict[str, float] = defaultdict(float)
        for _, node, _, _, discounted in self._costs():
            spent[node] += discounted
        for leaf in self._data.tree.leaves:
            path = self._data.tree.path(leaf.name)
            yield leaf.name, leaf.probability, sum(spent[node.name] for node in path)

    def _service(self) -> Iterator[Line]:
        met: dict[tuple[str, str, str, int], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
        for node, (m, i, _, t), amount in self._of("deliver"):
            met[node, m, i, t][0] += amount
        for node, (u, _, t), amount in self._of("swap"):
            row = self._data.substitutes[u]
            met[node, row.market, row.material, t][1] += amount
        for node, (m, i, t), amount in self._of("short"):
            met[node, m, i, t][2] += amount
        for node in self._data.tree.nodes:
            for (m, i, t), wanted in self._data.numbers[node.name]["demand"].items():
                end_use = self._data.demands[m, i].end_use
                yield m, i, end_use, node.name, self._names[t], wanted, *met[node.name, m, i, t]

    def _supplies(self) -> Iterator[_Supply]:
        origins, data = self._data.origins, self._data
        for node, (name, t), amount in self._of("take"):
            o = data.offers[name]
            origin = origins["offer", name]
            yield _Supply(name, "bought", origin, o.material, o.tracks, node, t, amount)
        for node, (name, r, t), throughput in self._of("run"):
            process = data.processes[name]
            for m in process.outputs:
                amount = data.numbers[node]["recipe_yield"][name, m] * throughput
                tracks = process.out_class[r, m]
                origin = origins["process", name]
                yield _Supply(name, "made", origin, m, tracks, node, t, amount)
        for node, (r, t), amount in self._of("collect"):
            s = data.returns[r]
            name = f"{s.market}: {s.product}"
            origin = origins["return", r]
            yield _Supply(name, "collected", origin, s.scrap, s.tracks, node, t, amount)

    def _supply_rows(self) -> Iterator[Line]:
        stage = {m: row["stage"] for m, row in self._assembly.context.facts.materials.items()}
        entered: dict[Line, float] = defaultdict(float)
        for s in self._supply:
            o, m = s.origin, s.material
            place = (o.site, o.country, o.company, m, stage[m])
            # Runs of different classes may make goods of the same class.
            entered[s.source, s.kind, *place, s.tracks, s.node, self._names[s.period]] += s.t
        for key, amount in entered.items():
            yield (*key, amount)

    def _shares(self) -> Iterator[Line]:
        probability = {node.name: node.probability for node in self._data.tree.nodes}
        ordinary = {node.name for node in self._data.tree.ordinary}
        for cap in self._data.caps.values():
            parts: dict[tuple[str, int], dict[str, float]] = defaultdict(lambda: defaultdict(float))
            for s in self._supply:
                if s.period in cap.window and s.material in cap.weight and s.node in ordinary:
                    node = "" if cap.expected else s.node
                    amount = cap.weight[s.material] * s.t
                    amount *= probability[s.node] if cap.expected else 1
                    for member in ("", *members_of(cap, s.origin, s.tracks)):
                        parts[node, s.period][member] += amount
            yield from self._share_lines(cap, parts)

    def _share_lines(
        self, cap: Cap, parts: dict[tuple[str, int], dict[str, float]]
    ) -> Iterator[Line]:
        limits = self._data.numbers[self._data.tree.root.name]
        low, high = (limits[name].get((cap.name,)) for name in ("min_share", "max_share"))
        for (node, t), by_member in parts.items():
            supply = by_member[""]
            for member in cap.members:
                part = by_member.get(member, 0.0)
                share = part / supply if supply else 0.0
                yield cap.name, member, node, self._names[t], part, supply, share, low, high

    def _capacity(self) -> Iterator[Line]:
        ran: dict[tuple[str, str, int], float] = defaultdict(float)
        for node, (p, _, t), amount in self._of("run"):
            ran[node, p, t] += amount
        service = self._in_service()
        applied = {(node, *key) for node, key, _ in self._of("apply")}
        for node in self._data.tree.nodes:
            figures = self._data.numbers[node.name]
            # Without its maintenance a process could not run at all.
            stopped = {
                (p, t)
                for (licence, p, t), free in figures["run_free"].items()
                if (node.parent, licence, node.epoch) not in applied
                or not figures["run_permitted"][licence, p, t]
                if not free
            }
            for (p, t), own in figures["run_capacity"].items():
                if t not in self._data.processes[p].window:
                    continue
                added = sum(
                    figures["module_capacity"][k, s, t] * x
                    for k in self._data.processes[p].projects
                    for s, x in service(node, k, t)
                )
                able = 0.0 if (p, t) in stopped else own + added
                yield p, node.name, self._names[t], able, ran[node.name, p, t]

    def _in_service(self) -> Callable[[Node, str, int], Iterator[tuple[int, float]]]:
        """(node, project, t) -> (period that names their terms, modules) on the node's path."""
        entries: dict[tuple[str, str], list[tuple[int, int, float]]] = defaultdict(list)
        for node, (k, t), x in self._of("build"):
            project = self._data.projects[k]
            if not project.gated and t in project.commissioned:
                entries[node, k].append((project.commissioned[t], t, x))
        for node, (k, t), x in self._of("enter"):
            entries[node, k].append((t, t, x))

        def in_service(node: Node, project: str, t: int) -> Iterator[tuple[int, float]]:
            for past in self._data.tree.path(node.name):
                yield from ((key, x) for since, key, x in entries[past.name, project] if since <= t)

        return in_service

    def _taken_off(self) -> Iterator[Line]:
        can_be_on = self._assembly.context.facts.can_be_on
        amounts: dict[Line, float] = defaultdict(float)
        for p, r, material, drawn, node, period, amount in self._draws():
            process = self._data.processes[p]
            for output in process.outputs:
                made = process.out_class[r, output]
                lost = tracks_of(drawn) - tracks_of(made) - {PRIMARY}
                if amount > 0 and lost:
                    reasons = {
                        "de minimis" if can_be_on(track, output) else "recipe" for track in lost
                    }
                    key = (p, process.site, node, period, material, drawn, output, made)
                    # Runs of different classes may make goods of the same class.
                    amounts[*key, "; ".join(sorted(reasons))] += amount
        for key, amount in amounts.items():
            yield (*key, amount)

    def _closed(self) -> Iterator[Line]:
        for node, reasons in self._assembly.closed.items():
            for (a, tracks, t), reason in reasons.items():
                arc = self._data.arcs[a]
                ends = (arc.from_site, arc.to_site, arc.material)
                yield (*ends, tracks, node, self._names[t], reason)
