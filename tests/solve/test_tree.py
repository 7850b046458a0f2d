"""The scenario tree: order, names, probabilities, coupling of licences, reduction, stress tests."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.tree import Node, Tree
from planner.case.case import Case, Row
from planner.errors import FaultyWorkbook
from planner.solve.lottery import SAMPLE, group_chances
from planner.solve.tree import NODE_LIMIT, build_tree, tail_warning

Rows = Sequence[Mapping[str, Any]]


def case(
    epochs: Sequence[int] = (1, 2),
    *,
    transitions: Sequence[tuple[str, str, float]] = (),
    licences: Mapping[str, str | None] | Sequence[str] = (),
    odds: Sequence[tuple[str, str, float, float, float]] = (),
    tree: Sequence[tuple[str, str | None, int, float]] = (),
    outcomes: Mapping[str, tuple[tuple[str, str], ...]] | None = None,
    stress: Sequence[tuple[str, str, str]] = (),
    **changes: Any,
) -> Case:
    """A case with yearly periods p0, p1 ... in the given epochs."""
    groups = dict(licences) if isinstance(licences, Mapping) else dict.fromkeys(licences)
    rows: dict[str, Rows] = {
        "settings": [{"key": "branches", "value": "as asked"}],
        "periods": [
            {"period": f"p{i}", "start": date(2027 + i, 1, 1), "years": 1.0, "epoch": epoch}
            for i, epoch in enumerate(epochs)
        ],
        "transitions": [
            {"from_regime": a, "to_regime": b, "probability": p} for a, b, p in transitions
        ],
        "licences": [{"licence": name, "group": group} for name, group in groups.items()],
        "licence_odds": [
            {"licence": name, "regime": regime, "on_time": on, "late": late, "denied": no}
            for name, regime, on, late, no in odds
        ],
        "tree": [
            {"node": node, "parent": parent, "epoch": epoch, "regime": None, "probability": p,
             "licences": (outcomes or {}).get(node, ())}
            for node, parent, epoch, p in tree
        ],
        "stress_tests": [
            {"test": test, "first_period": first, "last_period": last}
            for test, first, last in stress
        ],
    }  # fmt: skip
    return Case(
        name="test",
        settings={"regime_today": "calm", "branches": "all", "seed": 1} | changes,
        sheets={name: tuple(Row(row, 9) for row in sheet) for name, sheet in rows.items()},
        raw={},
        letters={"settings": {"value": "B"}, "stress_tests": {"test": "A"}},
        warnings=(),
        scenario=None,
        fingerprint="",
    )


def shuffled(original: Case, seed: int) -> Case:
    """The same case with the rows of every sheet in another order."""
    lottery = random.Random(seed)
    sheets = {
        name: tuple(lottery.sample(rows, len(rows))) for name, rows in original.sheets.items()
    }
    return Case(**{**vars(original), "sheets": sheets})


def faults(wrong: Case) -> list[tuple[str, str]]:
    """(kind, text) of the faults that building the tree raises."""
    with pytest.raises(FaultyWorkbook) as caught:
        build_tree(wrong)
    return [(fault.kind, str(fault)) for fault in caught.value.faults]


def check(tree: Tree, epochs: int) -> None:
    """Probabilities of each epoch sum to 1, children's to their parent's; names are unique."""
    assert len(tree.by_name) == len(tree.nodes)
    assert not any(sign in node.name for node in tree.nodes for sign in ";=")
    for epoch in range(1, epochs + 1):
        level = [node for node in tree.ordinary if node.epoch == epoch]
        assert math.fsum(node.probability for node in level) == pytest.approx(1, abs=1e-12)
    for node in tree.ordinary:
        assert node.probability > 0
        below = [child.probability for child in tree.ordinary if child.parent == node.name]
        if node.epoch < epochs:
            assert math.fsum(below) == pytest.approx(node.probability, abs=1e-12)
        else:
            assert not below


CALM = [("calm", "calm", 0.7), ("calm", "esc", 0.3), ("esc", "esc", 1.0)]


# --- path and explicit tree ----------------------------------------------------------------------


def test_path_has_one_node_per_epoch_and_licences_on_time_later() -> None:
    tree = build_tree(case((1, 1, 2, 3), licences=["L"]))
    assert [(n.name, n.parent, n.probability, dict(n.outcomes)) for n in tree.nodes] == [
        ("epoch 1", None, 1.0, {}),
        ("epoch 2", "epoch 1", 1.0, {"L": "on_time"}),
        ("epoch 3", "epoch 2", 1.0, {"L": "on_time"}),
    ]
    assert tree.reduction is None


def test_explicit_tree_in_any_row_order() -> None:
    rows = [("r", None, 1, 1.0), ("b", "r", 2, 0.5), ("a", "r", 2, 0.5), ("x", "b", 3, 0.5), ("z", "a", 3, 0.2), ("y", "a", 3, 0.3)]  # fmt: skip
    sheet = case((1, 2, 3), tree=rows, licences=["L", "K"], outcomes={"b": (("L", "late"),)})
    tree = build_tree(sheet)
    assert [node.name for node in tree.nodes] == ["r", "a", "b", "y", "z", "x"]
    assert dict(tree.by_name["r"].outcomes) == {}
    assert dict(tree.by_name["b"].outcomes) == {"L": "late", "K": "on_time"}
    assert dict(tree.by_name["x"].outcomes) == {"L": "on_time", "K": "on_time"}
    check(tree, 3)
    for seed in range(5):
        assert build_tree(shuffled(sheet, seed)) == tree


def test_explicit_tree_wins_over_transitions() -> None:
    sheet = case(tree=[("r", None, 1, 1.0), ("n", "r", 2, 1.0)], transitions=CALM)
    assert [node.name for node in build_tree(sheet).nodes] == ["r", "n"]


# --- transitions x licences ----------------------------------------------------------------------


def test_group_outcomes_are_the_intervals_of_one_draw() -> None:
    """L: on time < .5, late < .7; K: on time < .6, never late. By hand, u in [0, 1):

    [0, .5) both on time; [.5, .6) L late; [.6, .7) L late, K denied; [.7, 1) both denied.
    """
    tenth = Fraction(1, 10)
    assert group_chances([(5 * tenth, 7 * tenth), (6 * tenth, 6 * tenth)]) == (
        (("on_time", "on_time"), 5 * tenth),
        (("late", "on_time"), tenth),
        (("late", "denied"), tenth),
        (("denied", "denied"), 3 * tenth),
    )


def test_licences_of_one_group_share_a_draw_and_groups_do_not() -> None:
    odds = [("L", "calm", 0.5, 0.2, 0.3), ("K", "calm", 0.6, 0.0, 0.4)]
    alone = build_tree(case(transitions=[("calm", "calm", 1.0)], licences=["L", "K"], odds=odds))
    assert len(alone.leaves) == 3 * 2
    both = case(
        transitions=[("calm", "calm", 1.0)], licences={"L": "MOFCOM", "K": "MOFCOM"}, odds=odds
    )
    joint = {
        (leaf.outcomes["L"], leaf.outcomes["K"]): leaf.probability
        for leaf in build_tree(both).leaves
    }
    assert joint == {
        ("on_time", "on_time"): 0.5,
        ("late", "on_time"): 0.1,
        ("late", "denied"): 0.1,
        ("denied", "denied"): 0.3,
    }


def test_odds_follow_the_regime_of_the_node() -> None:
    sheet = case(
        transitions=CALM,
        licences=["L"],
        odds=[("L", "calm", 1.0, 0.0, 0.0), ("L", "esc", 0.25, 0.0, 0.75)],
    )
    tree = build_tree(sheet)
    assert [(n.name, n.probability) for n in tree.nodes] == [
        ("1.calm", 1.0),
        ("2.1.calm", 0.7),
        ("2.2.esc", 0.075),
        ("2.3.esc.L-denied", 0.225),
    ]


def test_what_cannot_happen_is_left_out_despite_rounding() -> None:
    """0.7 + 0.2 is not 0.9 in binary: no sliver of K late between them may survive."""
    sheet = case(
        transitions=[("calm", "calm", 1.0), ("calm", "esc", 0.0)],
        licences={"L": "g", "K": "g"},
        odds=[("L", "calm", 0.7, 0.2, 0.1), ("K", "calm", 0.9, 0.0, 0.1)],
    )
    outcomes = [dict(leaf.outcomes) for leaf in build_tree(sheet).leaves]
    assert outcomes == [
        {"K": "on_time", "L": "on_time"},
        {"K": "on_time", "L": "late"},
        {"K": "denied", "L": "denied"},
    ]


def test_thirds_sum_to_one_and_equal_paths_are_equal_to_the_last_bit() -> None:
    third = 1 / 3
    sheet = case(
        (1, 2, 3),
        transitions=[(a, b, third) for a in ("calm", "b", "c") for b in ("calm", "b", "c")],
    )
    tree = build_tree(sheet)
    assert {leaf.probability for leaf in tree.leaves} == {1 / 9}
    assert [node.name for node in tree.most_likely] == ["1.calm", "2.1.b", "3.1.b"]


def many_licences(count: int, epochs: Sequence[int], **changes: Any) -> Case:
    """Calm or escalation, independent licences that may come on time, late or not at all."""
    names = [f"L{i}" for i in range(count)]
    odds = [(name, "calm", 0.8 - 0.02 * i, 0.1, 0.1 + 0.02 * i) for i, name in enumerate(names)]
    odds += [(name, "esc", 0.3, 0.2, 0.5) for name in names]
    return case(epochs, transitions=CALM, licences=names, odds=odds, **changes)


def test_too_many_nodes_is_a_fault_that_says_what_to_set() -> None:
    """2 regimes x 9 outcomes: 1 + 18 + 9 x 18 + 9 x 9 = 262 nodes are built, 9 times more not."""
    assert len(build_tree(many_licences(2, (1, 2, 3))).nodes) == 262
    ((kind, text),) = faults(many_licences(2, (1, 2, 3, 4)))
    # epoch 4: calm calm 9*9*18, calm esc 9*9*9, esc esc 9*9*9
    assert kind == "branches"
    assert f"{262 + 81 * 18 + 81 * 9 + 81 * 9:,} nodes" in text
    assert f"{NODE_LIMIT:,}" in text
    assert "Set `branches`" in text
    assert faults(many_licences(40, (1, 2)))


def test_fewer_branches_than_regimes_is_a_fault_with_its_cell() -> None:
    wrong = many_licences(2, (1, 2, 3), branches=(1, 3))
    ((kind, text),) = faults(wrong)
    assert kind == "branches"
    assert text.startswith("settings!B9: found branches = 1 in epoch 2; expected at least 2")


def family(tree: Tree, parent: Node) -> list[Node]:
    return [node for node in tree.ordinary if node.parent == parent.name]


def test_reduction_keeps_every_regime_and_its_worst_outcome() -> None:
    tree = build_tree(many_licences(3, (1, 2, 3), branches=(7, 4)))
    check(tree, 3)
    assert len(tree.leaves) == 7 * 4
    for parent in tree.ordinary[:8]:
        children = family(tree, parent)
        follow = {"calm": {"calm", "esc"}, "esc": {"esc"}}[parent.regime]
        assert len(children) == (7 if parent.epoch == 1 else 4)
        assert {child.regime for child in children} == follow
        for regime in follow:
            mass = sum(child.probability for child in children if child.regime == regime)
            share = {"calm": {"calm": 0.7, "esc": 0.3}, "esc": {"esc": 1.0}}[parent.regime][regime]
            assert mass == pytest.approx(parent.probability * share, rel=1e-12)
            assert any(
                set(child.outcomes.values()) == {"denied"}
                for child in children
                if child.regime == regime
            )
    assert tree.reduction is not None
    assert "Heitsch and Roemisch 2003" in tree.reduction
    assert "seed 1" in tree.reduction


def test_worst_outcome_is_the_worst_that_can_happen() -> None:
    """K is never denied: the worst is L denied and K late."""
    sheet = case(
        transitions=[("calm", "calm", 1.0)],
        licences=["L", "K"],
        odds=[("L", "calm", 0.9, 0.0, 0.1), ("K", "calm", 0.9, 0.1, 0.0)],
        branches=(2,),
    )
    tree = build_tree(sheet)
    assert [dict(leaf.outcomes) for leaf in tree.leaves] == [
        {"K": "on_time", "L": "on_time"},
        {"K": "late", "L": "denied"},
    ]
    # on time .81; late and denied each go to the nearer end: K late (.09) half a step from on
    # time, L denied (.09) half a step from the worst
    assert [leaf.probability for leaf in tree.leaves] == pytest.approx([0.9, 0.1])
    assert tree.reduction is not None
    assert "worst outcome only" not in tree.reduction


def test_reduction_to_one_child_per_regime_says_so() -> None:
    tree = build_tree(many_licences(2, (1, 2), branches=(2,)))
    assert [set(leaf.outcomes.values()) for leaf in tree.leaves] == [{"denied"}, {"denied"}]
    assert tree.reduction is not None
    assert "of calm, esc a node has the worst outcome only" in tree.reduction


def test_enough_branches_enumerate() -> None:
    full = build_tree(many_licences(2, (1, 2)))
    assert build_tree(many_licences(2, (1, 2), branches=(18,))) == full
    assert full.reduction is None
    assert build_tree(many_licences(2, (1, 2), branches=(17,))).reduction is not None


def test_many_licences_are_sampled_first_and_the_worst_is_still_there() -> None:
    """9 independent licences have 3^9 outcomes a regime: too many to compare each with each."""
    assert SAMPLE < 3**9
    sheet = many_licences(9, (1, 2), branches=(12,))
    tree = build_tree(sheet)
    check(tree, 2)
    assert len(tree.leaves) == 12
    assert sum(set(leaf.outcomes.values()) == {"denied"} for leaf in tree.leaves) == 2
    assert tree.reduction is not None
    assert "seeded draws stand for the outcomes of calm, esc" in tree.reduction
    assert build_tree(shuffled(sheet, 4)) == tree
    other = build_tree(many_licences(9, (1, 2), branches=(12,), seed=2))
    check(other, 2)
    assert other.leaves != tree.leaves


@st.composite
def drawn_cases(draw: st.DrawFn) -> Case:
    """Up to three regimes and three licences in groups, all or few branches."""
    regimes = ["calm", "esc", "truce"][: draw(st.integers(1, 3))]
    tenths = st.integers(0, 10)

    def parts(count: int) -> list[float]:
        cuts = sorted(draw(st.lists(tenths, min_size=count - 1, max_size=count - 1)))
        ends = [0, *cuts, 10]
        return [(high - low) / 10 for low, high in pairwise(ends)]

    moves = [(a, b, p) for a in regimes for b, p in zip(regimes, parts(len(regimes)), strict=True)]
    names = ["K", "L", "M"][: draw(st.integers(0, 3))]
    licences = {name: draw(st.sampled_from([None, "g"])) for name in names}
    odds: list[Any] = [(name, regime, *parts(3)) for name in names for regime in regimes]
    branches = draw(st.sampled_from(["all", (3, 4), (6, 3)]))
    return case(
        (1, 2, 3), transitions=moves, licences=licences, odds=odds,
        branches=branches, seed=draw(st.integers(0, 3)),
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(drawn_cases(), st.integers(0, 5))
def test_any_drawn_tree(sheet: Case, seed: int) -> None:
    """Probabilities add up, rows may come in any order, no outcome is impossible in its regime."""
    if sheet.settings["branches"] == "all":
        try:
            tree = build_tree(sheet)
        except FaultyWorkbook as too_many:
            assert "nodes" in str(too_many)
            return
    else:
        tree = build_tree(sheet)
    check(tree, 3)
    assert build_tree(shuffled(sheet, seed)) == tree
    odds = {(row["licence"], row["regime"]): row for row in sheet["licence_odds"]}
    for node in tree.nodes[1:]:
        for licence, outcome in node.outcomes.items():
            assert odds[licence, node.regime][outcome] > 0
    if tree.reduction is None and sheet["licences"]:
        for row in odds.values():
            for child in {node.regime for node in tree.nodes if node.epoch == 2} & {row["regime"]}:
                reached = [n for n in tree.nodes if n.epoch == 2 and n.regime == child]
                for outcome in ("on_time", "late", "denied"):
                    mass = sum(
                        n.probability for n in reached if n.outcomes[row["licence"]] == outcome
                    )
                    whole = sum(n.probability for n in reached)
                    assert mass == pytest.approx(whole * row[outcome])


# --- stress tests --------------------------------------------------------------------------------


def test_stress_branch_leaves_the_most_likely_path_and_follows_its_data() -> None:
    sheet = case(
        (1, 2, 2, 3, 4),
        transitions=CALM,
        licences=["L"],
        odds=[("L", "calm", 0.9, 0.0, 0.1), ("L", "esc", 0.1, 0.0, 0.9)],
        stress=[("no AU", "p1", "p3"), ("a=b;c", "p4", "p4")],
    )
    tree = build_tree(sheet)
    main = tree.most_likely
    assert [node.regime for node in main] == ["calm"] * 4
    added = [node for node in tree.nodes if node.test is not None]
    assert list(tree.nodes[-3:]) == added
    assert [(n.name, n.parent, n.epoch, n.twin, n.test) for n in added] == [
        ("test a_b_c 4", main[2].name, 4, main[3].name, "a=b;c"),
        ("test no AU 2", main[0].name, 2, main[1].name, "no AU"),
        ("test no AU 3", "test no AU 2", 3, main[2].name, "no AU"),
    ]
    for node in added:
        twin = tree.by_name[node.twin or ""]
        assert (node.probability, node.regime, node.outcomes) == (0, twin.regime, twin.outcomes)
    assert all(leaf.test is None for leaf in tree.leaves)
    check(tree, 4)


def test_most_likely_is_the_first_of_equals() -> None:
    rows = [("r", None, 1, 1.0), ("b", "r", 2, 0.5), ("a", "r", 2, 0.5)]
    tree = build_tree(case(tree=rows, stress=[("t", "p1", "p1")]))
    assert tree.nodes[-1].twin == "a"


def test_stress_branch_named_like_a_node_is_a_fault() -> None:
    rows = [("r", None, 1, 1.0), ("test t 2", "r", 2, 1.0)]
    assert [kind for kind, _ in faults(case(tree=rows, stress=[("t", "p1", "p1")]))] == [
        "stress-name"
    ]


# --- tail of the CVaR ----------------------------------------------------------------------------


def leaves(*probabilities: float) -> Tree:
    return build_tree(
        case(tree=[("r", None, 1, 1.0), *((f"n{i}", "r", 2, p) for i, p in enumerate(probabilities))])
    )  # fmt: skip


def test_tail_counts_the_leaves_in_the_worst_share() -> None:
    ten = leaves(*[0.1] * 10)
    assert tail_warning(ten, 0.5) is None
    assert "at most 4 of 10 leaves" in (tail_warning(ten, 0.6) or "")
    assert "at most 1 of 10 leaves" in (tail_warning(ten, 0.95) or "")
    assert tail_warning(build_tree(case()), 0.95) is None


def test_tail_of_a_plan_goes_by_its_costs() -> None:
    """Five leaves of .02 could fill the worst tenth; in this plan the big one is the worst."""
    tree = leaves(0.9, *[0.02] * 5)
    assert tail_warning(tree, 0.9) is None
    cheap = {f"n{i}": float(i) for i in range(6)}
    assert tail_warning(tree, 0.9, cheap) is None
    assert "rests on 1 of 6 leaves" in (tail_warning(tree, 0.9, cheap | {"n0": 99.0}) or "")
