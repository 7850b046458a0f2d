"""Plants, recycling, stock."""

from __future__ import annotations

from planner.case.schema.spec import (
    Column,
    amount,
    key,
    period,
    price,
    ref,
    share,
    sheet,
)

_G = "Plants, recycling, stock"

SHEETS = (
    sheet(
        "processes", _G, "What a plant can run.", ("process",),
        key("process", "name of the process", example="magnet making"),
        ref("site", "sites", "site", "the plant", required=True, example="magnet works"),
        amount("capacity_t_per_year", "throughput; blank = only what projects add", "t/year", by_node=True, example=400),
        share("min_run_share", "of capacity, when running", default=0.0, by_node=True, example=0.1),
        price("cost_usd_per_kg", "per kg of throughput", default=0.0, by_node=True, example=12),
        Column("technology_origin", "name", "country whose technology it is; blank = the site's", refers=(("sites", "country"),), example="Germany"),
        period("first_period", "blank = from the start", example="2027"),
        period("last_period", "blank = to the end", example="2028"),
        more=({"process": "remelting", "site": "magnet works", "capacity_t_per_year": 100, "cost_usd_per_kg": 15},),
    ),
    sheet(
        "recipes", _G, "What a process consumes and produces per tonne of throughput.", ("process", "material"),
        ref("process", "processes", "process", "the process", required=True, example="magnet making"),
        ref("material", "materials", "material", "consumed or produced", required=True, example="NdPr oxide"),
        Column("t_per_t", "number", "negative = consumed, positive = produced; blank = an input of the blend, chosen freely", "t/t", by_node=True, example=-0.4),
        more=(
            {"process": "magnet making", "material": "NdFeB magnet", "t_per_t": 1},
            {"process": "remelting", "material": "NdPr oxide"},
            {"process": "remelting", "material": "magnet scrap"},
            {"process": "remelting", "material": "NdFeB magnet", "t_per_t": 0.9},
        ),
    ),
    sheet(
        "blends", _G, "Limits on the element's share of the mix of a process's blank recipe rows, whose sum is the throughput.", ("process", "element"),
        ref("process", "processes", "process", "a process with blank recipe rows", required=True, example="remelting"),
        ref("element", "composition", "element", "the element", required=True, example="Nd"),
        share("min_share", "least share of the mix", example=0.2),
        share("max_share", "greatest share of the mix", example=0.65),
    ),
    sheet(
        "stocks", _G, "Where a material may be stored. No row = it passes through only. Not at suppliers.", ("site", "material"),
        ref("site", "sites", "site", "a plant or market", required=True, example="magnet works"),
        ref("material", "materials", "material", "what is stored", required=True, example="NdPr oxide"),
        amount("opening_t", "in stock at the start", "t", default=0.0, example=20),
        amount("max_t", "blank = unlimited", "t", by_node=True, example=200),
        amount("min_t", "safety or strategic stock, from period 2 on", "t", default=0.0, by_node=True, example=10),
        amount("holding_usd_per_kg_year", "paid on the stock at the end of each period", "USD/kg/year", default=0.0, by_node=True, example=2),
        amount("closing_t", "floor at the horizon", "t", default=0.0, by_node=True, example=20),
        Column("opening_origin", "origin", "tracks the opening stock is on, or `none`; blank = by the site's country", example="none"),
        more=({"site": "magnet works", "material": "magnet scrap"},),
    ),
    sheet(
        "pipeline", _G, "Already on its way: arrives whatever happens, paid for.", ("site", "material", "period"),
        ref("site", "sites", "site", "where it arrives", required=True, example="magnet works"),
        ref("material", "materials", "material", "what arrives", required=True, example="NdPr oxide"),
        period("period", "when it arrives", required=True, example="2027"),
        amount("t", "how much", "t", required=True, example=15),
        Column("origin", "origin", "tracks the goods are on, or `none`; blank = by the site's country", example="none"),
    ),
    sheet(
        "returns", _G, "What comes back from deliveries at the end of life and may be collected.", ("market", "product", "scrap", "to_site"),
        ref("market", "sites", "site", "where it was delivered", required=True, example="motor market"),
        ref("product", "materials", "material", "what was delivered", required=True, example="NdFeB magnet"),
        ref("scrap", "materials", "material", "what comes back", required=True, example="magnet scrap"),
        ref("to_site", "sites", "site", "where it is collected to", required=True, example="magnet works"),
        amount("scrap_t_per_t", "scrap per tonne delivered", "t/t", default=1.0, by_node=True, example=0.9),
        Column("mean_life_years", "number", "mean of the lifetime", "years", required=True, lower=0.0, above=True, example=10),
        amount("sd_life_years", "standard deviation of the lifetime (lognormal); 0 = exactly the mean", "years", default=0.0, example=3),
        share("collection_share", "greatest share that can be collected", required=True, by_node=True, example=0.3),
        price("collection_usd_per_kg", "cost of collection", default=0.0, by_node=True, example=1),
    ),
    sheet(
        "past_sales", _G, "Deliveries before the first period, which feed `returns`.", ("market", "product", "year"),
        ref("market", "sites", "site", "where it was delivered", required=True, example="motor market"),
        ref("product", "materials", "material", "what was delivered", required=True, example="NdFeB magnet"),
        Column("year", "integer", "calendar year", required=True, lower=1900, upper=2200, example=2018),
        amount("sold_t", "sold in that year, taken at mid-year", "t", required=True, example=120),
    ),
    sheet(
        "substitutes", _G, "Demand that another material may serve.", ("substitute",),
        key("substitute", "name of the substitute", example="ferrite motors"),
        ref("market", "sites", "site", "the market", required=True, example="motor market"),
        ref("material", "materials", "material", "what is replaced", required=True, example="NdFeB magnet"),
        ref("by_material", "materials", "material", "what replaces it", required=True, example="ferrite magnet"),
        amount("t_per_t", "of by_material per tonne of demand replaced", "t/t", default=1.0, by_node=True, example=2.5),
        share("max_share", "of demand that can be replaced", required=True, by_node=True, example=0.15),
        amount("switch_kusd", "paid once, when the switch is begun", "kUSD", default=0.0, by_node=True, example=400),
        amount("lead_months", "from the switch's begin to first use", "months", default=0.0, example=12),
        price("performance_usd_per_kg", "cost per kg of demand replaced", default=0.0, by_node=True, example=20),
    ),
)  # fmt: skip
