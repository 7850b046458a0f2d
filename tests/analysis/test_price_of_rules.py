"""Prices of rules and worth of licences: hand-solved, and never what they cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.analysis.compare.regret import committed, first_decisions
from planner.analysis.licence_value import licence_values
from planner.analysis.loosening import changed
from planner.analysis.price_of_rules import price_of_rules
from planner.case import Case, read_case
from planner.errors import CaseError
from planner.solve.run import solve_case
from tests.test_known_answers import HOME
from tests.workbooks import Sheets, book, lane, material, offer, periods, read_sheets, site, want

TUTORIAL = Path(__file__).parents[2] / "inputs" / "tutorial.xlsx"


def capped(share: float, stop: bool = False) -> Sheets:
    """100 t a year from China at 10 or Australia at 20; China's share is capped."""
    ban = {"rule": "ban", "exporter": "China", "destination": "Japan", "requirement": "denied"}
    return book(
        periods=periods(1),
        materials=[material("oxide")],
        sites=[site("cn", "supplier", "China"), site("au", "supplier", "Australia"),
               site("shop", "market", "Japan")],
        offers=[offer("CN", "cn", "oxide", 10), offer("AU", "au", "oxide", 20)],
        lanes=[lane("cn", "shop"), lane("au", "shop")],
        demand=[want("shop", "oxide", 100, 500, min_service_share=0.9)],
        caps=[{"cap": "half", "group_by": "country", "member": "China", "material": "oxide", "max_share": share}],
        rules=[ban] if stop else [],
    )  # fmt: skip


def test_a_cap_costs_what_dropping_it_saves(tmp_path: Path) -> None:
    """0.4 x 100 t may be Chinese: 400 + 1200; without the cap 1000; at 0.45: 450 + 1100."""
    found = price_of_rules(read_sheets(capped(0.4), tmp_path))
    table = found.table("rules").set_index("kind")
    assert table.loc["cap", "dropping_saves_kusd"] == pytest.approx(600)
    assert table.loc["cap", "step_saves_kusd"] == pytest.approx(50)
    assert table.loc["cap", "at_most_kusd"] == pytest.approx(600)
    assert table.loc["service floor", "dropping_saves_kusd"] == pytest.approx(0)
    assert "caps!E2" in found.sentences[0]
    assert "kUSD 600.00" in found.title


def test_a_law_costs_what_it_closes(tmp_path: Path) -> None:
    """Banned: 2000; without the ban 40 t are Chinese: 1600. The cap costs nothing meanwhile."""
    table = price_of_rules(read_sheets(capped(0.4, stop=True), tmp_path)).table("rules")
    prices = table.set_index("kind")["dropping_saves_kusd"]
    assert prices["law"] == pytest.approx(400)
    assert prices["cap"] == pytest.approx(0)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(share=st.floats(0.1, 1.0), stop=st.booleans())
def test_rules_never_earn_and_a_step_never_saves_more_than_dropping(
    tmp_path: Path, share: float, stop: bool
) -> None:
    table = price_of_rules(read_sheets(capped(round(share, 3), stop), tmp_path)).table("rules")
    assert (table["dropping_saves_kusd"] >= 0).all()
    assert (table["at_most_kusd"] >= table["dropping_saves_kusd"]).all()
    stepped = table.dropna(subset="step_saves_kusd")
    assert (stepped["step_saves_kusd"] <= stepped["dropping_saves_kusd"] + 1e-6).all()


def test_every_published_stress_test_and_cap_has_its_price() -> None:
    """hand_stress_test: 1120 with the test, 1000 without; hand_caps_expected: 1600 against 1500."""
    for name, kind, price in (("hand_stress_test", "stress test", 120), ("hand_caps_expected", "cap", 100)):  # fmt: skip
        table = price_of_rules(read_case(HOME / f"{name}.xlsx")).table("rules").set_index("kind")
        assert table.loc[kind, "dropping_saves_kusd"] == pytest.approx(price)


def test_time_that_runs_out_is_said(tmp_path: Path) -> None:
    found = price_of_rules(read_sheets(capped(0.4), tmp_path), seconds=0)
    assert "0 of 2 rules" in found.cautions[0]


def test_a_licence_is_worth_what_its_denial_costs() -> None:
    """2420 with a chance of 0.5; granted for sure 20 + 1000. Applying pays from 20 / 2800 on."""
    row = licence_values(read_case(HOME / "hand_licence_denial.xlsx")).table("licences").iloc[0]
    assert row["approved_next_probability"] == pytest.approx(0.5)
    assert row["granted_saves_kusd"] == pytest.approx(1400)
    assert row["regret_if_denied_kusd"] == pytest.approx(20)
    assert row["regret_if_approved_kusd"] == pytest.approx(0)
    assert row["flips_below_probability"] == pytest.approx(20 / 2800, abs=0.5 / 2**5)


def test_the_flip_is_where_other_first_decisions_become_cheaper() -> None:
    """Beside an independent way: odds in the case, first decisions as commitments."""
    case = read_case(TUTORIAL)
    row = licence_values(case).table("licences").iloc[0]
    deeds = first_decisions(solve_case(case))
    wrong = {
        chance: _regret(case, deeds, chance)
        for chance in (row["flips_below_probability"] - 0.02, row["flips_below_probability"] + 0.02,
                       row["flips_above_probability"] - 0.02, row["flips_above_probability"] + 0.02)
    }  # fmt: skip
    assert [regret > 1 for regret in wrong.values()] == [True, False, False, True]


def _regret(case: Case, deeds: dict[tuple[str, str, str], float], chance: float) -> float:
    odds = changed(case, "licence_odds", 0, on_time=chance, denied=1 - chance)
    kept = committed(odds, deeds)
    assert kept is not None
    free = solve_case(odds).summary["objective_kusd"]
    return float(solve_case(kept).summary["objective_kusd"] - free)


def test_a_case_without_licences_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="no licences"):
        licence_values(read_sheets(capped(0.4), tmp_path))
