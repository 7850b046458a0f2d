"""The tree told as instructions: what to do now, what to watch for, and what to do if it comes.

Each node is an instruction: the news by which it is known (regime and licence outcomes, against its
parent), its chance, what is signed, filed, begun or bought spot then, with amounts and dates, and what
is short. Sisters that do the same are one instruction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from planner.analysis.findings import Findings, FindingTable
from planner.report.actions import APPLY, ORDER, Action, actions, foremost
from planner.report.dates import Calendar, month
from planner.report.words import percent, tonnes
from planner.solve.plan import Plan

#: Actions named in a sentence; the table has them all.
_NAMED = 6


@dataclass(frozen=True)
class Step:
    """One node: ``news`` is what sets it apart from its parent; ``chance`` given the parent."""

    node: str
    parent: str
    epoch: int
    news: str
    chance: float
    probability: float
    doing: tuple[Action, ...]
    short_t: float

    @property
    def deeds(self) -> tuple[str, ...]:
        """What is done, in words."""
        return tuple(_deed(action) for action in self.doing)


def playbook(plan: Plan, signposts: Sequence[Findings] = ()) -> Findings:
    """Table ``steps``, a row for each action, node by node in the order of the tree; with the sentences, tables and
    cautions of the ``signposts`` at which to plan again."""
    steps = list(_steps(plan))
    table = FindingTable.of(
        "steps", "one thing to do: if this news has come",
        ("epoch", "if", "probability", "action", "what", "amount", "when", "short_t", "node", "after"),
        (row for step in steps for row in _rows(step)),
    )  # fmt: skip
    said = [*_now(steps), *_then(plan, steps)]
    for found in signposts:
        said += found.sentences
    return Findings(
        "playbook",
        _title(plan, steps),
        tuple(said),
        (table, *(t for found in signposts for t in found.tables)),
        tuple(words for found in signposts for words in found.cautions),
    )


def _rows(step: Step) -> Iterator[tuple[Any, ...]]:
    """One row an action; a step without any is a row all the same."""
    head = (step.epoch, step.news or "now", step.probability)
    tail = (step.short_t, step.node, step.parent)
    for action in step.doing:
        yield (*head, action.kind, action.what, action.tonnes, action.when, *tail)
    if not step.doing:
        yield (*head, "Nothing new", "", "", "", *tail)


def _steps(plan: Plan) -> Iterator[Step]:
    tree = plan.tables["tree"]
    tree = tree[tree["test"].isna() | (tree["test"] == "")]
    by_name = {row["node"]: row for row in tree.to_dict("records")}
    shortages = plan.tables["service"].groupby("node")["short_t"].sum()
    for name, row in by_name.items():
        before = by_name.get(row["parent"])
        chance = 1.0 if before is None else row["probability"] / (before["probability"] or 1.0)
        yield Step(
            node=name,
            parent="" if before is None else row["parent"],
            epoch=int(row["epoch"]),
            news="" if before is None else _news(row, before),
            chance=chance,
            probability=float(row["probability"]),
            doing=tuple(actions(plan, name)),
            short_t=float(shortages.get(name, 0.0)),
        )


def _news(row: Any, before: Any) -> str:
    """``escalation comes; CN-goods denied``, ``truce holds; all licences on time``."""
    regime, was = row["regime"] or "", before["regime"] or ""
    said = [] if not regime else [f"{regime} holds" if regime == was else f"{regime} comes"]
    failed = [part.replace("=", " ") for part in (row["licences"] or "").split("; ") if part]
    said += failed or ["all licences on time"]
    return "; ".join(said)


def _deed(action: Action) -> str:
    """``Sign contract: oxide from Lynas, Malaysia, 30 t/year, Jan 2028 to Dec 2028``."""
    parts = [action.what, action.tonnes, action.when]
    return f"{action.kind}: " + ", ".join(part for part in parts if part)


def _begins(plan: Plan, epoch: int) -> str:
    return month(Calendar(plan.case).of_epochs(epoch, epoch)[0]["start"])


def _named(doing: Sequence[Action]) -> str:
    if not doing:
        return "nothing new is to be signed"
    chosen = foremost(doing, _NAMED)
    words = "; ".join(_deed(action) for action in chosen)
    left = len(doing) - len(chosen)
    return words + (f"; and {left} more in the table" if left else "")


def _now(steps: Sequence[Step]) -> Iterator[str]:
    root = steps[0]
    yield f"Now: {_named(root.doing)}."
    filed = [action.name for action in root.doing if action.kind == APPLY]
    watched = sorted({part for s in steps if s.epoch == 2 for part in s.news.split("; ")})
    if len([s for s in steps if s.epoch == 2]) > 1:
        about = f" (filed now: {', '.join(filed)})" if filed else ""
        yield f"Watch for{about}: {', '.join(watched)}."


def _then(plan: Plan, steps: Sequence[Step]) -> Iterator[str]:
    """The next epoch, spelt out: sisters that do the same together, the likeliest first."""
    after = [s for s in steps if s.epoch == 2]
    alike: dict[tuple[str, ...], list[Step]] = defaultdict(list)
    for step in after:
        alike[step.deeds].append(step)
    for sisters in sorted(alike.values(), key=lambda found: -sum(s.chance for s in found)):
        chance = sum(s.chance for s in sisters)
        if len(sisters) == len(after) > 1:
            yield f"From {_begins(plan, 2)}, whatever comes: {_named(sisters[0].doing)}."
            continue
        news = " or ".join(f"({s.news})" if len(sisters) > 1 else s.news for s in sisters)
        short = sum(s.chance * s.short_t for s in sisters) / chance if chance else 0.0
        lack = f"; {tonnes(short)} t will be short" if short > 1e-6 else ""
        yield f"If {news} ({percent(chance)}), from {_begins(plan, 2)}: {_named(sisters[0].doing)}{lack}."


def _title(plan: Plan, steps: Sequence[Step]) -> str:
    now = [action for action in steps[0].doing if action.kind != ORDER]
    branches = {s.deeds for s in steps if s.epoch == 2}
    first = f"{len(now)} decision{'s' if len(now) != 1 else ''} now"
    if len(branches) < 2:
        return f"{first}; no news of the next epoch changes what is to be done then"
    return f"{first}, then {len(branches)} courses by what is known in {_begins(plan, 2)}"
