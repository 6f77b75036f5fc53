"""The main job, told from beginning to end."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.platforms import Platform

SECONDS = 280


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / ".windlass"


@pytest.fixture(scope="module")
def told(folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "windlass.cli", "demo", "--folder", str(folder)],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{Platform(folder).logs()}"
    return done.stdout


@pytest.mark.parametrize(
    "line",
    [
        r"✓ .* version 1 passed its gates and is the first champion",
        r'✓ .* POST /predict answers \{"failure_probability":[\d.]+,"decision":"\w+"\}',
        r"✗ .* version 2 refused: average_precision: candidate 0\.\d+ is below the threshold 0\.3",
        r"✓ .* version 3 promoted through shadow and canary: \d+ requests, 0 failed; .* version 3",
        r"✓ .* rolled back by hand, version 1 answers again: \d+ requests, 0 failed",
        r"2 +0\.\d+ +[\d.]+ +0\.\d+ +refused by its gate",
        r"In production: version 1\.",
    ],
)
def test_each_part_of_the_story_is_told(told: str, line: str) -> None:
    assert re.search(line, told)


def test_plots_can_be_opened(told: str) -> None:
    plots = re.findall(r"^  (\S+\.png)$", told, re.MULTILINE)
    assert len(plots) == 9
    assert all(Path(plot).read_bytes().startswith(b"\x89PNG") for plot in plots)


def test_what_the_demo_left_can_be_looked_at(told: str, folder: Path) -> None:
    said = Platform(folder).windlass("promotions", "ls")
    phases = [line.split()[4] for line in said.out.splitlines()[2:]]
    assert phases == ["Succeeded", "Failed", "RolledBack"]
    assert Platform(folder).windlass("status").code == 3
