"""Fetches a pipeline's files from where the user says they are."""

import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Literal, get_args

from windlass.adapters.folder_objects import FolderObjects
from windlass.adapters.pipeline_files import folder_files, kaggle_files, object_files
from windlass.adapters.s3_objects import S3Connection, S3Objects
from windlass.bootstrap.environment import settings
from windlass.bootstrap.folder import Folder
from windlass.domain.content import split_uri
from windlass.domain.errors import InputError

Source = Literal["local", "s3", "kaggle"]


def source_of(data: str) -> Source:
    """Kind of source that `--data` names."""
    return "s3" if data.startswith("s3://") else "local"


def fetch(source: str, place: str, names: Sequence[str]) -> dict[str, bytes]:
    """Fetch the named files; `place` is a folder, `s3://bucket/prefix`, or a Kaggle dataset."""
    match source:
        case "local":
            return folder_files(Path(place), names)
        case "s3":
            return _object_store(place, names)
        case "kaggle":
            with tempfile.TemporaryDirectory() as folder:
                return kaggle_files(place, names, Path(folder))
        case _:
            raise InputError(f"unknown source {source}; there are: {', '.join(get_args(Source))}")


def _object_store(uri: str, names: Sequence[str]) -> dict[str, bytes]:
    """Read from the platform's own bucket, or from any S3 that the settings name."""
    known = settings()
    bucket, prefix = split_uri(uri)
    where = known.objects
    if bucket == where.bucket and not where.endpoint:
        return object_files(FolderObjects(Folder(known.folder).objects, bucket), prefix, names)
    connection = S3Connection(
        endpoint=where.endpoint or None,
        access_key=where.access_key or None,
        secret_key=where.secret_key.get_secret_value() or None,
    )
    with closing(S3Objects(connection, bucket)) as remote:
        return object_files(remote, prefix, names)
