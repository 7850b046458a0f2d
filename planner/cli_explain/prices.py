"""`planner explain prices`: what each rule costs, by solving without it."""

from __future__ import annotations

from planner.cli_explain.shared import (  # fmt: skip
    AsJson,
    Gap,
    Out,
    Scenario,
    Seconds,
    Source,
    check_out,
    opened,
    show,
    told,
)


def prices(
    source: Source,
    scenario: Scenario = None,
    gap: Gap = None,
    time_limit: Seconds = 600.0,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Price every cap, limit, stress test, law, budget and floor: loosened a step, and dropped."""
    from planner.analysis.price_of_rules import price_of_rules

    check_out(out, source)
    case, _ = opened(source, scenario)
    with told("Pricing rules") as tell:
        findings = price_of_rules(case, gap=gap, seconds=time_limit, tell=tell)
    show(findings, case, out, as_json=as_json)
