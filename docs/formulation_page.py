"""Writes docs/formulation.md from the docstrings of ``models/``: manual and code are one text."""

from __future__ import annotations

import ast
from pathlib import Path

PAGE = Path(__file__).with_name("formulation.md")
MODELS = Path(__file__).parent.parent / "models"

#: In the order in which a block is stated.
CHAPTERS = (
    "place",
    "sourcing",
    "shipping",
    "balance",
    "inventory",
    "processing",
    "refining",
    "licences",
    "recycling",
    "demand",
    "substitution",
    "diversification",
    "stress",
    "commitments",
    "cost",
    "risk",
    "build",
)

HEAD = """\
<!-- Generated from the docstrings of models/ by `make docs`; change them there. -->
# The formulation

What is decided, under which rules, as the code states it: each chapter is the docstring of the
module that it names, each equation carries its id in the code (`doc=`), here and in its tests.
Amounts are t in the period unless said otherwise, money is kUSD (1 USD/kg = 1 kUSD/t). Decisions
are indexed by node of the scenario tree, which makes non-anticipativity implicit. Probabilities are
unconditional; every cost is discounted at the start of its period; CVaR is the mean of the worst
1 - alpha. What each input means is told in [meaning.md](meaning.md).
"""


def formulation_page() -> str:
    """The whole page."""
    return HEAD + "".join(_chapter(name) for name in CHAPTERS)


def _chapter(name: str) -> str:
    tree = ast.parse((MODELS / f"{name}.py").read_text(encoding="utf-8"))
    title, _, body = (ast.get_docstring(tree) or "").partition("\n")
    return f"\n## {title.rstrip('.')}\n\n`models/{name}.py`\n\n```text\n{body.strip()}\n```\n"
