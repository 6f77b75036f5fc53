"""Histories as the five files; reading them back gives the same histories, bit for bit."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter

import numpy as np

from windlass.pipelines.predictive_maintenance import tables
from windlass.pipelines.predictive_maintenance.features import History, Seconds
from windlass.pipelines.predictive_maintenance.record import time_text
from windlass.pipelines.tables import Layout

Row = Sequence[object]

_EVENTS = (
    (tables.ERROR_EVENTS, attrgetter("errors")),
    (tables.MAINTENANCE, attrgetter("maintenance")),
    (tables.FAILURES, attrgetter("failures")),
)


def csv_files(histories: Sequence[History]) -> dict[str, bytes]:
    """File name to content."""
    files = {tables.TELEMETRY.file: _csv(tables.TELEMETRY, _telemetry(histories))}
    for layout, events in _EVENTS:
        rows = (row for history in histories for row in _events(history.machine, events(history)))
        files[layout.file] = _csv(layout, rows)
    return {**files, tables.MACHINES.file: _csv(tables.MACHINES, _machines(histories))}


def _csv(layout: Layout, rows: Iterable[Row]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(column.name for column in layout.columns)
    writer.writerows(rows)
    return text.getvalue().encode()


def _telemetry(histories: Sequence[History]) -> Iterable[Row]:
    for history in histories:
        for time, reading in zip(history.times, history.readings.tolist(), strict=True):
            yield time_text(int(time)), history.machine, *reading


def _events(machine: int, events: Mapping[str, Seconds]) -> Iterable[Row]:
    found = [(int(time), name) for name, times in events.items() for time in times]
    for time, name in sorted(found):
        yield time_text(time), machine, name


def _machines(histories: Iterable[History]) -> Iterable[Row]:
    for history in histories:
        if history.model is not None and not np.isnan(history.age):
            yield history.machine, history.model, history.age
