"""What grows and what is uncertain: demand, past sales, odds of a licence."""

from __future__ import annotations

from inputs.tables import Row, case_rows, cite, number, texts

BASE_YEAR = 2027
WORLD_GROWTH = "dema027"
INDIA_2025, INDIA_2030 = "dema037", "dema038"


def yearly_growth(market: str) -> float:
    """Growth of a market a year; KeyError for a name that is not ``world``, ``india``, ``flat``."""
    india = (number(INDIA_2030) / number(INDIA_2025)) ** (1 / 5) - 1
    return {"world": number(WORLD_GROWTH) / 100, "india": india, "flat": 0.0}[market]


def demand() -> list[Row]:
    """Rows of sheet ``demand``: the first year's need, grown to the year of each period."""
    rows: list[Row] = []
    for base in texts("demand_base"):
        growth = 1 + yearly_growth(base["growth"])
        for period in texts("periods"):
            years = int(period["start"][:4]) - BASE_YEAR
            rows.append(
                {
                    "site": base["site"],
                    "material": base["material"],
                    "period": period["period"],
                    "demand_t_per_year": round(float(base["demand_t_per_year"]) * growth**years, 2),
                    "shortage_usd_per_kg": float(base["shortage_usd_per_kg"]),
                    "min_service_share": float(base["min_service_share"] or 0),
                    "price_usd_per_kg": float(base["price_usd_per_kg"] or 0),
                    "source": base["source"],
                    "note": base["note"] or None,
                }
            )
    return rows


def past_sales() -> list[Row]:
    """Rows of sheet ``past_sales``: the last year's sales, shrunk back at the world's growth."""
    growth = 1 + yearly_growth("world")
    return [
        {
            "market": base["market"],
            "product": base["product"],
            "year": year,
            "sold_t": round(
                float(base["sold_t_last_year"]) / growth ** (int(base["last_year"]) - year), 2
            ),
            "source": base["source"],
        }
        for base in texts("past_sales_base")
        for year in range(int(base["first_year"]), int(base["last_year"]) + 1)
    ]


def licence_odds() -> list[Row]:
    """Rows of sheet ``licence_odds``.

    The data give the chance p that an application is granted within a quarter. A refused or
    pending one is tried again for a quarter (late), then given up: p, (1 - p) p, (1 - p)^2.
    Where the table assumes another chance, that one is used and a source of ours is cited too.
    """
    rows: list[Row] = []
    for prior in texts("licence_priors"):
        chance = float(prior["assumed"] or number(prior["prior"]))
        on_time, late = round(chance, 4), round((1 - chance) * chance, 4)
        rows.append(
            {
                "licence": prior["licence"],
                "regime": prior["regime"],
                "on_time": on_time,
                "late": late,
                "late_months": 3,
                "denied": round(1 - on_time - late, 4),
                "source": cite(
                    prior["prior"], "assu_odds", "assu_normal" if prior["assumed"] else ""
                ),
            }
        )
    return rows


def processes() -> list[Row]:
    """Rows of sheet ``processes``: the table without the name of its recipe."""
    return [
        {column: value for column, value in row.items() if column != "recipe"}
        for row in case_rows("processes")
    ]
