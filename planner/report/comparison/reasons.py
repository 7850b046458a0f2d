"""Why plans differ, in a few sentences with numbers; every other plan against the first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from planner.analysis.compare import Comparison
from planner.analysis.figures import OFF_CHAIN
from planner.report.comparison.doing import Deed, common_words, deeds, own_words
from planner.report.words import line_words, musd, percent, signed_musd, worst_tail

#: Cost lines, cells and decisions that a sentence names.
_NAMED = 3
#: A difference of less than this part of the cost is none.
_NOTHING = 5e-4
#: A cost line or cell with less than this part of all changes is not named.
_SMALL = 0.05
#: More plans than this are told as a range in the title.
_TOLD_APART = 3


def headline(comparison: Comparison) -> str:
    """``B costs MUSD 2.1 (4 %) more than A on average, MUSD 3.0 less in the worst 5 %.``"""
    count = len(comparison.plans)
    if count <= _TOLD_APART:
        return " ".join(_cost_words(comparison, place) for place in range(1, count))
    said = []
    for key, words in (("expected_cost_kusd", "on average"), ("cvar_kusd", "by CVaR")):
        costs = comparison.summary(key)
        low, high = (choose(range(count), key=costs.__getitem__) for choose in (min, max))
        said.append(
            f"{words} {comparison.labels[low][0]} costs least ({musd(costs[low])}) "
            f"and {comparison.labels[high][0]} most ({musd(costs[high])})"
        )
    return f"Of {count} plans, {said[0]}; {said[1]}."


def reasons(comparison: Comparison, found: Sequence[Deed] | None = None) -> list[str]:
    """What was asked otherwise and what all do now; then of each plan what costs more, whom it leans on
    and serves, and what it signs otherwise. ``found``: its deeds, where they are known."""
    doing = deeds(comparison) if found is None else found
    said = [_asked(comparison), common_words(doing)]
    for place in range(1, len(comparison.plans)):
        said += [words for words in _of_plan(comparison, doing, place) if words]
    return said


def _of_plan(comparison: Comparison, doing: Sequence[Deed], place: int) -> Iterator[str]:
    yield _money(comparison, place)
    parts = [part for part in (_leans(comparison, place), _serves(comparison, place)) if part]
    yield f"In {comparison.labels[place][0]} {'; '.join(parts)}." if parts else ""
    yield own_words(comparison, doing, place)


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
    """How many cells of which sheets, and of each sheet the one that differs most."""
    cells = comparison.inputs
    if cells.empty:
        return "Nothing differs in what was asked."
    letters = ", ".join(label[0] for label in comparison.labels)
    said = []
    for sheet, rows in cells.groupby("sheet", sort=False):
        row = max(rows.to_dict("records"), key=lambda row: _spread(comparison, row))
        values = " | ".join(_value(row[label]) for label in comparison.labels)
        column = "" if row["column"] == "*" else f" {row['column']}"
        lead = "" if len(rows) == 1 else "most in "
        said.append((len(rows), f"{len(rows)} in {sheet} ({lead}{row['row']}{column}: {values})"))
    said.sort(key=lambda part: -part[0])
    named = ", ".join(words for _, words in said[:_NAMED])
    rest = sum(count for count, _ in said[_NAMED:])
    more = f" and {rest} more" if rest else ""
    verb = "input differs" if len(cells) == 1 else "inputs differ"
    return f"Asked: {len(cells)} {verb} between {letters}: {named}{more}."


def _spread(comparison: Comparison, row: Mapping[Any, Any]) -> float:
    """How far apart the values of a cell are: chances and shares as they are, else relative to the
    largest; 0 for words."""
    values = [row[label] for label in comparison.labels]
    numbers = [float(v) for v in values if isinstance(v, (int, float)) and not isinstance(v, bool)]
    if len(numbers) < len(values):
        return 0.0
    return (max(numbers) - min(numbers)) / max(1.0, *map(abs, numbers))


def _value(value: object) -> str:
    if value is None or value == ():
        return "blank"
    if isinstance(value, float):
        return f"{value:g}"
    return "; ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _money(comparison: Comparison, place: int) -> str:
    """The cost lines that change most, each with the cells that it comes from."""
    a, b = _letters(comparison, place)
    first, other = comparison.labels[0], comparison.labels[place]
    change = comparison.bridge[other] - comparison.bridge[first]
    total = float(change.sum())
    moved = change.reindex(change.abs().sort_values(ascending=False).index)
    named = moved[moved.abs() > _SMALL * moved.abs().sum()].head(_NAMED)
    if named.empty or change.abs().max() <= _NOTHING * comparison.bridge[first].abs().sum():
        return ""
    words = [
        f"{line_words(line)} {signed_musd(kusd)}{_from(comparison, str(line), place)}"
        for line, kusd in named.items()
    ]
    rest = total - float(named.sum())
    words += [f"all else {signed_musd(rest)}"] if abs(rest) >= 5 else []
    return f"{b} against {a}, MUSD {signed_musd(total)}: {', '.join(words)}."


def _from(comparison: Comparison, line: str, place: int) -> str:
    """``(JL MAG UH contract -273.2, Takefu UH contract +62.5)``: whose cells move a cost line most."""
    cells = comparison.cells
    own = cells[(cells["figure"] == "cost") & (cells["part"] == line)]
    if own.empty:
        return ""
    change = own[comparison.labels[place]] - own[comparison.labels[0]]
    by_name = change.groupby(_names(own)).sum()
    by_name = by_name.reindex(by_name.abs().sort_values(ascending=False).index)
    named = by_name[by_name.abs() > _SMALL * by_name.abs().sum()].head(_NAMED)
    if len(named) == 0 or len(by_name) == 1:
        return ""
    return f" ({', '.join(f'{name} {signed_musd(kusd)}' for name, kusd in named.items())})"


def _names(own: pd.DataFrame) -> pd.Series:
    """What the rows of a trace are called; a demand by its market and material, whatever the period."""
    demand = own["cell"].str.startswith("demand!")
    return own["row"].where(~demand, own["row"].str.rpartition(", ")[0])


def shift(comparison: Comparison, places: Sequence[int]) -> tuple[str, str] | None:
    """(stage, country) of which the tonnes supplied differ most between plans, by share of the stage;
    scrap and what is no stage of the chain left out. None where nothing does."""
    share = comparison.shares.drop(index=list(OFF_CHAIN), level=0, errors="ignore")
    if share.empty:
        return None
    own = share[[comparison.labels[place] for place in places]]
    weight = comparison.tonnes.mean(axis=1).reindex(own.index.get_level_values(0)).to_numpy()
    moved = own.max(axis=1) - own.min(axis=1)
    moved = (moved * weight).where(moved >= 0.005, 0.0)
    if moved.max() <= 0:
        return None
    stage, country = own.index[int(moved.to_numpy().argmax())]
    return str(stage), str(country)


def _leans(comparison: Comparison, place: int) -> str:
    """The country and stage whose share moves most tonnes."""
    found = shift(comparison, (0, place))
    if found is None:
        return ""
    a, _ = _letters(comparison, place)
    row = comparison.shares.loc[[found]].to_numpy()[0].tolist()
    return f"{found[1]} supplies {percent(row[place])} of {found[0]} ({a}: {percent(row[0])})"


def _serves(comparison: Comparison, place: int) -> str:
    """The end use whose service changes by most tonnes."""
    a, _ = _letters(comparison, place)
    first, other = comparison.labels[0], comparison.labels[place]
    found: dict[Any, dict[Any, float]] = comparison.service[[first, other]].to_dict("index")
    uses = [use for use, figure in found if figure == "served"]
    moved = {
        use: abs(found[use, "short_t"][other] - found[use, "short_t"][first])
        for use in uses
        if abs(found[use, "served"][other] - found[use, "served"][first]) >= 5e-4
    }
    if not moved:
        return ""
    use = max(moved, key=lambda use: moved[use])
    before, after = (found[use, "served"][label] for label in (first, other))
    return f"{percent(after)} of the demand of {use} is served ({a}: {percent(before)})"
