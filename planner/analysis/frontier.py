"""What less risk costs: expected cost against CVaR, shortage, or the share of a country.

Each point is the plan of least expected cost (risk_weight 0) that keeps the measure below a limit
(the epsilon-constraint method, Haimes, Lasdon and Wismer 1971): a row of `limits` for CVaR and for
shortage, a row of `caps` on expected supply for a share. So points between the corners of a convex
hull are found too, which weighing would miss. HHI cannot be limited by a linear row: there every
country's share is capped alike, and HHI is what results.

A point is dominated if another costs no more and has no more of the measure; it is dropped. The knee
is the point that lies furthest below the straight line between the two ends, both axes scaled to them.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np

from planner.analysis.added import with_row
from planner.analysis.amounts import kusd, percent
from planner.analysis.compare.decisions import decided_now
from planner.analysis.compare.figures import concentration, expected, service
from planner.analysis.findings import Findings, FindingTable
from planner.case import Case, with_settings
from planner.errors import CaseError, Infeasible, Interrupted, NothingFound
from planner.solve.answer import Answer
from planner.solve.plan import Plan
from planner.solve.run import Solver

Measure = Literal["cvar", "shortage", "share", "hhi"]
Tell = Callable[[int, int, str], None]

#: Two figures are alike if they differ by less than this part of the larger.
_ALIKE = 1e-7


@dataclass(frozen=True)
class Axis:
    """What is traded against cost; ``country`` and ``stage`` of a share or of HHI."""

    measure: Measure
    country: str = ""
    stage: str = ""

    @property
    def words(self) -> str:
        match self.measure:
            case "cvar":
                return "CVaR"
            case "shortage":
                return "expected shortage"
            case "share":
                return f"{self.country}'s share of {self.stage}"
            case _:
                return f"HHI of {self.stage} by country"

    def of(self, plan: Plan) -> float:
        """The measure of a plan: kUSD, a share, or an index from 0 to 10,000."""
        match self.measure:
            case "cvar":
                return float(plan.summary["cvar_kusd"])
            case "shortage":
                return _short_share(plan)
            case "share":
                return self._share(plan)
            case _:
                table = concentration([plan], ["it"])["it"]
                return float(table.get((self.stage, "country"), math.nan))

    def _share(self, plan: Plan) -> float:
        """The largest of all periods, of expected supply: what a cap on it limits."""
        supply = plan.tables["supply"].assign(e=expected(plan, "supply", "t"))
        supply = supply[supply["stage"] == self.stage]
        every = supply.groupby("period")["e"].sum()
        own = supply[supply["country"] == self.country].groupby("period")["e"].sum()
        return float((own / every[every > 0]).fillna(0.0).max()) if len(every) else 0.0

    def at_most(self, case: Case, limit: float) -> Case:
        """The case with the measure limited (for HHI: each country's share)."""
        match self.measure:
            case "cvar":
                return with_row(case, "limits", measure="cvar_cost_kusd", value=limit)
            case "shortage":
                return with_row(case, "limits", measure="expected_shortage_share", value=limit)
            case _:
                member = (self.country,) if self.measure == "share" else ("*",)
                return with_row(
                    case, "caps", cap="frontier", group_by="country", stage=self.stage,
                    member=member, basis="expected", max_share=limit,
                )  # fmt: skip


@dataclass(frozen=True)
class Point:
    """One plan; ``limit`` None for the cheapest of all."""

    plan: Plan
    limit: float | None
    measure: float

    @property
    def cost(self) -> float:
        return float(self.plan.summary["expected_cost_kusd"])

    @property
    def bound(self) -> float:
        known = self.plan.summary["bound_kusd"]
        return math.nan if known is None else float(known)


def frontier(
    case: Case,
    axis: Axis,
    *,
    points: int = 7,
    seconds: float = 300.0,
    tell: Tell | None = None,
    stop: threading.Event | None = None,
    solved: Answer | None = None,
) -> Findings:
    """Tables ``points`` (with those dropped, and why) and ``decisions`` (what is decided now, where
    the points differ).

    ``solved``: the case, to begin from. Raises CaseError for an axis that means nothing in this case,
    Infeasible or NothingFound where even the cheapest plan cannot be found.
    """
    if points < 3:
        raise CaseError(f"{points} points were asked for; a frontier needs at least 3.")
    _check(case, axis)
    solver = Solver()
    if solved is not None:
        solver.begin_from(solved.problem.layout, solved.warm)
    found, refused, late = _points(case, axis, points, seconds / points, solver, tell, stop)
    kept = efficient(found)
    findings = _findings(axis, found, kept, refused)
    if not late:
        return findings
    said = f"The time was over after {len(found) + len(refused)} of {points} points."
    return replace(findings, cautions=(said, *findings.cautions))


def _check(case: Case, axis: Axis) -> None:
    if axis.measure in ("share", "hhi"):
        stages = {row["stage"] for row in case["materials"]}
        if axis.stage not in stages:
            raise CaseError(
                f"No material of the case is at stage {axis.stage!r}; expected one of "
                f"{', '.join(sorted(stages))}."
            )
    if axis.measure == "share":
        countries = {row["country"] for row in case["sites"] if row["country"]}
        if axis.country not in countries:
            raise CaseError(
                f"No site stands in {axis.country!r}; expected one of "
                f"{', '.join(sorted(countries))}."
            )


def _points(
    case: Case, axis: Axis, points: int, seconds: float, solver: Solver, tell: Tell | None,
    stop: threading.Event | None,
) -> tuple[list[Point], list[float], bool]:  # fmt: skip
    """The plans found, from the cheapest on, the limits that no plan could keep, and whether a stop came
    before the last."""
    limit_s = min(seconds, float(case.settings["time_limit_s"]))
    neutral = with_settings(case, risk_weight=0.0, time_limit_s=max(limit_s, 1.0))
    if tell is not None:
        tell(0, points, "the cheapest plan")
    first = solver.solve(neutral, stop=stop)
    found = [Point(first, None, axis.of(first))]
    refused: list[float] = []
    try:
        for done, limit in enumerate(_limits(axis, found[0], points, solver, neutral, stop), 1):
            if tell is not None:
                tell(done, points, f"{axis.words} at most {limit:,.6g}")
            try:
                plan = solver.solve(axis.at_most(neutral, limit), stop=stop)
            except (Infeasible, NothingFound):
                refused.append(limit)
                continue
            found.append(Point(plan, limit, axis.of(plan)))
    except Interrupted:
        return found, refused, True
    return found, refused, False


def _limits(
    axis: Axis, first: Point, points: int, solver: Solver, neutral: Case,
    stop: threading.Event | None,
) -> Iterator[float]:  # fmt: skip
    """Limits in equal steps from the cheapest plan's measure to the least that is possible."""
    start = _largest_share(first.plan, axis.stage) if axis.measure == "hhi" else first.measure
    least = 0.0
    if axis.measure == "cvar":
        safest = solver.solve(with_settings(neutral, risk_weight=1.0), stop=stop)
        # A hair above, so that rounding does not make the end of the frontier infeasible.
        least = float(safest.summary["cvar_kusd"]) + 1e-6 * abs(safest.summary["cvar_kusd"])
    if start <= least + _ALIKE * max(1.0, abs(start)):
        return
    for share in np.linspace(0, 1, points)[1:]:
        yield float(start + share * (least - start))


def _largest_share(plan: Plan, stage: str) -> float:
    supply = plan.tables["supply"]
    names = supply[supply["stage"] == stage]["country"].unique()
    return max((Axis("share", str(name), stage).of(plan) for name in names), default=0.0)


def _short_share(plan: Plan) -> float:
    """Short t / demand t over the demand that counts, expected."""
    figures = service([plan], ["it"])["it"]
    if not len(figures):
        return 0.0
    demand = float(figures.xs("demand_t", level="figure").sum())
    short = float(figures.xs("short_t", level="figure").sum())
    return short / demand if demand else 0.0


def efficient(points: list[Point]) -> list[Point]:
    """Those that no other dominates, by rising measure: cost then falls from one to the next."""
    kept: list[Point] = []
    for point in sorted(points, key=lambda p: (p.measure, p.cost)):
        if not kept or point.cost < kept[-1].cost - _ALIKE * max(1.0, abs(kept[-1].cost)):
            kept.append(point)
    return kept


def knee_of(points: list[Point]) -> Point | None:
    """The point furthest below the line between the ends; None with fewer than three, or where no
    point lies below it."""
    if len(points) < 3:
        return None
    x = np.array([p.measure for p in points])
    y = np.array([p.cost for p in points])
    across, up = (x - x[0]) / (x[-1] - x[0]), (y - y[-1]) / (y[0] - y[-1])
    below = 1 - across - up
    place = int(np.argmax(below))
    return points[place] if below[place] > 1e-6 else None


def _findings(axis: Axis, found: list[Point], kept: list[Point], refused: list[float]) -> Findings:
    knee = knee_of(kept)
    names = {id(p): chr(ord("A") + i) if i < 26 else f"P{i}" for i, p in enumerate(kept)}
    rows = []
    for p in sorted(found, key=lambda p: p.measure):
        remark = "knee" if p is knee else "" if id(p) in names else "dominated: dropped"
        gap = p.plan.summary["gap"]
        rows.append((names.get(id(p), ""), _none(p.limit), p.measure, p.cost, p.bound,
                     _none(gap), float(p.plan.summary["cvar_kusd"]),
                     _short_share(p.plan), remark))  # fmt: skip
    columns = ["point", "limit", "measure", "cost_kusd", "bound_kusd", "gap_share", "cvar_kusd", "short_share", "remark"]  # fmt: skip
    if axis.measure == "cvar":
        columns[1:3] = ["limit_kusd", "measure_kusd"]
    elif axis.measure != "hhi":
        columns[1:3] = ["limit_share", "measure_share"]
    tables = [FindingTable.of("points", f"plans of least expected cost with {axis.words} limited", columns, rows)]  # fmt: skip
    if len(kept) > 1:
        labels = [f"point {names[id(p)]}" for p in kept]
        frame = decided_now([p.plan for p in kept], labels)
        tables.append(FindingTable("decisions", "decided now, where the points differ", frame))
    return Findings(
        "frontier", _title(axis, kept, knee), tuple(_sentences(axis, kept, knee, names)),
        tuple(tables), tuple(_cautions(axis, found, kept, refused)),
    )  # fmt: skip


def _none(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _shown(axis: Axis, value: float) -> str:
    if axis.measure == "cvar":
        return kusd(value)
    return f"{value:,.0f}" if axis.measure == "hhi" else percent(value)


def _title(axis: Axis, kept: list[Point], knee: Point | None) -> str:
    safest, cheapest = kept[0], kept[-1]
    if len(kept) == 1:
        return f"The cheapest plan has the least {axis.words} too, {_shown(axis, cheapest.measure)}: there is nothing to trade"  # fmt: skip
    said = (
        f"{axis.words} can fall from {_shown(axis, cheapest.measure)} to "
        f"{_shown(axis, safest.measure)} for {kusd(safest.cost - cheapest.cost)} more of expected cost"
    )
    if knee is None or knee in (safest, cheapest):
        return said
    part = (cheapest.measure - knee.measure) / (cheapest.measure - safest.measure)
    dear = (knee.cost - cheapest.cost) / (safest.cost - cheapest.cost)
    return f"{said}; {percent(part)} of that fall costs {percent(dear)} of the money (the knee)"


def _sentences(
    axis: Axis, kept: list[Point], knee: Point | None, names: dict[int, str]
) -> Iterator[str]:
    for p in kept:
        mark = ", the knee" if p is knee else ""
        yield (
            f"{names[id(p)]}{mark}: {axis.words} {_shown(axis, p.measure)} at an expected cost of "
            f"{kusd(p.cost)}; no plan with as little costs less than {kusd(p.bound)}."
        )
    for safer, cheaper in pairwise(kept):
        if axis.measure == "cvar":
            rate = (safer.cost - cheaper.cost) / (cheaper.measure - safer.measure)
            yield f"From {names[id(cheaper)]} to {names[id(safer)]} each kUSD of CVaR less costs {rate:.2f} kUSD."  # fmt: skip


def _cautions(
    axis: Axis, found: list[Point], kept: list[Point], refused: list[float]
) -> Iterator[str]:
    if refused:
        yield f"No plan was found with {axis.words} at most {_shown(axis, max(refused))}: below that rules, capacity or time give out."  # fmt: skip
    dropped = len(found) - len(kept)
    if dropped:
        yield f"{dropped} of {len(found)} points were dominated, or the same as another, and dropped."
    open_ = [p for p in kept if p.plan.summary["status"] != "optimal"]
    if open_:
        yield f"{len(open_)} points were stopped at their time limit: their cost is proven only down to the bound."  # fmt: skip
    if axis.measure == "hhi":
        yield "HHI is quadratic, so it was not limited itself: every country's share was capped alike and HHI read off."  # fmt: skip
    if axis.measure in ("share", "hhi"):
        yield "Shares are of expected supply in each period; the largest period counts."
