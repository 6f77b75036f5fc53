"""What a report leaves behind: a table on the run's page, and JSON in the object store."""

import json
import re
from collections.abc import Mapping, Sequence

from prefect import get_run_logger, runtime
from prefect.artifacts import create_table_artifact

from windlass.ports.objects import Objects

Row = Mapping[str, object]

_NO_KEY = re.compile(r"[^a-z0-9-]+")
"""What Prefect refuses in the key of an artifact."""


def leave_report(objects: Objects, name: str, document: Mapping[str, object]) -> str:
    """Write a report as JSON; returns where."""
    key = f"reports/{name}/{runtime.flow_run.id}.json"
    objects.put(key, json.dumps(document, indent=1, allow_nan=False).encode())
    where = f"s3://{objects.bucket}/{key}"
    get_run_logger().info("the whole report: %s", where)
    return where


def show_table(key: str, rows: Sequence[Row], description: str) -> None:
    """Show rows on the run's page; versions of one key follow each other in Prefect's pages."""
    create_table_artifact(
        key=_NO_KEY.sub("-", key.lower()),
        table=[dict(row) for row in rows],
        description=description,
    )
