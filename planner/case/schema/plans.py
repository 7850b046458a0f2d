"""Work with plans: commitments, scenarios, sources."""

from __future__ import annotations

from planner.case.schema.spec import Column, amount, choice, key, period, sheet

_G = "Work with plans"

SHEETS = (
    sheet(
        "commitments", _G, "What is already decided, forced or forbidden.", ("what", "name", "period", "sense"),
        choice("what", ("offer", "project", "licence", "substitute"), "what is committed", required=True, example="offer"),
        Column("name", "name", "which one", required=True, example="mine contract", refers_by=("what", {
            "offer": (("offers", "offer"),), "project": (("projects", "project"),),
            "licence": (("licences", "licence"),), "substitute": (("substitutes", "substitute"),),
        })),
        period("period", "blank = over the whole path; a licence's period names the epoch applied for", example="2027"),
        choice("sense", ("=", ">=", "<="), "how the decision compares with the amount", required=True, example=">="),
        amount("amount", "contract: t/year of the epoch; spot: t taken in the period; project: modules decided; licence, substitute: 0 or 1", "by `what`", required=True, example=50),
    ),
    sheet(
        "scenarios", _G, "Named lists of differences from this workbook. Each must touch a row; the order of rows does not count.", (),
        Column("scenario", "name", "name of the scenario", required=True, example="dear mine"),
        Column("sheet", "name", "sheet that differs; settings by where `key=...`", required=True, example="offers"),
        Column("where", "where", "rows that differ: `country=China; element=Dy`, by own columns, by country, company, region, end_use, kind of the site (of a lane: of from_site), by stage and element of the material; blank = all", default=(), example="country=Australia"),
        Column("column", "name", "column that differs; `*` with `set` and `off` empties the whole sheet", required=True, example="price_usd_per_kg"),
        choice("change", ("set", "scale", "add"), "how", required=True, example="scale"),
        Column("value", "any", "new value, factor or addition; `off` with column `*`", required=True, example=1.2),
    ),
    sheet(
        "sources", _G, "Where the numbers come from.", ("source",),
        key("source", "id by which rows name it", example="S1"),
        Column("title", "text", "what it is", required=True, example="Example of a source"),
        Column("url", "text", "where it can be read"),
        Column("date", "text", "its date", example="2027-01-01"),
        choice("grade", ("A", "B", "C", "D"), "A read in the source, B derived, C recalled, D assumption", example="D"),
    ),
)  # fmt: skip
