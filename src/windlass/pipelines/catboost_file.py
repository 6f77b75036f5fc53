"""A CatBoost forest as a `.cbm` file."""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from windlass.domain.bundle import Bundle
from windlass.domain.errors import BundleError

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


def catboost_of(bundle: Bundle, file: str, inputs: Sequence[str]) -> "CatBoost":
    """The forest in a file of a bundle; BundleError unless it was trained on these inputs."""
    from catboost import CatBoost, CatBoostError

    if file not in bundle.files:
        raise BundleError(f"bundle {bundle.digest} has no file {file}")
    forest = CatBoost()
    try:
        forest.load_model(blob=bundle.files[file])
    except CatBoostError as error:
        raise BundleError(f"bundle {bundle.digest}: {file} can't be read: {error}") from error
    if tuple(forest.feature_names_) != tuple(inputs):
        raise BundleError(f"bundle {bundle.digest}: {file} was trained on other features")
    return forest
