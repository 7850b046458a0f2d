"""Investment: projects and budgets."""

from __future__ import annotations

from planner.case.schema.spec import Column, amount, flag, key, period, share, sheet

_G = "Investment"

SHEETS = (
    sheet(
        "projects", _G, "Capacity that can be built, by module.", ("project",),
        key("project", "name of the project", example="second magnet line"),
        Column("adds_to", "name", "a process, or a site whose throughput grows", required=True, refers=(("processes", "process"), ("sites", "site")), example="magnet making"),
        Column("size_t_per_year", "number", "one module", "t/year", required=True, lower=0.0, above=True, by_node=True, example=200),
        amount("max_modules", "most modules over the horizon", "modules", default=1.0, example=2),
        flag("integer", "FALSE: any size up to max_modules", default=True, example=True),
        amount("capex_kusd", "a module, before grants", "kUSD", required=True, by_node=True, example=9000),
        share("grant_share", "of capex, paid by others", default=0.0, by_node=True, example=0.25),
        amount("fixed_kusd_per_year", "a module, from commissioning", "kUSD/year", default=0.0, by_node=True, example=300),
        amount("lead_months", "from decision to commissioning", "months", default=0.0, example=12),
        Column("life_years", "number", "prices the annuity only", "years", default=20.0, lower=0.0, above=True, example=15),
        Column("ramp", "ramp", "percent of the size in the first, second ... year after commissioning, the last for ever: `50;80;100`", "percent", default=(1.0,), example="50;80;100"),
        period("earliest_period", "of the decision; blank = the first", example="2027"),
        period("latest_period", "of the decision; blank = the last", example="2028"),
        Column("excludes", "names", "projects of which none may be built beside it", default=(), refers=(("projects", "project"),), example="metal line"),
        Column("requires", "names", "projects that must be decided no later", default=(), refers=(("projects", "project"),)),
        more=({"project": "metal line", "adds_to": "magnet making", "size_t_per_year": 100, "capex_kusd": 5000},),
    ),
    sheet(
        "budgets", _G, "Limits on what is decided from first_period to last_period, on every path.", (),
        period("first_period", "blank = from the start", example="2027"),
        period("last_period", "blank = to the end", example="2028"),
        amount("max_capex_kusd", "gross of grants; blank = unlimited", "kUSD", example=20000),
        amount("min_added_t_per_year", "policy floor: sum of sizes decided", "t/year", example=0),
    ),
)  # fmt: skip
