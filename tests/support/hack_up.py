"""The parts of hack/up, which import each other by plain name as `python3 hack/up` lets them."""

import importlib
from types import ModuleType

import pytest

from tests.support.repository import ROOT


def part(name: str) -> ModuleType:
    """One of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "hack" / "up"))
        return importlib.import_module(name)
