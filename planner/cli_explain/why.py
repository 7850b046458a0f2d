"""`planner explain why`: what decides on an offer, project, licence or lane, and at which price."""

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


def why(
    source: Source,
    of: Annotated[
        list[str] | None,
        typer.Option("--of", metavar="SHEET:NAME", help="offers:NAME, projects:, licences:, lanes:, substitutes:"),
    ] = None,
    scenario: Scenario = None,
    gap: Gap = None,
    time_limit: Seconds = 600.0,
    out: Out = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Say why something is used or not, what stands in, and the price at which it enters or leaves."""
    from planner.analysis.why import why as ask

    check_out(out, source)
    case, _ = opened(source, scenario)
    with told("Asking why") as tell:
        findings = ask(case, tuple(of or ()), gap=gap, seconds=time_limit, tell=tell)
    show(findings, case, out, as_json=as_json)
