"""Columns of files as they are, for pipelines that have no `feature_rows`.

Numbers stay numbers, texts of few kinds become numbers that stand for the kind; times, ids and
texts of many kinds say nothing about drift and are left out.
"""

import gzip
import io
import zlib
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from windlass.domain.errors import InputError
from windlass.pipelines.contract import FeatureRows

Values = NDArray[np.float64]

MOST_KINDS = 50
"""A text column with more different texts is a name, no kind."""


def raw_rows(files: Mapping[str, bytes]) -> FeatureRows:
    """Columns of all tables among the files; files with the same columns are one table."""
    tables: dict[tuple[str, ...], list[tuple[str, pd.DataFrame]]] = {}
    for name, data in sorted(files.items()):
        if (frame := _frame(name, data)) is not None:
            tables.setdefault(tuple(map(str, frame.columns)), []).append((name, frame))
    columns: dict[str, Values] = {}
    for parts in tables.values():
        stem = PurePosixPath(parts[0][0]).name.partition(".")[0] if len(tables) > 1 else ""
        whole = pd.concat([frame for _, frame in parts], ignore_index=True)
        columns |= {f"{stem}.{name}".lstrip("."): v for name, v in _columns(whole).items()}
    return FeatureRows(columns=columns, scores=None)


def _frame(name: str, data: bytes) -> pd.DataFrame | None:
    try:
        if name.endswith(".parquet"):
            return pd.read_parquet(io.BytesIO(data))
        if name.endswith((".csv", ".csv.gz")):
            text = gzip.decompress(data) if name.endswith(".gz") else data
            return pd.read_csv(io.BytesIO(text), low_memory=False)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise InputError(f"{name} can't be read: {error}") from error
    return None


def _columns(frame: pd.DataFrame) -> dict[str, Values]:
    found = {}
    for name in frame.columns:
        values = _values(frame[name])
        if values is not None and not _is_id(str(name)):
            found[str(name)] = values
    return found


def _values(column: "pd.Series[Any]") -> Values | None:
    if pd.api.types.is_numeric_dtype(column):
        return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))
    if pd.api.types.is_datetime64_any_dtype(column) or column.nunique() > MOST_KINDS:
        return None
    codes = {kind: float(zlib.crc32(str(kind).encode())) for kind in column.dropna().unique()}
    return np.asarray(column.map(codes), dtype=np.float64)


def _is_id(name: str) -> bool:
    return name.lower().endswith(("id", "_ts"))
