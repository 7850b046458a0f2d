"""The tree told as instructions: every node, its news, and what is done then."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from planner.analysis.signposts import signposts
from planner.api import solve
from planner.case import read_case
from planner.report.playbook import playbook

TUTORIAL = Path(__file__).parents[2] / "inputs" / "tutorial.xlsx"


def test_the_tutorial_as_instructions() -> None:
    plan = solve(read_case(TUTORIAL))
    found = playbook(plan)
    actions = found.table("steps")
    assert list(actions["action"])[:3] == ["Sign contract", "Apply for licence", "Buy spot"]
    steps = actions.drop_duplicates("node")
    assert list(steps["if"]) == [
        "now", "truce holds; all licences on time", "truce holds; CN-Japan denied",
    ]  # fmt: skip
    assert list(steps["probability"]) == pytest.approx([1, 0.6, 0.4])
    denied = next(words for words in found.sentences if "denied (" in words)
    assert "(40 %), from Jan 2028" in denied
    assert "40 t" in denied
    assert "Lynas, Malaysia" in denied
    assert found.sentences[0].startswith("Now: Sign contract: Dy oxide")
    assert "file now for Jan 2028" in found.sentences[0]


def test_a_certain_case_has_one_course() -> None:
    found = playbook(solve(read_case(TUTORIAL, "licence certain")))
    assert found.table("steps")["node"].nunique() == 2 or "courses" not in found.title


def test_price_signposts_turn_where_solving_again_says() -> None:
    """30 t a year are contracted at 300 beside a spot price of 420 paid with probability 0.4: the
    contract is right while it costs less than what it saves."""
    found = signposts(read_case(TUTORIAL), offers=3)
    table = {
        (row["offer"], row["if_it"]): row for row in found.table("signposts").to_dict("records")
    }
    dearer = table["Kuantan contract", "rises"]
    assert dearer["right_at_usd_per_kg"] < dearer["wrong_at_usd_per_kg"]
    assert dearer["too_dear_kusd"] > 0
    assert math.isnan(table["Ganzhou spot", "falls"]["wrong_at_usd_per_kg"])
    assert any("Plan again if Kuantan contract rises" in words for words in found.sentences)
