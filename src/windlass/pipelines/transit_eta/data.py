"""Vehicle positions out of their file, with a report of what was wrong in it.

Labels are as the file gives them; what it says of hours, weather and distances is not used: serving
could not know it, or would have to trust somebody else's arithmetic.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from windlass.domain.content import digest_files
from windlass.domain.errors import InputError
from windlass.domain.names import Digest
from windlass.pipelines.tables import (
    BadRow,
    Column,
    FileReport,
    Layout,
    check_usable,
    quarantined,
    read_table,
)
from windlass.pipelines.transit_eta.ahead import Indices, Texts
from windlass.pipelines.transit_eta.geometry import Floats
from windlass.pipelines.transit_eta.params import Parameters

FILE = "vehicle_positions.parquet"
FILES = (FILE,)

SHOWN = 5
"""Bad rows that a log shows; the report keeps all."""

POSITIONS = Layout(
    file=FILE,
    columns=(
        Column(name="trip_id", kind="text"),
        Column(name="route_id", kind="text"),
        Column(name="vehicle_id", kind="text"),
        Column(name="stop_id", kind="text"),
        Column(name="stop_sequence", kind="whole", least=0),
        Column(name="vp_ts", kind="time"),
        Column(name="vp_lat", kind="number", least=-90, most=90),
        Column(name="vp_lon", kind="number", least=-180, most=180),
        Column(name="vp_bearing", kind="number", nullable=True, optional=True),
        Column(name="stop_lat", kind="number", least=-90, most=90),
        Column(name="stop_lon", kind="number", least=-180, most=180),
        Column(name="distance_to_stop", kind="number", least=0),
        Column(name="time_to_arrival_seconds", kind="number", least=0, nullable=True),
        Column(name="current_speed_kmh", kind="number", least=0, nullable=True, optional=True),
    ),
    unique=("trip_id", "vehicle_id", "vp_ts", "stop_id", "stop_sequence"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Positions:
    """Rows of the file as arrays, one element each, ordered by time."""

    trips: Texts
    routes: Texts
    vehicles: Texts
    stops: Texts
    sequence: Indices
    seconds: Indices
    """Since 1970 UTC."""
    lat: Floats
    lon: Floats
    bearing: Floats
    speed: Floats
    stop_lat: Floats
    stop_lon: Floats
    distance: Floats
    """Metres to the stop as the file has them: they only say which rows are dropped."""
    labels: Floats
    """Seconds until the arrival at the stop."""
    judged: NDArray[np.bool_]
    """Rows that models are judged by: neither at their stop already nor with a label too long."""

    def __len__(self) -> int:
        """How many there are."""
        return len(self.seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationReport:
    """What was read, what was set aside, and what was dropped as the parameters say."""

    file: FileReport
    unlabelled: int
    near: int
    """Rows nearer to their stop than `min_distance_m`."""
    long: int
    """Rows with a label over `max_label_seconds`."""
    kept: int

    @property
    def bad(self) -> tuple[BadRow, ...]:
        """Bad rows of the file."""
        return self.file.bad

    def lines(self) -> list[str]:
        """The report for a log."""
        lines = [
            f"{self.file.rows} rows of {self.file.file}; {len(self.bad)} bad rows set aside; "
            f"dropped: {self.near} at their stop, {self.long} with a label too long, "
            f"{self.unlabelled} without one; {self.kept} are left"
        ]
        return lines + [f"set aside: {row}" for row in self.bad[:SHOWN]]

    def as_json(self) -> dict[str, object]:
        """The whole report as JSON values."""
        return {
            "files": [self.file.as_json()],
            "dropped": {
                "at_their_stop": self.near,
                "label_too_long": self.long,
                "without_label": self.unlabelled,
            },
            "kept": self.kept,
            "quarantined": quarantined([self.file]),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """All usable rows."""

    positions: Positions
    digest: Digest
    """Of the file as it was given."""
    report: ValidationReport


def read_dataset(files: Mapping[str, bytes], parameters: Parameters) -> Dataset:
    """Read, check and clean the file; InputError names file, column and row of what is wrong."""
    table = read_table(POSITIONS, files)
    check_usable(table, parameters.max_bad_fraction)
    frame = table.frame
    labelled = frame["time_to_arrival_seconds"].notna()
    long = frame["time_to_arrival_seconds"] > parameters.max_label_seconds
    near = frame["distance_to_stop"] < parameters.min_distance_m
    judged = labelled & ~long & ~near
    report = ValidationReport(
        file=FileReport(file=FILE, rows=table.rows, bad=table.bad),
        unlabelled=int((~labelled).sum()),
        near=int((labelled & near).sum()),
        long=int((labelled & long & ~near).sum()),
        kept=int(judged.sum()),
    )
    if not report.kept:
        raise InputError(f"{FILE}: no row is left to learn from; {report.lines()[0]}")
    usable = labelled & ~long
    return Dataset(
        positions=_positions(frame[usable], judged[usable]),
        digest=digest_files({FILE: files[FILE]}),
        report=report,
    )


def _positions(frame: pd.DataFrame, judged: "pd.Series[bool]") -> Positions:
    order = np.lexsort(
        [frame[name].to_numpy() for name in ("stop_sequence", "trip_id", "vehicle_id", "vp_ts")]
    )
    frame, judged = frame.iloc[order], judged.iloc[order]

    def numbers(name: str) -> Floats:
        return frame[name].to_numpy(dtype=np.float64, na_value=np.nan)

    def texts(name: str) -> Texts:
        return frame[name].to_numpy(dtype=object)

    return Positions(
        trips=texts("trip_id"),
        routes=texts("route_id"),
        vehicles=texts("vehicle_id"),
        stops=texts("stop_id"),
        sequence=frame["stop_sequence"].to_numpy(dtype=np.int64),
        seconds=frame["vp_ts"].to_numpy(dtype="datetime64[s]").astype(np.int64),
        lat=numbers("vp_lat"),
        lon=numbers("vp_lon"),
        bearing=numbers("vp_bearing"),
        speed=numbers("current_speed_kmh"),
        stop_lat=numbers("stop_lat"),
        stop_lon=numbers("stop_lon"),
        distance=numbers("distance_to_stop"),
        labels=numbers("time_to_arrival_seconds"),
        judged=judged.to_numpy(dtype=np.bool_),
    )
