"""The file of calls: its columns, how it is checked, and a made-up one to try the pipeline with."""

import io
from collections.abc import Mapping

import numpy as np
import pandas as pd

from windlass.pipelines.reading import Tables, read_tables
from windlass.pipelines.tables import Column, Layout

from .params import Parameters

BERTHS = ("A", "B", "C")

CALLS = Layout(
    file="calls.csv",
    columns=(
        Column(name="arrived", kind="time"),
        Column(name="berth", kind="text", choices=BERTHS),
        Column(name="containers", kind="whole", least=0),
        Column(name="wind", kind="number", least=0, nullable=True),
        Column(name="hours", kind="number", least=0),
    ),
)
FILES = (CALLS.file,)
"""Names of the files; each may also carry `.gz`."""


def read(files: Mapping[str, bytes], parameters: Parameters) -> Tables:
    """Read and check the file; bad rows are set aside."""
    return read_tables((CALLS,), files, parameters.max_bad_fraction)


def sample_files(calls: int = 1500, seed: int = 7) -> dict[str, bytes]:
    """Calls in which berth, load, wind and night work all tell something of the hours."""
    random = np.random.default_rng(seed)
    arrived = pd.Timestamp("2024-01-01") + pd.to_timedelta(
        np.sort(random.uniform(0, 24 * 360, calls)), unit="h"
    )
    berth = random.integers(0, len(BERTHS), calls)
    containers = random.integers(20, 900, calls)
    wind = random.gamma(4, 2.5, calls)
    pace = np.array([30, 24, 40])[berth] * np.where(wind > 14, 0.6, 1.0)
    night = np.where((arrived.hour < 6) | (arrived.hour > 21), 3.0, 0.0)
    hours = 2 + containers / pace + night + random.gamma(2, 0.5, calls)
    frame = pd.DataFrame(
        {
            "arrived": arrived.strftime("%Y-%m-%d %H:%M:%S"),
            "berth": np.array(BERTHS)[berth],
            "containers": containers,
            "wind": wind.round(1),
            "hours": hours.round(2),
        }
    )
    return {CALLS.file: csv_bytes(frame)}


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """A table as a file."""
    text = io.StringIO()
    frame.to_csv(text, index=False, lineterminator="\n")
    return text.getvalue().encode()
