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


def test_the_files_of_the_manifest_are_accepted() -> None:
    verify_files(MANIFEST, FILES)


@pytest.mark.parametrize(
    ("files", "complaint"),
    [
        ({"model.cbm": b"trees"}, r"lacks the file bins\.npz"),
        ({}, "lacks the file"),
        ({**FILES, "model.cbm": b"tree"}, r"bundle file model\.cbm does not match"),
        ({**FILES, "model.cbm": b""}, r"bundle file model\.cbm does not match"),
        ({**FILES, "code.py": b"import os"}, r"has the file code\.py that its manifest does not"),
    ],
)
def test_anything_else_is_refused(files: dict[str, bytes], complaint: str) -> None:
    with pytest.raises(BundleError, match=complaint):
        verify_files(MANIFEST, files)


def test_a_bundle_lies_under_its_digest() -> None:
    assert bundle_prefix(Digest("sha256:abc")) == "bundles/sha256/abc"
