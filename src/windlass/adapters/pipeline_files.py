"""The files a pipeline trains on: from a folder, the object store, or Kaggle.

A pipeline names its files by their path, in which `*` stands for any part of it.
"""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from windlass.domain.errors import InputError, SystemUnavailable
from windlass.ports.objects import Objects

SUFFIXES = ("", ".gz")


def folder_files(folder: Path, names: Sequence[str]) -> dict[str, bytes]:
    """Those of the named files that are there, packed or not; the pipeline says what is missing."""
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder; give --data the folder of the files")
    try:
        paths = [
            path for name in names for suffix in SUFFIXES for path in folder.glob(name + suffix)
        ]
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(paths)
            if path.is_file()
        }
    except OSError as error:
        raise InputError(f"{error.filename}: {error.strerror}") from error


def object_files(
    objects: Objects, prefix: str, names: Sequence[str], *, required: bool = True
) -> dict[str, bytes]:
    """Those of the named files that lie under a prefix; InputError for none, if `required`."""
    wanted = [name + suffix for name in names for suffix in SUFFIXES]
    folder = prefix.rstrip("/") + "/"
    found = {}
    for stored in objects.list(folder):
        name = stored.key.removeprefix(folder)
        chosen = any(fnmatchcase(name, pattern) for pattern in wanted)
        data = objects.get(stored.key) if chosen else None
        if data is not None:
            found[name] = data
    if required and not found:
        raise InputError(f"s3://{objects.bucket}/{folder} holds none of {', '.join(names)}")
    return found


def kaggle_files(dataset: str, names: Sequence[str], folder: Path) -> dict[str, bytes]:
    """Download a dataset with Kaggle's own client; it reads its usual credentials."""
    try:
        from kaggle.api.kaggle_api_extended import KaggleApi
    except ImportError as error:
        raise InputError(
            "source=kaggle needs its client: .venv/bin/pip install -e '.[kaggle]'"
        ) from error
    except (OSError, SystemExit) as error:
        raise InputError(_credentials(error)) from error
    api = KaggleApi()
    try:
        api.authenticate()
    except (OSError, ValueError, SystemExit) as error:
        raise InputError(_credentials(error)) from error
    try:
        api.dataset_download_files(dataset, path=str(folder), unzip=True, quiet=True)
    except (OSError, ValueError) as error:
        raise SystemUnavailable(
            "Kaggle", f"{dataset} could not be downloaded ({error}); check the network and its name"
        ) from error
    return folder_files(folder, names)


def _credentials(error: BaseException) -> str:
    return (
        "source=kaggle needs credentials: set KAGGLE_USERNAME and KAGGLE_KEY, or write"
        f" ~/.kaggle/kaggle.json ({str(error) or 'none found'})"
    )
