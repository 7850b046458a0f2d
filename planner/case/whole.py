"""Files that are whole or not there; what cannot be written is said in words."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from planner.errors import PlanFileError


@contextmanager
def draft_of(path: Path) -> Generator[Path]:
    """A file beside ``path`` that takes its place when the block ends well, and goes away else.

    Raises PlanFileError, in words, if the folder cannot be written to.
    """
    draft = path.with_name(f".{path.stem}.{os.getpid()}.draft{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield draft
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise PlanFileError(
            f"Cannot write {path}: {error}. Close the file if it is open elsewhere, "
            "or choose a folder that you may write to."
        ) from error


def write_text_whole(path: Path, text: str) -> None:
    """Write a text file as a whole."""
    with draft_of(path) as draft:
        draft.write_text(text, encoding="utf-8")
