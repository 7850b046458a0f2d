"""The notations of cells: what is read, what is refused, nothing guessed."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.case import notations
from planner.case.cells import parse
from planner.case.notations import NotationError
from planner.case.schema import SHEETS

WORDS = st.text(
    st.characters(codec="utf-8", exclude_characters=";=", exclude_categories=("C", "Z")), min_size=1
)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_written_by_a_computer_is_read_exactly(value: float) -> None:
    try:
        assert notations.number(repr(value)) == value
    except NotationError:
        # 12.345 may be meant as twelve thousand: refused, never guessed.
        whole, _, decimals = repr(abs(value)).partition(".")
        assert len(decimals) == 3 and 1 <= len(whole) <= 3 and whole != "0"


@given(st.text(max_size=12))
def test_text_is_a_finite_number_or_refused(text: str) -> None:
    try:
        assert math.isfinite(notations.number(text))
    except NotationError:
        assert not text.isdecimal() or not text.isascii()


@pytest.mark.parametrize(
    "text",
    ["15%", "1.234,5", "1,234.5", "1.234", "1 234", "1e400", "12 t", "0x10", "１２", "--1", ""],
)
def test_ambiguous_numbers_are_refused(text: str) -> None:
    with pytest.raises(NotationError):
        notations.number(text)


@given(st.lists(st.tuples(WORDS, WORDS), max_size=5))
def test_conditions_are_read_as_written(pairs: list[tuple[str, str]]) -> None:
    text = " ; ".join(f" {column} =  {value}" for column, value in pairs)
    assert notations.where(text) == tuple(pairs)


@given(st.text(max_size=30))
def test_any_text_is_conditions_or_refused(text: str) -> None:
    try:
        read = notations.where(text)
    except NotationError:
        return
    assert all(column and value and ";" not in column + value for column, value in read)
    assert notations.where("; ".join(f"{column}={value}" for column, value in read)) == read


@given(st.lists(WORDS, max_size=6))
def test_names_stand_once_in_the_order_written(words: list[str]) -> None:
    assert notations.names(";".join(words)) == tuple(dict.fromkeys(words))


@given(st.lists(st.integers(0, 100), min_size=1, max_size=6))
def test_ramps_are_percents(percents: list[int]) -> None:
    assert notations.ramp(";".join(map(str, percents))) == tuple(p / 100 for p in percents)


@pytest.mark.parametrize(
    ("sheet", "column", "raw", "value"),
    [
        ("offers", "origin", "none", ()),
        ("offers", "origin", "CN law; US law", ("CN law", "US law")),
        ("offers", "origin", None, None),
        ("rules", "requirement", "licence:A; licence: B", ("licence:A", "licence:B")),
        ("rules", "requirement", "exempt", ("exempt",)),
        ("rules", "regimes", None, ("*",)),
        ("rules", "stage", " oxide ;metal; ", ("oxide", "metal")),
        ("projects", "ramp", 100, (1.0,)),
        ("projects", "ramp", "50;80;100", (0.5, 0.8, 1.0)),
        ("tree", "licences", "L1=on time; L2=late", (("L1", "on_time"), ("L2", "late"))),
        ("offers", "source", "S1; S1; S2", ("S1", "S2")),
        ("sites", "site", "  two   words ", "two words"),
        ("sites", "site", "ｗｏｒｋｓ", "works"),
        ("recipes", "t_per_t", "-0.4", -0.4),
        ("sources", "date", 2026, "2026"),
    ],
)
def test_cells_of_every_notation(sheet: str, column: str, raw: object, value: object) -> None:
    cell = parse(SHEETS[sheet].by_name[column], raw)
    assert cell.bad is None
    assert cell.value == value
