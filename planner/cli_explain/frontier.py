"""`planner explain frontier`: what less risk costs."""

from __future__ import annotations

from enum import StrEnum
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


class Against(StrEnum):
    """What is traded against expected cost."""

    CVAR = "cvar"
    SHORTAGE = "shortage"
    SHARE = "share"
    HHI = "hhi"


def frontier(
    source: Source,
    scenario: Scenario = None,
    against: Annotated[Against, typer.Option(help="what is traded against cost")] = Against.CVAR,
    country: Annotated[str, typer.Option(help="whose share (with --against share)")] = "China",
    stage: Annotated[str, typer.Option(help="of which stage (share, hhi)")] = "oxide",
    points: Annotated[int, typer.Option(min=3, help="plans to look for")] = 5,
    time_limit: Seconds = 180.0,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Expected cost against CVaR, shortage, a country's share or HHI: what the next step costs."""
    from planner.analysis.frontier import Axis
    from planner.analysis.frontier import frontier as find

    check_out(out, source)
    case, _ = opened(source, scenario)
    named = (
        country if against is Against.SHARE else "",
        stage if against in (Against.SHARE, Against.HHI) else "",
    )
    with told("Trading cost against risk") as tell:
        findings = find(
            case, Axis(against.value, *named), points=points, seconds=time_limit, tell=tell
        )
    show(findings, case, out, as_json=as_json)
