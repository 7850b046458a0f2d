"""`planner explain survive`: how long service holds if something is lost."""

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


def survive(
    source: Source,
    scenario: Scenario = None,
    gap: Gap = None,
    time_limit: Seconds = 600.0,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Say for each country, supplier, licence and lane how long service holds without it, by end use."""
    from planner.analysis.survive import survive as ask

    check_out(out, source)
    case, _ = opened(source, scenario)
    with told("Losing one thing after another") as tell:
        findings = ask(case, gap=gap, seconds=time_limit, tell=tell)
    show(findings, case, out, as_json=as_json)
