"""Benchmarks start although one of them has the name of a module of Python's own."""

import re
import subprocess
import sys

from tests.support.repository import ROOT

BENCHMARKS = sorted(path.name for path in (ROOT / "benchmarks").glob("*.py"))

PROGRAM = """
import runpy, sys
for name in sys.argv[1:]:
    runpy.run_path(f"benchmarks/{name}")
    print(name)
"""


def test_make_keeps_their_folder_from_python_s_path() -> None:
    started = re.findall(r"\$\(bin\)/python (.*)", (ROOT / "Makefile").read_text())
    benchmarks = [words for words in started if "bench" in words]
    assert benchmarks
    assert [words for words in benchmarks if not words.startswith("-P ")] == []


def test_each_can_be_imported_as_make_starts_it() -> None:
    ended = subprocess.run(
        [sys.executable, "-P", "-c", PROGRAM, *BENCHMARKS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stdout.split() == BENCHMARKS, ended.stderr
