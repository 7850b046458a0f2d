"""The repository's manners: what may stand in its files, and what must."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from typer.main import get_command

from docs import formulation_page as formulation
from docs.generate import PAGE, workbook_page
from planner.case.schema import SETTINGS, SHEETS
from planner.cli import app

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
#: Made by the targets of the Makefile, never committed.
MADE = {
    ".git", ".venv", ".venv-bench", ".benchmarks", ".pytest_cache", ".ruff_cache", ".hypothesis", ".import_linter_cache",
    "__pycache__", "out", "build", "dist",
}  # fmt: skip

# The patterns below are written so that they do not match themselves.
INDEX_HOSTS = re.compile(
    r"py[p]i\.org|python[h]osted\.org|npm[j]s\.|deb[.]debian\.org|crates[.]io|proxy[.]golang"
)
MACHINE_PATHS = re.compile(
    r"(?<![\w.:/])/(?:root|work|home|Users|tmp|opt|mnt)/\w|\b[A-Z]:\\(?:Users)\b"
)
PLACEHOLDERS = re.compile(
    r"\b(?:TO[D]O|FIX[M]E|TB[D]|XX[X]|HA[C]K)\b|lorem[ ]ipsum|coming[ ]soon", re.IGNORECASE
)


def _files() -> Iterator[Path]:
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(name for name in folders if name not in MADE)
        yield from (Path(folder, name) for name in sorted(names))


def _texts() -> Iterator[tuple[str, str]]:
    """(name, text) of every file; of a workbook, of each part inside it."""
    for path in _files():
        name = path.relative_to(ROOT).as_posix()
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                for part in archive.namelist():
                    yield f"{name}:{part}", archive.read(part).decode("utf-8", errors="ignore")
        elif path.suffix not in {".png", ".ico", ".woff2"}:
            yield name, path.read_text(encoding="utf-8")


def _modules(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def _named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("pattern", [INDEX_HOSTS, MACHINE_PATHS, PLACEHOLDERS])
def test_no_file_names_an_index_a_machine_or_unfinished_work(pattern: re.Pattern[str]) -> None:
    found = [
        f"{name}: {match.group()}" for name, text in _texts() for match in pattern.finditer(text)
    ]
    assert not found


@pytest.mark.parametrize("text", ["py" + "pi.org", "files.python" + "hosted.org"])
def test_the_pattern_of_index_hosts_finds_them(text: str) -> None:
    assert INDEX_HOSTS.search(text)


@pytest.mark.parametrize("text", ["/" + "root/x", "at /" + "home/someone", "C:" + "\\Users\\x"])
def test_the_pattern_of_machine_paths_finds_them(text: str) -> None:
    assert MACHINE_PATHS.search(text)
    assert not MACHINE_PATHS.search("https://example.org/home/page")


def test_no_module_is_longer_than_400_lines() -> None:
    lengths = {
        _named(path): len(path.read_text(encoding="utf-8").splitlines())
        for path in _modules("planner", "models", "inputs", "benchmarks", "docs")
    }
    assert lengths
    assert not {name: lines for name, lines in lengths.items() if lines > 400}


def test_no_function_is_longer_than_60_lines() -> None:
    long = {}
    for path in _modules("planner", "models", "inputs", "benchmarks", "docs"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > 60:
                    long[f"{_named(path)}:{node.name}"] = lines
    assert not long


def test_the_mathematics_imports_pyomo_and_the_standard_library_alone() -> None:
    allowed = sys.stdlib_module_names | {"pyomo", "models"}
    foreign = {
        f"{_named(path)}: {name}"
        for path in _modules("models")
        for name in _imported(path)
        if name.partition(".")[0] not in allowed
    }
    assert not foreign


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{_named(path)}: a relative import"
            yield node.module or ""


# --- the lock files -------------------------------------------------------------------------


def _locked(name: str) -> dict[str, list[str]]:
    """Requirement line -> its hashes, of one lock file."""
    text = (ROOT / "requirements" / f"{name}.lock").read_text(encoding="utf-8")
    assert "://" not in text
    pins: dict[str, list[str]] = {}
    for line in text.replace("\\\n", " ").splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            requirement, *hashes = line.split(" --hash=")
            pins[requirement.strip()] = [value.strip() for value in hashes]
    return pins


@pytest.mark.parametrize("name", ["runtime", "dev"])
def test_every_locked_package_is_pinned_and_hashed(name: str) -> None:
    pins = _locked(name)
    assert pins
    for line, hashes in pins.items():
        assert [spec.operator for spec in Requirement(line).specifier] == ["=="], line
        assert hashes, line
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", value) for value in hashes), line


def test_the_development_lock_holds_the_runtime_pins() -> None:
    runtime, dev = _locked("runtime"), _locked("dev")
    assert runtime.items() <= dev.items()


@pytest.mark.parametrize(("name", "groups"), [("runtime", ["build"]), ("dev", ["build", "dev"])])
def test_the_lock_satisfies_the_project(name: str, groups: list[str]) -> None:
    wanted: list[str] = [*PROJECT["project"]["dependencies"], *PROJECT["build-system"]["requires"]]
    for group in groups:
        wanted += [line for line in PROJECT["dependency-groups"][group] if isinstance(line, str)]
    locked: dict[str, list[str]] = {}
    for line in _locked(name):
        pin = Requirement(line)
        locked.setdefault(pin.name, []).extend(spec.version for spec in pin.specifier)
    for line in wanted:
        asked = Requirement(line)
        assert locked.get(asked.name), f"{asked.name} is not locked; run `make lock`"
        assert all(asked.specifier.contains(version) for version in locked[asked.name]), line


# --- documents ------------------------------------------------------------------------------


def _pages() -> list[Path]:
    return [path for path in _files() if path.suffix == ".md"]


def test_the_licence_is_mit() -> None:
    text = " ".join((ROOT / "LICENSE").read_text(encoding="utf-8").split())
    assert text.startswith("MIT License")
    assert "Permission is hereby granted, free of charge" in text
    assert PROJECT["project"]["license"] == "MIT"


def test_every_command_is_documented() -> None:
    group = get_command(app)
    commands = set(getattr(group, "commands", {}))
    assert commands
    told = "\n".join(path.read_text(encoding="utf-8") for path in _pages())
    assert not {name for name in commands if f"planner {name}" not in told}


def test_every_documented_command_exists() -> None:
    commands = set(getattr(get_command(app), "commands", {}))
    for path in _pages():
        text = path.read_text(encoding="utf-8")
        for name in re.findall(r"^planner ([a-z]+)|`planner ([a-z]+)", text, re.MULTILINE):
            assert set(name) & commands, f"{_named(path)}: planner {''.join(name)}"


def test_the_changelog_tells_of_this_version_and_of_changes_to_plans() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "\n## [Unreleased]\n" in text
    assert f"\n## [{PROJECT['project']['version']}]" in text
    assert "**plan-changing**" in text


def test_the_formulation_page_is_up_to_date() -> None:
    assert formulation.PAGE.read_text(encoding="utf-8") == formulation.formulation_page(), (
        "docs/formulation.md differs from the docstrings of models/: run `make docs`"
    )


def test_the_workbook_page_is_up_to_date() -> None:
    page = workbook_page(SHEETS.values(), SETTINGS)
    assert PAGE.read_text(encoding="utf-8") == page, "run `make docs`"
    assert all(f"\n### {name}" in page for name in SHEETS)


def test_no_link_is_broken() -> None:
    broken = []
    for path in _pages():
        for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
            file = target.partition("#")[0]
            if "://" not in target and file and not (path.parent / file).exists():
                broken.append(f"{_named(path)}: {target}")
    assert not broken


def test_decisions_are_numbered_whole_and_listed() -> None:
    folder = ROOT / "docs" / "adr"
    records = sorted(folder.glob("[0-9]*.md"))
    assert [int(path.name[:4]) for path in records] == list(range(1, len(records) + 1))
    index = (folder / "README.md").read_text(encoding="utf-8")
    for path in records:
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {path.name[:4]} ")
        assert f"({path.name})" in index
        for part in ("Status: ", "## Context", "## Options", "## Decision", "## Consequences"):
            assert part in text, f"{path.name} lacks {part}"


# --- set-up ---------------------------------------------------------------------------------


def test_ci_runs_the_three_targets_in_order() -> None:
    script = ROOT / ".ci" / "run"
    lines = script.read_text(encoding="utf-8").splitlines()
    assert "set -euo pipefail" in lines
    calls = [line for line in lines if line.startswith("make")]
    assert calls == ["make system", "make test", "make test-slow"]
    assert os.access(script, os.X_OK)


def test_every_phony_target_is_explained() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = set(re.findall(r"^\.PHONY: (\S+)$", text, re.MULTILINE))
    explained = set(re.findall(r"^([a-z-]+):.* ## .+$", text, re.MULTILINE))
    assert phony == explained
    assert {"plan", "test", "test-slow", "setup", "system", "check", "template", "lint"} <= phony
    assert {"lock", "clean", "docs"} <= phony


@pytest.mark.parametrize(("python", "word"), [("", "none was found"), ("./old", "older than 3.11")])
def test_set_up_refuses_a_missing_or_older_python(
    tmp_path: Path, program: Callable[[str], str], python: str, word: str
) -> None:
    for name in ("Makefile", "pyproject.toml", "requirements/dev.lock"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    old = tmp_path / "old"
    old.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    old.chmod(0o755)
    run = subprocess.run(
        [program("make"), "setup", f"PYTHON={python}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode != 0
    assert word in run.stderr
    assert not (tmp_path / ".venv").exists()


@pytest.mark.slow
def test_make_plan_works_from_a_fresh_clone(tmp_path: Path, program: Callable[[str], str]) -> None:
    """In an environment of its own: nothing of this one's set-up is seen."""
    clone = tmp_path / "clone"
    subprocess.run([program("git"), "clone", "--quiet", ROOT, clone], check=True)
    # How this machine reaches its package index is all that may pass.
    passed = re.compile(r"HOME|LANG|PIP_\w+|SSL_\w+|\w+_PROXY", re.IGNORECASE)
    environment = {name: text for name, text in os.environ.items() if passed.fullmatch(name)}
    folders = os.environ["PATH"].split(os.pathsep)
    own = str(ROOT / ".venv" / "bin")
    environment["PATH"] = os.pathsep.join(folder for folder in folders if folder != own)
    run = subprocess.run(
        [program("make"), "plan"],
        cwd=clone,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert zipfile.is_zipfile(clone / "out" / "plan.xlsx")
    assert "MUSD" in run.stdout
