"""The plans made by hand, each made once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.analysis import hand_chain, hand_market, hand_plans
from tests.analysis.hand_plans import HandPlan


@pytest.fixture(scope="session")
def hand_plan(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], HandPlan]:
    """A plan by name; its tables are not to be changed in place."""
    makers: dict[str, Callable[[], HandPlan]] = {
        "denial": hand_plans.licence_denial,
        "origin": hand_plans.origin,
        "stress": hand_plans.stress,
        "technology": hand_plans.technology,
        "expected": hand_plans.caps_expected,
        "chain": lambda: hand_chain.chain(tmp_path_factory.mktemp("chain")),
        "market": lambda: hand_market.market(tmp_path_factory.mktemp("market")),
    }
    made: dict[str, HandPlan] = {}

    def get(name: str) -> HandPlan:
        if name not in made:
            made[name] = makers[name]()
        return made[name]

    return get
