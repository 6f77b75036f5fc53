"""Turns a bundle into a scorer by the code of its pipeline; tests put a module like it in place."""

from windlass.domain.bundle import Bundle, Manifest
from windlass.pipelines import model_of
from windlass.pipelines.contract import Scorer


def prepare(manifest: Manifest) -> None:
    """Import the pipeline's code, which is ours: it may run before the bundle is trusted."""
    model_of(manifest.pipeline)


def load(bundle: Bundle) -> Scorer:
    """Read the bundle's files into a scorer."""
    return model_of(bundle.manifest.pipeline).load(bundle)
