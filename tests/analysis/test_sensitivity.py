"""Weakly sourced inputs moved over their range: hand-solved, and only what is weak is moved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from models.tree import Node
from planner.analysis.sensitivity import sensitivity
from planner.case import Case, read_case
from planner.solve.reweighing import chance_of, next_nodes, reweighed
from planner.solve.run import build_problem
from tests.workbooks import Sheets, book, lane, material, offer, periods, read_sheets, site, want

TUTORIAL = Path(__file__).parents[2] / "inputs" / "tutorial.xlsx"


def graded(china: str, australia: str) -> Sheets:
    """100 t a year from China at 10 or Australia at 12, 60 t at most from either; shortage 500."""
    sources = [
        {"source": grade, "title": f"a source of grade {grade}", "grade": grade} for grade in "ABCD"
    ]
    return book(
        periods=periods(1),
        materials=[material("oxide")],
        sites=[site("cn", "supplier", "China"), site("au", "supplier", "Australia"),
               site("shop", "market", "Japan")],
        offers=[offer("CN", "cn", "oxide", 10, capacity_t_per_year=60, source=china),
                offer("AU", "au", "oxide", 12, capacity_t_per_year=60, source=australia)],
        lanes=[lane("cn", "shop"), lane("au", "shop")],
        demand=[want("shop", "oxide", 100, 500, source="A")],
        sources=sources,
    )  # fmt: skip


def by_input(case: Case) -> dict[str, Any]:
    """Rows of the table by what they are about, in its order."""
    rows = sensitivity(case).table("inputs").to_dict("records")
    return {row["input"]: row for row in rows}


def test_ends_of_a_range_by_hand(tmp_path: Path) -> None:
    """60 t at 10 and 40 t at 12: 1080. Chinese price D: at 14, 60 t Australian and 40 t Chinese, 720
    + 560 = 1280; at 6: 360 + 480 = 840. Chinese capacity 36 t: 60 t at 12 and 4 t short, 360 + 720 +
    2000; 84 t: 840 + 192 = 1032. Grade C moves by a fifth: Australian price 14.4 and 9.6 (60 t then),
    576 + 400 = 976; its capacity 48 t and 72 t: never short, never cheaper."""
    table = by_input(read_sheets(graded("D", "C"), tmp_path))
    price = table["price of offers from China"]
    assert price["dear_end_adds_kusd"] == pytest.approx(200)
    assert price["cheap_end_adds_kusd"] == pytest.approx(-240)
    assert (price["grade"], price["dear_end"], price["cells"]) == ("D", "+40%", "offers!D2")
    capacity = table["capacity of offers from China"]
    assert capacity["dear_end_adds_kusd"] == pytest.approx(36 * 10 + 60 * 12 + 4 * 500 - 1080)
    assert capacity["cheap_end_adds_kusd"] == pytest.approx(1032 - 1080)
    west = table["price of offers from Australia"]
    assert west["dear_end"] == "+20%"
    assert west["dear_end_adds_kusd"] == pytest.approx(40 * 2.4)
    assert west["cheap_end_adds_kusd"] == pytest.approx(976 - 1080)
    assert table["capacity of offers from Australia"]["dear_end_adds_kusd"] == pytest.approx(0)
    assert "demand of shop" not in table
    assert next(iter(table)) == "capacity of offers from China"


def test_well_sourced_inputs_are_not_moved(tmp_path: Path) -> None:
    assert not by_input(read_sheets(graded("A", "B"), tmp_path))


def test_regret_is_of_what_is_decided_today() -> None:
    """Kuantan's contract is signed today: with Ganzhou at 280 instead of 200 more of it is right. What
    nothing today depends on has no regret, whatever it moves."""
    table = by_input(read_case(TUTORIAL))
    assert table["price of offers from China"]["regret_of_today_kusd"] > 0
    assert table["cost of own making"]["regret_of_today_kusd"] == pytest.approx(0, abs=1e-6)
    chance = next(name for name in table if "approval of CN-Japan" in name)
    assert table[chance]["dear_end"] == "40 %"
    assert table[chance]["dear_end_adds_kusd"] > 0 > table[chance]["cheap_end_adds_kusd"]


def test_no_time_no_figures_but_a_word(tmp_path: Path) -> None:
    found = sensitivity(read_sheets(graded("D", "D"), tmp_path), seconds=0)
    assert found.table("inputs").empty
    assert any("0 of 4" in caution for caution in found.cautions)


def test_a_tree_believed_otherwise_is_the_same_worlds() -> None:
    tree = build_problem(read_case(TUTORIAL)).assembly.instance.tree

    def approved(node: Node) -> bool:
        return node.outcomes.get("CN-Japan") != "denied"

    now = chance_of(tree, approved)
    assert 0 < now < 1
    other = reweighed(tree, approved, 0.9)
    assert chance_of(other, approved) == pytest.approx(0.9)
    assert sum(leaf.probability for leaf in other.leaves) == pytest.approx(1)
    assert [n.name for n in other.nodes] == [n.name for n in tree.nodes]
    same = reweighed(tree, approved, now)
    assert [n.probability for n in same.nodes] == pytest.approx([n.probability for n in tree.nodes])
    assert len(next_nodes(tree)) >= 2
