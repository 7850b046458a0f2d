"""Diversification and policy: caps."""

from __future__ import annotations

from planner.case.schema.always import STAGES
from planner.case.schema.spec import Column, amount, choice, key, period, ref, share, sheet

SHEETS = (
    sheet(
        "caps", "Diversification and policy", "Shares and numbers of sources of a material, or of a stage and an element.", ("cap",),
        key("cap", "name of the cap", example="oxide by country"),
        choice("group_by", ("country", "company", "site", "track", "technology_origin", "recycled"), "what is counted together", required=True, example="country"),
        Column("member", "names", "`*` = each; several = each by itself", default=("*",), star=True, example="*", refers_by=("group_by", {
            "country": (("sites", "country"),), "company": (("sites", "company"),), "site": (("sites", "site"),),
            "track": (("tracks", "track"),),
            "technology_origin": (("sites", "country"), ("offers", "technology_origin"), ("processes", "technology_origin")),
            "recycled": (),
        })),
        choice("stage", STAGES, "with `element`, instead of `material`", example="oxide"),
        ref("material", "materials", "material", "the material, instead of stage and element"),
        ref("element", "composition", "element", "t of this element are counted; blank = t of material", example="Nd"),
        choice("basis", ("delivered", "expected"), "delivered: in each period of each node; expected: weighted over the nodes of the period", default="delivered", example="expected"),
        period("first_period", "blank = from the start", example="2027"),
        period("last_period", "blank = to the end", example="2028"),
        share("max_share", "of supply", example=0.65),
        share("min_share", "of supply"),
        Column("min_sources", "integer", "at least so many members hold counts_from_share", lower=1),
        Column("max_sources", "integer", "at most so many members supply anything", lower=1),
        share("counts_from_share", "a source counts from this share on", default=0.05),
        amount("penalty_usd_per_kg", "price of the excess over (or gap under) a share; blank = hard", "USD/kg", example=30),
    ),
)  # fmt: skip
