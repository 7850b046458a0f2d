"""A market by hand: backlog, a substitute, one source, scrap that comes back, a blend, a by-product."""

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

MARKET: dict[str, Sheet] = {
    "settings": [("key", "value"), ("name", "market")],
    "periods": years(2, (1, 2)),
    "materials": [
        ("material", "stage", "disposal_usd_per_kg"),
        ("magnet", "magnet", None),
        ("ferrite", "magnet", None),
        ("scrap", "scrap", 1),
        ("oxide", "oxide", None),
    ],
    "composition": [
        ("material", "element", "share"),
        ("magnet", "Nd", 0.3),
        ("scrap", "Nd", 0.2),
        ("oxide", "Nd", 0.8),
    ],
    "sites": [
        ("site", "kind", "country", "end_use"),
        ("S", "supplier", "Japan", None),
        ("T", "supplier", "Estonia", None),
        ("P", "plant", "Germany", None),
        ("M", "market", "Germany", "EV"),
        ("N", "market", "Germany", "other"),
    ],
    "offers": [
        ("offer", "site", "material", "price_usd_per_kg"),
        ("mag", "S", "magnet", 50),
        ("fer", "T", "ferrite", 5),
        ("oxi", "T", "oxide", 30),
    ],
    "lanes": [
        ("from_site", "to_site", "material"),
        ("S", "M", "magnet"),
        ("T", "M", "ferrite"),
        ("T", "P", "oxide"),
        ("P", "M", "magnet"),
        ("P", "N", "magnet"),
    ],
    "demand": [
        ("site", "material", "period", "demand_t_per_year", "shortage_usd_per_kg",
         "min_service_share", "backlog", "price_usd_per_kg", "single_source"),
        ("M", "magnet", "*", 100, 20, 0.4, True, 0, True),
        ("N", "magnet", "p0", 10, 0, 0, False, 40, False),
    ],
    "processes": [
        ("process", "site", "capacity_t_per_year", "cost_usd_per_kg"), ("mix", "P", 50, 1),
    ],
    "recipes": [
        ("process", "material", "t_per_t"),
        ("mix", "scrap", None),
        ("mix", "oxide", None),
        ("mix", "magnet", 0.5),
    ],
    "blends": [("process", "element", "min_share", "max_share"), ("mix", "Nd", 0.5, 0.6)],
    "returns": [
        ("market", "product", "scrap", "to_site", "scrap_t_per_t", "mean_life_years",
         "sd_life_years", "collection_share", "collection_usd_per_kg"),
        ("M", "magnet", "scrap", "P", 0.9, 0.75, 0, 0.5, 4),
    ],
    "past_sales": [("market", "product", "year", "sold_t"), ("M", "magnet", 2026, 40)],
    "substitutes": [
        ("substitute", "market", "material", "by_material", "t_per_t", "max_share",
         "switch_kusd", "performance_usd_per_kg"),
        ("weaker", "M", "magnet", "ferrite", 2, 0.2, 7, 3),
    ],
    "limits": [
        ("measure", "end_use", "value"),
        ("expected_shortage_share", "EV", 0.1),
        ("cvar_cost_kusd", None, 9000),
    ],
}  # fmt: skip


def market(folder: Path) -> HandPlan:
    """M wants 100 t a year and must get 40 %; a fifth may be replaced by twice as much ferrite.

    p0  60 t delivered, 20 t replaced, 20 t short and waiting; 20 short of 200 t demand in all: 10 %
    p1  100 t delivered, 20 t replaced: demand and what waited
    40 t sold in mid-2026 live 0.75 years: back in p0, 0.5 x 0.9 x 40 = 18 t of scrap collected.
    8 t of it is thrown away, 10 t go with 10 t of oxide (Nd: half of 0.2 + 0.8 = 0.5) into 10 t
    of magnets for N, which pays 40.
    """
    rows: dict[str, Rows] = {
        "tree": [("a", None, 1, "", 1.0, "", None), ("b", "a", 2, "", 1.0, "", None)],
        "switches": [("weaker", "a", 1)],
        "takes": [
            ("mag", "", "a", "p0", 60.0),
            ("fer", "", "a", "p0", 40.0),
            ("oxi", "", "a", "p0", 10.0),
            ("mag", "", "b", "p1", 100.0),
            ("fer", "", "b", "p1", 40.0),
        ],
        "shipments": [
            ("S", "M", "magnet", "", "a", "p0", "p0", 60.0),
            ("T", "M", "ferrite", "", "a", "p0", "p0", 40.0),
            ("T", "P", "oxide", "", "a", "p0", "p0", 10.0),
            ("P", "N", "magnet", "", "a", "p0", "p0", 10.0),
            ("S", "M", "magnet", "", "b", "p1", "p1", 100.0),
            ("T", "M", "ferrite", "", "b", "p1", "p1", 40.0),
        ],
        "runs": [("mix", "", "a", "p0", 20.0)],
        "draws": [
            ("mix", "", "scrap", "", "a", "p0", 10.0),
            ("mix", "", "oxide", "", "a", "p0", 10.0),
        ],
        "collections": [("M", "magnet", "scrap", "P", "a", "p0", 18.0)],
        "disposals": [("P", "scrap", "", "a", "p0", 8.0)],
        "deliveries": [
            ("M", "magnet", "", "a", "p0", 60.0),
            ("N", "magnet", "", "a", "p0", 10.0),
            ("M", "magnet", "", "b", "p1", 100.0),
        ],
        "swaps": [("weaker", "", "a", "p0", 20.0), ("weaker", "", "b", "p1", 20.0)],
        "shortages": [("M", "magnet", "a", "p0", 20.0)],
        "costs": costs(
            [
                ("purchase", "a", "p0", 60 * 50 + 40 * 5 + 10 * 30.0),
                ("collection", "a", "p0", 18 * 4.0),
                ("disposal", "a", "p0", 8.0),
                ("processing", "a", "p0", 20.0),
                ("substitution", "a", "p0", 7 + 20 * 3.0),
                ("shortage", "a", "p0", 20 * 20.0),
                ("sales", "a", "p0", -10 * 40.0),
                ("purchase", "b", "p1", 100 * 50 + 40 * 5.0),
                ("substitution", "b", "p1", 20 * 3.0),
            ]
        ),
        "leaves": [("b", 1.0, 8927.0)],
        **_derived(),
    }
    summary = certain(8927.0)
    return HandPlan(write_case(folder / "market.xlsx", MARKET), as_tables(rows), summary)


def _derived() -> dict[str, Rows]:
    return {
        "service": [
            ("M", "magnet", "EV", "a", "p0", 100.0, 60.0, 20.0, 20.0),
            ("N", "magnet", "other", "a", "p0", 10.0, 10.0, 0.0, 0.0),
            ("M", "magnet", "EV", "b", "p1", 100.0, 100.0, 20.0, 0.0),
        ],
        "supply": [
            ("mag", "bought", "S", "Japan", "", "magnet", "magnet", "", "a", "p0", 60.0),
            ("fer", "bought", "T", "Estonia", "", "ferrite", "magnet", "", "a", "p0", 40.0),
            ("oxi", "bought", "T", "Estonia", "", "oxide", "oxide", "", "a", "p0", 10.0),
            ("mix", "made", "P", "Germany", "", "magnet", "magnet", "", "a", "p0", 10.0),
            ("M: magnet", "collected", "P", "Germany", "", "scrap", "scrap", "", "a", "p0", 18.0),
            ("mag", "bought", "S", "Japan", "", "magnet", "magnet", "", "b", "p1", 100.0),
            ("fer", "bought", "T", "Estonia", "", "ferrite", "magnet", "", "b", "p1", 40.0),
        ],
        "capacity": [("mix", "a", "p0", 50.0, 20.0)],
    }
