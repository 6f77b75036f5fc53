"""All files of a pipeline read and checked at once, for pipelines that need no more than that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from windlass.domain.content import digest_files
from windlass.domain.names import Digest
from windlass.pipelines.tables import (
    BadRow,
    FileReport,
    Layout,
    check_usable,
    quarantined,
    read_table,
)

SHOWN = 5
"""Bad rows that a log shows; the report keeps all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TablesReport:
    """What was read and what was set aside."""

    files: tuple[FileReport, ...]

    @property
    def bad(self) -> tuple[BadRow, ...]:
        """Bad rows of all files."""
        return tuple(row for file in self.files for row in file.bad)

    def lines(self) -> list[str]:
        """The report for a log: counts, then the first bad rows."""
        counts = ", ".join(f"{file.rows} rows of {file.file}" for file in self.files)
        first = [f"set aside: {row}" for row in self.bad[:SHOWN]]
        return [f"{counts}; {len(self.bad)} bad rows set aside", *first]

    def as_json(self) -> dict[str, object]:
        """The whole report as JSON values."""
        return {
            "files": [file.as_json() for file in self.files],
            "quarantined": quarantined(self.files),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """The good rows of all files, by file."""

    frames: Mapping[str, pd.DataFrame]
    digest: Digest
    """Of the files as they were given."""
    report: TablesReport


def read_tables(
    layouts: Sequence[Layout], files: Mapping[str, bytes], max_bad_fraction: float
) -> Tables:
    """Read and check the files; InputError names file, column and row of what is wrong."""
    read = [read_table(layout, files) for layout in layouts]
    for table in read:
        check_usable(table, max_bad_fraction)
    given = [name if name in files else f"{name}.gz" for name in (each.file for each in layouts)]
    return Tables(
        frames={table.layout.file: table.frame for table in read},
        digest=digest_files({name: files[name] for name in given}),
        report=TablesReport(
            files=tuple(
                FileReport(file=table.layout.file, rows=table.rows, bad=table.bad) for table in read
            )
        ),
    )
