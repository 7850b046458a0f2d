"""`planner explain infeasible`: which rules cannot hold together, and the least change that helps."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from planner.case import Case
from planner.cli_explain.shared import (
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
from planner.errors import Infeasible

if TYPE_CHECKING:
    from planner.solve.plan import Plan

#: What a solve that found no plan spends on saying why [s].
_REASON_S = 60.0


def infeasible(
    source: Source,
    scenario: Scenario = None,
    time_limit: Seconds = 120.0,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Say why a case has no plan: the rules in conflict by cell, and the least change that helps."""
    from planner.analysis.infeasible import explain_infeasible

    check_out(out, source)
    case, _ = opened(source, scenario)
    with told("Looking for the reason") as tell:
        findings = explain_infeasible(case, time_limit=time_limit, tell=tell)
    show(findings, case, out, as_json=as_json)


def with_reason(case: Case, solve: Callable[[], Plan]) -> Plan:
    """What ``solve`` returns. An Infeasible that it raises is raised again with the reason in it, as far
    as it can be found within a minute."""
    from planner.analysis.infeasible import explain_infeasible

    try:
        return solve()
    except Infeasible as error:
        with told("No plan exists; looking for the reason") as tell:
            findings = explain_infeasible(case, time_limit=_REASON_S, tell=tell)
        words = [str(error), findings.title, *findings.sentences, *findings.cautions]
        raise Infeasible("\n".join(words)) from error
