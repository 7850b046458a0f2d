"""What a run is: a workbook under a scenario, perhaps with differences of a sweep."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from planner.case import Difference
from planner.case.notations import names
from planner.errors import CaseError

#: All scenarios of each workbook, and the workbook as it stands.
ALL = "all"
_SLUG_LETTERS, _HASH_LETTERS = 32, 10


@dataclass(frozen=True)
class Options:
    """What stands in for the settings of every workbook: relative gap, seconds, CVaR weight."""

    gap: float | None = None
    time_limit: float | None = None
    risk_weight: float | None = None


@dataclass(frozen=True)
class Run:
    """One plan asked for. ``every_scenario``: the workbook's scenarios are to follow it, once it
    is read. ``varied`` is what a sweep sets: (label, value) by axis."""

    workbook: Path
    scenario: str | None = None
    every_scenario: bool = False
    differences: tuple[Difference, ...] = ()
    varied: tuple[tuple[str, float | str | bool], ...] = ()

    @property
    def label(self) -> str:
        """What a person calls it."""
        return " · ".join(p for p in (self.workbook.stem, self.scenario, self.varied_words) if p)

    @property
    def varied_words(self) -> str:
        """``denied=0.1, late=0``; blank outside a sweep."""
        return ", ".join(f"{name}={value}" for name, value in self.varied)

    @property
    def folder(self) -> str:
        """The name of its folder: a slug to read and a hash to tell apart.

        No character of a user's name gets in unless it is a plain letter, digit or dash; the same
        run has the same folder in every call.
        """
        identity = [str(self.workbook.resolve()), self.scenario, list(self.varied)]
        if self.differences:
            identity.append([asdict(difference) for difference in self.differences])
        digest = hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:_HASH_LETTERS]
        parts = (slug(self.workbook.stem), slug(self.scenario or ""), digest)
        return "-".join(part for part in parts if part)

    def fingerprint(self, content: bytes, options: Options) -> str:
        """sha-256 of all that the answer depends on: the file, the question, the code.

        The bytes of the file count, not only its figures: the plan carries a copy of every sheet,
        its notes and sources too.
        """
        asked = [
            hashlib.sha256(content).hexdigest(),
            self.scenario,
            [asdict(difference) for difference in self.differences],
            asdict(options),
            [version(name) for name in ("rare-earth-planner", "highspy")],
        ]
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def slug(text: str) -> str:
    """Lower-case letters, digits and dashes, at most 32; blank where nothing is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:_SLUG_LETTERS].strip("-")


def find_workbooks(paths: Iterable[Path], out: Path) -> list[Path]:
    """The .xlsx files named, and all below the folders named; never those below ``out``.

    Raises CaseError for a path that is not there and where there is no workbook at all: a
    mistyped path is said before the night begins.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        if path.is_file():
            found.setdefault(path.resolve(), path)
        elif path.is_dir():
            for file in sorted(path.rglob("*.xlsx")):
                temporary = file.name.startswith(("~$", "."))
                if not temporary and out.resolve() not in file.resolve().parents:
                    found.setdefault(file.resolve(), file)
        else:
            raise CaseError(f"There is no file or folder {path}.")
    if not found:
        raise CaseError("There is no .xlsx workbook in " + ", ".join(map(str, paths)) + ".")
    return list(found.values())


def batch_runs(workbooks: Sequence[Path], scenarios: str | None) -> list[Run]:
    """One run a workbook, or one a workbook and scenario named (``a; b``).

    With ``all`` the workbook as it stands is asked first; its scenarios follow when it was read.
    """
    if scenarios is None or scenarios == ALL:
        return [Run(workbook, every_scenario=scenarios == ALL) for workbook in workbooks]
    named = names(scenarios)
    if not named:
        raise CaseError("No scenario is named. Give names separated by `;`, or `all`.")
    return [Run(workbook, name) for workbook in workbooks for name in named]
