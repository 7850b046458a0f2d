"""COM: what is signed, decided, forced or forbidden."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from planner.errors import FaultyWorkbook, Infeasible
from tests.models.solved_by_hand import HandSolved, says, tonnes
from tests.own_answers import Known
from tests.workbooks import (
    Row,
    Sheets,
    book,
    cost_of,
    lane,
    material,
    model_of,
    offer,
    periods,
    site,
    solve_sheets,
    want,
)


def signed(*deeds: Row, **changes: Any) -> Sheets:
    """100 t a year for three years: spot at 10, a contract at 20 (half to be taken), a line to build."""
    sheets: dict[str, Any] = {
        "periods": periods(1, 1, 1),
        "materials": [material("ore", "ore"), material("oxide"), material("ferrite", "magnet")],
        "sites": [
            site("mine", "supplier", "China"),
            site("plant", "plant", "Japan"),
            site("shop", "market", "Japan"),
        ],
        "offers": [
            offer("spot", "mine", "oxide", 10),
            offer("firm", "mine", "oxide", 20, kind="contract", min_take_share=0.5),
            offer("ore", "mine", "ore", 30),
            offer("ferrite", "mine", "ferrite", 40),
        ],
        "lanes": [
            lane("mine", "shop", "oxide"),
            lane("mine", "shop", "ferrite"),
            lane("mine", "plant", "ore"),
            lane("plant", "shop", "oxide"),
        ],
        "processes": [{"process": "refine", "site": "plant"}],
        "recipes": [
            {"process": "refine", "material": "ore", "t_per_t": -1},
            {"process": "refine", "material": "oxide", "t_per_t": 1},
        ],
        "projects": [line("line", 500)],
        "demand": [want("shop", "oxide", 100, 900)],
        "licences": [{"licence": "L", "application_kusd": 9}],
        "rules": [
            {
                "rule": "r",
                "exporter": "China",
                "stage": "magnet",
                "requirement": "licence:L",
            }
        ],
        "substitutes": [
            {
                "substitute": "less",
                "market": "shop",
                "material": "oxide",
                "by_material": "ferrite",
                "max_share": 0.5,
                "switch_kusd": 70,
            }
        ],
        "commitments": list(deeds),
    }
    return book(**(sheets | changes))


def line(name: str, capex: float, **columns: Any) -> Row:
    row = {"project": name, "adds_to": "refine", "size_t_per_year": 100, "capex_kusd": capex}
    return {**row, "max_modules": 3, **columns}


def deed(what: str, name: str, sense: str, amount: float, period: str | None = None) -> Row:
    return {"what": what, "name": name, "sense": sense, "amount": amount, "period": period}


CONTRACT = HandSolved(
    "contract_signed_for_one_epoch",
    3500,
    "100 t a year are signed for p1: half of them must be taken, 50*20 + 50*10 = 1500; p0 and p2 1000 "
    "each: 3500 (in every epoch: 4500)",
    signed(deed("offer", "firm", "=", 100, "p1")),
)
EVERY_EPOCH = HandSolved(
    "contract_signed_for_every_epoch",
    4500,
    "without a period the contract is in force in every epoch: 3 x (50*20 + 50*10) = 4500 (100 t a year "
    "over the whole path, in one epoch: 3500)",
    signed(deed("offer", "firm", ">=", 100)),
)
SPOT = HandSolved(
    "spot_forbidden_in_a_period",
    4000,
    "no spot in p2: the contract there, 100*20 = 2000; 1000 in p0 and p1: 4000 (forbidden for good: 6000)",
    signed(deed("offer", "spot", "<=", 0, "p2")),
)
WHOLE_PATH = HandSolved(
    "spot_over_the_whole_path",
    5000,
    "at most 100 t of spot in all three years: 1000 and twice 2000: 5000 (at most 100 t in each: 3000)",
    signed(deed("offer", "spot", "<=", 100)),
)
PROJECT = HandSolved(
    "project_decided",
    4000,
    "two modules are decided for p1, though nobody needs them: 2*500 + 3*1000 = 4000 (2 t of size, one "
    "module: 3500)",
    signed(deed("project", "line", "=", 2, "p1")),
)
LICENCE = HandSolved(
    "licence_applied_for",
    3009,
    "the application for p2 is sent off in p1: 9, not discounted here; 3009 (in every epoch that can be "
    "applied for: 3018)",
    signed(deed("licence", "L", "=", 1, "p2")),
)
SUBSTITUTE = HandSolved(
    "substitute_switched",
    3070,
    "the switch is made, though ferrite at 40 is not used: 70 + 3000 = 3070 (half replaced as well: 7570)",
    signed(deed("substitute", "less", "=", 1)),
)


@pytest.mark.equation("COM-1", "row")
def test_rows_of_commitments(tmp_path: Path) -> None:
    sheets = signed(
        deed("offer", "firm", "=", 100, "p1"),
        deed("offer", "spot", "<=", 80),
        deed("project", "line", ">=", 2, "p1"),
        deed("licence", "L", "=", 1, "p2"),
        deed("substitute", "less", "=", 0),
    )
    model, _ = model_of(sheets, tmp_path)
    first, second, third = (model.node[f"epoch {n}"].committed for n in (1, 2, 3))
    says(first[0, 2], {"contract[firm,2]": 1}, "==", 100)
    takes = {"epoch 1:take[spot,0]": 1, "epoch 2:take[spot,1]": 1, "take[spot,2]": 1}
    says(third[1, 3], takes, "<=", 80)
    says(second[2, 2], {"build[line,1]": 1}, ">=", 2)
    says(second[3, 2], {"apply[L,3]": 1}, "==", 1)
    switches = {"epoch 1:switch[less]": 1, "epoch 2:switch[less]": 1, "switch[less]": 1}
    says(third[4, 3], switches, "==", 0)
    assert (len(first), len(second), len(third)) == (1, 2, 2)


@pytest.mark.equation("COM-1", "hand")
@pytest.mark.parametrize(
    "case",
    [CONTRACT, EVERY_EPOCH, SPOT, WHOLE_PATH, PROJECT, LICENCE, SUBSTITUTE],
    ids=lambda case: case.name,
)
def test_what_is_committed_is_done(case: HandSolved, policy: Known) -> None:
    case.solve(policy)


@pytest.mark.equation("COM-1", "limit")
def test_a_commitment_to_what_is_done_anyway_costs_nothing(tmp_path: Path) -> None:
    for row in (
        deed("offer", "spot", ">=", 0),
        deed("offer", "spot", "=", 100, "p1"),
        deed("offer", "firm", "<=", 0),
        deed("project", "line", "<=", 3),
        deed("project", "line", "=", 0, "p0"),
        deed("substitute", "less", "=", 0),
    ):
        assert cost_of(signed(row), tmp_path) == pytest.approx(3000), row


@pytest.mark.parametrize(
    ("row", "changes"),
    [
        (
            deed("project", "line", "=", 1, "p0"),
            {"projects": [line("line", 500, earliest_period="p1")]},
        ),
        (deed("project", "line", ">=", 4), {}),
        (
            deed("offer", "spot", ">=", 1, "p0"),
            {"offers": [offer("spot", "mine", "oxide", 10, first_period="p1")]},
        ),
        (
            deed("offer", "firm", "=", 10),
            {"offers": [offer("firm", "mine", "oxide", 10, kind="contract", last_period="p1")]},
        ),
    ],
)
def test_what_nobody_can_decide_is_refused(row: Row, changes: Row, tmp_path: Path) -> None:
    """Never dropped in silence: by the reader where it sees it, else because no plan can do it."""
    with pytest.raises((Infeasible, FaultyWorkbook)):
        cost_of(signed(row, **changes), tmp_path)


def test_more_than_the_case_can_use_may_be_committed(tmp_path: Path) -> None:
    """150 t of an offer that must be qualified, where only 100 t are wanted; the rest is thrown away."""
    sheets = signed(
        deed("offer", "spot", ">=", 150, "p0"),
        offers=[offer("spot", "mine", "oxide", 10, qualification_kusd=7)],
        materials=[
            material("ore", "ore"),
            material("oxide", disposal_usd_per_kg=1),
            material("ferrite", "magnet"),
        ],
    )
    plan = solve_sheets(sheets, tmp_path)
    assert plan.summary["objective_kusd"] == pytest.approx(7 + 1500 + 50 + 2000)
    assert tonnes(plan, "takes", period="p0") == pytest.approx(150)
