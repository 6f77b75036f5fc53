"""A CatBoost forest as a `.cbm` file."""

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from catboost import CatBoost

_KEPT = ("class_params", "loss_function")


def catboost_bytes(forest: "CatBoost") -> bytes:
    """The file without the times and random ids that CatBoost notes in it.

    The same training gives the same bytes, and so the same bundle.
    """
    notes = forest.get_metadata()
    for name in list(notes.keys()):
        if name not in _KEPT:
            del notes[name]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.cbm")
        forest.save_model(os.fspath(path))
        return path.read_bytes()
