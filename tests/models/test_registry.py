"""The register of equations: each has code, documentation and its three tests."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pyomo.environ import Constraint, Expression, Objective

from models.build import build_model
from models.instance import Instance
from planner.case import read_case
from planner.solve.assemble.instance import assemble
from planner.solve.compile import compile_templates
from planner.solve.tree import build_tree

ROOT = Path(__file__).parents[2]
#: A line of a docstring that states an equation begins with its id.
STATED = re.compile(r"^([A-Z]{3}-\d+)\s", re.MULTILINE)
#: Where a row names the equations that it states.
NAMED = re.compile(r"[A-Z]{3}-\d+")
KINDS = {"row", "hand", "limit"}


@cache
def stated() -> dict[str, str]:
    """Equation id -> the module whose docstring states it."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "models").glob("*.py")):
        text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        for name in STATED.findall(text):
            assert name not in found, f"{name} is stated in {found[name]} and in {path.name}"
            found[name] = path.name
    return found


def named_in_code() -> dict[str, set[str]]:
    """Equation id -> modules in which a constraint, expression or objective names it in ``doc``."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted((ROOT / "models").glob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call):
                for word in call.keywords:
                    if word.arg == "doc" and isinstance(word.value, ast.Constant):
                        for name in NAMED.findall(str(word.value.value)):
                            found[name].add(path.name)
    return found


@cache
def marked() -> dict[str, dict[str, set[str]]]:
    """Equation id -> kind -> tests that are marked with it."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for test in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(test, ast.FunctionDef):
                for name, kind in _marks(test):
                    found[name][kind].add(f"{path.name}::{test.name}")
    return found


def _marks(test: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    for decorator in test.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func).endswith(
            "mark.equation"
        ):
            name, kind = (ast.literal_eval(argument) for argument in decorator.args)
            yield name, kind


def built(data: Instance) -> set[str]:
    """Equation ids of the rows, expressions and rows over the tree that a case gives rise to."""
    model: Any = build_model(data)
    found: set[str] = set()
    for component in model.component_objects((Constraint, Expression, Objective)):
        if len(component) and component is not model.expected:
            found.update(NAMED.findall(component.doc or ""))
    for template in compile_templates(data).values():
        found.update(str(key[0]) for key in template.expected.names)
    return found


@pytest.fixture(scope="module")
def ever_built() -> set[str]:
    """Ids that our own known answers build; stops at the case that completes the register."""
    found: set[str] = set()
    for path in sorted((ROOT / "tests" / "known_answers" / "own").glob("*.xlsx")):
        case = read_case(path)
        found |= built(assemble(case, build_tree(case)).instance)
        if found >= stated().keys():
            break
    return found


def test_every_equation_is_stated_once_and_named_where_it_is_built() -> None:
    assert stated().keys() == named_in_code().keys()


@pytest.mark.parametrize("equation", sorted(stated()))
def test_equation_has_code_and_its_three_tests(equation: str, ever_built: set[str]) -> None:
    assert equation in ever_built, f"{equation}: no known answer builds it"
    tests = marked()[equation]
    assert tests.keys() == KINDS, f"{equation} lacks {KINDS - tests.keys()}"


def test_no_test_speaks_of_an_equation_that_is_not_stated() -> None:
    assert marked().keys() <= stated().keys()


def test_the_formulation_page_tells_every_equation() -> None:
    page = (ROOT / "docs" / "formulation.md").read_text(encoding="utf-8")
    assert set(STATED.findall(page)) == stated().keys()
