"""Which rows a condition means: own columns, and what the row's site and material are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from planner.case.case import Row
from planner.case.cells import did_you_mean, parse, several
from planner.case.schema import SHEETS, Column

SITE_WORDS = ("country", "company", "region", "end_use", "kind")
MATERIAL_WORDS = ("stage", "element")

#: The column of a sheet that names its site (of a lane: where it leaves).
_SITE = {
    "sites": "site", "offers": "site", "demand": "site", "processes": "site", "stocks": "site",
    "pipeline": "site", "lanes": "from_site", "returns": "market", "past_sales": "market",
    "substitutes": "market", "projects": "adds_to",
}  # fmt: skip
#: The column of a sheet that names its material.
_MATERIAL = {
    "materials": "material", "composition": "material", "offers": "material", "lanes": "material",
    "demand": "material", "recipes": "material", "stocks": "material", "pipeline": "material",
    "returns": "product", "past_sales": "product", "substitutes": "material", "caps": "material",
}  # fmt: skip
#: Sheets whose rows belong to a row of another sheet: (column, sheet).
_OWNER = {
    "offer_paths": ("offer", "offers"), "price_breaks": ("offer", "offers"),
    "recipes": ("process", "processes"), "blends": ("process", "processes"),
    "projects": ("adds_to", "processes"),
}  # fmt: skip


class WhereError(ValueError):
    """A condition that means no column; the message says what was expected, ``remedy`` what to do."""

    def __init__(self, expected: str, remedy: str) -> None:
        super().__init__(expected)
        self.remedy = remedy


class RowFinder:
    """Finds rows by conditions; each column is indexed once, however many conditions ask for it."""

    def __init__(self, sheets: Mapping[str, tuple[Row, ...]]) -> None:
        self._sheets = sheets
        self._indexes: dict[tuple[str, str], dict[Any, set[int]]] = {}
        self._named: dict[str, dict[str, Row]] = {}
        self._elements: dict[str, set[str]] | None = None

    def find(self, sheet: str, where: tuple[tuple[str, str], ...]) -> list[int]:
        """Places (from 0) of the rows for which every condition holds; all rows without one.

        Raises WhereError for a column that the sheet's rows do not have.
        """
        found: set[int] | None = None
        for column, text in where:
            self._require(sheet, column)
            hit = self._index(sheet, column).get(_sought(sheet, column, text), set[int]())
            found = hit if found is None else found & hit
        return sorted(found) if found is not None else list(range(len(self._sheets[sheet])))

    def hint(self, sheet: str, where: tuple[tuple[str, str], ...]) -> str:
        """What to do about conditions that hold for no row."""
        for column, text in where:
            index = self._index(sheet, column)
            if _sought(sheet, column, text) not in index:
                near = did_you_mean(text, [str(value) for value in index])
                return f"Did you mean {column}={near}?" if near else f"No row has {column}={text}."
        return f"No row of '{sheet}' has all of them at once."

    def _require(self, sheet: str, column: str) -> None:
        words = [*SHEETS[sheet].by_name]
        if _leads_to(sheet, _SITE):
            words += SITE_WORDS
        if _leads_to(sheet, _MATERIAL):
            words += MATERIAL_WORDS
        if column not in words:
            near = did_you_mean(column, words)
            hint = (
                f"Did you mean '{near}'?"
                if near
                else "Use: " + ", ".join(dict.fromkeys(words)) + "."
            )
            raise WhereError(f"a column that rows of '{sheet}' have, not '{column}'", hint)

    def _index(self, sheet: str, column: str) -> dict[Any, set[int]]:
        index = self._indexes.get((sheet, column))
        if index is None:
            index = self._indexes[sheet, column] = {}
            for place, row in enumerate(self._sheets[sheet]):
                for value in self._values(sheet, row, column):
                    index.setdefault(value, set()).add(place)
        return index

    def _values(self, sheet: str, row: Row, column: str) -> tuple[Any, ...]:
        """What a row has in a column: several values where it holds a list."""
        if column in SHEETS[sheet].by_name:
            return several(row[column])
        if column in SITE_WORDS:
            site = self._reach(sheet, row, "sites", _SITE)
            return (site[column],) if site and site[column] is not None else ()
        material = self._reach(sheet, row, "materials", _MATERIAL)
        if material is None:
            return ()
        if column == "stage":
            return (material["stage"],)
        return tuple(self._held(material["material"]))

    def _reach(self, sheet: str, row: Row, target: str, direct: Mapping[str, str]) -> Row | None:
        """The site or material of a row, by its own column or by the row that owns it."""
        if sheet in direct:
            found = self._by_name(target).get(row[direct[sheet]])
            if found is not None:
                return found
        if sheet in _OWNER:
            column, owner = _OWNER[sheet]
            owning = self._by_name(owner).get(row[column])
            return self._reach(owner, owning, target, direct) if owning else None
        return None

    def _by_name(self, sheet: str) -> dict[str, Row]:
        if sheet not in self._named:
            key = SHEETS[sheet].keys[0]
            self._named[sheet] = {row[key]: row for row in self._sheets[sheet]}
        return self._named[sheet]

    def _held(self, material: str) -> set[str]:
        if self._elements is None:
            self._elements = {}
            for row in self._sheets["composition"]:
                self._elements.setdefault(row["material"], set()).add(row["element"])
        return self._elements.get(material, set())


def _leads_to(sheet: str, direct: Mapping[str, str]) -> bool:
    return sheet in direct or (sheet in _OWNER and _leads_to(_OWNER[sheet][1], direct))


def _sought(sheet: str, column: str, text: str) -> Any:
    """The condition's text as a value of the column."""
    own = SHEETS[sheet].by_name.get(column)
    if own is None or own.type not in ("number", "integer", "bool", "date"):
        return text
    cell = parse(Column(column, own.type, own.meaning), text)
    if cell.bad is not None:
        raise WhereError(cell.bad.expected, cell.bad.remedy)
    return cell.value
