"""The grammar of --vary: what is read, and what is refused in words."""

from __future__ import annotations

import pytest

from planner.batch.vary import Vary, parse_vary
from planner.errors import CaseError


def test_a_range_ends_with_its_last_value_and_holds_round_numbers() -> None:
    found = parse_vary("licence_odds[licence=CN-goods].denied=0:1:0.1")
    assert found.sheet == "licence_odds"
    assert found.where == (("licence", "CN-goods"),)
    assert (found.column, found.change) == ("denied", "set")
    assert found.values == (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1)


@pytest.mark.parametrize(
    ("text", "change", "values"),
    [
        ("offers.price_usd_per_kg*=0.5,1,2", "scale", (0.5, 1, 2)),
        ("offers[country=China; element=Dy].price_usd_per_kg += -5 , 5", "add", (-5, 5)),
        ("settings[key=capex_accounting].value=lump,annuity", "set", ("lump", "annuity")),
        ("stocks.max_t=10:0:-5", "set", (10, 5, 0)),
        ("lanes[from_site=a->b].freight_usd_per_kg=1", "set", (1,)),
        ("caps.max_share=0.5,0.5", "set", (0.5,)),
    ],
)
def test_values_and_changes(text: str, change: str, values: tuple[float | str, ...]) -> None:
    found = parse_vary(text)
    assert (found.change, found.values) == (change, values)


def test_a_label_reads_like_what_was_typed() -> None:
    text = "offers[country=China; element=Dy].price_usd_per_kg"
    assert parse_vary(f"{text}=1").label == text
    assert parse_vary(f"{text}*=1").label == f"{text} *"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("denied=0:1:0.1", "SHEET[COLUMN=VALUE].COLUMN=VALUES"),
        ("licence_odds[licence].denied=1", "column=value"),
        ("licence_odds[].denied=1", "condition"),
        ("stocks.max_t=0:1:0", "step"),
        ("stocks.max_t=0:1:-0.1", "step"),
        ("stocks.max_t=0:1:0.00001", "at most 1,000"),
        ("stocks.max_t=1,,2", "none of them blank"),
        ("__import__('os').system('x')", "SHEET"),
    ],
)
def test_what_is_not_in_the_grammar_is_refused_in_words(text: str, word: str) -> None:
    with pytest.raises(CaseError, match="--vary") as caught:
        parse_vary(text)
    assert word in str(caught.value)


def test_a_name_that_looks_like_code_stays_a_name() -> None:
    found = parse_vary("offers[offer=__import__('os')].price_usd_per_kg=1")
    assert found == Vary(
        "offers", (("offer", "__import__('os')"),), "price_usd_per_kg", "set", (1,)
    )
