"""`platform.json`: what a running embedded platform tells everybody else in its folder."""

import json
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from windlass.adapters.files import write_atomically
from windlass.domain.errors import InputError
from windlass.settings import REVEAL, Connections, Section

FILE = "platform.json"


class ProcessRecord(Section):
    """One child."""

    name: str = Field(description="What it is.")
    pid: int = Field(description="Its process.")
    url: str = Field("", description="Where people find it.")
    health: str = Field("", description="Where its health is seen.")
    log: Path = Field(description="Its log file.")


class PlatformRecord(Section):
    """The whole platform."""

    pid: int = Field(description="The supervisor.")
    started_at: datetime = Field(description="When it started.")
    state: Literal["starting", "ready"] = Field(description="Ready once every child was healthy.")
    connections: Connections = Field(description="Where the systems are.")
    processes: tuple[ProcessRecord, ...] = Field((), description="The children.")


def read_record(folder: Path) -> PlatformRecord | None:
    """Read what the last platform of a folder wrote; whether it still runs, its lock says."""
    path = folder / FILE
    try:
        return PlatformRecord.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError as error:
        raise InputError(
            f"{path} was written by another version of Windlass; delete it and run `windlass up`"
        ) from error


def write_record(folder: Path, record: PlatformRecord) -> None:
    """Write it, secrets in the clear: the folder is for its owner only."""
    document = record.model_dump(mode="json", context=REVEAL)
    write_atomically(folder / FILE, json.dumps(document, indent=1).encode())
