"""The commands `planner explain ...`: why this plan, and how far to trust it.

A command is a function in a module of its own beside this one, listed in ``COMMANDS``: it opens its
source (``shared.opened``), runs one analysis of `planner.analysis` with ``shared.told`` showing how far
it is, and hands the ``Findings`` to ``shared.show``. Its parameters ``source``, ``out`` and ``as_json`` are
those of ``shared``. Errors are left to the caller to say.
"""

from __future__ import annotations

from collections.abc import Callable

import typer

from planner.cli_explain.everything import all_
from planner.cli_explain.frontier import frontier
from planner.cli_explain.infeasible import infeasible, with_reason
from planner.cli_explain.information import information
from planner.cli_explain.licences import licences
from planner.cli_explain.near import alternatives, regret
from planner.cli_explain.playbook import playbook
from planner.cli_explain.prices import prices
from planner.cli_explain.replay import replay
from planner.cli_explain.sensitivity import sensitivity
from planner.cli_explain.survive import survive
from planner.cli_explain.why import why

__all__ = ["COMMANDS", "explain_app", "with_reason"]

#: A command with its errors said as plain words and an exit code.
Spoken = Callable[[Callable[..., None]], Callable[..., None]]

COMMANDS: tuple[Callable[..., None], ...] = (
    all_,
    alternatives,
    frontier,
    infeasible,
    information,
    licences,
    playbook,
    prices,
    regret,
    replay,
    sensitivity,
    survive,
    why,
)


def explain_app(spoken: Spoken) -> typer.Typer:
    """The sub-commands; ``spoken`` says how the command line ends on an error."""
    app = typer.Typer(
        help="Why this plan, and how far to trust it: answers by solving again.",
        no_args_is_help=True,
    )
    for command in COMMANDS:
        app.command(command.__name__.rstrip("_"))(spoken(command))
    return app
