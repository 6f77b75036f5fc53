"""Benchmarks start although one of them has the name of a module of Python's own."""

import re
import subprocess
import sys

from tests.support.repository import ROOT

NAMED_LIKE_PYTHON_S = "operator.py"


def test_make_keeps_their_folder_from_python_s_path() -> None:
    started = re.findall(r"\$\(bin\)/python (.*)", (ROOT / "Makefile").read_text())
    benchmarks = [words for words in started if "bench" in words]
    assert benchmarks
    assert [words for words in benchmarks if not words.startswith("-P ")] == []


def test_it_can_be_imported_as_make_starts_it() -> None:
    program = f"import runpy; runpy.run_path('benchmarks/{NAMED_LIKE_PYTHON_S}')"
    ended = subprocess.run(
        [sys.executable, "-P", "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
