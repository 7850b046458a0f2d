"""`planner explain alternatives` and `regret`: what else could be done today, and what is safe."""

from __future__ import annotations

from typing import Annotated

import typer

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


def alternatives(
    source: Source,
    scenario: Scenario = None,
    within: Annotated[
        float, typer.Option(min=0, max=1, help="dearer than the optimum by at most this share")
    ] = 0.02,
    count: Annotated[int, typer.Option(min=1, help="plans to look for")] = 4,
    time_limit: Seconds = 300.0,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Find plans that cost almost as little: what all of them do today, and what is free to choose."""
    from planner.analysis.alternatives import alternatives as others

    check_out(out, source)
    case, _ = opened(source, scenario)
    with told("Looking for other plans") as tell:
        findings = others(case, within=within, count=count, seconds=time_limit, tell=tell)
    show(findings, case, out, as_json=as_json)


def regret(
    source: Source,
    scenarios: Annotated[
        str, typer.Option(metavar="all|NAMES", help="the views of the world: 'a; b'")
    ] = "all",
    time_limit: Seconds = 600.0,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Weigh each scenario's first decisions in every other scenario: the minimax-regret strategy."""
    from planner.analysis.regret import regret as weighed
    from planner.errors import CaseError

    check_out(out, source)
    case, _ = opened(source)
    if case.scenario is not None:
        raise CaseError(f"{source.name} is a plan of scenario '{case.scenario}'; regret compares the scenarios of a workbook. Give the workbook (planner open PLAN writes it).")  # fmt: skip
    names = None if scenarios == "all" else [name.strip() for name in scenarios.split(";")]
    with told("Weighing strategies") as tell:
        findings = weighed(case, names, seconds=time_limit, tell=tell)
    show(findings, case, out, as_json=as_json)
