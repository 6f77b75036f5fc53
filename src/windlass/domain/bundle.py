"""A bundle: the inert files of a trained model.

`manifest.json` names every other file with its sha256. Nothing in a bundle is code, and nothing
outside the manifest is ever read. Stored by content: `bundles/sha256/<hex>/<file>`, the manifest
last, so that a folder with a manifest is complete.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from windlass.domain.errors import BundleError
from windlass.domain.names import Digest

MANIFEST = "manifest.json"

MAX_BUNDLE_BYTES = 512 * 1024 * 1024
"""Larger bundles are refused before they are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedOn:
    """The rows a model has seen; an evaluation on them proves nothing."""

    digest: Digest
    """Digest of the training dataset's files."""
    start: datetime
    until: datetime
    """Time of the last row seen in fitting, tuning or choosing a threshold (UTC)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Golden:
    """A request with the answer the trainer got; serving repeats it before it takes traffic."""

    request: Mapping[str, object]
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What `manifest.json` says."""

    pipeline: str
    """Name with hyphens; selects the code that reads the files."""
    features_version: str
    features: tuple[str, ...]
    """In the order of the model's input columns."""
    dtypes: Mapping[str, str]
    """Feature to numpy dtype name."""
    files: Mapping[str, str]
    """File name to hexadecimal sha256, every file but the manifest."""
    trained_on: TrainedOn
    golden: Golden
    parameters: Mapping[str, object] = field(default_factory=dict)
    """What else the scorer needs: decision threshold, label window."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A manifest and the files it names, in memory and verified."""

    digest: Digest
    manifest: Manifest
    files: Mapping[str, bytes]


def bundle_prefix(digest: Digest) -> str:
    """Folder of a bundle in the object store."""
    return "bundles/" + digest.replace(":", "/")


def verify_files(manifest: Manifest, files: Mapping[str, bytes]) -> None:
    """Raise BundleError unless `files` are just those the manifest names, unaltered."""
    stray = files.keys() - manifest.files.keys()
    if stray:
        raise BundleError(f"bundle has the file {min(stray)} that its manifest does not name")
    for name, expected in manifest.files.items():
        if name not in files:
            raise BundleError(f"bundle lacks the file {name} that its manifest names")
        if hashlib.sha256(files[name]).hexdigest() != expected:
            raise BundleError(f"bundle file {name} does not match the digest in its manifest")
