"""A bundle's files are just those its manifest names."""

import hashlib

import pytest

from tests.support.promotions import NOW, digest
from windlass.domain.bundle import Golden, Manifest, TrainedOn, bundle_prefix, verify_files
from windlass.domain.errors import BundleError
from windlass.domain.names import Digest

FILES = {"model.cbm": b"trees", "bins.npz": b"edges"}
MANIFEST = Manifest(
    pipeline="predictive-maintenance",
    features_version="1",
    features=("volt",),
    dtypes={"volt": "float64"},
    files={name: hashlib.sha256(data).hexdigest() for name, data in FILES.items()},
    trained_on=TrainedOn(digest=digest("1"), start=NOW, until=NOW),
    golden=Golden(request={"volt": 1.0}, score=0.5),
)


ALTERED = "bundle file model.cbm does not match the digest in its manifest"


@pytest.mark.parametrize(
    ("files", "complaint"),
    [
        (FILES, None),
        ({"model.cbm": b"trees"}, "bundle lacks the file bins.npz that its manifest names"),
        ({}, "bundle lacks the file model.cbm that its manifest names"),
        ({**FILES, "model.cbm": b"tree"}, ALTERED),
        ({**FILES, "model.cbm": b""}, ALTERED),
        (
            {**FILES, "code.py": b"import os"},
            "bundle has the file code.py that its manifest does not name",
        ),
    ],
)
def test_only_the_files_of_the_manifest_are_accepted(
    files: dict[str, bytes], complaint: str | None
) -> None:
    try:
        verify_files(MANIFEST, files)
        said = None
    except BundleError as error:
        said = str(error)

    assert said == complaint


def test_a_bundle_lies_under_its_digest() -> None:
    assert bundle_prefix(Digest("sha256:abc")) == "bundles/sha256/abc"
