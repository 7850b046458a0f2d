"""Which cells of the workbooks the difference of a figure comes from: the traces side by side."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from planner.analysis.trace import trace
from planner.solve.plan import Plan

#: What tells a row of a trace: the row's name, not its address, which may differ between workbooks.
_KEY = ["figure", "part", "sheet", "row", "column", "also"]
HEAD = ("figure", "part", "row", "column", "cell", "also", "unit", "grade")


def cells_beside(plans: Sequence[Plan], labels: Sequence[str]) -> pd.DataFrame:
    """Columns ``HEAD``, then one a plan: expected discounted kUSD of a cost line, expected t of supply and
    demand, that rest on the cell; what a plan does not have is 0. Most spread first within a part.

    ``cell`` and ``also`` are addresses in the first workbook that has them.
    """
    parts = [_amounts(plan, label) for plan, label in zip(plans, labels, strict=True)]
    every = pd.concat(parts, ignore_index=True)
    if every.empty:
        return pd.DataFrame(columns=pd.Index([*HEAD, *labels]))
    amounts = every.groupby(_KEY, sort=False)[list(labels)].sum()
    said = every.groupby(_KEY, sort=False)[["cell", "also_cells", "unit", "grade"]].first()
    table = said.join(amounts).reset_index()
    table["also"] = table.pop("also_cells")
    spread = table[list(labels)].max(axis=1) - table[list(labels)].min(axis=1)
    order = {part: place for place, part in enumerate(dict.fromkeys(zip(table["figure"], table["part"], strict=True)))}  # fmt: skip
    place = [order[part] for part in zip(table["figure"], table["part"], strict=True)]
    table = table.assign(place=place, spread=-spread).sort_values(
        ["place", "spread"], kind="stable"
    )
    return table[[*HEAD, *labels]].reset_index(drop=True)


def _amounts(plan: Plan, label: str) -> pd.DataFrame:
    """One plan's trace with its amount in a column of its own; chances have no amount."""
    found = trace(plan)
    found = found[found["figure"] != "probability"]
    amount = found["discounted_kusd"].where(found["figure"] == "cost", found["t"])
    others = found["also"].str.replace(r"![A-Z]+\d+", "", regex=True)
    return found.assign(
        **{label: amount.fillna(0.0)},
        sheet=found["cell"].str.partition("!")[0],
        also_cells=found["also"],
        also=others,
    )
