"""Takes the place of `windlass.serving.loader`: imports CatBoost no sooner than that one does."""

from importlib import import_module

from windlass.domain.bundle import Bundle, Manifest
from windlass.pipelines.contract import Scorer

_MODEL = "benchmarks.servers.catboost_model"


def prepare(manifest: Manifest) -> None:
    """Import CatBoost."""
    import_module(_MODEL)


def load(bundle: Bundle) -> Scorer:
    """Read the bundle's model."""
    scorer: Scorer = import_module(_MODEL).load(bundle)
    return scorer
