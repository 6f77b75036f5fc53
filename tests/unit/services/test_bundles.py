"""Bundles come back as they were written, or not at all."""

import json
from typing import Any

import pytest

from tests.support.promotions import NOW, digest
from windlass.adapters.memory.objects import MemoryObjects
from windlass.domain import bundle as bundles
from windlass.domain.bundle import Bundle, Golden, Manifest, TrainedOn, bundle_prefix
from windlass.domain.errors import BundleError
from windlass.domain.names import Digest
from windlass.services.bundles import (
    make_bundle,
    manifest_from_json,
    manifest_to_json,
    read_bundle,
    write_bundle,
)

MANIFEST = Manifest(
    pipeline="predictive-maintenance",
    features_version="1",
    features=("volt", "age"),
    dtypes={"volt": "float32", "age": "float32"},
    files={},
    trained_on=TrainedOn(digest=digest("1"), start=NOW, until=NOW),
    golden=Golden(request={"volt": 1.0, "history": {"errors": []}}, score=0.5),
    parameters={"threshold": 0.25},
)
FILES = {"model.cbm": b"trees", "bins.npz": b"edges"}


def made() -> Bundle:
    return make_bundle(MANIFEST, FILES)


def stored() -> tuple[MemoryObjects, Bundle, str]:
    objects, bundle = MemoryObjects(), made()
    write_bundle(objects, bundle)
    return objects, bundle, bundle_prefix(bundle.digest)


def test_what_is_written_is_read_back() -> None:
    objects, bundle, _ = stored()
    assert read_bundle(objects, bundle.digest) == bundle


def test_the_uri_names_bucket_and_digest() -> None:
    bundle = made()
    uri = write_bundle(MemoryObjects("store"), bundle)
    assert uri == f"s3://store/bundles/sha256/{bundle.digest.removeprefix('sha256:')}"


def test_the_manifest_comes_last_so_that_a_torn_write_is_no_bundle() -> None:
    class Torn(MemoryObjects):
        def put(self, key: str, data: bytes) -> None:
            if key.endswith("model.cbm"):
                raise ConnectionError
            super().put(key, data)

    objects, bundle = Torn(), made()
    with pytest.raises(ConnectionError):
        write_bundle(objects, bundle)
    with pytest.raises(BundleError, match="there is no complete bundle"):
        read_bundle(objects, bundle.digest)


def test_the_digest_covers_files_and_manifest() -> None:
    other_file = make_bundle(MANIFEST, {**FILES, "model.cbm": b"other"})
    assert made().digest == made().digest
    assert len({made().digest, other_file.digest}) == 2


@pytest.mark.parametrize("name", ["model.cbm", "manifest.json"])
def test_an_altered_object_is_refused(name: str) -> None:
    objects, bundle, prefix = stored()
    text = objects.get(f"{prefix}/{name}") or b""
    objects.put(f"{prefix}/{name}", text.replace(b"0.25", b"0.26").replace(b"tree", b"Tree"))
    with pytest.raises(BundleError, match=r"altered|does not match"):
        read_bundle(objects, bundle.digest)


def test_a_lost_file_is_named() -> None:
    objects, bundle, prefix = stored()
    objects.delete(f"{prefix}/bins.npz")
    with pytest.raises(BundleError, match=r"lacks the file bins\.npz"):
        read_bundle(objects, bundle.digest)


def test_what_the_manifest_does_not_name_is_not_read() -> None:
    objects, bundle, prefix = stored()
    objects.put(f"{prefix}/code.py", b"import os")
    assert set(read_bundle(objects, bundle.digest).files) == set(FILES)


def test_a_bundle_that_is_too_large_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    objects, bundle, _ = stored()
    monkeypatch.setattr("windlass.services.bundles.MAX_BUNDLE_BYTES", 10)
    with pytest.raises(BundleError, match="at most 10 are read"):
        read_bundle(objects, bundle.digest)
    assert bundles.MAX_BUNDLE_BYTES > 10


@pytest.mark.parametrize("wrong", ["", "7", "sha256:12", "sha256:../../etc", "SHA256:" + "0" * 64])
def test_a_digest_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(BundleError, match="is no bundle digest"):
        read_bundle(MemoryObjects(), Digest(wrong))


def test_an_unknown_digest_is_refused() -> None:
    with pytest.raises(BundleError, match="there is no complete bundle"):
        read_bundle(MemoryObjects(), digest("9"))


def document(**changes: Any) -> bytes:
    found = json.loads(manifest_to_json(made().manifest))
    for path, value in changes.items():
        place = found
        *way, last = path.split("__")
        for step in way:
            place = place[step]
        if value is ...:
            del place[last]
        else:
            place[last] = value
    return json.dumps(found).encode()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is not JSON"),
        (b"\xff", "is not JSON"),
        (b"[]", "must be an object"),
        (b'{"a": NaN}', "NaN is no JSON number"),
        (b"[" * 100_000, "is not JSON"),
        (document(pipeline=...), "lacks the field pipeline"),
        (document(extra=1), "has the unknown field extra"),
        (document(pipeline=3), "pipeline must be a text"),
        (document(features="volt"), "features must be a list of texts"),
        (document(features=["volt", 3]), "features must be a list of texts"),
        (document(features=["volt", "volt"]), "a feature is named twice"),
        (document(dtypes={"volt": "float32"}), "do not name the same features"),
        (document(dtypes={"volt": 1, "age": "float32"}), "dtypes must hold texts only"),
        (document(files={"../x": "0" * 64}), "may not be the name of a bundle's file"),
        (document(files={"manifest.json": "0" * 64}), "may not be the name"),
        (document(files={"a": "0"}), "the digest of a is no sha256"),
        (document(golden__score="high"), "score must be a finite number"),
        (document(golden__score=True), "score must be a finite number"),
        (document(golden__request=[]), "request must be an object"),
        (document(trained_on__digest="x"), "is no sha256 digest"),
        (document(trained_on__until="soon"), "until must be a time"),
        (document(trained_on__until="2015-01-01"), "must be a time with its zone"),
        (document(parameters=None), "parameters must be an object"),
    ],
)
def test_a_manifest_that_is_none_is_refused_by_its_fault(data: bytes, message: str) -> None:
    with pytest.raises(BundleError, match=message):
        manifest_from_json(data)


def test_a_manifest_survives_its_json() -> None:
    manifest = made().manifest
    assert manifest_from_json(manifest_to_json(manifest)) == manifest


@pytest.mark.parametrize("value", [float("nan"), object()])
def test_what_json_can_not_hold_is_no_part_of_a_manifest(value: object) -> None:
    with pytest.raises(BundleError, match="plain JSON"):
        make_bundle(
            Manifest(
                pipeline="p",
                features_version="1",
                features=(),
                dtypes={},
                files={},
                trained_on=MANIFEST.trained_on,
                golden=MANIFEST.golden,
                parameters={"value": value},
            ),
            {},
        )
