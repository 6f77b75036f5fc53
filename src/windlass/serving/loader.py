"""Turns a bundle into a scorer by the code of its pipeline; tests put a module like it in place."""

from importlib import import_module
from pathlib import PurePath

from windlass.domain.bundle import Bundle, Manifest
from windlass.pipelines import model_of
from windlass.pipelines.contract import Scorer

_READERS = {".cbm": "catboost", ".txt": "lightgbm"}
"""Library that reads files of a kind; pipelines import theirs no sooner than they load."""


def prepare(manifest: Manifest) -> None:
    """Import the pipeline's code and the libraries it will need, before the bundle is trusted."""
    model_of(manifest.pipeline)
    for suffix in {PurePath(name).suffix for name in manifest.files}:
        if suffix in _READERS:
            import_module(_READERS[suffix])


def load(bundle: Bundle) -> Scorer:
    """Read the bundle's files into a scorer."""
    return model_of(bundle.manifest.pipeline).load(bundle)
