"""Files that a command is to write, refused before any work where they cannot be written."""

from __future__ import annotations

import tempfile
from pathlib import Path

import typer


def check_target(path: Path, *inputs: Path) -> None:
    """Refuse a file that cannot be written, or that is one of the ``inputs``."""
    check_folder(path.parent)
    if path.is_dir():
        raise typer.BadParameter(f"{path} is a folder. Name a file in it.")
    for given in inputs:
        if path.resolve() == given.resolve():
            raise typer.BadParameter(
                f"{path} is {given} itself, which is never written over. Name another with -o."
            )


def check_folder(folder: Path) -> None:
    """Refuse a folder that cannot take a file, by trying: permissions alone do not tell."""
    standing = folder.absolute()
    while not standing.exists() and standing != standing.parent:
        standing = standing.parent
    if not standing.is_dir():
        raise typer.BadParameter(f"{standing} is a file, not a folder. Name another folder.")
    try:
        with tempfile.TemporaryFile(dir=standing):
            pass
    except OSError as error:
        raise typer.BadParameter(
            f"{standing} cannot be written to ({error.strerror}). Name another folder."
        ) from None
