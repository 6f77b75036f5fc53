"""The five files as machine histories, with a report of what was wrong in them.

Where the bytes came from (a folder, S3, Kaggle) is not known here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from windlass.domain.content import digest_files
from windlass.domain.names import Digest
from windlass.pipelines.predictive_maintenance import tables
from windlass.pipelines.predictive_maintenance.features import SENSORS, History, Seconds
from windlass.pipelines.predictive_maintenance.tables import LAYOUTS
from windlass.pipelines.tables import (
    BadRow,
    FileReport,
    Table,
    check_usable,
    quarantined,
    read_table,
)

FILES = tuple(layout.file for layout in LAYOUTS)
"""Names of the five files; each may also carry `.gz`."""

SHOWN = 5
"""Bad rows that a log shows; the report keeps all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationReport:
    """What was read and what was set aside."""

    files: tuple[FileReport, ...]
    machines: int
    """Machines with telemetry."""
    without_telemetry: tuple[int, ...]
    """Machines that another file names; nothing can be learned about them."""
    without_record: tuple[int, ...]
    """Machines with telemetry that PdM_machines.csv lacks; model and age stay unknown."""

    @property
    def bad(self) -> tuple[BadRow, ...]:
        """Bad rows of all files."""
        return tuple(row for file in self.files for row in file.bad)

    def lines(self) -> list[str]:
        """The report for a log: counts, then the first bad rows."""
        counts = ", ".join(f"{file.rows} rows of {file.file}" for file in self.files)
        lines = [f"{self.machines} machines; {counts}; {len(self.bad)} bad rows set aside"]
        lines += [f"set aside: {row}" for row in self.bad[:SHOWN]]
        if self.without_telemetry:
            lines.append(f"no telemetry of machines {_listed(self.without_telemetry)}")
        if self.without_record:
            lines.append(f"{tables.MACHINES.file} lacks machines {_listed(self.without_record)}")
        return lines

    def as_json(self) -> dict[str, object]:
        """The whole report as JSON values."""
        return {
            "machines": self.machines,
            "machines_without_telemetry": list(self.without_telemetry),
            "machines_without_record": list(self.without_record),
            "files": [file.as_json() for file in self.files],
            "quarantined": quarantined(self.files),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """All machines with telemetry, by number."""

    histories: tuple[History, ...]
    digest: Digest
    """Of the files as they were given."""
    report: ValidationReport


def read_dataset(
    files: Mapping[str, bytes], *, max_bad_fraction: float = 0.2, events_required: bool = True
) -> Dataset:
    """Read and check the five files; InputError names file, column and row of what is wrong.

    `events_required` refuses files without a single row: right for training, wrong for a
    held-back part, in which nothing may have failed.
    """
    read = {layout.file: read_table(layout, files) for layout in LAYOUTS}
    for table in read.values():
        required = events_required or table.layout is tables.TELEMETRY
        check_usable(table, max_bad_fraction, required=required)
    histories = _histories(read)
    return Dataset(
        histories=histories, digest=digest_files(_chosen(files)), report=_report(read, histories)
    )


def _chosen(files: Mapping[str, bytes]) -> dict[str, bytes]:
    names = [name if name in files else f"{name}.gz" for name in FILES]
    return {name: files[name] for name in names}


def _histories(read: Mapping[str, Table]) -> tuple[History, ...]:
    machines = read[tables.MACHINES.file].frame
    records = {
        int(machine): (str(model), float(age))
        for machine, model, age in zip(
            machines["machineID"], machines["model"], machines["age"], strict=True
        )
    }
    errors, maintenance, failures = (
        _events(read[layout.file].frame)
        for layout in (tables.ERROR_EVENTS, tables.MAINTENANCE, tables.FAILURES)
    )
    histories = []
    for machine, rows in _by_machine(read[tables.TELEMETRY.file].frame):
        ordered = rows.sort_values("datetime")
        model, age = records.get(machine, (None, float("nan")))
        histories.append(
            History(
                machine=machine,
                model=model,
                age=age,
                times=seconds(ordered["datetime"]),
                readings=ordered[list(SENSORS)].to_numpy(dtype=np.float64),
                errors=errors.get(machine, {}),
                maintenance=maintenance.get(machine, {}),
                failures=failures.get(machine, {}),
            )
        )
    return tuple(histories)


def _events(frame: pd.DataFrame) -> dict[int, dict[str, Seconds]]:
    kind = frame.columns[2]
    return {
        machine: {
            str(name): np.sort(seconds(rows["datetime"])) for name, rows in events.groupby(kind)
        }
        for machine, events in _by_machine(frame)
    }


def _by_machine(frame: pd.DataFrame) -> Iterator[tuple[int, pd.DataFrame]]:
    machines = frame["machineID"].to_numpy(dtype=np.int64)
    for machine in np.unique(machines):
        yield int(machine), frame[machines == machine]


def seconds(times: "pd.Series[Any]") -> Seconds:
    """Times as whole seconds since 1970 UTC."""
    return times.to_numpy(dtype="datetime64[s]").astype(np.int64)


def _report(read: Mapping[str, Table], histories: Sequence[History]) -> ValidationReport:
    measured = {history.machine for history in histories}
    named = {int(m) for table in read.values() for m in table.frame["machineID"].unique()}
    recorded = {int(m) for m in read[tables.MACHINES.file].frame["machineID"]}
    return ValidationReport(
        files=tuple(FileReport(file=t.layout.file, rows=t.rows, bad=t.bad) for t in read.values()),
        machines=len(measured),
        without_telemetry=tuple(sorted(named - measured)),
        without_record=tuple(sorted(measured - recorded)),
    )


def _listed(machines: Sequence[int]) -> str:
    shown = ", ".join(map(str, machines[:SHOWN]))
    return shown if len(machines) <= SHOWN else f"{shown} and {len(machines) - SHOWN} more"
