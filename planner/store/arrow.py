"""The tables of a plan as they lie in the database: Arrow files, so that types and digits stay."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import pandas as pd
import pyarrow as pa
from pyarrow import feather


def packed_tables(tables: Mapping[str, pd.DataFrame]) -> bytes:
    """The tables of a plan as Arrow files in one archive; types and every digit stay."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as parts:
        for name, table in tables.items():
            part = io.BytesIO()
            feather.write_feather(pa.Table.from_pandas(table), part, compression="zstd")
            parts.writestr(name, part.getvalue())
    return archive.getvalue()


def unpacked_tables(content: bytes) -> dict[str, pd.DataFrame]:
    """What ``packed_tables`` packed."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        return {
            name: feather.read_table(io.BytesIO(parts.read(name))).to_pandas()
            for name in parts.namelist()
        }
