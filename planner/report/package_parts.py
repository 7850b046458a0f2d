"""The parts of an .xlsx file, edited as text, so that all that is not touched stays as it was.

An office program and a library each write back only what they know; charts, drop-downs, comments
and formats of a user's workbook would be lost. Here rows and sheets are put into the XML of a copy,
and every other part is copied byte for byte.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

from planner.errors import CaseError

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_BOOK, _LINKS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_TYPES, _STYLES = "[Content_Types].xml", "xl/styles.xml"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
#: Excel's own number format of dates, shown in the order of the reader's country.
_DATE_FORMAT = 14

#: What is put in, given the prefix (`x:` or nothing) that the part's elements bear.
Inner = Callable[[str], str]


class Package:
    """The parts of a workbook that has passed the guard; changes are kept until it is saved."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with zipfile.ZipFile(path) as archive:
            self._names = set(archive.namelist())
        self._changed: dict[str, str] = {}
        self._date_style: int | None = None
        if tree_of(self.text(_BOOK)).tag != f"{{{MAIN}}}workbook":
            raise _unusual(path, "it is saved as Strict Open XML")

    def sheet_part(self, sheet: str) -> str | None:
        """The part that holds a sheet; None where the workbook has no such sheet."""
        targets = {link.get("Id"): link.get("Target", "") for link in tree_of(self.text(_LINKS))}
        for entry in tree_of(self.text(_BOOK)).iter(f"{{{MAIN}}}sheet"):
            if entry.get("name") == sheet:
                target = targets[entry.get(f"{{{_OFFICE}}}id")]
                return posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")
        return None

    def text(self, part: str) -> str:
        """The XML of a part, with the changes made so far."""
        if part in self._changed:
            return self._changed[part]
        with zipfile.ZipFile(self._path) as archive:
            content = archive.read(part)
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise _unusual(self._path, f"its part {part} is not written in UTF-8") from error

    def change(self, part: str, text: str) -> None:
        """Put a part's new XML in place of the old."""
        self._changed[part] = text

    def add_sheet(self, sheet: str) -> str:
        """Append an empty sheet; returns its part."""
        number = next(
            n
            for n in range(1, 10_000)
            if f"xl/worksheets/added{n}.xml" not in self._names | self._changed.keys()
        )
        part = f"xl/worksheets/added{number}.xml"
        self.change(part, f'<?xml version="1.0" encoding="UTF-8"?>\n<worksheet xmlns="{MAIN}"><sheetData/></worksheet>')  # fmt: skip
        book, links = self.text(_BOOK), self.text(_LINKS)
        ids = {int(found) for found in re.findall(r'\bsheetId="(\d+)"', book)}
        link = next(f"rIdAdded{n}" for n in range(1, 10_000) if f'"rIdAdded{n}"' not in links)
        entry = (
            f'name={quoteattr(sheet)} sheetId="{max(ids) + 1}" xmlns:r="{_OFFICE}" r:id="{link}"'
        )
        self.change(_BOOK, put_last(book, "sheets", lambda prefix: f"<{prefix}sheet {entry}/>"))
        target = f'Id="{link}" Type="{_OFFICE}/worksheet" Target="/{part}"'
        self.change(
            _LINKS,
            put_last(links, "Relationships", lambda prefix: f"<{prefix}Relationship {target}/>"),
        )
        kind = f'PartName="/{part}" ContentType="{_SHEET_TYPE}"'
        self.change(
            _TYPES,
            put_last(self.text(_TYPES), "Types", lambda prefix: f"<{prefix}Override {kind}/>"),
        )
        return part

    def date_style(self) -> int:
        """The number of a cell style that shows dates, appended at its first use."""
        if self._date_style is None:
            if _STYLES not in self._names:
                raise _unusual(self._path, "it has no part of cell styles")
            text = self.text(_STYLES)
            styles = tree_of(text).find(f"{{{MAIN}}}cellXfs")
            if styles is None:
                raise _unusual(self._path, "it has no cell styles")
            self._date_style = len(styles)
            style = f'numFmtId="{_DATE_FORMAT}" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"'
            text = put_last(text, "cellXfs", lambda prefix: f"<{prefix}xf {style}/>")
            counted = rf'\g<1>"{len(styles) + 1}"'
            self.change(_STYLES, re.sub(r'(<(?:\w+:)?cellXfs\b[^>]*\bcount=)"\d+"', counted, text))
        return self._date_style

    def counts_from_1904(self) -> bool:
        """Whether the workbook numbers its days from 1904."""
        properties = tree_of(self.text(_BOOK)).find(f"{{{MAIN}}}workbookPr")
        return properties is not None and properties.get("date1904") in ("1", "true")

    def save(self, target: Path) -> None:
        """Write the workbook with its changes; unchanged parts byte for byte."""
        with (
            zipfile.ZipFile(self._path) as old,
            zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new,
        ):
            for info in old.infolist():
                changed = self._changed.get(info.filename)
                content = old.read(info) if changed is None else changed.encode("utf-8")
                new.writestr(info, content, compress_type=zipfile.ZIP_DEFLATED)
            for part in sorted(self._changed.keys() - self._names):
                new.writestr(part, self._changed[part].encode("utf-8"))


def tree_of(xml: str) -> ElementTree.Element:
    """The elements of a part: safe, since the guard lets no file pass that defines entities."""
    return ElementTree.fromstring(xml)  # noqa: S314


def put_last(xml: str, element: str, inner: Inner) -> str:
    """XML with ``inner`` as the last content of the one element of that name.

    Raises CaseError where there is no such element.
    """
    closed = list(re.finditer(rf"</((?:[\w.-]+:)?){element}\s*>", xml))
    if closed:
        found = closed[-1]
        return xml[: found.start()] + inner(found[1]) + xml[found.start() :]
    empty = re.search(rf"<((?:[\w.-]+:)?)({element}\b[^<>]*?)\s*/>", xml)
    if empty is None:
        raise CaseError(
            f"The workbook's XML has no element {element}: open it in Excel and save it."
        )
    prefix, opening = empty[1], empty[2]
    whole = f"<{prefix}{opening}>{inner(prefix)}</{prefix}{element}>"
    return xml[: empty.start()] + whole + xml[empty.end() :]


def _unusual(path: Path, why: str) -> CaseError:
    return CaseError(
        f"Rows cannot be added to {path.name}: {why}. Open it in Excel and save it as an Excel "
        "workbook (.xlsx)."
    )
