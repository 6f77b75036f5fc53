"""Positions as the Parquet file that they are read from."""

import io

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from windlass.pipelines.transit_eta.data import Positions

Mask = NDArray[np.bool_]


def parquet_of(positions: Positions, chosen: Mask) -> bytes:
    """The file of some of the rows; reading it back gives the same rows, bit for bit."""
    columns: dict[str, object] = {
        "trip_id": positions.trips,
        "route_id": positions.routes,
        "vehicle_id": positions.vehicles,
        "stop_id": positions.stops,
        "stop_sequence": positions.sequence,
        "vp_ts": pd.to_datetime(positions.seconds, unit="s", utc=True),
        "vp_lat": positions.lat,
        "vp_lon": positions.lon,
        "vp_bearing": positions.bearing,
        "stop_lat": positions.stop_lat,
        "stop_lon": positions.stop_lon,
        "distance_to_stop": positions.distance,
        "actual_arrival": pd.to_datetime(
            np.round((positions.seconds + positions.labels) * 1000).astype(np.int64),
            unit="ms",
            utc=True,
        ),
        "time_to_arrival_seconds": positions.labels,
        "current_speed_kmh": positions.speed,
    }
    return to_parquet(pd.DataFrame(columns)[chosen])


def to_parquet(frame: pd.DataFrame) -> bytes:
    """A table as a Parquet file; the same rows give the same bytes."""
    file = io.BytesIO()
    frame.to_parquet(file, index=False, compression="zstd")
    return file.getvalue()
