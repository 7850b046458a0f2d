"""The knobs themselves: a form for each kind of change. Each gives the differences it was set to."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from planner.case import Case, Difference
from planner.report.document import Columns, Look, Table
from planner.store import Desk
from planner.ui import commitments, knobs, show
from planner.ui.text import plain

Made = Sequence[Difference]
_ALL = "all licences, set alike"


def _licences(case: Case, _desk: Desk) -> Made:
    """Odds of late and denied, by licence and regime."""
    names = [row["licence"] for row in case["licences"]]
    left, right = st.columns(2)
    picked = left.selectbox("Licence", [*names, _ALL], key="odds-licence")
    regimes = list(dict.fromkeys(row["regime"] for row in case["licence_odds"]))
    regime = right.selectbox(
        "Under the regime", regimes, key="odds-regime",
        help="Odds hold for every epoch that is entered under this regime.",
    )  # fmt: skip
    chosen = names if picked == _ALL else [picked]
    now = next(
        (r for r in case["licence_odds"] if r["licence"] in chosen and r["regime"] == regime), None
    )
    if now is None:
        st.html('<p class="remark">This licence has no odds under that regime.</p>')
        return ()
    mark = f"{picked}-{regime}-{now['late']}-{now['denied']}"
    with st.form("odds", border=False):
        left, right = st.columns(2)
        denied = left.number_input(
            "Denied, % of applications", 0.0, 100.0, now["denied"] * 100, 5.0, key=f"denied-{mark}"
        )
        late = right.number_input(
            "Late, % of applications", 0.0, 100.0, now["late"] * 100, 5.0, key=f"late-{mark}",
            help=f"On time takes the rest. Late means {now['late_months']:g} months.",
        )  # fmt: skip
        pressed = st.form_submit_button("Apply the odds", type="primary")
    show.table(odds_table(case), "Licence odds as they are now")
    if not pressed or regime is None or denied is None or late is None:
        return ()
    return _made(lambda: knobs.odds(case, chosen, regime, late / 100, denied / 100))


def odds_table(case: Case) -> Table:
    """Denied and late by licence and regime, a row a licence."""
    regimes = list(dict.fromkeys(row["regime"] for row in case["licence_odds"]))
    odds = {(row["licence"], row["regime"]): row for row in case["licence_odds"]}
    named: list[tuple[str, Look]] = [(f"{regime}: denied, late", "text") for regime in regimes]

    def cell(licence: str, regime: str) -> str | None:
        row = odds.get((licence, regime))
        return None if row is None else f"{row['denied'] * 100:.4g} %, {row['late'] * 100:.4g} %"

    licences = dict.fromkeys(row["licence"] for row in case["licence_odds"])
    rows = tuple((name, *(cell(name, regime) for regime in regimes)) for name in licences)
    return Table((("Licence", "text"), *named), rows)


def _regimes(case: Case, _desk: Desk) -> Made:
    """Where each regime goes, once an epoch."""
    sources = list(dict.fromkeys(row["from_regime"] for row in case["transitions"]))
    source = st.selectbox("From the regime", sources, key="move-from",
                          help=f"Today's regime is {case.settings['regime_today']}, a setting of yours.")  # fmt: skip
    rows = [row for row in case["transitions"] if row["from_regime"] == source]
    mark = "-".join(f"{row['probability']:g}" for row in rows)
    with st.form("moves", border=False):
        boxes = st.columns(max(2, len(rows)))
        chances = {
            row["to_regime"]: box.number_input(
                f"to {plain(row['to_regime'])}, %", 0.0, 100.0, row["probability"] * 100, 5.0,
                key=f"move-{source}-{row['to_regime']}-{mark}",
            ) or 0.0
            for box, row in zip(boxes, rows, strict=False)
        }  # fmt: skip
        pressed = st.form_submit_button("Apply the transitions", type="primary")
    if not pressed or source is None:
        return ()
    total = sum(chances.values())
    if abs(total - 100) > 1e-6:
        st.error(
            f"The probabilities from {plain(source)} add up to {total:g} %; they must make 100 %."
        )
        return ()
    return knobs.transitions(
        source, {to: round(chance / 100, 12) for to, chance in chances.items()}
    )


def _market(case: Case, desk: Desk) -> Made:
    """Prices and demand times a factor, for all rows or those that are meant."""
    kind = st.segmented_control(
        "What moves", ["Prices", "Demand"], default="Prices", required=True, key="market-kind"
    )
    sheet = "offers" if kind == "Prices" else "demand"
    words = (
        ("country", "element", "stage", "site")
        if kind == "Prices"
        else ("end_use", "country", "material")
    )
    boxes = st.columns(len(words))
    narrow = {}
    for box, word in zip(boxes, words, strict=True):
        picked = box.selectbox(word.replace("_", " ").capitalize(), [None, *knobs.choices(case, sheet, word)],
                               format_func=lambda name: name or "any", key=f"market-{sheet}-{word}")  # fmt: skip
        if picked:
            narrow[word] = picked
    column = "price_usd_per_kg" if kind == "Prices" else "demand_t_per_year"
    standing = knobs.standing(desk.differences, sheet, knobs.where_words(narrow), column)
    now = (
        float(standing.value) * 100
        if standing is not None and standing.change == "scale"
        else 100.0
    )
    with st.form("market", border=False):
        percent = st.number_input(
            f"{kind}, % of the workbook's", 0.0, 1000.0, now, 10.0, key=f"market-{sheet}-{narrow}-{now}",
            help="100 % leaves them as they are. Prices: offers, their paths in time and volume steps.",
        )  # fmt: skip
        pressed = st.form_submit_button(f"Apply to {kind.lower()}", type="primary")
    if not pressed:
        return ()
    make = knobs.prices if kind == "Prices" else knobs.demand
    return _made(lambda: make(case, narrow, percent / 100))


def _policy(case: Case, _desk: Desk) -> Made:
    """Weight of the bad outcomes, caps, budgets."""
    weight = float(case.settings["risk_weight"])
    with st.form("risk-weight", border=False):
        wanted = st.slider(
            "Weight of the worst outcomes (CVaR) in the objective, %", 0, 100, round(weight * 100),
            key=f"risk-weight-{weight}",
            help="0: least expected cost. 100: least mean cost of the worst outcomes.",
        )  # fmt: skip
        if st.form_submit_button("Apply the weight", type="primary"):
            return knobs.setting("risk_weight", wanted / 100)
    return [*_caps(case), *_budgets(case)]


def _caps(case: Case) -> Made:
    rows = [row for row in case["caps"] if row["max_share"] is not None]
    if not rows:
        return ()
    row = st.selectbox("Cap", rows, format_func=lambda r: f"{r['cap']}: {'; '.join(r['member'])} at most {r['max_share']:.0%}",
                       key=f"cap-{[r['max_share'] for r in rows]}")  # fmt: skip
    penalty = row["penalty_usd_per_kg"]
    with st.form("cap", border=False):
        left, right = st.columns(2)
        share = left.slider(
            "At most, % of supply",
            0,
            100,
            round(row["max_share"] * 100),
            key=f"cap-{row['cap']}-{row['max_share']}",
        )
        price = right.number_input(
            "Price of the excess, USD/kg", 0.0, None, penalty, key=f"cap-price-{row['cap']}-{penalty}",
            disabled=penalty is None, help="A cap without a price is hard: it is kept at any cost.",
        )  # fmt: skip
        pressed = st.form_submit_button("Apply the cap", type="primary")
    return knobs.cap(row["cap"], share / 100, price) if pressed else ()


def _budgets(case: Case) -> Made:
    rows = [row for row in case["budgets"] if row["max_capex_kusd"] is not None]
    if not rows:
        return ()
    row = st.selectbox(
        "Budget", rows, key=f"budget-{[r['max_capex_kusd'] for r in rows]}",
        format_func=lambda r: f"{r['first_period'] or 'start'} to {r['last_period'] or 'end'}: MUSD {r['max_capex_kusd'] / 1000:,.1f}",
    )  # fmt: skip
    with st.form("budget", border=False):
        musd = st.number_input("Capex at most, MUSD gross of grants", 0.0, None, row["max_capex_kusd"] / 1000, 5.0,
                               key=f"budget-{row['first_period']}-{row['last_period']}-{row['max_capex_kusd']}")  # fmt: skip
        pressed = st.form_submit_button("Apply the budget", type="primary")
    window = {"first_period": row["first_period"], "last_period": row["last_period"]}
    return knobs.budget(window, musd * 1000) if pressed and musd is not None else ()


def _projects(case: Case, desk: Desk) -> Made:
    """Projects on and off the table."""
    rows = case["projects"]
    on = [row["project"] for row in rows if row["max_modules"] > 0]
    with st.form("projects", border=False):
        wanted = st.multiselect("Projects that may be built", [row["project"] for row in rows], on,
                                key=f"projects-{len(on)}-{hash(tuple(on))}")  # fmt: skip
        pressed = st.form_submit_button("Apply to projects", type="primary")
    columns: Columns = (("Project", "text"), ("Adds to", "text"), ("Module, t/year", "tonnes"), ("Most modules", "plain"),
                        ("Capex a module, MUSD", "musd"), ("Lead, months", "plain"))  # fmt: skip
    show.table(
        Table(
            columns,
            tuple(
                (
                    r["project"],
                    r["adds_to"],
                    r["size_t_per_year"],
                    r["max_modules"],
                    r["capex_kusd"],
                    r["lead_months"],
                )
                for r in rows
            ),
        ),
        "Projects",
    )
    if not pressed:
        return ()
    most = commitments.stated_modules(desk)
    off = [knobs.modules(name, 0.0)[0] for name in on if name not in wanted]
    back = [knobs.modules(name, most[name])[0] for name in wanted if name not in on]
    return [*off, *back]


def _suppliers(case: Case, desk: Desk) -> Made:
    """Nothing from a supplier; or force and forbid by a row of sheet commitments."""
    sites = sorted({row["site"] for row in case["offers"]})
    with st.form("forbid", border=False):
        site = st.selectbox("Buy nothing from", sites, key="forbid-site")
        pressed = st.form_submit_button("Forbid this supplier", type="primary")
    if pressed and site is not None:
        return knobs.forbid(case, site)
    commitments.form(case, desk)
    return ()


def _made(make: Callable[[], Made]) -> Made:
    """Differences, or none and a word where what was asked cannot be."""
    try:
        return make()
    except ValueError as error:
        st.error(f"Not applied: {plain(str(error))}.")
        return ()


#: Title, the sheet without which a case has no such knob (blank: every case has it), and the form.
GROUPS: tuple[tuple[str, str, Callable[[Case, Desk], Made]], ...] = (
    ("Licences", "licence_odds", _licences),
    ("Regimes", "transitions", _regimes),
    ("Market", "", _market),
    ("Policy", "", _policy),
    ("Projects", "projects", _projects),
    ("Suppliers", "", _suppliers),
)
