"""The explicit tree, values by node, and the number of branches asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from planner.case.case import Row
from planner.case.cells import several
from planner.case.changes import Changer, problems
from planner.case.checks.licences import TOLERANCE
from planner.case.checks.view import View
from planner.errors import Fault


def one_tree(view: View) -> Iterator[Fault]:
    """`tree` beside `transitions`, or `node_values` without `tree`."""
    if view.sheets["tree"] and view.sheets["transitions"]:
        yield view.fault(
            "tree-and-transitions", "tree", view.sheets["tree"][0], "node", "either 'tree' or 'transitions'",
            "An explicit tree stands in place of transitions: empty one of the two sheets.",
            "both sheets filled in",
        )  # fmt: skip
    if view.sheets["node_values"] and not view.sheets["tree"]:
        yield view.fault(
            "no-tree", "node_values", view.sheets["node_values"][0], "node", "a sheet 'tree' that names the nodes",
            "Add the tree, or empty 'node_values'.",
        )  # fmt: skip


def tree_shape(view: View) -> Iterator[Fault]:
    """Not exactly one root, epochs not consecutive, leaves before the last epoch."""
    rows = view.rows("tree")
    if not rows:
        return
    roots = [row for row in rows if row["parent"] is None]
    if not roots:
        yield view.fault("tree-root", "tree", None, None, "one node without a parent", "Leave the parent of the first node blank.", "no root")  # fmt: skip
    for row in roots[1:]:
        yield view.fault("tree-root", "tree", row, "parent", "one root only", f"Name its parent: '{roots[0]['node']}' is a root already.")  # fmt: skip
    for row in rows:
        parent = view.by_name("tree").get(row["parent"])
        due = 1 if row["parent"] is None else parent["epoch"] + 1 if parent else row["epoch"]
        if row["epoch"] != due:
            yield view.fault("tree-epoch", "tree", row, "epoch", f"{due}, one after its parent's" if parent else "1 in the root", "Correct the epoch or the parent.")  # fmt: skip
        elif row["epoch"] > view.last_epoch:
            yield view.fault("tree-epoch", "tree", row, "epoch", f"at most {view.last_epoch}, the last epoch of 'periods'", "Remove the node or add periods.")  # fmt: skip
    parents = {row["parent"] for row in rows}
    for row in rows:
        if row["node"] not in parents and row["epoch"] < view.last_epoch:
            yield view.fault("tree-leaf", "tree", row, "epoch", f"leaves in the last epoch, {view.last_epoch}, only", "Give the node children up to the last epoch.")  # fmt: skip


def tree_probabilities(view: View) -> Iterator[Fault]:
    """A root not certain, or children that do not sum to their parent."""
    children: dict[str, list[Row]] = defaultdict(list)
    for row in view.rows("tree"):
        if row["parent"] is not None:
            children[row["parent"]].append(row)
        elif abs(row["probability"] - 1) > TOLERANCE:
            yield view.fault("probability-sum", "tree", row, "probability", "1 in the root", "The start is certain.")  # fmt: skip
    for name, born in children.items():
        parent = view.by_name("tree").get(name)
        total = sum(row["probability"] for row in born)
        if parent is not None and abs(total - parent["probability"]) > TOLERANCE:
            yield view.fault(
                "probability-sum", "tree", born[0], "probability",
                f"children of '{name}' that sum to its probability, {parent['probability']:.9g}",
                "Probabilities are unconditional: of reaching the node from the start.", f"a sum of {total:.9g}",
            )  # fmt: skip


def root_outcomes(view: View) -> Iterator[Fault]:
    """Licence outcomes named in the root, where nothing was applied for yet."""
    for row in view.rows("tree"):
        if row["parent"] is None and row["licences"]:
            shown = "; ".join(f"{licence}={outcome}" for licence, outcome in row["licences"])
            yield view.fault(
                "root-outcome", "tree", row, "licences", "blank in the root",
                "Use held_until in 'licences' for what is in hand at the start.", f"'{shown}'",
            )  # fmt: skip


def branch_counts(view: View) -> Iterator[Fault]:
    """A number of children for more or fewer epochs than there are."""
    counts = several(view.settings["branches"])
    if counts in ((), ("all",)) or view.sheets["tree"]:
        return
    if len(counts) != view.last_epoch - 1:
        row = next((row for row in view.sheets["settings"] if row["key"] == "branches"), None)
        shown = ";".join(map(str, counts))
        yield view.fault(
            "branch-count", "settings", row, "value",
            f"`all`, or one number for each epoch from 2 to {view.last_epoch}",
            "Correct branches or the epochs of 'periods'.", f"'{shown}'",
        )  # fmt: skip


def node_values(view: View) -> Iterator[Fault]:
    """Values by node that touch no row, or no amount, price or share."""
    by_node: dict[str, list[Row]] = defaultdict(list)
    for row in view.rows("node_values"):
        by_node[row["node"]].append(row)
    for rows in by_node.values():
        yield from change_faults(view, "node_values", rows)


def change_faults(view: View, sheet: str, rows: list[Row]) -> Iterator[Fault]:
    """What is wrong with the changes of one node or one scenario."""
    # A sheet with faulty cells cannot say whether a row is touched: its own faults come first.
    known = [row for row in rows if not view.unsound.get(row["sheet"])]
    changer = Changer(view.sheets, view.settings, by_node=sheet == "node_values")
    for change, bad in problems(changer, known):
        yield view.change_fault(sheet, change, bad)
