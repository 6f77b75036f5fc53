"""Fetches a pipeline's files from where the user says they are."""

import tempfile
from pathlib import Path
from typing import Literal, get_args

from windlass.adapters.folder_objects import FolderObjects
from windlass.adapters.pipeline_files import folder_files, kaggle_files, object_files
from windlass.bootstrap.clients import open_objects
from windlass.bootstrap.environment import settings
from windlass.bootstrap.folder import Folder
from windlass.bootstrap.whereabouts import named_connections
from windlass.domain.content import split_uri
from windlass.domain.errors import InputError
from windlass.pipelines import files_of, maker_of

Source = Literal["local", "s3", "kaggle", "synthetic"]
"""`synthetic` is made up by the pipeline itself: something to try it with."""

NEED_NO_PLACE = ("kaggle", "synthetic")


def source_of(data: str) -> Source:
    """Kind of source that `--data` names."""
    return "s3" if data.startswith("s3://") else "local"


def place_of(source: str, data: str, kaggle_dataset: str) -> str:
    """Where a source's files are: as given, but Kaggle has a usual dataset."""
    return kaggle_dataset if source == "kaggle" and not data else data


def fetch(source: str, place: str, pipeline: str) -> dict[str, bytes]:
    """Fetch a pipeline's files; `place` is a folder, `s3://bucket/prefix`, or a Kaggle dataset."""
    if source == "synthetic":
        if place:
            raise InputError(
                f"source=synthetic makes its data up: leave {place} out, or the source"
            )
        return maker_of(pipeline).sample_files()
    names = files_of(pipeline)
    match source:
        case "local" if not place:
            raise InputError("no data is named: give a folder, s3://bucket/prefix, or a source")
        case "local":
            return folder_files(Path(place), names)
        case "s3":
            return _object_store(place, names)
        case "kaggle":
            with tempfile.TemporaryDirectory() as folder:
                return kaggle_files(place, names, Path(folder))
        case _:
            raise InputError(f"unknown source {source}; there are: {', '.join(get_args(Source))}")


def _object_store(uri: str, names: tuple[str, ...]) -> dict[str, bytes]:
    """Read from the platform's own bucket, or with our credentials from any of the S3's."""
    known = settings()
    bucket, prefix = split_uri(uri)
    where = known.objects
    if bucket != where.bucket:
        where = where.model_copy(update={"bucket": bucket, "folder": None})
    elif named_connections() is None and not where.endpoint:
        return object_files(FolderObjects(Folder(known.folder).objects, bucket), prefix, names)
    with open_objects(where) as objects:
        return object_files(objects, prefix, names)
