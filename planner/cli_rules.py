"""The command `planner rules`: laws and policies as rows, listed, shown, added to a workbook."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markdown import Markdown
from rich.table import Table
from rich.text import Text

from planner.case import read_case
from planner.case.notations import names
from planner.case.rule_packs import (
    PACKS,
    Adaptation,
    Addition,
    RulePack,
    fit,
    read_pack,
    read_packs,
)
from planner.errors import Fault
from planner.report.terminal_faults import fault_table

#: Rows left out that are named; the rest are counted.
_NAMED = 6

#: Turns errors into words and an exit code; True: as JSON.
Endings = Callable[[bool], AbstractContextManager[None]]

PackName = Annotated[str, typer.Argument(metavar="PACK", help="the pack's name in the list")]
Folder = Annotated[
    Path, typer.Option("--packs", metavar="DIR", help="folder of rule packs, if not the shipped")
]


def rules_app(endings: Endings) -> typer.Typer:
    """The sub-commands; ``endings`` says how the command line ends on an error."""
    app = typer.Typer(
        help="Laws and policies as rows with their sources, ready to be added to a workbook.",
        no_args_is_help=True,
    )

    @app.command("list")
    def list_packs(folder: Folder = PACKS) -> None:
        """Name the packs, with what each would add."""
        with endings(False):
            table = Table("pack", "what it states", "rows")
            for pack in read_packs(folder):
                table.add_row(Text(pack.name), Text(pack.title), Text(_counted(pack.sheets)))
            _console().print(table)

    @app.command()
    def show(pack: PackName, folder: Folder = PACKS) -> None:
        """Print what a pack says, what rows cannot say, what is unsure, and its rows."""
        with endings(False):
            _show(read_pack(pack, folder))

    @app.command()
    def add(
        pack: PackName,
        workbook: Annotated[
            Path, typer.Argument(metavar="WORKBOOK", help="the case, an .xlsx file")
        ],
        out: Annotated[Path, typer.Option("-o", "--out", metavar="FILE", help="the new workbook")],
        regime: Annotated[
            list[str] | None,
            typer.Option(metavar="PACK=YOURS", help="a regime of the pack in your words; * = all"),
        ] = None,
        name: Annotated[
            list[str] | None,
            typer.Option(metavar="PACK=YOURS", help="any other name of the pack in your words"),
        ] = None,
        caps_from: Annotated[
            str | None, typer.Option("--from", metavar="PERIOD", help="caps hold from here on")
        ] = None,
        force: Annotated[
            bool, typer.Option("--force", help="replace a file that is there")
        ] = False,
        folder: Folder = PACKS,
    ) -> None:
        """Add a pack's rows to a copy of a workbook, which is read back before it is kept."""
        _check_target(out, force=force)
        regimes = {ours: names(theirs) for ours, theirs in _pairs("--regime", regime).items()}
        adaptation = Adaptation(regimes, _pairs("--name", name), caps_from)
        with endings(False):
            _add(read_pack(pack, folder), workbook, out, adaptation)

    return app


def _check_target(out: Path, *, force: bool) -> None:
    if out.suffix.lower() != ".xlsx":
        raise typer.BadParameter(f"{out}: a workbook is an .xlsx file; name it so.")
    if out.exists() and not force:
        raise typer.BadParameter(f"{out} is there already. Name another file, or add --force.")


def _add(pack: RulePack, workbook: Path, out: Path, adaptation: Adaptation) -> None:
    from planner.report.added_rows import write_with_rows

    case = read_case(workbook)
    addition = fit(pack, case, adaptation)
    written, places = write_with_rows(workbook, case, addition.rows, out)
    _tell(addition, places, set(case.warnings), written.warnings)
    _console().print(Text(f"Written: {out}. Look its new rows over, then: planner check {out}"))


def _pairs(option: str, texts: Iterable[str] | None) -> Mapping[str, str]:
    """`PACK=YOURS` as a mapping; the first `=` divides, since names of a pack hold none."""
    pairs: dict[str, str] = {}
    for text in texts or ():
        ours, equals, theirs = (part.strip() for part in text.partition("="))
        if not (ours and equals and theirs) or ours in pairs:
            raise typer.BadParameter(f"{option} {text!r}: write PACK=YOURS, each name once.")
        pairs[ours] = theirs
    return pairs


def _console() -> Console:
    """A console; a file or pipe has no width, so a table there gets room for its words."""
    console = Console()
    return console if console.is_terminal else Console(width=140)


def _counted(sheets: Mapping[str, tuple[object, ...]]) -> str:
    return ", ".join(f"{sheet} {len(rows)}" for sheet, rows in sheets.items())


def _show(pack: RulePack) -> None:
    console = _console()
    console.print(Markdown(pack.about))
    for sheet, rows in pack.sheets.items():
        columns = list(dict.fromkeys(column for row in rows for column in row))
        table = Table(*columns, title=sheet, show_lines=True)
        for row in rows:
            table.add_row(*(Text(row.get(column, "")) for column in columns))
        console.print(table)


def _tell(
    addition: Addition,
    places: Mapping[str, str],
    known: set[Fault],
    warnings: Iterable[Fault],
) -> None:
    """Where the rows stand, what was left out and why, and what the reader remarks on them."""
    console = _console()
    for sheet, place in places.items():
        console.print(Text(f"{sheet}!{place}: {len(addition.rows[sheet])} rows added"))
    for reason, rows in addition.left_out.items():
        some = ", ".join(rows[:_NAMED]) + (" ..." if len(rows) > _NAMED else "")
        console.print(Text(f"Left out, {len(rows)} rows. {reason}: {some}."))
    new = [fault for fault in warnings if fault not in known]
    if new:
        Console(stderr=True, width=None if sys.stderr.isatty() else 140).print(
            fault_table(new, f"{len(new)} remarks on the new workbook")
        )
