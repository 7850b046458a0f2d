"""The upload guard: what a file must be before any parser of Excel sees it.

An .xlsx is a zip archive of XML parts. A small one can unfold to gigabytes, define entities that
multiply, or carry macros and links to other files. Here the archive is only listed and streamed,
never held whole, never parsed.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path

from planner.errors import CaseError, UnsafeFile

MAX_FILE_BYTES = 100 * 2**20
MAX_PARTS = 2_000
MAX_UNZIPPED_BYTES = 600 * 2**20
#: XML of a workbook seldom shrinks more than 30-fold; small parts are let off (a few kB of blanks).
MAX_RATIO = 150
RATIO_FREE_BYTES = 5 * 2**20
MAX_ROW = 200_000

_CHUNK = 2**18
#: Longer than anything that is looked for, so that nothing hides on the border of two chunks.
_OVERLAP = 256
_DANGEROUS_XML = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_DANGEROUS_UTF16 = re.compile(
    b"|".join(word.encode(order) for word in ("<!DOCTYPE", "<!ENTITY") for order in ("utf-16-le", "utf-16-be"))
)  # fmt: skip
_ROW_INDEX = re.compile(rb'<(?:\w+:)?row\s[^>]{0,200}?\br="(\d{1,9})"')
_FORBIDDEN = {
    "vbaproject": "macros: save it as .xlsx without macros",
    "externallinks/": "links to other workbooks: break the links (Data, Edit Links) and save it",
    "embeddings/": "embedded files: remove them and save it",
    "activex/": "ActiveX controls: remove them and save it",
}


def guard(path: str | Path) -> None:
    """Pass a file that is safe to parse; raise UnsafeFile in a planner's words otherwise.

    Raises CaseError when there is no such file.
    """
    file = Path(path)
    if file.is_dir():
        raise CaseError(
            f"{file} is a folder. Name a workbook in it; `planner batch` takes folders."
        )
    if not file.is_file():
        raise CaseError(f"There is no file {file}.")
    if file.suffix.lower() != ".xlsx":
        raise _unsafe(
            file, f"is no .xlsx workbook (its name ends in '{file.suffix}'): save it as .xlsx"
        )
    size = file.stat().st_size
    if size > MAX_FILE_BYTES:
        raise _unsafe(file, f"is larger than {MAX_FILE_BYTES // 2**20} MB")
    with file.open("rb") as stream:
        if stream.read(4) != b"PK\x03\x04":
            raise _unsafe(file, "is not an Excel workbook, whatever its name says (or it is protected by a password): save it as .xlsx without a password")  # fmt: skip
    try:
        with zipfile.ZipFile(file) as archive:
            _check_parts(file, archive)
            _check_contents(file, archive, size)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise _unsafe(file, "is damaged or protected: open it in Excel and save it anew") from error


def _unsafe(file: Path, why: str) -> UnsafeFile:
    return UnsafeFile(f"{file.name} {why}.")


def _check_parts(file: Path, archive: zipfile.ZipFile) -> None:
    names = [info.filename for info in archive.infolist()]
    if len(names) > MAX_PARTS:
        raise _unsafe(file, f"has more than {MAX_PARTS:,} parts inside: it is no ordinary workbook")
    if len(set(names)) < len(names):
        raise _unsafe(file, "holds a part twice: it is no ordinary workbook")
    if "xl/workbook.xml" not in names:
        raise _unsafe(file, "is a zip archive but no Excel workbook")
    for name in names:
        lower = name.lower().replace("\\", "/")
        for sign, why in _FORBIDDEN.items():
            if sign in lower:
                raise _unsafe(file, f"holds {why}")


def _check_contents(file: Path, archive: zipfile.ZipFile, size: int) -> None:
    """Stream every part once, counting bytes as they unfold: the sizes stated may be lies."""
    total = 0
    for info in archive.infolist():
        tail = b""
        # A part may hold XML under any name; only pictures (an SVG has a DOCTYPE) are no part of it.
        is_picture = info.filename.lower().startswith("xl/media/")
        with archive.open(info) as part:
            while chunk := part.read(_CHUNK):
                total += len(chunk)
                if total > MAX_UNZIPPED_BYTES:
                    raise _unsafe(file, f"unfolds to more than {MAX_UNZIPPED_BYTES // 2**20} MB")
                if total > RATIO_FREE_BYTES and total > MAX_RATIO * size:
                    raise _unsafe(file, f"unfolds to more than {MAX_RATIO} times its size: it looks like a zip bomb")  # fmt: skip
                if not is_picture:
                    tail = _check_xml(file, tail + chunk)


def _check_xml(file: Path, text: bytes) -> bytes:
    """Look through one piece of XML; returns its end, which the next piece must see again."""
    if _DANGEROUS_XML.search(text) or _DANGEROUS_UTF16.search(text):
        raise _unsafe(file, "defines XML entities, which no workbook needs: it may be an attack")
    last = max((int(found) for found in _ROW_INDEX.findall(text)), default=0)
    if last > MAX_ROW:
        raise _unsafe(file, f"has a cell in row {last:,}; at most {MAX_ROW:,} rows are read: delete the rows below your data")  # fmt: skip
    return text[-_OVERLAP:]
