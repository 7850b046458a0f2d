"""A replay told: what the tree promised, what the worlds say, and whether to believe the tree."""

from __future__ import annotations

import math

from planner.analysis.amounts import kusd, percent
from planner.analysis.findings import Findings, FindingTable
from planner.analysis.replay.estimates import Estimate, mean_of, tail_of
from planner.analysis.replay.found import Found
from planner.errors import Infeasible
from planner.solve.foresight import is_linked

#: Fewer worlds than this in the worst 1 - cvar_level say little about CVaR.
_TAIL_WORLDS = 5
#: A gap above this part of the cost, beyond what was solved for, says the tree was too small.
_WIDE = 0.05


def findings_of(found: Found) -> Findings:
    if len(found.whole) < 2:
        raise Infeasible(
            f"In {len(found.walked) - len(found.whole)} of {len(found.walked)} worlds the plan's first "
            "decisions leave no way on; fewer than two could be walked to their end."
        )
    level = float(found.case.settings["cvar_level"])
    mean = mean_of(found.costs)
    tail = tail_of(found.costs, level, seed=1)
    rows = [
        ("expected cost", found.promise.expected, *_ends(mean)),
        (f"CVaR at {level:g}", found.promise.cvar, *_ends(tail)),
    ]
    tables = [
        FindingTable.of(
            "figures",
            "what the plan's tree says, and the 95 % interval from the worlds",
            ("figure", "plan_kusd", "low_kusd", "mean_kusd", "high_kusd"),
            rows,
        ),
        FindingTable.of(
            "service",
            "short t / demand t of a world, by end use, with its 95 % interval",
            ("end_use", "low_share", "mean_share", "high_share"),
            [(use, max(0.0, e.low), e.mean, e.high) for use, e in found.shortage().items()],
        ),
        _gap_table(found),
        _world_table(found),
    ]
    return Findings(
        "replay",
        _title(found, mean),
        tuple(_sentences(found, mean, tail, level)),
        tuple(tables),
        tuple(_cautions(found, level)),
    )


def _ends(estimate: Estimate) -> tuple[float, float, float]:
    return estimate.low, estimate.mean, estimate.high


def _gap_table(found: Found) -> FindingTable:
    columns = ("figure", "cost_kusd")
    rows: list[tuple[str, float]] = []
    if found.gap is not None:
        rows = [
            ("no plan costs less than, mean of sampled trees", found.gap.lower),
            ("the plan's objective, mean of worlds", found.gap.upper),
            ("the plan may cost more than the best by at most (95 %)", found.gap.high),
        ]
    table = FindingTable.of("gap", "how far from the best first decisions", columns, rows)
    return FindingTable(
        table.name, table.meaning, table.frame.rename(columns={"kusd": "cost_kusd"})
    )


def _world_table(found: Found) -> FindingTable:
    licences = found.drawn.lottery.licences
    rows = []
    for number, (history, one) in enumerate(found.walked, start=1):
        news = []
        for epoch, (regime, outcomes) in enumerate(history, start=2):
            late = [f"{name} {o}" for name, o in zip(licences, outcomes, strict=True) if o != "on_time"]  # fmt: skip
            news.append(f"epoch {epoch}: {regime}" + (f" ({', '.join(late)})" if late else ""))
        short = sum(s for _, s in one.service.values()) if one else math.nan
        words = "no way on" if one is None else "rules gave way" if one.gave_way else ""
        rows.append((number, "; ".join(news), one.cost if one else math.nan, short, words))
    return FindingTable.of(
        "worlds", "one world walked: what came, what it cost, what was short",
        ("world", "news", "cost_kusd", "short_t", "remark"), rows,
    )  # fmt: skip


def _verdict(found: Found, mean: Estimate) -> str:
    """Whether the tree's promise survives the worlds."""
    promised, ends = found.promise.expected, f"{kusd(mean.low)} to {kusd(mean.high)}"
    if mean.holds(promised, slip=1e-6 * max(1.0, abs(promised))):
        return f"what the tree promised, {kusd(promised)}, lies in the interval {ends}"
    if promised < mean.low:
        return (
            f"the tree promised {kusd(promised)}, below the interval {ends}: it was too small, and "
            "made the future look cheaper than it is; ask for more `branches`"
        )
    return (
        f"the tree promised {kusd(promised)}, above the interval {ends}: it was too small, and its "
        "worst outcomes weigh more than the odds say; ask for more `branches`"
    )


def _title(found: Found, mean: Estimate) -> str:
    kind = " known after the first epoch" if found.clairvoyant else ""
    return (
        f"On {len(found.whole)} worlds not seen before{kind} the plan's first decisions cost "
        f"{kusd(mean.mean)} on average; {_verdict(found, mean)}"
    )


def _sentences(found: Found, mean: Estimate, tail: Estimate, level: float) -> list[str]:
    said = [
        f"Expected cost: {kusd(mean.mean)}, at 95 % between {kusd(mean.low)} and {kusd(mean.high)}; "
        f"worst {percent(1 - level)} of worlds: {kusd(tail.mean)} ({kusd(tail.low)} to "
        f"{kusd(tail.high)}), promised {kusd(found.promise.cvar)}."
    ]
    for use, e in found.shortage().items():
        if e.mean > 0:
            said.append(
                f"Short of {use}: {percent(e.mean)} of demand on average, at 95 % between "
                f"{percent(max(0.0, e.low))} and {percent(e.high)}."
            )
    if found.shortage() and not any(e.mean > 0 for e in found.shortage().values()):
        said.append("No end use was short in any world.")
    gap = found.gap
    if gap is not None and found.drawn.is_enumerated:
        said.append(f"The tree holds every world, so its gap is proven, not estimated: other first decisions could save at most {kusd(gap.high)}.")  # fmt: skip
    elif gap is not None:
        share = gap.high / max(abs(gap.upper), 1e-9)
        said.append(
            f"Other first decisions could save at most {kusd(gap.high)} ({percent(share)}) at 95 %: "
            f"sampled trees cost {kusd(gap.lower)} on average, these decisions {kusd(gap.upper)}."
        )
    return said


def _cautions(found: Found, level: float) -> list[str]:
    said = []
    if found.clairvoyant:
        said.append(
            "Every world was known in full after the first epoch: its cost is a LOWER BOUND of what "
            "a planner who waits for the news can reach, and no gap is stated."
        )
    if len(found.walked) < found.asked:
        said.append(f"Time was up after {len(found.walked)} of {found.asked} worlds: ask for more seconds, or fewer worlds.")  # fmt: skip
    stuck = len(found.walked) - len(found.whole)
    if stuck:
        said.append(
            f"In {stuck} of {len(found.walked)} worlds the first decisions leave no way on at any "
            "cost; they are not in the intervals. Look at their news in the table of worlds."
        )
    gave = sum(one.gave_way for one in found.whole)
    if gave:
        said.append(
            f"In {gave} of {len(found.whole)} worlds limits on risk, caps on expected supply or "
            "stress tests could not be kept once the news was in, and gave way."
        )
    beyond = len(found.costs) * (1 - level)
    if beyond < _TAIL_WORLDS:
        said.append(f"CVaR at {level:g} rests on the worst {max(1, math.ceil(beyond))} of {len(found.costs)} worlds: read its interval as a hint.")  # fmt: skip
    gap = found.gap
    if gap is not None and not found.drawn.is_enumerated:
        if gap.high > _WIDE * abs(gap.upper):
            said.append(
                f"The gap is not proven below {percent(_WIDE)}: more worlds or more `branches` would "
                "tell whether the plan or the sample is to blame."
            )
        if is_linked(found.case) or found.case["stress_tests"]:
            said.append(
                "Sampled trees leave out limits on risk, caps on expected supply and stress tests, "
                "so the gap holds the price of these rules too."
            )
    return said
