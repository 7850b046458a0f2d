"""`planner explain playbook`: the tree told as instructions."""

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


def playbook(
    source: Source,
    scenario: Scenario = None,
    signposts: Annotated[
        bool,
        typer.Option("--signposts", help="find the prices and chances at which to plan again"),
    ] = False,
    time_limit: Seconds = 300.0,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Tell the plan as instructions: now; watch for; if denied; if escalation; when to plan again."""
    from planner.analysis.licence_value import licence_values
    from planner.analysis.signposts import signposts as turning_points
    from planner.report.playbook import playbook as instructions
    from planner.solve.run import solve_case

    check_out(out, source)
    case, plan = opened(source, scenario)
    posts = []
    with told("Writing the playbook") as tell:
        if plan is None:
            tell(0, 1, "solving")
            plan = solve_case(case)
        if signposts:
            posts.append(turning_points(case, seconds=time_limit / 2, tell=tell))
            if case["licences"]:
                posts.append(licence_values(case, seconds=time_limit / 2, tell=tell))
    show(instructions(plan, posts), case, out, as_json=as_json)
