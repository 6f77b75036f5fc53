"""Datasets in the object store: a prefix with files and, last, `dataset.json`."""

from collections.abc import Mapping

from windlass.domain.content import digest_files
from windlass.domain.datasets import CARD, read_card
from windlass.domain.errors import InputError
from windlass.domain.names import Digest, ModelName
from windlass.ports.objects import Objects

MAX_DATASET_BYTES = 2 * 1024**3
"""Larger datasets are refused before they are read into memory."""

_ATTEMPTS = 3


def holdout_prefix(model: ModelName) -> str:
    """Where training leaves the held-back part that promotions are judged on."""
    return f"datasets/{model}/holdout"


def publish_dataset(objects: Objects, prefix: str, files: Mapping[str, bytes]) -> Digest:
    """Make `prefix` hold just these files; nothing is written that is already there."""
    wanted = {f"{prefix}/{name}": data for name, data in files.items()}
    for key in sorted(wanted, key=lambda key: (key.endswith(f"/{CARD}"), key)):
        if objects.get(key) != wanted[key]:
            objects.put(key, wanted[key])
    for found in objects.list(prefix + "/"):
        if found.key not in wanted:
            objects.delete(found.key)
    return digest_files(files)


def fetch_dataset(objects: Objects, prefix: str) -> dict[str, bytes]:
    """Files below a prefix by name; read again when they were replaced meanwhile."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return _whole(objects, prefix)
        except InputError:
            continue
    return _whole(objects, prefix)


def _whole(objects: Objects, prefix: str) -> dict[str, bytes]:
    folder = prefix.rstrip("/") + "/"
    listed = objects.list(folder)
    # files by month lie in folders of their own; beside files, a folder is another dataset
    found = [each for each in listed if "/" not in each.key[len(folder) :]] or listed
    if not found:
        raise InputError(f"there is no dataset at s3://{objects.bucket}/{prefix}")
    total = sum(each.size for each in found)
    if total > MAX_DATASET_BYTES:
        raise InputError(f"s3://{objects.bucket}/{prefix} has {total} bytes, too many to read")
    contents = {each.key[len(folder) :]: objects.get(each.key) for each in found}
    files = {name: data for name, data in contents.items() if data is not None}
    read_card(files)
    return files
