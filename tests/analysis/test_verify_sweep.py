"""Every number of every table counts, and no nonsense in a table makes the verifier fall over."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.analysis.verify import verify
from planner.analysis.verify.tables import COLUMNS, NUMBERS

PLANS = ("denial", "origin", "stress", "technology", "expected", "chain", "market")

NONSENSE = (
    None,
    float("nan"),
    float("inf"),
    -1.0,
    0.0,
    0.5,
    2.0,
    1e9,
    "",
    "zzz",
    "p0",
    "root",
    "+",
)


@pytest.mark.parametrize("name", PLANS)
def test_one_more_in_any_number_is_caught(hand_plan, name: str) -> None:
    plan = hand_plan(name)
    unnoticed = []
    for table, frame in plan.tables.items():
        for column in NUMBERS.intersection(frame.columns):
            for at in range(len(frame)):
                changed = frame.astype({column: object})
                number = changed.iat[at, frame.columns.get_loc(column)]
                if pd.isna(number):
                    continue
                changed.iat[at, frame.columns.get_loc(column)] = number + 1
                if verify(plan.case, {**plan.tables, table: changed}, plan.summary).holds:
                    unnoticed.append((table, column, at))
    # A contract that is not fully drawn on may be a tonne larger: nothing more is owed in p0.
    assert unnoticed == ([("contracts", "t_per_year", 0)] if name == "chain" else [])


@pytest.mark.parametrize("name", PLANS)
def test_any_row_left_out_is_caught(hand_plan, name: str) -> None:
    plan = hand_plan(name)
    unnoticed = []
    for table, frame in plan.tables.items():
        for at in range(len(frame)):
            fewer = frame.drop(index=frame.index[at])
            if verify(plan.case, {**plan.tables, table: fewer}, plan.summary).holds:
                unnoticed.append((table, *frame.iloc[at]))
    # Reasons for what is closed are for the reader; a share of nothing need not be listed.
    told = [row for row in unnoticed if row[0] != "closed"]
    nothing = [("shares", "spread", "Australia", "n2", "p2")] if name == "chain" else []
    assert [row[:5] for row in told] == nothing


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_nonsense_in_a_table_is_a_fault_never_an_error(hand_plan, data: st.DataObject) -> None:
    plan = hand_plan(data.draw(st.sampled_from(PLANS)))
    tables = dict(plan.tables)
    for _ in range(data.draw(st.integers(1, 3))):
        filled = [name for name, frame in tables.items() if len(frame)]
        name = data.draw(st.sampled_from(filled))
        frame = tables[name].astype(object)
        at = data.draw(st.integers(0, len(frame) - 1))
        column = data.draw(st.sampled_from(COLUMNS[name]))
        frame.iat[at, frame.columns.get_loc(column)] = data.draw(st.sampled_from(NONSENSE))
        tables[name] = frame
    verdict = verify(plan.case, tables, plan.summary)
    assert verdict.holds == (not verdict.faults)
