"""Where supply comes from and whom it serves, plan beside plan."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from planner.analysis.compare import Comparison
from planner.report.book import NAVY
from planner.report.comparison.reasons import shift
from planner.report.comparison.tables import named_rows, plan_columns
from planner.report.document import Chart, Columns, Section, Series, Table
from planner.report.summary_page import EXPOSED, PALETTE
from planner.report.words import percent

OTHERS = (*PALETTE, NAVY)


def share_sections(comparison: Comparison) -> Iterator[Section]:
    """Shares of countries by stage, drawn for the stage in which the plans differ most."""
    share = comparison.shares
    if share.empty:
        return
    columns: Columns = (
        ("Stage", "text"),
        ("Country", "text"),
        *plan_columns(comparison, "share"),
    )
    found = shift(comparison, range(len(comparison.plans)))
    title = "Supply comes from the same countries in every plan"
    stage = str(share.index[0][0]) if found is None else found[0]
    if found is not None:
        parts = ", ".join(
            f"{percent(value)} in {label[0]}"
            for label, value in zip(
                comparison.labels, share.loc[[found]].to_numpy()[0].tolist(), strict=True
            )
        )
        title = f"{found[1]}'s share of {found[0]}: {parts}"
    yield Section(
        title, "Shares", (), (Table(columns, named_rows(share), paper_rows=0),),
        (_share_chart(comparison, stage, found[1] if found else None),),
    )  # fmt: skip


def _share_chart(comparison: Comparison, stage: str, told: str | None) -> Chart:
    """One column a plan; the country that the title tells of stands out."""
    share = pd.DataFrame(comparison.shares.loc[stage])
    share = share[share.to_numpy().max(axis=1) > 0]
    series = tuple(
        Series(
            str(country), tuple(values), EXPOSED if country == told else OTHERS[place % len(OTHERS)]
        )
        for place, (country, values) in enumerate(
            zip(share.index, share.to_numpy().tolist(), strict=True)
        )
    )
    title = f"Share of each country in the expected tonnes of {stage}"
    return Chart("stacked", title, "share of expected t", series, comparison.labels)


def hhi_sections(comparison: Comparison) -> Iterator[Section]:
    """How concentrated each stage is."""
    hhi = comparison.hhi
    if hhi.empty:
        return
    columns: Columns = (
        ("Stage", "text"),
        ("HHI by", "text"),
        *plan_columns(comparison, "index"),
    )
    words = (
        "The Herfindahl-Hirschman index is the sum of squared shares in percent: 10,000 is a single "
        "source, above 2,500 is concentrated."
    )
    table = Table(columns, named_rows(hhi), paper_rows=0)
    yield Section("How concentrated supply is", "HHI", (words,), (table,))


def service_sections(comparison: Comparison) -> Iterator[Section]:
    """Which end uses are served, by share and tonnes."""
    table = comparison.service
    if table.empty:
        return
    served = pd.DataFrame(table.xs("served", level="figure"))
    spread = np.ptp(served.to_numpy(dtype=float), axis=1)
    title = "Every plan serves the same share of demand"
    if spread.max() > 5e-4:
        at = int(spread.argmax())
        parts = ", ".join(
            f"{percent(share)} in {label[0]}"
            for share, label in zip(served.iloc[at].tolist(), comparison.labels, strict=True)
        )
        title = f"Demand of {served.index[at]} that is served: {parts}"
    amounts = table.rename(index={"demand_t": "demand", "short_t": "short"}, level="figure")
    amounts = amounts.drop(index="served", level="figure")
    uses: Columns = (("End use: share served", "text"), *plan_columns(comparison, "share"))
    tonnes: Columns = (("End use", "text"), ("t", "text"), *plan_columns(comparison, "tonnes"))
    yield Section(
        title, "Service", (),
        (Table(uses, named_rows(served)), Table(tonnes, named_rows(amounts), paper_rows=0)),
    )  # fmt: skip
