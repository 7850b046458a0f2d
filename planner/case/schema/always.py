"""The sheets of every case: a plain sourcing problem."""

from __future__ import annotations

from datetime import date

from planner.case.schema.spec import (
    NOTE,
    SOURCE,
    Column,
    SheetSpec,
    amount,
    choice,
    flag,
    key,
    period,
    price,
    ref,
    share,
    sheet,
)

STAGES = (
    "ore", "concentrate", "carbonate", "oxide", "metal", "alloy", "magnet", "assembly", "scrap",
    "other",
)  # fmt: skip
KINDS = ("supplier", "plant", "market")

#: The keys of the sheet ``settings``, each read and checked like a column.
SETTINGS = (
    Column("name", "text", "name of the case; blank: the file's name", example="Example case"),
    Column("as_of", "date", "date of the data, shown on exports", example=date(2027, 1, 1)),
    Column("regime_today", "name", "regime of the first epoch; required with `transitions`", example="truce"),
    Column("discount_rate", "number", "yearly discount rate", "share", default=0.0, lower=0.0, example=0.08),
    choice("capex_accounting", ("lump", "annuity"), "lump: capex in the period of decision, no residual value; annuity: as equal yearly charges over life_years", default="lump", example="annuity"),
    share("risk_weight", "weight of CVaR in the objective (lambda)", default=0.0, example=0.2),
    Column("cvar_level", "number", "alpha: CVaR is the mean cost of the worst 1 - alpha", "share", default=0.95, lower=0.0, upper=1.0, below=True, example=0.9),
    Column("branches", "branches", "`all`, or the children per node in epochs 2, 3, 4 ... as `3;3;2`", default="all", example="all"),
    Column("seed", "integer", "seed of everything drawn at random", default=1, lower=0, example=1),
    amount("mip_gap", "relative gap at which the solver may stop", "share", default=0.001, example=0.001),
    Column("time_limit_s", "number", "time allowed to building the model and searching", "s", default=300.0, lower=0.0, above=True, example=300),
)  # fmt: skip

_G = "Always"

SHEETS = (
    SheetSpec(
        "settings", _G, "One setting a row; a key that is absent has its default.", ("key",),
        (
            Column("key", "name", "name of the setting", required=True),
            Column("value", "any", "its value; blank: the default"),
            SOURCE, NOTE,
        ),
        required=True,
    ),
    sheet(
        "periods", _G, "The time grid. A period starts at the sum of `years` before it.", ("period",),
        key("period", "name of the period", example="2027"),
        Column("start", "date", "first day; must agree with `years` within 2 %", required=True, example=date(2027, 1, 1)),
        Column("years", "number", "length", "years", required=True, lower=0.0, above=True, example=1),
        Column("epoch", "integer", "decision stage: 1, 1, 2 ..., none skipped", default=1, lower=1, example=1),
        required=True,
        more=({"period": "2028", "start": date(2028, 1, 1), "years": 1, "epoch": 2},),
    ),
    sheet(
        "materials", _G, "Everything that is bought, made, moved or sold.", ("material",),
        key("material", "name of the material", example="NdPr oxide"),
        choice("stage", STAGES, "stage of the chain", required=True, example="oxide"),
        amount("value_usd_per_kg", "customs value; required where a duty or the de minimis rule needs it", "USD/kg", example=60),
        price("disposal_usd_per_kg", "cost of throwing it away; 0 = free disposal; blank = every tonne made or bought must go somewhere", by_node=True),
        required=True,
        more=(
            {"material": "NdFeB magnet", "stage": "magnet", "value_usd_per_kg": 90},
            {"material": "ferrite magnet", "stage": "magnet", "value_usd_per_kg": 8},
            {"material": "magnet scrap", "stage": "scrap", "value_usd_per_kg": 10, "disposal_usd_per_kg": 0},
        ),
    ),
    sheet(
        "composition", _G, "What a material holds of each element.", ("material", "element"),
        ref("material", "materials", "material", "the material", required=True, example="NdPr oxide"),
        key("element", "chemical symbol, or a name of your own", example="Nd"),
        share("share", "mass share of the element", required=True, example=0.65),
        more=(
            {"material": "NdFeB magnet", "element": "Nd", "share": 0.22},
            {"material": "magnet scrap", "element": "Nd", "share": 0.2},
        ),
    ),
    sheet(
        "sites", _G, "Suppliers, plants and markets.", ("site",),
        key("site", "name of the site", example="example mine"),
        choice("kind", KINDS, "what stands there", required=True, example="supplier"),
        Column("company", "name", "who owns it", example="Example Mining"),
        Column("country", "name", "where it stands", example="Australia"),
        Column("region", "name", "a group of countries that rules may name", example="Oceania"),
        Column("end_use", "name", "of a market (a plant may name one)"),
        Column("latitude", "number", "for maps", "degrees", lower=-90.0, upper=90.0, example=-28.9),
        Column("longitude", "number", "for maps", "degrees", lower=-180.0, upper=180.0, example=122.4),
        amount("throughput_t_per_year", "all that leaves the site by lanes; blank = unlimited", "t/year", by_node=True, example=5000),
        required=True,
        more=(
            {"site": "example refinery", "kind": "supplier", "company": "Example Refining", "country": "China", "region": "East Asia"},
            {"site": "magnet works", "kind": "plant", "company": "Example Magnets", "country": "Germany", "region": "EU"},
            {"site": "motor market", "kind": "market", "country": "Germany", "region": "EU", "end_use": "EV"},
        ),
    ),
    sheet(
        "offers", _G, "What can be bought, where, from when to when and at what price.", ("offer",),
        key("offer", "name of the offer", example="mine contract"),
        ref("site", "sites", "site", "the supplier", required=True, example="example mine"),
        ref("material", "materials", "material", "what is offered", required=True, example="NdPr oxide"),
        choice("kind", ("spot", "contract"), "spot: taken as it is needed; contract: decided an epoch ahead", default="spot", example="contract"),
        Column("contract_epochs", "integer", "epochs for which a contract holds", default=1, lower=1, example=1),
        period("first_period", "first period of delivery; blank = from the start", example="2027"),
        period("last_period", "last period of delivery; blank = to the end", example="2028"),
        price("price_usd_per_kg", "price at the supplier's gate", required=True, by_node=True, example=62),
        amount("capacity_t_per_year", "blank = unlimited", "t/year", by_node=True, example=800),
        amount("min_order_t", "least amount per period when the offer is used", "t/period", default=0.0, example=5),
        share("min_take_share", "take-or-pay: share of the contracted amount paid for even if not taken; contracts only", default=0.0, by_node=True, example=0.7),
        amount("qualification_kusd", "paid once for site and material, before first use; blank = none needed", "kUSD", by_node=True, example=150),
        amount("qualification_months", "wait from the qualification's begin to first use", "months", default=0.0, example=3),
        period("qualified_from", "begun earlier: usable from this period on, nothing to pay", example="2027"),
        Column("origin", "origin", "tracks the goods are on, or `none`; blank = by site and technology", example="none"),
        Column("technology_origin", "name", "country whose technology makes the goods", refers=(("sites", "country"),), example="Australia"),
        flag("recycled", "TRUE: counts as recycled supply", default=False, example=False),
        required=True,
        more=({"offer": "refinery spot", "site": "example refinery", "material": "NdPr oxide", "price_usd_per_kg": 55},),
    ),
    sheet(
        "offer_paths", _G, "Prices and capacities of an offer that move in time.", ("offer", "period"),
        ref("offer", "offers", "offer", "the offer", required=True, example="mine contract"),
        period("period", "the period", required=True, example="2028"),
        price("price_usd_per_kg", "price in this period; blank = the offer's", by_node=True, example=60),
        amount("capacity_t_per_year", "capacity in this period; blank = the offer's", "t/year", by_node=True, example=900),
    ),
    sheet(
        "price_breaks", _G, "All-units prices by yearly volume.", ("offer", "from_t_per_year"),
        ref("offer", "offers", "offer", "the offer; not one with min_take_share or offer_paths", required=True, example="refinery spot"),
        amount("from_t_per_year", "the price holds from this yearly volume on", "t/year", required=True, example=300),
        price("price_usd_per_kg", "price of all units from that volume on", required=True, by_node=True, example=53),
    ),
    sheet(
        "lanes", _G, "Who can ship what to whom. No row, no shipment.", ("from_site", "to_site", "material"),
        ref("from_site", "sites", "site", "where it leaves", required=True, example="example mine"),
        ref("to_site", "sites", "site", "where it arrives", required=True, example="magnet works"),
        ref("material", "materials", "material", "`*` = any material; a row of its own wins over `*`", required=True, star=True, example="NdPr oxide"),
        period("first_period", "first period of shipment; blank = from the start", example="2027"),
        period("last_period", "last period of shipment; blank = to the end", example="2028"),
        price("freight_usd_per_kg", "freight, paid at shipment", default=0.0, by_node=True, example=1.5),
        Column("duty_share", "number", "duty on the material's value where the two countries differ; may be above 1", "share", default=0.0, lower=0.0, by_node=True, example=0.03),
        amount("lead_months", "from shipment to arrival", "months", default=0.0, example=2),
        amount("capacity_t_per_year", "of a `*` row: shared by all its materials; blank = unlimited", "t/year", by_node=True, example=1500),
        amount("fixed_kusd", "per period when used", "kUSD/period", default=0.0, by_node=True, example=10),
        amount("min_t", "least shipment per period when used", "t/period", default=0.0, example=1),
        required=True,
        more=(
            {"from_site": "example refinery", "to_site": "magnet works", "material": "*", "freight_usd_per_kg": 1.2},
            {"from_site": "magnet works", "to_site": "motor market", "material": "*", "freight_usd_per_kg": 0.4},
        ),
    ),
    sheet(
        "demand", _G, "What markets want, and what a missing tonne costs.", ("site", "material", "period"),
        ref("site", "sites", "site", "the market", required=True, example="motor market"),
        ref("material", "materials", "material", "what is wanted", required=True, example="NdFeB magnet"),
        period("period", "`*` = every period without a row of its own", required=True, star=True, example="*"),
        amount("demand_t_per_year", "times the period's years", "t/year", required=True, by_node=True, example=300),
        amount("shortage_usd_per_kg", "cost of a missing tonne; required unless min_service_share = 1; 0 at a by-product market", "USD/kg", by_node=True, example=500),
        share("min_service_share", "share that must be delivered or substituted", default=0.0, by_node=True, example=0.2),
        flag("backlog", "TRUE: shortage waits for the next period and pays again", default=False, example=False),
        price("price_usd_per_kg", "revenue on what is delivered or substituted", default=0.0, by_node=True, example=0),
        flag("single_source", "TRUE: one lane serves it in a period, by arrival", default=False, example=False),
        required=True,
    ),
)  # fmt: skip
