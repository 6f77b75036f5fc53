"""Addresses of objects."""

import pytest

from windlass.domain.content import checked_key, checked_prefix, key_of, split_uri
from windlass.domain.errors import InputError


@pytest.mark.parametrize(
    ("uri", "place"),
    [
        ("s3://windlass/datasets/pm/holdout", ("windlass", "datasets/pm/holdout")),
        ("s3://windlass/datasets/pm/", ("windlass", "datasets/pm")),
        ("s3://my.bucket-1", ("my.bucket-1", "")),
        ("s3://my.bucket-1/", ("my.bucket-1", "")),
    ],
)
def test_an_address_names_bucket_and_key(uri: str, place: tuple[str, str]) -> None:
    assert split_uri(uri) == place


@pytest.mark.parametrize(
    "uri", ["", "windlass/a", "s3:/windlass/a", "s3://W/a", "s3:///a", "file:///a", "s3://b_b/a"]
)
def test_anything_else_is_no_address(uri: str) -> None:
    with pytest.raises(InputError, match="is no address of an object"):
        split_uri(uri)


@pytest.mark.parametrize("uri", ["s3://windlass/a/../b", "s3://windlass//a", "s3://windlass/a//"])
def test_an_address_cannot_climb(uri: str) -> None:
    with pytest.raises(InputError, match="is no object key"):
        split_uri(uri)


def test_the_key_behind_an_address_of_our_bucket() -> None:
    assert key_of("s3://windlass/bundles/sha256/aa", "windlass") == "bundles/sha256/aa"
    with pytest.raises(InputError, match="lies in bucket other; only bucket windlass can be read"):
        key_of("s3://other/bundles", "windlass")


def test_a_key_has_as_many_bytes_as_s3_allows() -> None:
    assert checked_key("é" * 512) == "é" * 512
    with pytest.raises(InputError):
        checked_key("é" * 512 + "e")


@pytest.mark.parametrize("key", ["\ud800", "a\x7f", "a\u2028b"])
def test_a_key_can_be_printed(key: str) -> None:
    with pytest.raises(InputError, match="is no object key"):
        checked_key(key)


@pytest.mark.parametrize("prefix", ["", "a", "a/", "a/b"])
def test_a_prefix_may_end_anywhere(prefix: str) -> None:
    assert checked_prefix(prefix) == prefix
