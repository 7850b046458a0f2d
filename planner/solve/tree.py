"""The scenario tree of a case: a path, the sheet ``tree``, or transitions x licence outcomes.

Children stand in the order of regime name, then from mild to severe; nodes of an explicit tree in
the order of parent, then name. "First of equals" means this order, so row order changes nothing.
Stress tests add branches of probability 0, in order of test name, after all other nodes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from models.tree import Node, Tree
from planner.case.case import Case, Row
from planner.errors import Fault, FaultyWorkbook
from planner.solve.lottery import SAMPLE, Follower, Lottery, Outcomes, followers

#: `branches` = all refuses to enumerate more nodes than this.
NODE_LIMIT = 2000
#: A CVaR that rests on fewer leaves than this is worth a warning.
TAIL_LEAVES = 5


def build_tree(case: Case) -> Tree:
    """The tree of a case that the reader has found sound, its stress branches last.

    Raises FaultyWorkbook for what shows only in the tree: more nodes than ``NODE_LIMIT``, fewer
    branches than regimes that may follow, a node that is named like a stress branch.
    """
    if case["tree"]:
        tree = _explicit_tree(case)
    elif case["transitions"]:
        tree = _drawn_tree(case)
    else:
        tree = _path(case)
    return with_stress_branches(case, tree)


def with_stress_branches(case: Case, tree: Tree) -> Tree:
    """The tree with the branches of its stress tests, which leave its most likely path."""
    return replace(tree, nodes=(*tree.nodes, *_stress_branches(case, tree)))


def tail_warning(tree: Tree, alpha: float, costs: Mapping[str, float] | None = None) -> str | None:
    """Words of warning when fewer than five leaves lie in the worst 1 - ``alpha``, else None.

    ``costs`` (kUSD by leaf name) count the leaves of a plan. Without them, before the solve, it is
    the most leaves that the tail can hold whatever the costs. A tree of one leaf has no tail.
    """
    leaves = sorted(
        tree.leaves, key=lambda leaf: leaf.probability if costs is None else -costs[leaf.name]
    )
    if len(leaves) == 1:
        return None
    room, inside = 1.0 - alpha, 0
    for leaf in leaves:
        if room <= 1e-12:
            break
        room -= leaf.probability
        inside += 1
    if inside >= TAIL_LEAVES:
        return None
    held = "at most " if costs is None else ""
    return (
        f"CVaR at {alpha:g} rests on {held}{inside} of {len(leaves)} leaves (the worst"
        f" {1 - alpha:.3g} of probability): ask for more `branches` or a lower `cvar_level`"
    )


def last_epoch(case: Case) -> int:
    return max(int(row["epoch"]) for row in case["periods"])


def _path(case: Case) -> Tree:
    """Nothing is uncertain: one node per epoch, every licence that is applied for on time."""
    licences = sorted(row["licence"] for row in case["licences"])
    names = [f"epoch {epoch}" for epoch in range(1, last_epoch(case) + 1)]
    root = Node(names[0], None, 1, 1.0)
    later = [
        Node(name, parent, epoch, 1.0, outcomes=dict.fromkeys(licences, "on_time"))
        for epoch, (parent, name) in enumerate(pairwise(names), start=2)
    ]
    return Tree((root, *later))


# --- the sheet `tree` ---------------------------------------------------------------------------


def _explicit_tree(case: Case) -> Tree:
    """The nodes of the sheet ``tree``, probabilities as written."""
    licences = sorted(row["licence"] for row in case["licences"])
    nodes: list[Node] = []
    place: dict[str | None, int] = {None: 0}
    for epoch in range(1, last_epoch(case) + 1):
        level = [row for row in case["tree"] if row["epoch"] == epoch]
        for row in sorted(level, key=lambda row: (place[row["parent"]], row["node"])):
            outcomes = {} if epoch == 1 else dict.fromkeys(licences, "on_time")
            place[row["node"]] = len(nodes)
            nodes.append(
                Node(
                    name=row["node"],
                    parent=row["parent"],
                    epoch=epoch,
                    probability=float(row["probability"]),
                    regime=row["regime"] or "",
                    outcomes=outcomes | dict(row["licences"]),
                )
            )
    return Tree(tuple(nodes))


# --- transitions x licence outcomes --------------------------------------------------------------


def _drawn_tree(case: Case) -> Tree:
    """Nodes epoch by epoch from ``regime_today``, all followers or as many as `branches` says."""
    lottery, last = Lottery(case), last_epoch(case)
    asked = widths(case)
    _refuse(_branch_faults(case, lottery, last, asked))
    families = Families(lottery, asked, int(case.settings["seed"]))
    nodes = grown((drawn_root(case),), lottery, last, families)
    reduced = [
        children
        for (regime, _), children in families.known.items()
        if len(children) < lottery.followers(regime)
    ]
    return Tree(nodes, _reduction_words(case, lottery, reduced) if reduced else None)


def drawn_root(case: Case) -> Node:
    """Today's node of a tree that is drawn from transitions."""
    today = case.settings["regime_today"]
    return Node(f"1.{_plain(today)}", None, 1, 1.0, today)


def widths(case: Case) -> tuple[int, ...] | None:
    """Children per node of each epoch from 2 on; None where `branches` is `all`."""
    asked: str | tuple[int, ...] = case.settings["branches"]
    return None if isinstance(asked, str) else asked


class Families:
    """The children of a node, by its regime and the epoch that follows: the same for equal ones."""

    def __init__(self, lottery: Lottery, widths: tuple[int, ...] | None, seed: int) -> None:
        self._lottery, self._widths, self._seed = lottery, widths, seed
        self.known: dict[tuple[str, int | None], tuple[Follower, ...]] = {}

    def __call__(self, regime: str, epoch: int) -> tuple[Follower, ...]:
        width = None if self._widths is None else self._widths[epoch - 2]
        key = regime, width
        if key not in self.known:
            self.known[key] = followers(self._lottery, regime, width, self._seed)
        return self.known[key]


def grown(
    trunk: tuple[Node, ...],
    lottery: Lottery,
    last: int,
    family: Callable[[str, int], tuple[Follower, ...]],
) -> tuple[Node, ...]:
    """``trunk``, one node an epoch, and below its last node all that may follow, to epoch ``last``.

    ``family``: (regime of the parent, epoch of the children) -> the children.
    """
    nodes = list(trunk)
    level = [(trunk[-1], Fraction(1))]
    for epoch in range(trunk[-1].epoch + 1, last + 1):
        below: list[tuple[Node, Fraction]] = []
        for parent, reached in level:
            for follower in family(parent.regime, epoch):
                probability = reached * follower.chance
                node = Node(
                    name=f"{epoch}.{len(below) + 1}.{_label(lottery.licences, follower)}",
                    parent=parent.name,
                    epoch=epoch,
                    probability=float(probability),
                    regime=follower.regime,
                    outcomes=dict(zip(lottery.licences, follower.outcomes, strict=True)),
                )
                below.append((node, probability))
        nodes += [node for node, _ in below]
        level = below
    return tuple(nodes)


def _branch_faults(
    case: Case, lottery: Lottery, last: int, widths: tuple[int, ...] | None
) -> Iterator[Fault]:
    """Too few branches for the regimes that may follow; too many nodes, counted before any is built."""
    level, total, widest = Counter({case.settings["regime_today"]: 1}), 1, 1
    for epoch in range(2, last + 1):
        most = max(len(lottery.moves[regime]) for regime in level)
        widest = max(widest, most)
        if widths is not None and widths[epoch - 2] < most:
            yield _branches_fault(
                case,
                f"{widths[epoch - 2]} in epoch {epoch}",
                f"at least {most}: every regime that may follow is kept",
                f"Set it to {most} or more.",
            )
        below: Counter[str] = Counter()
        for regime, count in level.items():
            for following in lottery.moves[regime]:
                below[following] += count * lottery.outcomes(following)
        level = below
        total += below.total()
    if widths is None and total > NODE_LIMIT:
        fitting = max(widest, min(6, int(NODE_LIMIT ** (1 / (last - 1)))))
        example = ";".join([str(fitting)] * (last - 1))
        yield _branches_fault(
            case,
            f"`all`, which gives {total:,} nodes",
            f"at most {NODE_LIMIT:,} nodes",
            f"Set `branches` to the children per node of each later epoch, such as `{example}`, or"
            " put licences that are decided alike into one `group`.",
        )


def _branches_fault(case: Case, found: str, expected: str, remedy: str) -> Fault:
    row = next((row for row in case["settings"] if row["key"] == "branches"), None)
    cell = None if row is None else _cell(case, "settings", row, "value")
    return Fault("branches", "settings", cell, f"branches = {found}", expected, remedy)


def _reduction_words(case: Case, lottery: Lottery, reduced: list[tuple[Follower, ...]]) -> str:
    """How the tree was reduced, for whoever reads the plan; ``reduced`` are families of children."""
    kept = [Counter(child.regime for child in children) for children in reduced]
    regimes = sorted({regime for family in kept for regime in family})
    sampled = [regime for regime in regimes if lottery.outcomes(regime) > SAMPLE]
    bare = [
        regime
        for regime in regimes
        if lottery.outcomes(regime) > 1 and any(family[regime] == 1 for family in kept)
    ]
    words = (
        f"branches = {';'.join(map(str, case.settings['branches']))}: licence outcomes reduced by"
        " fast forward selection (Heitsch and Roemisch 2003, algorithm 2.4) within each regime,"
        " begun from its worst outcome; distance: sum over licences of the difference in severity"
        " (on time 0, late 1/2, denied 1); what is left out gives its probability to the nearest"
        f" kept outcome of its regime; equals settled by seed {case.settings['seed']}"
    )
    if sampled:
        words += f"; {SAMPLE:,} seeded draws stand for the outcomes of {', '.join(sampled)}"
    if bare:
        words += f"; of {', '.join(bare)} a node has the worst outcome only: ask for more branches"
    return words


def _label(licences: Outcomes, follower: Follower) -> str:
    """``escalation.CN-goods-denied``: the regime, then what did not come on time."""
    failed = [
        f"{_plain(licence)}-{outcome}"
        for licence, outcome in zip(licences, follower.outcomes, strict=True)
        if outcome != "on_time"
    ]
    if len(failed) > 2:
        counts = Counter(follower.outcomes)
        failed = [f"{counts[kind]} {kind}" for kind in ("late", "denied") if counts[kind]]
    return ".".join([_plain(follower.regime), *failed])


def _plain(name: str) -> str:
    """A name without the signs that separate names and values in cells."""
    return name.replace(";", "_").replace("=", "_")


# --- stress tests --------------------------------------------------------------------------------


def _stress_branches(case: Case, tree: Tree) -> Iterator[Node]:
    """For each test a branch of probability 0 beside the most likely path, in order of name."""
    epoch_of = {row["period"]: int(row["epoch"]) for row in case["periods"]}
    main, taken = tree.most_likely, set(tree.by_name)
    for row in sorted(case["stress_tests"], key=lambda row: row["test"]):
        first, last = epoch_of[row["first_period"]], epoch_of[row["last_period"]]
        parent = main[first - 2].name
        for twin in main[first - 1 : last]:
            name = f"test {_plain(row['test'])} {twin.epoch}"
            if name in taken:
                cell = _cell(case, "stress_tests", row, "test")
                _refuse([Fault("stress-name", "stress_tests", cell, f"another node `{name}`",
                               "a name for the test's branch", "Rename the node or the test.")])  # fmt: skip
            yield Node(
                name, parent, twin.epoch, 0.0, twin.regime, twin.outcomes, row["test"], twin.name
            )
            taken.add(name)
            parent = name


def _cell(case: Case, sheet: str, row: Row, column: str) -> str | None:
    """The A1 address of a value, None where it has none."""
    return case.address(sheet, row, column).partition("!")[2] or None


def _refuse(faults: Iterable[Fault]) -> None:
    """Raise FaultyWorkbook with all faults, if there is any."""
    found = tuple(faults)
    if found:
        raise FaultyWorkbook(found)
