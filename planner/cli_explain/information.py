"""`planner explain information`: what knowing, planning on worlds and waiting are worth."""

from __future__ import annotations

from planner.cli_explain.shared import (  # fmt: skip
    AsJson,
    Out,
    Scenario,
    Seconds,
    Source,
    check_out,
    opened,
    show,
    told,
)


def information(
    source: Source,
    scenario: Scenario = None,
    time_limit: Seconds = 120.0,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """What perfect news would be worth (EVPI), what planning on averages costs (VSS), and waiting."""
    from planner.analysis.information import information as find

    check_out(out, source)
    case, _ = opened(source, scenario)
    with told("Valuing news") as tell:
        findings = find(case, seconds=time_limit, tell=tell)
    show(findings, case, out, as_json=as_json)
