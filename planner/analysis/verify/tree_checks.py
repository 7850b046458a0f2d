"""TREE: the plan's tree is the one that the workbook asks for."""

from __future__ import annotations

from collections import Counter

from planner.analysis.verify.odds import LicenceOdds
from planner.analysis.verify.tree import Tree, TreeNode
from planner.analysis.verify.verdict import Ledger
from planner.case.case import Case


def check_tree(case: Case, tree: Tree, odds: LicenceOdds, ledger: Ledger) -> None:
    """Sums of probabilities, then nodes and odds by the way the workbook gives the tree."""
    _sums(tree, ledger)
    if case["tree"]:
        _explicit(case, tree, ledger)
    elif case["transitions"]:
        _by_transitions(case, tree, odds, ledger)
    else:
        _single_path(case, tree, ledger)
    _stress_branches(case, tree, ledger)


def _sums(tree: Tree, ledger: Ledger) -> None:
    ledger.equal("TREE-2", f"root {tree.root.name}", tree.root.probability, 1.0)
    for node in tree.ordinary:
        ordinary = [child for child in tree.children[node.name] if not child.test]
        if ordinary:
            total = sum(child.probability for child in ordinary)
            ledger.equal("TREE-2", f"children of node {node.name}", total, node.probability)
        ledger.record("TREE-2", f"node {node.name}", -node.probability)


def _explicit(case: Case, tree: Tree, ledger: Ledger) -> None:
    rows = {row["node"]: row for row in case["tree"]}
    stated = {node.name for node in tree.ordinary}
    for name in sorted(rows.keys() ^ stated):
        problem = "is missing from the plan" if name in rows else "is not in sheet tree"
        ledger.broken("TREE-1", f"node {name}", problem)
    for name in sorted(rows.keys() & stated):
        row, node = rows[name], tree.nodes[name]
        outcomes = {
            licence: outcome.replace(" ", "_") for licence, outcome in row["licences"] or ()
        }
        asked = {licence: what for licence, what in outcomes.items() if what != "on_time"}
        same = (
            (row["parent"] or "") == node.parent
            and row["epoch"] == node.epoch
            and (row["regime"] or "") == node.regime
            and asked == node.outcomes
        )
        if same:
            ledger.held("TREE-1")
        else:
            ledger.broken("TREE-1", f"node {name}", "differs from its row in sheet tree")
        ledger.equal("TREE-3", f"node {name}", node.probability, row["probability"])


def _single_path(case: Case, tree: Tree, ledger: Ledger) -> None:
    for node in tree.ordinary:
        siblings = tree.leaves if node.epoch == tree.timeline.last_epoch else (node,)
        if len(siblings) > 1 or node.outcomes or node.regime not in _regimes_of_path(case):
            ledger.broken("TREE-1", f"node {node.name}", "without transitions there is one path")
        ledger.equal("TREE-3", f"node {node.name}", node.probability, 1.0)


def _regimes_of_path(case: Case) -> set[str]:
    return {"", case.settings["regime_today"] or ""}


def _by_transitions(case: Case, tree: Tree, odds: LicenceOdds, ledger: Ledger) -> None:
    moves: dict[str, dict[str, float]] = {}
    for row in case["transitions"]:
        if row["probability"] > 0:
            moves.setdefault(row["from_regime"], {})[row["to_regime"]] = row["probability"]
    today = case.settings["regime_today"]
    if tree.root.regime != today or tree.root.outcomes:
        ledger.broken("TREE-1", f"root {tree.root.name}", f"its regime must be {today}, no licence")
    for node in tree.ordinary:
        children = [child for child in tree.children[node.name] if not child.test]
        if children:
            _children(case, node, children, moves.get(node.regime, {}), odds, ledger)


def _children(
    case: Case,
    node: TreeNode,
    children: list[TreeNode],
    moves: dict[str, float],
    odds: LicenceOdds,
    ledger: Ledger,
) -> None:
    where = f"children of node {node.name}"
    branches = case.settings["branches"]
    possible = sum(odds.count(regime) for regime in moves)
    asked = possible if branches == "all" else min(possible, branches[node.epoch - 1])
    stated = Counter((child.regime, tuple(sorted(child.outcomes.items()))) for child in children)
    for (regime, _), times in stated.items():
        if times > 1:
            ledger.broken("TREE-1", where, f"the same outcome in {regime} stands {times} times")
    for child in children:
        chance = moves.get(child.regime, 0.0)
        if chance > 0:
            chance *= odds.probability(child.regime, child.outcomes)
        if chance <= 0:
            ledger.broken("TREE-1", f"node {child.name}", "cannot follow its parent")
        elif asked == possible:
            expected = node.probability * chance
            ledger.equal("TREE-3", f"node {child.name}", child.probability, expected)
    ledger.held("TREE-1", len(children))
    if asked == possible:
        if len(children) != possible:
            ledger.broken("TREE-1", where, f"{len(children)} of {possible} possible outcomes")
        return
    ledger.at_most("TREE-5", where, len(children), asked)
    for regime in moves:
        worst = (regime, tuple(sorted(odds.worst(regime).items())))
        if worst not in stated:
            ledger.broken("TREE-5", where, f"the worst outcome in {regime} is not kept")


def _stress_branches(case: Case, tree: Tree, ledger: Ledger) -> None:
    epoch = tree.timeline.epoch
    windows: dict[str, tuple[int, int]] = {}
    for row in case["stress_tests"]:
        first, last = epoch[row["first_period"]], epoch[row["last_period"]]
        known = windows.get(row["test"], (first, last))
        windows[row["test"]] = (min(first, known[0]), max(last, known[1]))
    branches: dict[str, list[TreeNode]] = {}
    for node in tree.nodes.values():
        if node.test:
            branches.setdefault(node.test, []).append(node)
    for test in sorted(windows.keys() ^ branches.keys()):
        problem = "has no branch" if test in windows else "is not in sheet stress_tests"
        ledger.broken("TREE-4", f"test {test}", problem)
    for test in sorted(windows.keys() & branches.keys()):
        first, last = windows[test]
        nodes = sorted(branches[test], key=lambda node: node.epoch)
        epochs = [node.epoch for node in nodes]
        if epochs != list(range(first, len(nodes) + first)) or epochs[-1] < last:
            ledger.broken("TREE-4", f"test {test}", f"must run through epochs {first} to {last}")
        for node in nodes:
            _follows(node, tree, ledger)


def _follows(node: TreeNode, tree: Tree, ledger: Ledger) -> None:
    where = f"node {node.name}"
    likely = tree.likely_path(node.name)
    twin = tree.nodes[likely[node.epoch - 1]]
    leaves_at = next(step for step in reversed(tree.paths[node.name]) if not tree.nodes[step].test)
    if leaves_at not in likely:
        ledger.broken("TREE-4", where, "does not leave the most likely path")
    if (node.regime, node.outcomes) != (twin.regime, twin.outcomes):
        ledger.broken("TREE-4", where, f"differs from {twin.name}, whose data it follows")
    ledger.record("TREE-4", where, abs(node.probability))
