"""hack/cluster and the images: what can be told without root, a cluster or Docker."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.support.repository import ROOT, texts

CHECK = ROOT / "hack" / "cluster" / "check.sh"
NEEDED = [
    line.split()
    for line in (CHECK.parent / "programs.txt").read_text().splitlines()
    if not line.startswith("#")
]


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder that is the whole PATH of a Linux machine whose user is root and has everything."""
    for program in ("bash", "env", "dirname"):
        (tmp_path / program).symlink_to(f"/usr/bin/{program}")
    pretend(tmp_path, "uname", "echo Linux")
    pretend(tmp_path, "id", "echo 0")
    for program, _ in NEEDED:
        if "/" not in program:
            pretend(tmp_path, program, "exit 0")
    return tmp_path


def pretend(machine: Path, name: str, script: str) -> None:
    program = machine / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def complaint(machine: Path) -> str:
    """Without the one file that no PATH can pretend, when this machine lacks it."""
    checked = subprocess.run(
        ["bash", CHECK], env={"PATH": str(machine)}, capture_output=True, text=True, check=False
    )
    assert (checked.returncode == 0) == (checked.stderr == "")
    return checked.stderr


def test_missing_programs_are_named_in_one_line_with_the_packages_to_install(machine: Path) -> None:
    for program in ("containerd", "ctr", "runc"):
        (machine / program).unlink()
    said = complaint(machine)
    assert said.count("\n") == 1
    assert said.startswith("missing here: containerd ctr runc")
    assert "apt-get install -y --no-install-recommends containerd runc" in said


@pytest.mark.parametrize(("program", "says"), [("uname", "echo Darwin"), ("id", "echo 1000")])
def test_another_system_or_user_is_refused_in_one_line(
    machine: Path, program: str, says: str
) -> None:
    pretend(machine, program, says)
    said = complaint(machine)
    assert said.count("\n") == 1
    assert "Linux and root" in said


@pytest.mark.parametrize("script", sorted(texts("hack/*.sh", ".ci/run")))
def test_every_script_is_one_that_bash_can_read(script: str) -> None:
    read = subprocess.run(["bash", "-n", ROOT / script], capture_output=True, check=False)
    assert read.stderr == b""


def test_images_name_what_they_stand_on_by_its_full_version() -> None:
    bases = [
        base
        for text in texts("Dockerfile", "hack/images/*.Dockerfile").values()
        for base in re.findall(r"^(?:ARG BASE=|FROM )(?!\$)(\S+)", text, re.MULTILINE)
    ]
    assert bases
    for base in bases:
        assert re.search(r":\d+\.\d+(\.\d+)?-", base), base


def test_both_ways_to_build_minio_name_one_version() -> None:
    named = [
        re.findall(r"\bv0\.0\.0-\d{14}-[0-9a-f]{12}\b", (ROOT / path).read_text())
        for path in ("hack/minio.sh", "hack/images/minio.Dockerfile")
    ]
    assert named[0] == named[1]
    assert len(named[0]) == 1


def test_the_image_is_built_from_what_dockerignore_lets_through() -> None:
    let_through = {
        line[1:]
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    copied = {
        source.rstrip("*")
        for line in re.findall(r"^COPY (?!--from)(.+)$", (ROOT / "Dockerfile").read_text(), re.M)
        for source in line.split()[:-1]
        if not source.startswith("--")
    }
    assert {path for path in copied if not path.startswith("hack/images/")} == let_through - {
        "hack/images"
    }
