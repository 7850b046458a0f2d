"""Licence risk: regimes, licences, tracks, rules, tree, shocks, stress tests, limits."""

from __future__ import annotations

from datetime import date

from planner.case.schema.always import STAGES
from planner.case.schema.spec import (
    Column,
    Ref,
    amount,
    choice,
    flag,
    key,
    period,
    ref,
    share,
    sheet,
)

_G = "Licence risk"

#: Where regimes are named.
REGIMES: tuple[Ref, ...] = (
    ("transitions", "from_regime"),
    ("transitions", "to_regime"),
    ("tree", "regime"),
)
_COUNTRY: tuple[Ref, ...] = (("sites", "country"),)
_TECHNOLOGY: tuple[Ref, ...] = (
    ("offers", "technology_origin"),
    ("processes", "technology_origin"),
)
_END_USE: tuple[Ref, ...] = (("sites", "end_use"),)
_ELEMENT: tuple[Ref, ...] = (("composition", "element"),)


def _match(name: str, meaning: str, refers: tuple[Ref, ...] = (), **options: object) -> Column:
    """A column of `rules` that narrows what is hit; blank matches everything."""
    return Column(name, "names", f"{meaning}; blank = all", default=(), refers=refers, **options)  # type: ignore[arg-type]


SHEETS = (
    sheet(
        "transitions", _G, "How regimes follow one another, once per epoch. Names the regimes.", ("from_regime", "to_regime"),
        key("from_regime", "regime of an epoch", example="truce"),
        key("to_regime", "regime of the next", example="truce"),
        share("probability", "sums to 1 for each from_regime", required=True, example=0.8),
        more=(
            {"from_regime": "truce", "to_regime": "friction", "probability": 0.2},
            {"from_regime": "friction", "to_regime": "friction", "probability": 1},
        ),
    ),
    sheet(
        "licences", _G, "Licences that rules may ask for.", ("licence",),
        key("licence", "name of the licence", example="oxide licence"),
        Column("group", "name", "licences of one group share one draw; blank = a draw of its own", example="authority"),
        amount("application_kusd", "each epoch applied for", "kUSD", default=0.0, by_node=True, example=20),
        amount("max_t_per_year", "shipments under it; blank = unlimited", "t/year", by_node=True, example=600),
        period("held_until", "already in hand up to this period", example="2027"),
        Column("team", "name", "the team that applies", example="legal"),
        Column("max_applications", "integer", "of the team, per epoch; equal in all its rows; blank = no limit", lower=0, example=3),
    ),
    sheet(
        "licence_odds", _G, "How a licence applied for comes out, by regime; on_time + late + denied = 1.", ("licence", "regime"),
        ref("licence", "licences", "licence", "the licence", required=True, example="oxide licence"),
        Column("regime", "name", "the regime", required=True, refers=REGIMES, example="truce"),
        share("on_time", "probability: usable in all the node's periods", required=True, example=0.7),
        share("late", "probability: usable late_months after the node's start", default=0.0, example=0.2),
        amount("late_months", "how late", "months", default=3.0, example=6),
        share("denied", "probability: not usable at all", required=True, example=0.1),
        more=({"licence": "oxide licence", "regime": "friction", "on_time": 0.3, "late": 0.3, "late_months": 6, "denied": 0.4},),
    ),
    sheet(
        "tracks", _G, "An origin that is followed through the chain. At most two.", ("track",),
        key("track", "name of the track", example="CN law"),
        Column("country", "name", "the country", required=True, refers=_COUNTRY, example="China"),
        flag("technology", "TRUE: what the country's technology makes is on the track too", default=False, example=False),
        Column("stages", "names", "stages that can be on it; blank = all", default=(), choices=STAGES, example="oxide; metal; magnet"),
        Column("elements", "names", "a material that holds one of them can be on it; blank = any", default=(), refers=_ELEMENT, example="Nd"),
        share("de_minimis_share", "inputs worth at most this share of the outputs' value do not count", default=0.0, example=0.001),
    ),
    sheet(
        "rules", _G, "Dated rules: what is denied, needs a licence, or is exempt.", ("rule",),
        key("rule", "name of the rule", example="oxide export"),
        choice("covers", ("goods", "technology", "maintenance"), "what it controls", default="goods", example="goods"),
        choice("reach", ("export", "content"), "export: leaving the exporter; content: any border, with goods on the track", default="export", example="export"),
        ref("track", "tracks", "track", "required with reach `content`"),
        Column("from_date", "date", "first day in force; blank = always was", example=date(2026, 1, 1)),
        Column("to_date", "date", "last day in force; blank = for good", example=date(2030, 12, 31)),
        Column("regimes", "names", "regimes in which it is in force", default=("*",), star=True, refers=REGIMES, example="*"),
        _match("exporter", "country; required unless `content`", (*_COUNTRY, *_TECHNOLOGY), example="China"),
        _match("company", "company at either end", (("sites", "company"),), example=None),
        _match("stage", "stage of the goods", choices=STAGES, example="oxide"),
        _match("element", "hit when the material holds any of them", _ELEMENT, example="Nd"),
        _match("destination", "country or region", (*_COUNTRY, ("sites", "region")), example="Germany"),
        _match("end_use", "end use of the destination", _END_USE, example=None),
        Column("requirement", "requirement", "`denied`, `exempt` or `licence:NAME` (several separated by `;`: all are needed)", required=True, example="licence:oxide licence"),
    ),
    sheet(
        "tree", _G, "An explicit tree in place of `transitions` and `licence_odds`.", ("node",),
        key("node", "name of the node"),
        ref("parent", "tree", "node", "blank in the root only"),
        Column("epoch", "integer", "the parent's + 1", required=True, lower=1),
        Column("regime", "name", "regime in the node"),
        share("probability", "UNCONDITIONAL: of reaching the node from the start", required=True),
        Column("licences", "outcomes", "`L1=denied; L2=late`; unnamed = on time; blank in the root", default=()),
    ),
    sheet(
        "node_values", _G, "What differs in a node of `tree` (not in its children).", (),
        ref("node", "tree", "node", "the node", required=True),
        Column("sheet", "name", "sheet that differs", required=True),
        Column("where", "where", "rows that differ: `country=China; element=Dy`; blank = all", default=()),
        Column("column", "name", "column that differs", required=True),
        choice("change", ("set", "scale", "add"), "how", required=True),
        Column("value", "any", "new value, factor or addition", required=True),
    ),
    sheet(
        "shocks", _G, "How a regime moves prices, capacities and demand; several multiply.", ("regime", "scope", "member"),
        Column("regime", "name", "the regime", required=True, refers=REGIMES, example="friction"),
        choice("scope", ("offer", "country", "material", "element"), "what is hit", required=True, example="country"),
        Column("member", "name", "which one", required=True, example="China", refers_by=("scope", {
            "offer": (("offers", "offer"),), "country": _COUNTRY,
            "material": (("materials", "material"),), "element": _ELEMENT,
        })),
        amount("price_factor", "of spot offers; a contract's price stands", "factor", default=1.0, example=1.5),
        amount("capacity_factor", "of offers, and of processes at sites of a country", "factor", default=1.0, example=0.6),
        amount("demand_factor", "of demand", "factor", default=1.0, example=1),
    ),
    sheet(
        "stress_tests", _G, "A loss without warning that the plan must survive.", ("test",),
        key("test", "name of the test", example="Australia lost"),
        choice("lose", ("country", "company", "site", "licence", "lane"), "what is lost", required=True, example="country"),
        Column("member", "names", "which one; a lane as `from->to`; several are lost together", required=True, example="Australia", refers_by=("lose", {
            "country": _COUNTRY, "company": (("sites", "company"),), "site": (("sites", "site"),),
            "licence": (("licences", "licence"),), "lane": (),
        })),
        period("first_period", "first period of an epoch from 2 on", required=True, example="2028"),
        period("last_period", "last period of the loss", required=True, example="2028"),
        share("min_service_share", "of demand that must still be delivered or substituted", required=True, example=0.2),
        Column("end_use", "names", "markets counted", default=("*",), star=True, refers=_END_USE, example="*"),
    ),
    sheet(
        "limits", _G, "Limits on shortage and on cost at risk.", ("measure", "end_use"),
        choice("measure", ("expected_shortage_share", "cvar_shortage_share", "cvar_cost_kusd"), "what is limited", required=True, example="cvar_cost_kusd"),
        Column("end_use", "names", "markets counted", default=("*",), star=True, refers=_END_USE, example="*"),
        Column("value", "number", "the limit", "share or kUSD", required=True, example=500000),
    ),
)  # fmt: skip
