"""Big-M figures cut off no plan: what yes-or-no choices may force is more than what is used."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from planner.errors import CaseError
from tests.own_answers import HOME, Known, answers
from tests.workbooks import (
    Row,
    Sheets,
    branch,
    cost_of,
    lane,
    material,
    mine_to_shop,
    model_of,
    offer,
    periods,
    read_sheets,
    row_of,
    site,
    want,
)

FREE = [material("oxide", disposal_usd_per_kg=0), material("metal", "metal", disposal_usd_per_kg=0)]
TWO = [branch("now", None, 1, 1), branch("x", "now", 2, 0.5), branch("y", "now", 2, 0.5)]


def test_a_minimum_run_draws_more_than_is_wanted(known: Known) -> None:
    known(
        "bound_minimum_run",
        500,
        """A plant of 1000 t runs at half of it or not at all; 100 t are wanted (short 500), the
        rest is thrown away. Its oxide at 1 is qualified at no cost: 500 t bought, 500. Wrong, no
        more than 100 t may be bought, so it stands: 50,000 short.""",
        mine_to_shop(
            materials=FREE,
            sites=[
                site("mine", "supplier"),
                site("works", "plant"),
                site("shop", "market"),
            ],
            offers=[offer("ore", "mine", "oxide", 1, qualification_kusd=0)],
            processes=[
                {
                    "process": "smelt",
                    "site": "works",
                    "capacity_t_per_year": 1000,
                    "min_run_share": 0.5,
                }
            ],
            recipes=[
                {"process": "smelt", "material": "oxide", "t_per_t": -1},
                {"process": "smelt", "material": "metal", "t_per_t": 1},
            ],
            lanes=[lane("mine", "works", "oxide"), lane("works", "shop", "metal")],
            demand=[want("shop", "metal", 100, 500)],
        ),
    )


def test_what_is_committed_may_exceed_what_is_wanted(known: Known) -> None:
    known(
        "bound_commitment",
        150,
        """150 t are committed at 1 though 100 t are wanted; the rest is thrown away: 150. Wrong, a
        qualified offer is bounded by what is wanted: infeasible.""",
        mine_to_shop(
            materials=FREE,
            offers=[offer("ore", "mine", "oxide", 1, qualification_kusd=0)],
            commitments=[
                {"what": "offer", "name": "ore", "period": "p0", "sense": ">=", "amount": 150}
            ],
            demand=[want("shop", "oxide", 100, 500)],
        ),
    )


def test_what_a_stress_test_takes_is_no_bound_elsewhere(known: Known) -> None:
    known(
        "bound_lost_in_a_test",
        5 + 1000,
        """100 t in year 2 at 10, unlimited, qualified for 5; a test without service asks for life
        without the mine: 1005. Wrong, the capacity of 0 in the test bounds the offer everywhere:
        50,000 short.""",
        mine_to_shop(
            periods=periods(1, 1),
            offers=[offer("ore", "mine", "oxide", 10, qualification_kusd=5)],
            stress_tests=[
                {
                    "test": "no mine",
                    "lose": "site",
                    "member": "mine",
                    "first_period": "p1",
                    "last_period": "p1",
                    "min_service_share": 0,
                }
            ],
            demand=[want("shop", "oxide", 100, 500, "p1")],
        ),
    )


def in_y(sheet: str, column: str, value: float, **columns: object) -> Sheets:
    """Two equally likely second years; in one of them, y, a cell differs."""
    change: Row = {"node": "y", "sheet": sheet, "column": column, "change": "set", "value": value}
    return mine_to_shop(
        periods=periods(1, 1),
        tree=TWO,
        node_values=[change],
        offers=[offer("ore", "mine", "oxide", 1, capacity_t_per_year=100, **columns)],
        demand=[want("shop", "oxide", 100, 500)],
    )


def test_a_choice_that_one_node_offers_exists_there(tmp_path: Path) -> None:
    # A fixed cost of the lane in y only: half of 30 on top of 2 x 100.
    assert cost_of(in_y("lanes", "fixed_kusd", 30), tmp_path) == pytest.approx(215)
    # Take-or-pay in y only, of a contract for what is wanted anyway: nothing on top.
    firm = in_y("offers", "min_take_share", 1, kind="contract")
    model, _ = model_of(firm, tmp_path)
    row = row_of(model.node["y"].take_or_pay["ore", 1])
    assert row == (None, {"now:contract[ore,2]": 1, "take[ore,1]": -1, "unused[ore,1]": -1}, 0)
    row = row_of(model.node["x"].take_or_pay["ore", 1])
    assert row == (None, {"take[ore,1]": -1, "unused[ore,1]": -1}, 0)


@pytest.mark.equation("SRC-7", "row")
def test_a_contract_fits_the_least_capacity_of_the_nodes_it_is_signed_for(tmp_path: Path) -> None:
    model, _ = model_of(in_y("offers", "capacity_t_per_year", 20, kind="contract"), tmp_path)
    now = model.node["now"]
    assert row_of(now.contract_capacity["ore", 1]) == (None, {"contract[ore,1]": 1}, 100)
    assert row_of(now.contract_capacity["ore", 2]) == (None, {"contract[ore,2]": 1}, 20)


@pytest.mark.parametrize(
    ("sheet", "column"), [("offers", "qualification_kusd"), ("materials", "disposal_usd_per_kg")]
)
def test_a_node_cannot_fill_a_blank_that_means_something(
    tmp_path: Path, sheet: str, column: str
) -> None:
    case = read_sheets(in_y(sheet, column, 3), tmp_path)
    with pytest.raises(CaseError, match=f"sets {column} of row 2 of {sheet}, which is blank"):
        cost_of(in_y(sheet, column, 3), tmp_path)
    assert case[sheet][0][column] is None


def test_every_own_answer_is_claimed_by_a_test() -> None:
    """A file or an entry that no test states would go stale unseen."""
    claimed = set[str]()
    for file in Path(__file__).parent.glob("test_*.py"):
        claimed |= set(re.findall(r'known\(\s*"(\w+)"', file.read_text(encoding="utf-8")))
    assert set(answers(HOME / "answers_flow.json")) == claimed


def test_a_limit_that_is_blank_in_one_node_and_set_in_another(tmp_path: Path) -> None:
    """Ore at 10, 100 t wanted in p1, a missing tonne costs 500; in one of two equal nodes only
    20 t can be had: 0.5 * 100 * 10 + 0.5 * (20 * 10 + 80 * 500) = 500 + 20,100 = 20,600."""
    sheets = mine_to_shop(
        periods=periods(1, 1),
        offers=[offer("ore", "mine", "oxide", 10)],
        demand=[want("shop", "oxide", 100, 500, "p1")],
        tree=TWO,
        node_values=[
            {
                "node": "y",
                "sheet": "offers",
                "where": "offer=ore",
                "column": "capacity_t_per_year",
                "change": "set",
                "value": 20,
            }
        ],
    )
    assert cost_of(sheets, tmp_path) == pytest.approx(20_600)
