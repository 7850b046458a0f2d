"""Why plans differ, in a few sentences with numbers; every other plan against the first."""

from __future__ import annotations

from collections.abc import Iterator

from planner.analysis.compare import Comparison
from planner.analysis.figures import OFF_CHAIN
from planner.report.words import musd, percent, tonnes, worst_tail

#: Cost lines, cells and decisions that a sentence names.
_NAMED = 3
#: A difference of less than this part of the cost is none.
_NOTHING = 5e-4


def headline(comparison: Comparison) -> str:
    """``B costs MUSD 2.1 (4 %) more than A on average, MUSD 3.0 less in the worst 5 %.``"""
    return " ".join(_cost_words(comparison, place) for place in range(1, len(comparison.plans)))


def reasons(comparison: Comparison) -> list[str]:
    """What was asked otherwise; then, a paragraph a plan, what costs more, whom it leans on, whom
    it serves and what it decides now."""
    said = [_asked(comparison)]
    for place in range(1, len(comparison.plans)):
        a, b = _letters(comparison, place)
        words = " ".join(found for found in _of_plan(comparison, place) if found)
        said.append(f"{b} against {a}: {words or 'no difference worth a word.'}")
    return said


def _of_plan(comparison: Comparison, place: int) -> Iterator[str]:
    yield _lines(comparison, place)
    yield _leans(comparison, place)
    yield _serves(comparison, place)
    yield _decides(comparison, place)


def _letters(comparison: Comparison, place: int) -> tuple[str, str]:
    return comparison.labels[0][0], comparison.labels[place][0]


def _cost_words(comparison: Comparison, place: int) -> str:
    a, b = _letters(comparison, place)
    costs, tails = comparison.summary("expected_cost_kusd"), comparison.summary("cvar_kusd")
    words = f"{b} costs {_apart(costs[0], costs[place])} {a} on average"
    levels = comparison.summary("cvar_level")
    risky = any(len(comparison.plans[i].tables["leaves"]) > 1 for i in (0, place))
    if risky and levels[0] == levels[place]:
        words += f", {_apart(tails[0], tails[place], than='')} in the {worst_tail(levels[0])} of outcomes"
    return f"{words}."


def _apart(before: float, after: float, than: str = " than") -> str:
    """``MUSD 2.1 (4 %) more than``, ``as much as``."""
    change = after - before
    if abs(change) <= _NOTHING * max(abs(before), abs(after)):
        return "as much as" if than else "the same"
    part = f" ({percent(abs(change) / before)})" if before > 0 else ""
    return f"{musd(abs(change))}{part} {'more' if change > 0 else 'less'}{than}"


def _asked(comparison: Comparison) -> str:
    cells = comparison.inputs
    if cells.empty:
        return "Nothing differs in what was asked."
    named = []
    for row in cells.head(_NAMED).to_dict("records"):
        values = " against ".join(_value(row[label]) for label in comparison.labels)
        column = "" if row["column"] == "*" else f" {row['column']}"
        named.append(f"{row['sheet']}{column} of {row['row']} ({values})")
    more = len(cells) - len(named)
    return (
        f"{len(cells)} input{'s differ' if len(cells) > 1 else ' differs'}: {', '.join(named)}"
        f"{f' and {more} more' if more > 0 else ''}."
    )


def _value(value: object) -> str:
    if value is None or value == ():
        return "blank"
    if isinstance(value, float):
        return f"{value:g}"
    return "; ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _lines(comparison: Comparison, place: int) -> str:
    table = comparison.bridge
    change = (table[comparison.labels[place]] - table[comparison.labels[0]]).sort_values(key=abs, ascending=False)  # fmt: skip
    change = change[change.abs() > _NOTHING * table[comparison.labels[0]].abs().sum()]
    words = [
        f"{str(line).replace('_', ' ')} {kusd / 1000:+,.2f}"
        for line, kusd in change.head(_NAMED).items()
    ]
    return f"{', '.join(words)} (MUSD)." if words else ""


def _leans(comparison: Comparison, plan: int) -> str:
    """The country and stage whose share changes most."""
    a, b = _letters(comparison, plan)
    first, other = comparison.labels[0], comparison.labels[plan]
    change = (comparison.shares[other] - comparison.shares[first]).drop(
        index=list(OFF_CHAIN), level=0, errors="ignore"
    )
    if change.empty or change.abs().max() < 0.005:
        return ""
    at = change.abs().idxmax()
    assert isinstance(at, tuple)
    stage, country = at
    row = comparison.shares.loc[at]
    return (
        f"{country} supplies {percent(row[other])} of {stage} in {b}, {percent(row[first])} in {a}."
    )


def _serves(comparison: Comparison, plan: int) -> str:
    a, b = _letters(comparison, plan)
    first, other = comparison.labels[0], comparison.labels[plan]
    table = comparison.service
    if table.empty:
        return ""
    served = table.xs("served", level="figure")
    change = (served[other] - served[first]).dropna()
    if change.empty or change.abs().max() < 5e-4:
        return ""
    place = int(change.abs().to_numpy().argmax())
    use = change.index[place]
    before, after = (float(served[label].loc[use]) for label in (first, other))
    return f"{use}: {percent(after)} of demand is served in {b}, {percent(before)} in {a}."


def _decides(comparison: Comparison, place: int) -> str:
    """The decisions of today that only one of them takes, then those of another size."""
    a, b = _letters(comparison, place)
    first, other = comparison.labels[0], comparison.labels[place]
    only: dict[str, list[str]] = {a: [], b: []}
    sizes = []
    for row in comparison.now.to_dict("records"):
        before, after = row[first], row[other]
        name = f"{row['kind']} {row['name']}"
        if before and after and before != after:
            sizes.append(f"{name} {tonnes(after)} {row['unit']} in {b}, {tonnes(before)} in {a}")
        elif before != after:
            only[b if after else a].append(name)
    said = [f"{letter} alone: {', '.join(_few(names))}" for letter, names in only.items() if names]
    said += _few(sizes) if len(said) < 2 else []
    return f"Now, {'; '.join(said)}." if said else ""


def _few(names: list[str]) -> list[str]:
    unlike = list(dict.fromkeys(names))
    more = len(unlike) - _NAMED
    return [*unlike[:_NAMED], f"{more} more"] if more > 0 else unlike
