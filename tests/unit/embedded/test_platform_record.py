"""`platform.json`."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from windlass.adapters.platform_file import (
    FILE,
    PlatformRecord,
    ProcessRecord,
    read_record,
    write_record,
)
from windlass.domain.errors import InputError
from windlass.settings import Connections

RECORD = PlatformRecord(
    pid=7,
    started_at=datetime(2026, 3, 1, tzinfo=UTC),
    state="ready",
    connections=Connections.model_validate({"inference": {"admin_token": "hush-hush"}}),
    processes=(ProcessRecord(name="mlflow", pid=8, log=Path("mlflow.log")),),
)


def test_a_record_reads_back_as_it_was_written(tmp_path: Path) -> None:
    write_record(tmp_path, RECORD)
    assert read_record(tmp_path) == RECORD
    document = json.loads((tmp_path / FILE).read_text())
    assert document["connections"]["inference"]["admin_token"] == "hush-hush"


def test_secrets_do_not_show_where_a_record_is_printed() -> None:
    assert "hush-hush" not in f"{RECORD} {RECORD.model_dump_json()}"


def test_no_platform_has_no_record(tmp_path: Path) -> None:
    assert read_record(tmp_path) is None


def test_a_record_of_another_version_is_explained(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('{"pid": 7, "colour": "red"}')
    with pytest.raises(InputError, match="written by another version"):
        read_record(tmp_path)
