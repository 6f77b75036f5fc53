"""Digests of content: what "the same data" means."""

import hashlib
import random

import pytest

from windlass.domain.content import Entry, digest_files, digest_of, entry

FILES = {"b.csv": b"2\n", "a.csv": b"1\n", "deep/c.csv": b""}


def test_the_digest_is_that_of_the_sorted_lines() -> None:
    lines = "".join(
        f"{path} {len(FILES[path])} {hashlib.sha256(FILES[path]).hexdigest()}\n"
        for path in ("a.csv", "b.csv", "deep/c.csv")
    )

    assert digest_files(FILES) == "sha256:" + hashlib.sha256(lines.encode()).hexdigest()


def test_a_known_value() -> None:
    assert digest_files({"a.csv": b"1\n"}) == (
        "sha256:d2c9695d9a1b3e7b6fd2d773d80a9d5cdb1e36b4bf5ede1a26dfde109933c21d"
    )


def test_nothing_has_a_digest_too() -> None:
    assert digest_of([]) == "sha256:" + hashlib.sha256(b"").hexdigest()


def test_the_order_of_the_files_does_not_matter() -> None:
    entries = [entry(path, data) for path, data in FILES.items()]
    wanted = digest_of(entries)
    for seed in range(5):
        random.Random(seed).shuffle(entries)
        assert digest_of(entries) == wanted


@pytest.mark.parametrize(
    "other",
    [
        {**FILES, "a.csv": b"1"},
        {**FILES, "d.csv": b""},
        {"b.csv": b"2\n", "a.csv": b"1\n"},
        {"b.csv": b"1\n", "a.csv": b"2\n", "deep/c.csv": b""},
        {"B.csv": b"2\n", "a.csv": b"1\n", "deep/c.csv": b""},
    ],
)
def test_any_change_changes_the_digest(other: dict[str, bytes]) -> None:
    assert digest_files(other) != digest_files(FILES)


def test_an_entry_describes_a_file() -> None:
    assert entry("a", b"xy") == Entry("a", 2, hashlib.sha256(b"xy").hexdigest())
