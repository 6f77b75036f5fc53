"""Raw positions of vehicles, as they were recorded: no stops, no labels yet."""

import gzip
import io
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from windlass.domain.errors import InputError
from windlass.pipelines.tables import (
    Column,
    FileReport,
    Layout,
    check_table,
    check_usable,
)

FILES = ("telemetry.parquet", "telemetry.csv", "vehicle_positions.parquet")
"""The first that is there is read; the CSV may also carry `.gz`."""

_OTHER_NAMES = {
    "vp_ts": "timestamp",
    "vp_lat": "lat",
    "vp_lon": "lon",
    "vp_bearing": "bearing",
    "current_speed_kmh": "speed_kmh",
}
"""Names of the training file, for what snapshots call otherwise."""

TELEMETRY = Layout(
    file=FILES[0],
    columns=(
        Column(name="vehicle_id", kind="text"),
        Column(name="trip_id", kind="text"),
        Column(name="route_id", kind="text", nullable=True, optional=True),
        Column(name="timestamp", kind="time"),
        Column(name="lat", kind="number", least=-90, most=90),
        Column(name="lon", kind="number", least=-180, most=180),
        Column(name="bearing", kind="number", nullable=True, optional=True),
        Column(name="speed_kmh", kind="number", least=0, nullable=True, optional=True),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telemetry:
    """Good rows, ordered by time: vehicle, trip and route, `seconds` since 1970 UTC, place."""

    frame: pd.DataFrame
    report: FileReport


def read_telemetry(files: Mapping[str, bytes], max_bad_fraction: float = 0.2) -> Telemetry:
    """Read the first of FILES that is there; InputError says what is wrong."""
    name, raw = _raw(files)
    given = raw.rename(columns={old: new for old, new in _OTHER_NAMES.items() if new not in raw})
    table = check_table(replace(TELEMETRY, file=name), given)
    check_usable(table, max_bad_fraction)
    seconds = table.frame["timestamp"].to_numpy(dtype="datetime64[s]").astype(np.int64)
    frame = table.frame.assign(seconds=seconds).drop(columns="timestamp")
    # a feed repeats what it said until there is something new
    frame = frame.drop_duplicates(["vehicle_id", "trip_id", "seconds"])
    return Telemetry(
        frame=frame.sort_values(["seconds", "vehicle_id"], ignore_index=True),
        report=FileReport(file=name, rows=table.rows, bad=table.bad),
    )


def _raw(files: Mapping[str, bytes]) -> tuple[str, pd.DataFrame]:
    for name in FILES:
        data = files.get(name)
        if data is None and f"{name}.gz" in files:
            data = gzip.decompress(files[f"{name}.gz"])
        if data is not None:
            return name, _parse(name, data)
    there = ", ".join(sorted(files)) or "nothing"
    raise InputError(f"the telemetry is missing: give one of {', '.join(FILES)}; there is: {there}")


def _parse(name: str, data: bytes) -> pd.DataFrame:
    try:
        if name.endswith(".parquet"):
            return pd.read_parquet(io.BytesIO(data))
        text = pd.read_csv(io.BytesIO(data), dtype=str, keep_default_na=False)
        return text.where(text != "")
    except (OSError, ValueError) as error:
        raise InputError(f"{name} can't be read: {error}") from error
