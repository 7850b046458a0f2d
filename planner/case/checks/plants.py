"""Processes, recipes, blends, stocks, returns, substitutes, projects and budgets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from planner.case.case import Row
from planner.case.checks.view import View
from planner.errors import Fault

#: Relative margin before a recipe counts as yielding more than it takes in.
_TOLERANCE = 1e-6


def recipes_complete(view: View) -> Iterator[Fault]:
    """Processes without a recipe, blends without blank rows, blank rows without a blend."""
    rows = _by_process(view)
    blended = {row["process"] for row in view.rows("blends")}
    for process in view.rows("processes"):
        if process["process"] not in rows:
            yield view.fault(
                "no-recipe", "processes", process, "process", "recipe rows for the process",
                "Say in 'recipes' what it consumes and produces.",
            )  # fmt: skip
    for process, recipe in rows.items():
        for row in recipe:
            if row["t_per_t"] is None and process not in blended:
                yield view.fault(
                    "missing-value", "recipes", row, "t_per_t", "a number of t per t of throughput",
                    "Fill it in; blank is for inputs of a blend, which needs a row in 'blends'.",
                )  # fmt: skip
    for row in view.rows("blends"):
        recipe = rows.get(row["process"], [])
        if not any(each["t_per_t"] is None for each in recipe):
            yield view.fault(
                "no-mix", "blends", row, "process", "a process with blank t_per_t in 'recipes'",
                "Leave t_per_t blank for the inputs that may be mixed, or remove the row.",
            )  # fmt: skip
        elif row["min_share"] is None and row["max_share"] is None:
            yield view.fault(
                "says-nothing", "blends", row, "min_share", "min_share or max_share",
                "Fill in a limit or remove the row.",
            )  # fmt: skip
        elif (row["min_share"] or 0) > (1 if row["max_share"] is None else row["max_share"]):
            yield view.fault(
                "range-order", "blends", row, "max_share", f"at least min_share {row['min_share']}",
                "Exchange or correct the two shares.",
            )  # fmt: skip


def _by_process(view: View) -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in view.rows("recipes"):
        rows[row["process"]].append(row)
    return rows


def element_yields(view: View) -> Iterator[Fault]:
    """Recipes that yield more of an element than they take in, where every input's content is known."""
    for process, recipe in _by_process(view).items():
        inputs = [row for row in recipe if row["t_per_t"] is None or row["t_per_t"] < 0]
        if not inputs or any(row["material"] not in view.shares for row in inputs):
            continue
        yielded: dict[str, float] = defaultdict(float)
        richest: dict[str, Row] = {}
        for row in recipe:
            if row["t_per_t"] is not None and row["t_per_t"] > 0:
                for element, share in view.shares.get(row["material"], {}).items():
                    yielded[element] += row["t_per_t"] * share
                    richest.setdefault(element, row)
        for element, amount in yielded.items():
            taken = _taken_in(view, inputs, element)
            if amount > taken * (1 + _TOLERANCE) + 1e-12:
                yield view.fault(
                    "element-from-nothing", "recipes", richest[element], "t_per_t",
                    f"at most {taken:.6g} t of {element} per t, what the inputs hold",
                    "Correct the recipe or the composition.",
                    f"{amount:.6g} t of {element} per t of throughput of {process}",
                )  # fmt: skip


def _taken_in(view: View, inputs: list[Row], element: str) -> float:
    """t of the element per t of throughput; a mix may be as rich as its richest input."""
    held = {row["material"]: view.shares[row["material"]].get(element, 0.0) for row in inputs}
    fixed = sum(
        -row["t_per_t"] * held[row["material"]] for row in inputs if row["t_per_t"] is not None
    )
    mixed = [held[row["material"]] for row in inputs if row["t_per_t"] is None]
    return fixed + max(mixed, default=0.0)


def stock_limits(view: View) -> Iterator[Fault]:
    """Stocks whose opening, floor or closing does not fit under max_t."""
    for row in view.rows("stocks"):
        for column in ("opening_t", "min_t", "closing_t"):
            if row["max_t"] is not None and row[column] > row["max_t"]:
                yield view.fault(
                    "range-order", "stocks", row, column, f"at most max_t {row['max_t']:g}",
                    "Raise max_t or lower the amount.",
                )  # fmt: skip


def past_sales_years(view: View) -> Iterator[Fault]:
    """Past sales that are not past."""
    if not view.periods:
        return
    start: date = view.periods[0]["start"]
    for row in view.rows("past_sales"):
        if date(row["year"], 7, 1) >= start:
            yield view.fault(
                "not-past", "past_sales", row, "year", f"a year whose middle is before {start}",
                "What is sold later is decided by the plan.",
            )  # fmt: skip


def substitute_materials(view: View) -> Iterator[Fault]:
    """Substitutes that replace a material by itself."""
    for row in view.rows("substitutes"):
        if row["material"] == row["by_material"]:
            yield view.fault(
                "same-material", "substitutes", row, "by_material", "another material than it replaces",
                "Correct one of the two.",
            )  # fmt: skip


def project_targets(view: View) -> Iterator[Fault]:
    """Projects whose adds_to is unclear, or that exclude or require what they cannot."""
    processes, sites = view.by_name("processes"), view.by_name("sites")
    for row in view.rows("projects"):
        if row["adds_to"] in processes and row["adds_to"] in sites:
            yield view.fault(
                "ambiguous-name", "projects", row, "adds_to", "a name of a process or of a site, not of both",
                "Rename the process or the site.",
            )  # fmt: skip
        if row["integer"] and row["max_modules"] != int(row["max_modules"]):
            yield view.fault(
                "not-whole", "projects", row, "max_modules", "a whole number of modules",
                "Round it, or set integer to FALSE.",
            )  # fmt: skip
        for column in ("excludes", "requires"):
            yield from _project_pairs(view, row, column)
        both = set(row["excludes"]) & set(row["requires"])
        if both:
            yield view.fault(
                "conflict", "projects", row, "requires", "no project that it excludes as well",
                "Remove it from one of the two.",
            )  # fmt: skip


def _project_pairs(view: View, row: Row, column: str) -> Iterator[Fault]:
    named = view.by_name("projects")
    for other in row[column]:
        partner = named.get(other)
        if other == row["project"]:
            yield view.fault("refers-to-itself", "projects", row, column, "another project", "Remove the name.")  # fmt: skip
        elif partner is not None and not (row["integer"] and partner["integer"]):
            yield view.fault(
                "not-integer", "projects", row, column, "integer projects at both ends",
                "Set integer to TRUE in both rows: a project of any size is neither built nor not built.",
            )  # fmt: skip


def idle_plants(view: View) -> Iterator[Fault]:
    """Warnings: what can never run, be fed or be limited."""
    grown = {row["adds_to"] for row in view.rows("projects")}
    for row in view.rows("processes"):
        if row["capacity_t_per_year"] is None and row["process"] not in grown:
            yield view.fault(
                "no-effect", "processes", row, "capacity_t_per_year", "a capacity, or a project that adds to it",
                "As it stands the process can never run.",
            )  # fmt: skip
    for row in view.rows("projects"):
        site = view.by_name("sites").get(row["adds_to"])
        if site is not None and site["throughput_t_per_year"] is None:
            yield view.fault(
                "no-effect", "projects", row, "adds_to", "a site with a throughput limit",
                "The site's throughput is unlimited as it is.",
            )  # fmt: skip
    returned = {(row["market"], row["product"]) for row in view.rows("returns")}
    for row in view.rows("past_sales"):
        if (row["market"], row["product"]) not in returned:
            yield view.fault(
                "no-effect", "past_sales", row, "product", "a row of 'returns' for market and product",
                "Without it nothing comes back.",
            )  # fmt: skip
    for row in view.rows("budgets"):
        if row["max_capex_kusd"] is None and row["min_added_t_per_year"] is None:
            yield view.fault(
                "no-effect", "budgets", row, "max_capex_kusd", "a limit or a floor", "The row limits nothing.",
            )  # fmt: skip
    wanted = {(row["site"], row["material"]) for row in view.rows("demand")}
    for row in view.rows("substitutes"):
        if (row["market"], row["material"]) not in wanted:
            yield view.fault(
                "no-effect", "substitutes", row, "material", "a material that the market demands",
                "There is no demand to replace.",
            )  # fmt: skip


def double_collection(view: View) -> Iterator[Fault]:
    """Warning: rows that together collect more than comes back."""
    total: dict[tuple[str, str, str], float] = defaultdict(float)
    for row in view.rows("returns"):
        what = (row["market"], row["product"], row["scrap"])
        total[what] += row["collection_share"]
        if total[what] > 1 + _TOLERANCE:
            yield view.fault(
                "double-collection", "returns", row, "collection_share",
                "shares of one market, product and scrap that sum to at most 1",
                "The same scrap would be collected twice.",
            )  # fmt: skip
