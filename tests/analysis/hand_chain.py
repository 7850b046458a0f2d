"""A chain by hand: contract and spot, a year at sea, a plant that grows, stock, a priced cap."""

from __future__ import annotations

from pathlib import Path

from tests.analysis.hand_plans import (
    HandPlan,
    Rows,
    Sheet,
    as_tables,
    certain,
    costs,
    write_case,
    years,
)

CHAIN: dict[str, Sheet] = {
    "settings": [
        ("key", "value"),
        ("name", "chain"),
        ("discount_rate", 0.1),
        ("risk_weight", 0.5),
    ],
    "periods": years(3, (1, 2, 2)),
    "materials": [
        ("material", "stage", "value_usd_per_kg"),
        ("conc", "concentrate", 20),
        ("oxide", "oxide", 50),
    ],
    "sites": [
        ("site", "kind", "country", "end_use", "throughput_t_per_year"),
        ("AU", "supplier", "Australia", None, None),
        ("CN", "supplier", "China", None, None),
        ("EE", "plant", "Estonia", None, 80),
        ("DE", "market", "Germany", "EV", None),
    ],
    "offers": [
        ("offer", "site", "material", "kind", "price_usd_per_kg", "capacity_t_per_year",
         "min_take_share", "qualification_kusd", "min_order_t", "last_period"),
        ("con", "AU", "conc", "contract", 10, 200, 0.5, 40, None, None),
        ("spo", "CN", "conc", "spot", 8, 150, None, None, 20, None),
        ("bulk", "CN", "conc", "spot", 9, None, None, None, None, "p1"),
    ],
    "price_breaks": [("offer", "from_t_per_year", "price_usd_per_kg"), ("bulk", 50, 7)],
    "lanes": [
        ("from_site", "to_site", "material", "freight_usd_per_kg", "duty_share", "lead_months",
         "capacity_t_per_year", "fixed_kusd", "min_t"),
        ("AU", "EE", "conc", 1, 0.1, 12, 40, 5, 10),
        ("CN", "EE", "*", 2, None, None, None, None, None),
        ("EE", "DE", "oxide", 0.5, None, None, None, None, None),
    ],
    "demand": [
        ("site", "material", "period", "demand_t_per_year", "shortage_usd_per_kg",
         "min_service_share"),
        ("DE", "oxide", "*", 60, 100, 0.5),
    ],
    "processes": [
        ("process", "site", "capacity_t_per_year", "min_run_share", "cost_usd_per_kg"),
        ("sep", "EE", 100, 0.2, 3),
    ],
    "recipes": [
        ("process", "material", "t_per_t"), ("sep", "conc", -1), ("sep", "oxide", 0.5),
    ],
    "stocks": [
        ("site", "material", "opening_t", "max_t", "min_t", "holding_usd_per_kg_year",
         "closing_t"),
        ("EE", "conc", 20, 30, 4, 1, 5),
    ],
    "projects": [
        ("project", "adds_to", "size_t_per_year", "max_modules", "capex_kusd", "grant_share",
         "fixed_kusd_per_year", "lead_months", "ramp", "latest_period"),
        ("line", "sep", 50, 2, 200, 0.25, 10, 12, "50;100", "p1"),
    ],
    "budgets": [
        ("first_period", "last_period", "max_capex_kusd", "min_added_t_per_year"),
        ("p0", "p2", 250, 50),
    ],
    "caps": [
        ("cap", "group_by", "member", "material", "max_share", "penalty_usd_per_kg",
         "max_sources"),
        ("spread", "country", "*", "conc", 0.8, 30, 2),
    ],
    "commitments": [
        ("what", "name", "period", "sense", "amount"), ("project", "line", None, ">=", 1),
    ],
}  # fmt: skip


def chain(folder: Path) -> HandPlan:
    """Contract, spot with a price break, a year at sea, a plant that grows, stock, a priced cap.

    p0  40 t conc leave Australia, 60 t bulk at 7 come from China; 20 + 60 - 70 run = 10 t stock
    p1  40 t arrive, 30 t leave (50 owed: 20 unused), 90 t spot; 10 + 40 + 90 - 120 = 20 t stock
    p2  30 t arrive, 75 t spot, nothing can leave Australia (50 unused); 20 + 30 + 75 - 120 = 5 t
    China supplies 75 of 75 t in p2: 15 t above 80 %, at 30.
    """
    rows: dict[str, Rows] = {
        "tree": [("n1", "", 1, "", 1.0, "", ""), ("n2", "n1", 2, "", 1.0, "", "")],
        "contracts": [("con", "n1", 1, 40.0), ("con", "n1", 2, 100.0)],
        "qualifications": [("AU", "conc", "n1", 1)],
        "builds": [("line", "n1", "p0", 1)],
        "takes": [
            ("con", "", "n1", "p0", 40.0),
            ("bulk", "", "n1", "p0", 60.0),
            ("con", "", "n2", "p1", 30.0),
            ("spo", "", "n2", "p1", 90.0),
            ("spo", "", "n2", "p2", 75.0),
        ],
        "unused": [("con", "n2", "p1", 20.0), ("con", "n2", "p2", 50.0)],
        "shipments": [
            ("AU", "EE", "conc", "", "n1", "p0", "p1", 40.0),
            ("CN", "EE", "conc", "", "n1", "p0", "p0", 60.0),
            ("AU", "EE", "conc", "", "n2", "p1", "p2", 30.0),
            ("CN", "EE", "conc", "", "n2", "p1", "p1", 90.0),
            ("CN", "EE", "conc", "", "n2", "p2", "p2", 75.0),
            ("EE", "DE", "oxide", "", "n1", "p0", "p0", 35.0),
            ("EE", "DE", "oxide", "", "n2", "p1", "p1", 60.0),
            ("EE", "DE", "oxide", "", "n2", "p2", "p2", 60.0),
        ],
        "runs": [
            ("sep", "", "n1", "p0", 70.0),
            ("sep", "", "n2", "p1", 120.0),
            ("sep", "", "n2", "p2", 120.0),
        ],
        "draws": [
            ("sep", "", "conc", "", "n1", "p0", 70.0),
            ("sep", "", "conc", "", "n2", "p1", 120.0),
            ("sep", "", "conc", "", "n2", "p2", 120.0),
        ],
        "stock": [
            ("EE", "conc", "", "n1", "p0", 10.0),
            ("EE", "conc", "", "n2", "p1", 20.0),
            ("EE", "conc", "", "n2", "p2", 5.0),
        ],
        "deliveries": [
            ("DE", "oxide", "", "n1", "p0", 35.0),
            ("DE", "oxide", "", "n2", "p1", 60.0),
            ("DE", "oxide", "", "n2", "p2", 60.0),
        ],
        "shortages": [("DE", "oxide", "n1", "p0", 25.0)],
        "cap_excess": [("spread", "China", "above", "n2", "p2", 15.0)],
        "costs": costs(_chain_costs(), {"p1": 1 / 1.1, "p2": 1 / 1.21}),
        **_chain_derived(),
    }
    total = 3992.5 + 1915 / 1.1 + 2105 / 1.21
    rows["leaves"] = [("n2", 1.0, total)]
    summary = certain(total)
    return HandPlan(write_case(folder / "chain.xlsx", CHAIN), as_tables(rows), summary)


def _chain_costs() -> Rows:
    return [
        ("purchase", "n1", "p0", 40 * 10 + 60 * 7.0),
        ("freight", "n1", "p0", 40 * 1 + 5 + 60 * 2 + 35 * 0.5),
        ("duty", "n1", "p0", 40 * 0.1 * 20),
        ("processing", "n1", "p0", 70 * 3.0),
        ("holding", "n1", "p0", 10.0),
        ("qualification", "n1", "p0", 40.0),
        ("capex", "n1", "p0", 200.0),
        ("grants", "n1", "p0", -50.0),
        ("shortage", "n1", "p0", 25 * 100.0),
        ("purchase", "n2", "p1", 30 * 10 + 90 * 8.0),
        ("take_or_pay", "n2", "p1", 20 * 10.0),
        ("freight", "n2", "p1", 30 * 1 + 5 + 90 * 2 + 60 * 0.5),
        ("duty", "n2", "p1", 30 * 0.1 * 20),
        ("processing", "n2", "p1", 120 * 3.0),
        ("holding", "n2", "p1", 20.0),
        ("fixed", "n2", "p1", 10.0),
        ("purchase", "n2", "p2", 75 * 8.0),
        ("take_or_pay", "n2", "p2", 50 * 10.0),
        ("freight", "n2", "p2", 75 * 2 + 60 * 0.5),
        ("processing", "n2", "p2", 120 * 3.0),
        ("holding", "n2", "p2", 5.0),
        ("fixed", "n2", "p2", 10.0),
        ("cap_penalties", "n2", "p2", 15 * 30.0),
    ]


def _chain_derived() -> dict[str, Rows]:
    conc, oxide = ("conc", "concentrate", ""), ("oxide", "oxide", "")
    mine, mill = ("AU", "Australia", ""), ("CN", "China", "")
    return {
        "service": [
            ("DE", "oxide", "EV", "n1", "p0", 60.0, 35.0, 0.0, 25.0),
            ("DE", "oxide", "EV", "n2", "p1", 60.0, 60.0, 0.0, 0.0),
            ("DE", "oxide", "EV", "n2", "p2", 60.0, 60.0, 0.0, 0.0),
        ],
        "supply": [
            ("con", "bought", *mine, *conc, "n1", "p0", 40.0),
            ("bulk", "bought", *mill, *conc, "n1", "p0", 60.0),
            ("con", "bought", *mine, *conc, "n2", "p1", 30.0),
            ("spo", "bought", *mill, *conc, "n2", "p1", 90.0),
            ("spo", "bought", *mill, *conc, "n2", "p2", 75.0),
            ("sep", "made", "EE", "Estonia", "", *oxide, "n1", "p0", 35.0),
            ("sep", "made", "EE", "Estonia", "", *oxide, "n2", "p1", 60.0),
            ("sep", "made", "EE", "Estonia", "", *oxide, "n2", "p2", 60.0),
        ],
        "shares": [
            ("spread", "Australia", "n1", "p0", 40.0, 100.0, 0.4, None, 0.8),
            ("spread", "China", "n1", "p0", 60.0, 100.0, 0.6, None, 0.8),
            ("spread", "Australia", "n2", "p1", 30.0, 120.0, 0.25, None, 0.8),
            ("spread", "China", "n2", "p1", 90.0, 120.0, 0.75, None, 0.8),
            ("spread", "Australia", "n2", "p2", 0.0, 75.0, 0.0, None, 0.8),
            ("spread", "China", "n2", "p2", 75.0, 75.0, 1.0, None, 0.8),
        ],
        "capacity": [
            ("sep", "n1", "p0", 100.0, 70.0),
            ("sep", "n2", "p1", 125.0, 120.0),
            ("sep", "n2", "p2", 150.0, 120.0),
        ],
    }
