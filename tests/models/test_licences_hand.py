"""Licences and rules, solved by hand: applications, tonnage, lateness, companies, exemptions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.models.test_licences import GRANTED_OR_NOT, LINE, content, licensed, works
from tests.own_answers import Known
from tests.workbooks import (
    Sheets,
    branch,
    lane,
    material,
    mine_to_shop,
    offer,
    periods,
    site,
    solve_sheets,
    want,
)


@pytest.mark.equation("LIC-1", "hand")
def test_an_application_is_paid_a_node_ahead(known: Known) -> None:
    known(
        "lic1_application",
        120 + 0.8 * (0.6 * 1000 + 0.4 * 2500),
        """The licence for 120 is granted with 0.6; ore 10 with it, else 25; year 2 counts 1/1.25.
        Applied for now: 120 + 0.8 (0.6 x 1000 + 0.4 x 2500) = 1400. Not: 2000. Wrong, paid only
        where granted: 1352. Wrong, paid in year 2: 0.8 x 1720 = 1376.""",
        licensed(
            {"application_kusd": 120},
            settings={"discount_rate": 0.25},
            tree=[
                branch("now", None, 1, 1),
                branch("granted", "now", 2, 0.6),
                branch("denied", "now", 2, 0.4, "L=denied"),
            ],
        ),
    )


@pytest.mark.equation("LIC-1", "hand")
def test_each_epoch_needs_its_own_application(known: Known) -> None:
    known(
        "lic1_each_epoch",
        2 * (300 + 1000) + 2500,
        """Ore at 10 under a licence for 300 an epoch, or 25; 100 t in each of three years. Year 1
        has none in hand: 2500; years 2 and 3: 300 + 1000 each. 5100. Wrong, one application for
        good: 4800. Wrong, usable in the root as well: 3 x 1300 = 3900.""",
        licensed(
            {"application_kusd": 300},
            periods=periods(1, 1, 1),
            tree=[branch("a", None, 1, 1), branch("b", "a", 2, 1), branch("c", "b", 3, 1)],
            demand=[want("shop", "oxide", 100, 500)],
        ),
    )


@pytest.mark.equation("LIC-1", "hand")
def test_a_late_licence_serves_the_rest_of_its_epoch(known: Known) -> None:
    known(
        "lic1_late",
        25 * 25 + 25 * 10 + 25 * 10,
        """An epoch of three quarters, 25 t in each, from now + 1 year; the licence is 3 months late
        (no odds given), so it serves from the second quarter on: 625 + 250 + 250 = 1125. Wrong, on
        time: 750. Wrong, lost for the epoch: 1875.""",
        licensed(
            periods=periods(1, 0.25, 0.25, 0.25, epochs=(1, 2, 2, 2)),
            tree=[branch("now", None, 1, 1), branch("late", "now", 2, 1, "L=late")],
            demand=[want("shop", "oxide", 100, 500, f"p{t}") for t in (1, 2, 3)],
        ),
    )


@pytest.mark.equation("LIC-2", "hand")
def test_tonnage_is_yearly_and_shared_by_lanes(known: Known) -> None:
    known(
        "lic2_tonnage",
        20 * 10 + 30 * 25 + 50 * 25,
        """Half a year; 50 t for Japan, 50 t for India. The licence lets 40 t/year pass, 20 t in
        half a year, over both lanes together: 200 + 80 x 25 = 2200. Wrong, 40 t: 1900. Wrong, 20 t
        for each: 1900.""",
        licensed(
            {"max_t_per_year": 40},
            periods=periods(1, 0.5),
            tree=[branch("now", None, 1, 1), branch("granted", "now", 2, 1)],
            sites=[
                site("mine", "supplier", "China"),
                site("pit", "supplier", "Australia"),
                site("shop", "market", "Japan"),
                site("bazaar", "market", "India"),
            ],
            lanes=[lane(a, b, "oxide") for a in ("mine", "pit") for b in ("shop", "bazaar")],
            demand=[want(m, "oxide", 100, 500, "p1") for m in ("shop", "bazaar")],
        ),
    )


@pytest.mark.equation("LIC-3", "hand")
def test_an_end_use_is_decided_case_by_case(known: Known) -> None:
    known(
        "lic3_end_use",
        5 + 0.5 * 0 + 0.5 * 2500,
        """Chinese oxide lies at the shop; delivering it to its end use needs a licence for 5,
        granted with 1/2, else 100 t x 25: 5 + 1250 = 1255. Wrong, nothing crosses a border, so no
        licence: 0. Wrong, application with the answer known: 1252.5.""",
        content(),
    )


@pytest.mark.equation("LIC-4", "hand")
def test_a_team_of_one_application_picks_the_better(known: Known) -> None:
    team = {"team": "legal", "max_applications": 1, "application_kusd": 10}
    sheets = licensed(
        licences=[{"licence": "L", **team}, {"licence": "M", **team}],
        materials=[material("oxide"), material("metal", "metal")],
        lanes=[lane("mine", "shop"), lane("pit", "shop")],
        offers=[offer(f"{m} {s}", s, m, price) for m in ("oxide", "metal")
                for s, price in (("mine", 10), ("pit", 15))],
        rules=[{"rule": f"on {stage}", "exporter": "China", "stage": stage,
                "requirement": f"licence:{name}"} for stage, name in (("oxide", "L"), ("metal", "M"))],
        tree=[branch("now", None, 1, 1), branch("granted", "now", 2, 1)],
        demand=[want("shop", "oxide", 100, 500, "p1"), want("shop", "metal", 60, 500, "p1")],
    )  # fmt: skip
    known(
        "lic4_team",
        10 + 1000 + 900,
        """A team writes one application a year, at 10. It saves 5 x 100 on oxide or 5 x 60 on
        metal: oxide, 10 + 1000 + 60 x 15 = 1910. Wrong, both: 20 + 1000 + 600 = 1620. Wrong, one
        for each licence: the same.""",
        sheets,
    )


@pytest.mark.equation("LIC-5", "hand")
def test_a_line_stands_while_its_maintenance_is_late(known: Known) -> None:
    known(
        "lic5_maintenance_late",
        500 + 10 + 5000 + 500,
        """Half-years of 50 t at 10, short at 100, made on Chinese technology. In the first the
        maintenance licence is in hand; in the next epoch it is 3 months late, half-way between two
        half-years: a tie falls in the later one. 500 + 10 applied + 50 x 100 + 500 = 6010. Wrong,
        only goods need licences: 1500. Wrong, the tie falls in the earlier: 1510.""",
        works(
            "maintenance",
            {"application_kusd": 10, "held_until": "p0"},
            periods=periods(0.5, 0.5, 0.5, epochs=(1, 2, 2)),
            tree=[branch("now", None, 1, 1), branch("late", "now", 2, 1, "L=late")],
            demand=[want("shop", "metal", 100, 100)],
        ),
    )


@pytest.mark.equation("LIC-6", "hand")
def test_a_line_waits_for_its_technology(known: Known) -> None:
    sheets = works(
        "technology",
        {"application_kusd": 7},
        periods=periods(1, 1, 1),
        projects=[LINE],
        tree=[
            branch("now", None, 1, 1),
            branch("no", "now", 2, 1, "L=denied"),
            branch("yes", "no", 3, 1),
        ],
        demand=[want("shop", "metal", 60, 20)],
    )
    del sheets["processes"][0]["capacity_t_per_year"]
    known(
        "lic6_technology",
        2 * 1200 + 90 + 7 + 600,
        """A line for 90 makes 60 t at 10, short at 20. Its technology is not permitted in year 1,
        denied in year 2, granted in year 3 for 7: 2 x 1200 + 90 + 7 + 600 = 3097. Wrong, it waits
        for nothing: 90 + 1800 = 1890. Never built: 3600.""",
        sheets,
    )


@pytest.mark.equation("LIC-6", "hand")
def test_once_in_service_a_line_stays(known: Known) -> None:
    sheets = works(
        "technology",
        {"application_kusd": 7},
        periods=periods(1, 1, 1),
        projects=[LINE],
        tree=[
            branch("now", None, 1, 1),
            branch("yes", "now", 2, 1),
            branch("no", "yes", 3, 1, "L=denied"),
        ],
        demand=[want("shop", "metal", 60, 20)],
    )
    del sheets["processes"][0]["capacity_t_per_year"]
    known(
        "lic6_stays",
        1200 + 90 + 7 + 2 * 600,
        """Granted in year 2, denied in year 3: the line entered in year 2 and stays. 1200 + 90 + 7
        + 1200 = 2497. Wrong, it stops when denied: 1200 + 90 + 7 + 600 + 1200 = 3097.""",
        sheets,
    )


def two_shops(**rule: Any) -> Sheets:
    """50 t of Dy oxide for each of two companies abroad at 10 from China, or 25."""
    return mine_to_shop(
        composition=[{"material": "oxide", "element": "Dy", "share": 0.8}],
        sites=[
            site("mine", "supplier", "China", company="Deep"),
            site("pit", "supplier", "Australia"),
            site("MagCo", "market", "United States", company="MagCo", region="North America",
                 end_use="defence"),
            site("Attract", "market", "Germany", company="Attract", region="EU", end_use="EV"),
        ],
        lanes=[lane(a, b, "oxide") for a in ("mine", "pit") for b in ("MagCo", "Attract")],
        offers=[offer("ore", "mine", "oxide", 10), offer("else", "pit", "oxide", 25)],
        rules=[{"rule": "r", "exporter": "China", "requirement": "denied", **rule}],
        demand=[want(m, "oxide", 50, 500) for m in ("MagCo", "Attract")],
    )  # fmt: skip


def test_a_listed_company_is_cut_off(known: Known) -> None:
    known(
        "rule_company",
        50 * 25 + 50 * 10,
        """One buyer is listed: nothing leaves China for it. 50 x 25 + 50 x 10 = 1750. Wrong, only
        the exporter's company counts: 1000.""",
        two_shops(company="MagCo"),
    )


def test_a_company_is_matched_at_either_end(known: Known) -> None:
    known(
        "rule_company_exporter",
        100 * 25,
        """The exporting company is barred: 100 x 25 = 2500. Wrong, only the buyer's counts: 1000.""",
        two_shops(company="Deep"),
    )


def test_exempt_clears_denied(known: Known) -> None:
    sheets = two_shops()
    sheets["rules"].append(
        {"rule": "x", "exporter": "China", "destination": "EU", "requirement": "exempt"}
    )
    known(
        "rule_exempt",
        50 * 25 + 50 * 10,
        """All is denied, the EU (a region) is exempt: 50 x 25 + 50 x 10 = 1750. Wrong, denied
        wins: 2500. Wrong, a destination is a country only: 2500. Wrong, the exemption clears the
        rule for all: 1000.""",
        sheets,
    )


def test_denied_wins_over_a_licence(known: Known) -> None:
    sheets = two_shops(end_use="defence")
    sheets["licences"] = [{"licence": "L", "held_until": "p0"}]
    sheets["rules"].append(
        {"rule": "l", "exporter": "China", "element": "Tb; Dy", "requirement": "licence:L"}
    )
    known(
        "rule_denied_over_licence",
        50 * 25 + 50 * 10,
        """Dy needs a licence, which is in hand; defence is denied: 50 x 25 + 50 x 10 = 1750. Wrong,
        the licence opens both: 1000. Wrong, all of `Tb; Dy` must be held: the same here, so the
        licence is in hand only for what needs it.""",
        sheets,
    )


def test_elements_decide_what_a_rule_hits(known: Known) -> None:
    known(
        "rule_element",
        1000,
        """The rule names Tb, the oxide holds Dy: 100 x 10 = 1000. Wrong, any rare earth: 2500.""",
        two_shops(element="Tb; Sm"),
    )


def test_licences_of_one_group_share_one_draw(known: Known) -> None:
    names = ("L", "M")
    sheets = licensed(
        settings={"regime_today": "calm"},
        transitions=[{"from_regime": "calm", "to_regime": "calm", "probability": 1}],
        licences=[{"licence": name, "group": "bureau"} for name in names],
        licence_odds=[{"licence": name, "regime": "calm", "on_time": 0.5, "denied": 0.5}
                      for name in names],
        rules=[{"rule": "r", "exporter": "China", "requirement": "licence:L; licence:M"}],
    )  # fmt: skip
    del sheets["tree"]
    known(
        "lic_group",
        0.5 * 1000 + 0.5 * 2500,
        """A shipment needs both of two licences, each granted with 1/2 by one bureau, which decides
        them alike: 0.5 x 1000 + 0.5 x 2500 = 1750. Wrong, drawn apart: 0.25 x 1000 + 0.75 x 2500 =
        2125. Wrong, one of the two suffices: the same 1750 here, 1375 if drawn apart.""",
        sheets,
    )


def test_what_is_worth_applying_for_depends_on_the_odds(known: Known) -> None:
    known(
        "lic_not_worth_it",
        2500,
        """The licence for 800 is granted with 1/2 and would save 15 x 100 then: 750 < 800, so
        nothing is applied for: 2500. Applied for: 800 + 500 + 1250 = 2550. Wrong, paid only where
        granted: 400 + 1750 = 2150.""",
        licensed({"application_kusd": 800}, tree=GRANTED_OR_NOT),
    )


@pytest.mark.parametrize(
    ("wanted_t", "cost_kusd", "applied"), [(100, 1600, "general"), (30, 350, "batch")]
)
def test_a_general_licence_or_one_by_the_batch(
    wanted_t: float, cost_kusd: float, applied: str, tmp_path: Path
) -> None:
    """Two rows of `licences`: a year's general licence for 600 without a tonnage, one by the batch for
    50 that covers 40 t/year; each exporter ships under its own. Ore at 10, or 25 elsewhere.
    100 t: general 600 + 1000 = 1600; batch 50 + 400 + 60 x 25 = 1950; both 1650; none 2500.
    30 t: batch 50 + 300 = 350; general 900; none 750."""
    sheets = licensed(
        tree=[branch("now", None, 1, 1), branch("next", "now", 2, 1)],
        sites=[
            site("large", "supplier", "China", company="Large"),
            site("small", "supplier", "China", company="Small"),
            site("pit", "supplier", "Australia"),
            site("shop", "market", "Japan"),
        ],
        lanes=[lane(start, "shop", "oxide") for start in ("large", "small", "pit")],
        offers=[
            offer("by Large", "large", "oxide", 10),
            offer("by Small", "small", "oxide", 10),
            offer("else", "pit", "oxide", 25),
        ],
        licences=[
            {"licence": "general", "application_kusd": 600},
            {"licence": "batch", "application_kusd": 50, "max_t_per_year": 40},
        ],
        rules=[
            {"rule": f"export of {company}", "exporter": "China", "company": company,
             "requirement": f"licence:{licence}"}
            for company, licence in (("Large", "general"), ("Small", "batch"))
        ],
        demand=[want("shop", "oxide", wanted_t, 500, "p1")],
    )  # fmt: skip
    plan = solve_sheets(sheets, tmp_path)
    assert plan.summary["objective_kusd"] == pytest.approx(cost_kusd)
    assert set(plan.tables["applications"]["licence"]) == {applied}
