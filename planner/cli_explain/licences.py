"""`planner explain licences`: what each is worth, and when today's decisions change."""

from __future__ import annotations

from typing import Annotated

import typer

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


def licences(
    source: Source,
    scenario: Scenario = None,
    flips: Annotated[
        bool, typer.Option(help="also at which chance of approval today's decisions change")
    ] = True,
    gap: Gap = None,
    time_limit: Seconds = 600.0,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Value each licence as if granted for sure; find the approval chance at which the plan flips."""
    from planner.analysis.licence_value import licence_values

    check_out(out, source)
    case, _ = opened(source, scenario)
    with told("Valuing licences") as tell:
        findings = licence_values(case, gap=gap, seconds=time_limit, flips=flips, tell=tell)
    show(findings, case, out, as_json=as_json)
