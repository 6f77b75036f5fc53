"""Ready feature rows, as `/invocations` brings them, read into a model's matrix."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from windlass.pipelines.contract import InvalidRequest
from windlass.pipelines.json_values import number

Rows = Sequence[Sequence[object]]


def feature_matrix(columns: Sequence[str], rows: Rows, names: Sequence[str]) -> NDArray[np.float32]:
    """Rows with their cells in the order of `names`; InvalidRequest names what does not fit."""
    order = _order(columns, names)
    return _matrix(columns, rows)[:, order]


def _order(columns: Sequence[str], names: Sequence[str]) -> list[int]:
    places = {name: place for place, name in enumerate(columns)}
    if len(places) != len(columns):
        raise InvalidRequest("columns", "names a column twice")
    unknown = [name for name in columns if name not in names]
    if unknown:
        raise InvalidRequest(str(unknown[0]), "is no feature of this model")
    missing = [name for name in names if name not in places]
    if missing:
        raise InvalidRequest(missing[0], "is missing from the columns")
    return [places[name] for name in names]


def _matrix(columns: Sequence[str], rows: Rows) -> NDArray[np.float32]:
    """Cells as numbers; None, and NaN as pandas writes it, are unknown values."""
    if not rows:
        return np.empty((0, len(columns)), dtype=np.float32)
    if not {type(cell) for row in rows for cell in row} <= {float, int, type(None)}:
        _refuse_cell(columns, rows)
    try:
        matrix = np.array(rows, dtype=np.float64)
    except (OverflowError, ValueError) as error:
        raise InvalidRequest("rows", f"can't be read as a table of numbers: {error}") from error
    if np.isinf(matrix).any():
        _refuse_cell(columns, rows)
    return matrix.astype(np.float32)


def _refuse_cell(columns: Sequence[str], rows: Rows) -> None:
    for index, row in enumerate(rows):
        for name, cell in zip(columns, row, strict=True):
            if cell is not None and cell == cell:
                number(cell, f"{name} in row {index}")
