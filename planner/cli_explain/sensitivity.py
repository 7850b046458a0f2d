"""`planner explain sensitivity`: the weakly sourced inputs on which the plan hangs."""

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


def sensitivity(
    source: Source,
    scenario: Scenario = None,
    gap: Gap = None,
    time_limit: Seconds = 180.0,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Move each input of grade C or D over its range: what moves cost, and what makes today wrong."""
    from planner.analysis.sensitivity import sensitivity as find

    check_out(out, source)
    case, _ = opened(source, scenario)
    with told("Moving inputs") as tell:
        findings = find(case, gap=gap, seconds=time_limit, tell=tell)
    show(findings, case, out, as_json=as_json)
