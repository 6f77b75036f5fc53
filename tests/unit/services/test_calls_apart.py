"""Calls in a process of their own."""

import math
import os

import pytest

from windlass.domain.errors import BundleError
from windlass.domain.names import Digest
from windlass.services.apart import Crashed, call_apart
from windlass.services.bundles import manifest_from_json


def test_the_answer_comes_back() -> None:
    assert call_apart(math.hypot, 3.0, 4.0) == 5.0
    assert call_apart(Digest, "sha256:1") == "sha256:1"


def test_bad_input_comes_back_as_it_was_raised() -> None:
    with pytest.raises(BundleError, match="is not JSON"):
        call_apart(manifest_from_json, b"no")


def test_the_process_dying_is_a_crash() -> None:
    with pytest.raises(Crashed, match=r"died of it \(exit code -6\)"):
        call_apart(os.abort)


def test_any_other_fault_is_told_by_its_last_line() -> None:
    with pytest.raises(RuntimeError, match="ValueError: math domain error"):
        call_apart(math.sqrt, -1.0)


def test_what_the_call_prints_does_not_harm_the_answer() -> None:
    assert call_apart(os.system, "echo hello") == 0
