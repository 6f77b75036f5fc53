"""Bundles in the object store: written by content, read back only when every byte is as promised.

The digest of a bundle covers its manifest and all files the manifest names, so that a version, a
routing document and a server mean the same bytes when they name it.
"""

import dataclasses
import hashlib
import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NoReturn

from windlass.domain.bundle import (
    MANIFEST,
    MAX_BUNDLE_BYTES,
    Bundle,
    Golden,
    Manifest,
    TrainedOn,
    bundle_prefix,
    verify_files,
)
from windlass.domain.content import digest_files
from windlass.domain.errors import BundleError
from windlass.domain.names import Digest
from windlass.ports.objects import Objects

MAX_MANIFEST_BYTES = 4 * 1024 * 1024
"""A manifest is a page of text; anything larger is not one."""

_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def make_bundle(manifest: Manifest, files: Mapping[str, bytes]) -> Bundle:
    """Seal files into a bundle; whatever `manifest.files` says is replaced by their digests."""
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())}
    sealed = manifest_from_json(manifest_to_json(dataclasses.replace(manifest, files=digests)))
    digest = digest_files({**files, MANIFEST: manifest_to_json(sealed)})
    return Bundle(digest=digest, manifest=sealed, files=dict(files))


def write_bundle(objects: Objects, bundle: Bundle) -> str:
    """Store a bundle under its digest, the manifest last; returns its URI. May be repeated."""
    prefix = bundle_prefix(bundle.digest)
    for name, data in sorted(bundle.files.items()):
        objects.put(f"{prefix}/{name}", data)
    objects.put(f"{prefix}/{MANIFEST}", manifest_to_json(bundle.manifest))
    return f"s3://{objects.bucket}/{prefix}"


def read_bundle(objects: Objects, digest: Digest) -> Bundle:
    """Fetch the manifest and the files it names; BundleError unless all of it matches `digest`."""
    if not _DIGEST.fullmatch(digest):
        raise BundleError(f"{digest!r} is no bundle digest; it looks like sha256:<64 hex digits>")
    sizes = _sizes(objects, digest)
    text = _fetch(objects, digest, MANIFEST)
    manifest = manifest_from_json(text)
    _check_sizes(digest, {name: sizes.get(name, 0) for name in (MANIFEST, *manifest.files)})
    files = {name: _fetch(objects, digest, name) for name in manifest.files}
    verify_files(manifest, files)
    found = digest_files({**files, MANIFEST: text})
    if found != digest:
        raise BundleError(f"bundle {digest} was altered: its content has the digest {found}")
    return Bundle(digest=digest, manifest=manifest, files=files)


def _sizes(objects: Objects, digest: Digest) -> dict[str, int]:
    prefix = bundle_prefix(digest) + "/"
    sizes = {found.key.removeprefix(prefix): found.size for found in objects.list(prefix)}
    if MANIFEST not in sizes:
        raise BundleError(f"there is no complete bundle {digest} in bucket {objects.bucket}")
    if sizes[MANIFEST] > MAX_MANIFEST_BYTES:
        raise BundleError(f"the manifest of bundle {digest} is larger than any manifest may be")
    return sizes


def _check_sizes(digest: Digest, sizes: Mapping[str, int]) -> None:
    total = sum(sizes.values())
    if total > MAX_BUNDLE_BYTES:
        raise BundleError(f"bundle {digest} has {total} bytes; at most {MAX_BUNDLE_BYTES} are read")


def _fetch(objects: Objects, digest: Digest, name: str) -> bytes:
    data = objects.get(f"{bundle_prefix(digest)}/{name}")
    if data is None:
        raise BundleError(f"bundle {digest} lacks the file {name} that its manifest names")
    return data


def manifest_to_json(manifest: Manifest) -> bytes:
    """Canonical bytes of a manifest: the same value always gives the same bytes."""
    trained_on, golden = manifest.trained_on, manifest.golden
    document = {
        "pipeline": manifest.pipeline,
        "features_version": manifest.features_version,
        "features": list(manifest.features),
        "dtypes": dict(manifest.dtypes),
        "files": dict(manifest.files),
        "trained_on": {
            "digest": trained_on.digest,
            "from": _instant_text(trained_on.start),
            "until": _instant_text(trained_on.until),
        },
        "golden": {"request": golden.request, "score": golden.score},
        "parameters": manifest.parameters,
    }
    try:
        text = json.dumps(document, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise BundleError(f"a manifest must be plain JSON without NaN: {error}") from error
    return text.encode() + b"\n"


def manifest_from_json(data: bytes) -> Manifest:
    """Parse a manifest; BundleError names the first thing in it that is not as it must be."""
    try:
        document: object = json.loads(data, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{MANIFEST} is not JSON: {error}") from error
    fields = _Fields(document, MANIFEST, _MANIFEST_KEYS)
    features = tuple(fields.texts("features"))
    manifest = Manifest(
        pipeline=fields.text("pipeline"),
        features_version=fields.text("features_version"),
        features=features,
        dtypes=fields.text_map("dtypes"),
        files=fields.text_map("files"),
        trained_on=_trained_on(fields.value("trained_on")),
        golden=_golden(fields.value("golden")),
        parameters=fields.object_map("parameters"),
    )
    _check_names(manifest)
    return manifest


_MANIFEST_KEYS = frozenset(field.name for field in dataclasses.fields(Manifest))


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _trained_on(value: object) -> TrainedOn:
    fields = _Fields(value, f"{MANIFEST}: trained_on", frozenset(("digest", "from", "until")))
    digest = fields.text("digest")
    if not _DIGEST.fullmatch(digest):
        raise BundleError(f"{MANIFEST}: trained_on.digest is no sha256 digest: {digest!r}")
    return TrainedOn(
        digest=Digest(digest), start=fields.instant("from"), until=fields.instant("until")
    )


def _golden(value: object) -> Golden:
    fields = _Fields(value, f"{MANIFEST}: golden", frozenset(("request", "score")))
    return Golden(request=fields.object_map("request"), score=fields.number("score"))


def _check_names(manifest: Manifest) -> None:
    if len(set(manifest.features)) != len(manifest.features):
        raise BundleError(f"{MANIFEST}: a feature is named twice")
    if set(manifest.dtypes) != set(manifest.features):
        raise BundleError(f"{MANIFEST}: dtypes and features do not name the same features")
    for name, digest in manifest.files.items():
        if not _FILE_NAME.fullmatch(name) or name == MANIFEST:
            raise BundleError(f"{MANIFEST}: {name!r} may not be the name of a bundle's file")
        if not _SHA256.fullmatch(digest):
            raise BundleError(f"{MANIFEST}: the digest of {name} is no sha256: {digest!r}")


def _instant_text(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


class _Fields:
    """A JSON object whose keys are known and whose values are asked for by type."""

    def __init__(self, value: object, place: str, keys: frozenset[str]) -> None:
        if not isinstance(value, dict):
            raise BundleError(f"{place} must be an object")
        unknown, missing = value.keys() - keys, keys - value.keys()
        if unknown:
            raise BundleError(f"{place} has the unknown field {min(unknown)}")
        if missing:
            raise BundleError(f"{place} lacks the field {min(missing)}")
        self._values: dict[str, object] = value
        self._place = place

    def value(self, key: str) -> object:
        return self._values[key]

    def text(self, key: str) -> str:
        value = self._values[key]
        return value if isinstance(value, str) else self._refuse(key, "must be a text")

    def texts(self, key: str) -> list[str]:
        value = self._values[key]
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self._refuse(key, "must be a list of texts")
        return value

    def text_map(self, key: str) -> dict[str, str]:
        value = self.object_map(key)
        texts = {name: item for name, item in value.items() if isinstance(item, str)}
        return texts if len(texts) == len(value) else self._refuse(key, "must hold texts only")

    def object_map(self, key: str) -> dict[str, object]:
        value = self._values[key]
        return value if isinstance(value, dict) else self._refuse(key, "must be an object")

    def number(self, key: str) -> float:
        value = self._values[key]
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53:
            return float(value)
        if not isinstance(value, float) or not math.isfinite(value):
            self._refuse(key, "must be a finite number")
        return value

    def instant(self, key: str) -> datetime:
        try:
            instant = datetime.fromisoformat(self.text(key))
        except ValueError:
            self._refuse(key, "must be a time like 2015-01-01T06:00:00Z")
        return instant if instant.tzinfo else self._refuse(key, "must be a time with its zone")

    def _refuse(self, key: str, message: str) -> NoReturn:
        raise BundleError(f"{self._place}: {key} {message}")
