"""The lock files: what pyproject.toml asks for, by hash, and from no particular place."""

import re
import tomllib
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import windlass
from tests.support.repository import ROOT

PIN = re.compile(
    r"^([\w.-]+)(?:\[[^\]]*\])?==(\S+)(?: ; (.*?))? \\$((?:\n +--hash=\S+(?: \\)?)+)", re.M
)
RUNTIME = "requirements.lock"
DEV = "requirements-dev.lock"


def read(lock: str) -> str:
    return (ROOT / lock).read_text()


def pins(lock: str) -> set[tuple[str, str, str]]:
    """Name, version and marker of each pin."""
    return {(match[1], match[2], match[3] or "") for match in PIN.finditer(read(lock))}


def declared() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def unmet(requirements: list[str], lock: str) -> list[str]:
    versions: dict[str, list[str]] = {}
    for name, version, _ in pins(lock):
        versions.setdefault(canonicalize_name(name), []).append(version)
    return [
        text
        for text in requirements
        if not (found := versions.get(canonicalize_name((asked := Requirement(text)).name), []))
        or not all(asked.specifier.contains(version, prereleases=True) for version in found)
    ]


def test_the_runtime_lock_meets_what_the_package_and_its_build_ask_for() -> None:
    project = declared()
    asked = project["project"]["dependencies"] + project["build-system"]["requires"]
    assert unmet(asked, RUNTIME) == []


def test_the_dev_lock_meets_what_development_asks_for() -> None:
    assert unmet(declared()["project"]["optional-dependencies"]["dev"], DEV) == []


def test_the_dev_lock_holds_every_pin_of_the_runtime_lock() -> None:
    assert pins(RUNTIME) - pins(DEV) == set()


@pytest.mark.parametrize("lock", [RUNTIME, DEV])
def test_a_lock_has_pins_with_hashes_and_nothing_else(lock: str) -> None:
    rest = PIN.sub("", read(lock))
    assert pins(lock)
    assert [
        line for line in rest.splitlines() if line.strip() and not line.lstrip().startswith("#")
    ] == []


@pytest.mark.parametrize("lock", [RUNTIME, DEV])
def test_a_lock_has_no_addresses(lock: str) -> None:
    address = re.compile(r"://|@ |^-")
    assert [line for line in read(lock).splitlines() if address.search(line)] == []


def test_the_locked_build_group_is_what_the_build_requires() -> None:
    project = declared()
    assert project["dependency-groups"]["build"] == project["build-system"]["requires"]


def test_the_package_says_the_version_it_has() -> None:
    assert windlass.__version__ == declared()["project"]["version"]
