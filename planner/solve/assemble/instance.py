"""Case and tree -> Instance: everything that the formulation reads, in canonical units."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

from models.instance import Instance, Offer, Origin, Process, Return, Risk
from models.tree import Tree
from planner.case import changed_rows
from planner.case.case import Case, Row
from planner.errors import CaseError
from planner.solve.assemble import parts
from planner.solve.assemble.bounds import Bounds, bound_figures
from planner.solve.assemble.context import Context, Figure, Figures
from planner.solve.assemble.facts import Facts
from planner.solve.assemble.figures import steady_figures
from planner.solve.assemble.licence_figures import LicenceFigures, Permits
from planner.solve.assemble.network import Network, build_network
from planner.solve.assemble.node_figures import regime_figures
from planner.solve.assemble.project_figures import module_capacity, project_terms
from planner.solve.assemble.rules import Licensing, Rules
from planner.solve.assemble.shocks import Losses, Shocks
from planner.solve.assemble.view import View
from planner.solve.calendar import Calendar

#: What a figure is in a node that does not state it while another node of its epoch does.
WHERE_SILENT: Mapping[str, float] = {
    "capacity": inf,
    "contract_capacity": inf,
    "lane_capacity": inf,
    "throughput": inf,
    "stock_max": inf,
    "stock_min": 0.0,
    "closing": 0.0,
    "holding": 0.0,
    "opening": 0.0,
    "short_limit": inf,
    "shortage_price": 0.0,
    "sales_price": 0.0,
    "duty": 0.0,
    "lane_min": 0.0,
    "lane_fixed": 0.0,
    "quota": inf,
    "fixed_yearly": 0.0,
    "budget": inf,
    "floor": 0.0,
    "application_cost": 0.0,
    "max_applications": inf,
}

#: Cells whose blank is no amount but a word, so that no single node can fill them.
BLANK_SPEAKS = (
    ("offers", "qualification_kusd", "that nothing needs to be qualified"),
    ("materials", "disposal_usd_per_kg", "that it cannot be thrown away"),
)


@dataclass(frozen=True)
class Assembly:
    """The instance, with what the plan needs to speak of it in the workbook's words."""

    instance: Instance
    context: Context
    #: node -> (arc, tracks, t) -> why no plan could use it
    closed: Mapping[str, Mapping[tuple[int, str, int], str]]


def assemble(case: Case, tree: Tree) -> Assembly:
    """Build the instance; CaseError where a yes-or-no decision has nothing that bounds it."""
    changes = _changes(case)
    context = _context(case, tuple(changes.values()))
    views = _views(context.facts, tree, changes)
    steady = {
        at: steady_figures(context, view)
        for at, view in {id(view): view for view in views.values()}.items()
    }
    moved = _moved(context, tree, views)
    bounds = Bounds(context, list(steady.values()), list(moved.values()))
    regimes: dict[int, set[str]] = defaultdict(set)
    for node in tree.nodes:
        regimes[node.epoch].add(node.regime)
    permits = _permits(LicenceFigures(context, bounds, regimes), tree, views)
    bounded: dict[int, Figures] = {}
    numbers: dict[str, Figures] = {}
    for node in tree.nodes:
        own = moved[node.name]
        if id(own) not in bounded:
            periods = context.grid.periods(node.epoch)
            bounded[id(own)] = bound_figures(context, bounds, own, periods)
        numbers[node.name] = {
            **steady[id(views[node.name])],
            **own,
            **permits[node.name].figures,
            **bounded[id(own)],
        }
    _add_short_weights(context, tree, numbers)
    _bind_contracts(tree, numbers)
    _fill_silent(tree, numbers)
    return Assembly(
        instance=_instance(context, case, tree, numbers, permits),
        context=context,
        closed={name: permit.closed for name, permit in permits.items()},
    )


def _moved(context: Context, tree: Tree, views: Mapping[str, View]) -> dict[str, Figures]:
    """Figures by node that its regime, or the nodes before it, move; nodes alike share one dict."""
    terms: dict[tuple[int, ...], Figures] = {}
    alike: dict[tuple[Any, ...], Figures] = {}
    moved: dict[str, Figures] = {}
    for node in tree.nodes:
        path = [views[past.name] for past in tree.path(node.name)]
        seen = tuple(id(view) for view in path)
        if seen not in terms:
            terms[seen] = project_terms(context, path, node.epoch)
        key = (seen, node.regime, node.test)
        if key not in alike:
            alike[key] = {
                **regime_figures(context, path[-1], node),
                **module_capacity(context, path, node),
                **terms[seen],
            }
        moved[node.name] = alike[key]
    return moved


def _permits(
    licensing: LicenceFigures, tree: Tree, views: Mapping[str, View]
) -> dict[str, Permits]:
    """By node; those of the same rows, regime, test and outcomes share theirs: few differ."""
    alike: dict[tuple[Any, ...], Permits] = {}
    permits: dict[str, Permits] = {}
    for node in tree.nodes:
        outcomes = frozenset(node.outcomes.items())
        key = (id(views[node.name]), node.epoch, node.regime, node.test, outcomes)
        if key not in alike:
            alike[key] = licensing.permits(views[node.name], node)
        permits[node.name] = alike[key]
    return permits


def _context(case: Case, changed: tuple[Mapping[str, tuple[Row, ...]], ...]) -> Context:
    facts = Facts(case, Calendar(case), changed)
    rules, licensing = Rules(facts), Licensing(facts)
    offers, schemes = parts.offers(facts), parts.returns(facts)
    bare = parts.process_skeletons(facts, frozenset())
    technology, maintenance = _technology_rules(facts, rules, bare)
    skeletons = parts.process_skeletons(facts, frozenset(maintenance))
    stocks = frozenset((row["site"], row["material"]) for row in case["stocks"])
    network = build_network(facts, offers, schemes, stocks, skeletons)
    origins = parts.origins(facts, schemes)
    return Context(
        facts=facts,
        rules=rules,
        licensing=licensing,
        shocks=Shocks(facts),
        losses=Losses(facts),
        network=network,
        offers=offers,
        qualifications=parts.qualifications(facts),
        projects=parts.projects(facts, frozenset(technology)),
        demands=parts.demands(facts),
        substitutes=parts.substitutes(facts),
        returns=schemes,
        licences=parts.licences(facts, licensing),
        origins=origins,
        caps=parts.caps(facts, _sources(network, offers, schemes, origins)),
        tests=parts.stress_tests(facts),
        technology_rules=technology,
        maintenance_rules=maintenance,
    )


def _technology_rules(
    facts: Facts, rules: Rules, processes: dict[str, Process]
) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Rules on the technology of projects, and on the maintenance of processes."""
    origin = {row["process"]: row["technology_origin"] for row in facts.case["processes"]}
    technology = {
        row["project"]: hits
        for row in facts.case["projects"]
        if (name := row["adds_to"]) in processes
        and (hits := rules.technology(processes[name], origin[name], "technology"))
    }
    maintenance = {
        name: hits
        for name, process in processes.items()
        if (hits := rules.technology(process, origin[name], "maintenance"))
    }
    return technology, maintenance


def _sources(
    network: Network,
    offers: dict[str, Offer],
    schemes: dict[int, Return],
    origins: dict[tuple[str, object], Origin],
) -> list[tuple[str, Origin]]:
    """(material, origin) of everything that can enter the chain."""
    bought = [(o.material, origins["offer", o.name]) for o in offers.values()]
    made = [(m, origins["process", p.name]) for p in network.processes.values() for m in p.outputs]
    collected = [(s.scrap, origins["return", name]) for name, s in schemes.items()]
    return [*bought, *made, *collected]


def _changes(case: Case) -> dict[str, Mapping[str, tuple[Row, ...]]]:
    """Node -> the sheets that ``node_values`` changes there; CaseError where a blank speaks."""
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in case["node_values"]:
        rows[row["node"]].append(row)
    changes = {node: changed_rows(case, own) for node, own in rows.items()}
    for node, sheets in changes.items():
        for sheet, column, meaning in BLANK_SPEAKS:
            for before, after in zip(case[sheet], sheets.get(sheet, case[sheet]), strict=True):
                if before[column] is None and after[column] is not None:
                    raise CaseError(
                        f"node_values: node {node!r} sets {column} of row {before.number} of "
                        f"{sheet}, which is blank in the workbook: blank means {meaning}, in all "
                        f"nodes. Fill in the cell, then let the node differ."
                    )
    return changes


def _views(
    facts: Facts, tree: Tree, changes: Mapping[str, Mapping[str, tuple[Row, ...]]]
) -> dict[str, View]:
    """Each node's rows; nodes without ``node_values`` share one view, twins share theirs."""
    plain = View(facts, {})
    own = {name: View(facts, sheets) for name, sheets in changes.items()}
    return {node.name: own.get(node.twin or node.name, plain) for node in tree.nodes}


def _bind_contracts(tree: Tree, numbers: dict[str, Figures]) -> None:
    """Contracts are signed a node ahead: the least capacity of the children limits them."""
    own = {node.name: numbers[node.name]["contract_capacity"] for node in tree.nodes}
    children: dict[str | None, list[Figure]] = defaultdict(list)
    for node in tree.nodes:
        children[node.parent].append(own[node.name])
    for node in tree.nodes:
        if all(figures is own[node.name] for figures in children[node.name]):
            continue
        least = {key: most for key, most in own[node.name].items() if key[1] == node.epoch}
        for figures in children[node.name]:
            for key, most in figures.items():
                if key[1] == node.epoch + 1:
                    least[key] = min(most, least.get(key, inf))
        numbers[node.name]["contract_capacity"] = least


def _add_short_weights(context: Context, tree: Tree, numbers: dict[str, Figures]) -> None:
    """1 / demand of each leaf's path over the counted rows of each limit [1/t]."""
    for leaf in tree.leaves:
        figures = numbers[leaf.name]["short_weight"] = {}
        for limit in parts.limits(context.facts):
            total = sum(
                numbers[node.name]["demand"].get((*pair, t), 0.0)
                for pair, row in context.demands.items()
                if not limit.end_uses or row.end_use in limit.end_uses
                for node in tree.path(leaf.name)
                for t in context.grid.periods(node.epoch)
                if t in row.counted
            )
            figures[(limit.name,)] = 1 / total if total else 0.0


def _fill_silent(tree: Tree, numbers: dict[str, Figures]) -> None:
    """Give all nodes of an epoch the same figures: they share one compiled block."""
    alike: dict[tuple[int, str | None], list[Figures]] = defaultdict(list)
    for node in tree.nodes:
        alike[node.epoch, node.test].append(numbers[node.name])
    for group in alike.values():
        if len(group) == 1:
            continue
        for name, silent in WHERE_SILENT.items():
            if len({id(figures.get(name)) for figures in group}) == 1:
                continue
            keys = dict.fromkeys(key for figures in group for key in figures.get(name, {}))
            for figures in group:
                own = figures.get(name, {})
                if len(own) < len(keys):
                    figures[name] = {key: own.get(key, silent) for key in keys}


def _instance(
    context: Context,
    case: Case,
    tree: Tree,
    numbers: dict[str, Figures],
    permits: dict[str, Permits],
) -> Instance:
    facts, network = context.facts, context.network
    return Instance(
        grid=context.grid,
        tree=tree,
        risk=Risk(float(case.settings["risk_weight"]), float(case.settings["cvar_level"])),
        offers=context.offers,
        qualifications=context.qualifications,
        lanes=network.lanes,
        arcs=network.arcs,
        arc_classes=network.arc_classes,
        classes={pair: tuple(sorted(found)) for pair, found in sorted(network.classes.items())},
        disposable=frozenset(
            name for name, row in facts.materials.items() if row["disposal_usd_per_kg"] is not None
        ),
        processes=network.processes,
        projects=context.projects,
        stocks=frozenset((row["site"], row["material"]) for row in case["stocks"]),
        demands=context.demands,
        substitutes=context.substitutes,
        returns=context.returns,
        licences=context.licences,
        origins=context.origins,
        caps=context.caps,
        budgets=parts.budgets(facts),
        commitments=parts.commitments(facts),
        stress_tests=context.tests,
        limits=parts.limits(facts),
        closed_ships=_always_closed(tree, permits, "arc_bound"),
        closed_deliveries=_always_closed(tree, permits, "deliver_bound"),
        numbers=numbers,
    )


def _always_closed(tree: Tree, permits: dict[str, Permits], name: str) -> frozenset[Any]:
    """Flows whose bound is 0 in every ordinary node of their epoch: no column."""
    still_open: set[tuple[Any, ...]] = set()
    seen: set[tuple[Any, ...]] = set()
    for node in tree.ordinary:
        for key, bound in permits[node.name].figures[name].items():
            seen.add(key)
            if bound > 0:
                still_open.add(key)
    return frozenset(seen - still_open)
