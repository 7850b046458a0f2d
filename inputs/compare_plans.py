"""Solve scenarios of the shipped case and put their plans side by side in the docs.

Run from the project's folder: ``python -m inputs.compare_plans three_plans`` (or
``capabilities``, or both names). The table between the two marks of ``docs/PAGE.md`` is replaced,
the words around it stay: read them again when the figures have moved.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import planner
from inputs import plan_facts as facts
from inputs.make_rare_earths import WORKBOOK
from planner.solve.plan import Plan

DOCS = Path(__file__).parents[1] / "docs"
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"
BASE = "as shipped"

THREE_PLANS = ("licences certain", BASE, "denial likely", "cap 50")
#: Scenario of the workbook that switches a capability off, or sets it to another value.
CAPABILITIES: tuple[str, ...] = (
    BASE,
    "licences certain",
    "no content rules",
    "no DFARS",
    "no technology rules",
    "no law abroad",
    "no shocks",
    "no stress tests",
    "no limits",
    "no caps",
    "no substitutes",
    "no recycling",
    "nothing built",
    "no take-or-pay",
    "no commitments",
    "no price breaks",
    "no minimum order",
)

_log = logging.getLogger(__name__)

Rows = list[list[str]]


def solve(scenario: str) -> Plan:
    """The verified plan of a scenario of the shipped case; NoPlan where there is none."""
    case = planner.read_case(WORKBOOK, scenario=None if scenario == BASE else scenario)
    plan = planner.solve(case)
    figures = plan.summary
    _log.info(
        "%s: %s, gap %.2f %%, verified %s, %.0f s",
        scenario, figures["status"], 100 * figures["gap"], figures["verified"],
        figures["total_seconds"],
    )  # fmt: skip
    return plan


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _counts(counts: Mapping[str, float]) -> str:
    return "<br>".join(f"{name} {count:.1f}" for name, count in counts.items()) or "none"


def three_plans(plans: Mapping[str, Plan]) -> Rows:
    """One column a plan, one row a figure."""
    measures: dict[str, Callable[[Plan], str]] = {
        "objective, MUSD": lambda p: f"{facts.musd(p, 'objective_kusd'):,.0f}",
        "expected cost, MUSD": lambda p: f"{facts.musd(p, 'expected_cost_kusd'):,.0f}",
        "CVaR, MUSD": lambda p: f"{facts.musd(p, 'cvar_kusd'):,.0f}",
        "proven gap": lambda p: f"{100 * p.summary['gap']:.2f} %",
        "verified": lambda p: "yes" if p.summary["verified"] else "no",
        "China's share, oxide": lambda p: _percent(facts.country_share(p, "China", "oxide")),
        "China's share, metal": lambda p: _percent(facts.country_share(p, "China", "metal")),
        "China's share, magnets": lambda p: _percent(facts.country_share(p, "China", "magnet")),
        "magnets made in own works": lambda p: _percent(facts.made_share(p, "magnet")),
        "built (expected modules)": lambda p: _counts(facts.built(p)),
        "qualified (expected)": lambda p: _counts(
            facts.expected_count(p, "qualifications", "site")
        ),
        "applied for (expected, over the epochs)": lambda p: _counts(
            facts.expected_count(p, "applications", "licence")
        ),
        "magnets in stock, mean, t": lambda p: f"{facts.mean_stock(p, 'magnet'):,.0f}",
        "short, t over six years": lambda p: f"{facts.shortage(p):,.1f}",
    }
    return [["", *plans], *([name, *map(of, plans.values())] for name, of in measures.items())]


def _difference(now: Mapping[str, float], then: Mapping[str, float], least: float) -> str:
    """What moved by a tenth and by ``least`` at least, furthest first."""
    moved = {name: (then.get(name, 0.0), now.get(name, 0.0)) for name in {*now, *then}}
    changed = sorted(
        ((name, before, after) for name, (before, after) in moved.items()
         if abs(after - before) > max(least, 0.1 * max(after, before))),
        key=lambda entry: (-abs(entry[2] - entry[1]), entry[0]),
    )  # fmt: skip
    return "<br>".join(f"{name}: {old:,.4g} to {new:,.4g}" for name, old, new in changed) or "none"


def capabilities(plans: Mapping[str, Plan]) -> Rows:
    """One row a plan: its figures, and what it decides otherwise, over the tree and at once."""
    base = plans[BASE]
    head = ["scenario", "objective", "expected cost", "CVaR", "gap", "short, t"]
    head += ["built, qualified, switched, applied for: expected numbers", "signed now, t/year"]
    return [head] + [
        [
            name,
            *(f"{facts.musd(p, key):,.1f}"
              for key in ("objective_kusd", "expected_cost_kusd", "cvar_kusd")),
            f"{100 * p.summary['gap']:.2f} %",
            f"{facts.shortage(p):,.0f}",
            "" if p is base else _difference(facts.steps(p), facts.steps(base), 0.2),
            "" if p is base else _difference(facts.signed_now(p), facts.signed_now(base), 25.0),
        ]
        for name, p in plans.items()
    ]  # fmt: skip


PAGES: Mapping[str, tuple[Sequence[str], Callable[[Mapping[str, Plan]], Rows]]] = {
    "three_plans": (THREE_PLANS, three_plans),
    "capabilities": (CAPABILITIES, capabilities),
}


def table(rows: Rows) -> str:
    """A table in Markdown, its first row the header."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def put(page: Path, text: str) -> None:
    """Replace what stands between the marks of a page; ValueError where it has none."""
    old = page.read_text(encoding="utf-8")
    new, found = re.subn(
        f"{BEGIN}.*{END}", lambda _: f"{BEGIN}\n{text}\n{END}", old, flags=re.DOTALL
    )
    if found != 1:
        raise ValueError(f"{page.name} needs one pair of marks {BEGIN} and {END}")
    page.write_text(new, encoding="utf-8")


def main(pages: Sequence[str]) -> None:
    """Rewrite the tables of ``pages``; KeyError for a page that is none."""
    plans: dict[str, Plan] = {}
    for page in pages:
        scenarios, rows = PAGES[page]
        for scenario in scenarios:
            if scenario not in plans:
                plans[scenario] = solve(scenario)
        put(DOCS / f"{page}.md", table(rows({name: plans[name] for name in scenarios})))


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    _log.setLevel(logging.INFO)
    main(sys.argv[1:] or list(PAGES))
