"""`planner explain replay`: the plan's first decisions on worlds that it has not seen."""

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


def replay(
    source: Source,
    scenario: Scenario = None,
    worlds: Annotated[int, typer.Option(min=2, help="how many worlds to draw")] = 100,
    replications: Annotated[
        int,
        typer.Option(min=2, help="how many sampled trees tell how far the plan is from the best"),
    ] = 5,
    seed: Annotated[int, typer.Option(min=0, help="of the worlds drawn")] = 1,
    clairvoyant: Annotated[
        bool, typer.Option(help="let each world be known after the first epoch: a lower bound")
    ] = False,
    time_limit: Seconds = 180.0,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Carry today's decisions into worlds the plan has not seen; re-solve the rest on the news."""
    from planner.analysis.replay import replay as walk

    check_out(out, source)
    case, plan = opened(source, scenario)
    with told("Walking worlds") as tell:
        findings = walk(
            case,
            plan,
            worlds=worlds,
            replications=replications,
            seed=seed,
            clairvoyant=clairvoyant,
            seconds=time_limit,
            tell=tell,
        )
    show(findings, case, out, as_json=as_json)
