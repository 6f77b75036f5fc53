"""Fetches a pipeline's files from where the user says they are."""

import tempfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Literal, get_args

from windlass.adapters.folder_objects import FolderObjects
from windlass.adapters.pipeline_files import folder_files, kaggle_files, object_files
from windlass.bootstrap.clients import open_objects
from windlass.bootstrap.environment import settings
from windlass.bootstrap.folder import Folder
from windlass.bootstrap.whereabouts import named_connections
from windlass.domain.content import split_uri
from windlass.domain.errors import InputError
from windlass.domain.names import model_name
from windlass.pipelines import files_of, maker_of

Source = Literal["local", "s3", "kaggle", "synthetic"]
"""`synthetic` is made up by the pipeline itself: something to try it with."""

NAMED = "named"
"""Folder of files that a parameter names, beside a pipeline's own."""

NEED_NO_PLACE = ("kaggle", "s3", "synthetic")
"""Sources that have a usual place, or none."""


def source_of(data: str) -> Source:
    """Kind of source that `--data` names."""
    return "s3" if data.startswith("s3://") else "local"


def place_of(source: str, data: str, kaggle_dataset: str) -> str:
    """Where a source's files are: as given, but Kaggle has a usual dataset."""
    return kaggle_dataset if source == "kaggle" and not data else data


def usual_place(source: str, pipeline: str) -> str:
    """Where a pipeline's files are when nobody says: in the platform's bucket, or below here."""
    usual = f"data/{model_name(pipeline)}"
    match source:
        case "s3":
            return f"s3://{settings().objects.bucket}/{usual}"
        case "local" if Path(usual).is_dir():
            return usual
    return ""


def fetch(source: str, place: str, pipeline: str, only: Sequence[str] = ()) -> dict[str, bytes]:
    """Fetch a pipeline's files, or `only` some; what is not there is left out.

    `place` is a folder, `s3://bucket/prefix`, or a Kaggle dataset.
    """
    place = place or usual_place(source, pipeline)
    if source == "synthetic":
        if place:
            raise InputError(
                f"source=synthetic makes its data up: leave {place} out, or the source"
            )
        return maker_of(pipeline).sample_files()
    names = only or files_of(pipeline)
    match source:
        case "local" if not place:
            raise InputError(
                "no data is named: give a folder, s3://bucket/prefix, or a source; without any,"
                f" the folder data/{model_name(pipeline)} is read where there is one"
            )
        case "local":
            return folder_files(Path(place), names)
        case "s3":
            return _object_store(place, names, required=not only)
        case "kaggle":
            with tempfile.TemporaryDirectory() as folder:
                return kaggle_files(place, names, Path(folder))
        case _:
            raise InputError(f"unknown source {source}; there are: {', '.join(get_args(Source))}")


def fetch_files(place: str, names: Sequence[str]) -> dict[str, bytes]:
    """Those of the named files that are in a folder or under `s3://bucket/prefix`."""
    if source_of(place) == "s3":
        return _object_store(place, names, required=True)
    return folder_files(Path(place), names)


def fetch_named(source: str, place: str, names: Sequence[str]) -> dict[str, bytes]:
    """Fetch files that a parameter names: each an address, or a path, by itself or in `place`.

    They are found under `named/`, so that none takes the place of a pipeline's own.
    """
    return {f"{NAMED}/{PurePosixPath(name).name}": _named(source, place, name) for name in names}


def _named(source: str, place: str, name: str) -> bytes:
    folders = [place, ""] if source in ("local", "s3") else [""]
    for folder in folders:
        content = _content(folder, name)
        if content is not None:
            return content
    raise InputError(f"there is no file {name}" + (f", neither in {place}" if place else ""))


def _content(folder: str, name: str) -> bytes | None:
    """Content of a file that is named absolutely, or in a folder; None where there is none."""
    address = name if name.startswith("s3://") or not folder else f"{folder.rstrip('/')}/{name}"
    if address.startswith("s3://"):
        prefix, _, base = address.rpartition("/")
        return _object_store(prefix, (base,), required=False).get(base)
    path = Path(folder) / name
    return path.read_bytes() if path.is_file() else None


def _object_store(uri: str, names: Sequence[str], *, required: bool) -> dict[str, bytes]:
    """Read from the platform's own bucket, or with our credentials from any of the S3's."""
    known = settings()
    bucket, prefix = split_uri(uri)
    where = known.objects
    if bucket != where.bucket:
        where = where.model_copy(update={"bucket": bucket, "folder": None})
    elif named_connections() is None and not where.endpoint:
        return object_files(
            FolderObjects(Folder(known.folder).objects, bucket), prefix, names, required=required
        )
    with open_objects(where) as objects:
        return object_files(objects, prefix, names, required=required)
