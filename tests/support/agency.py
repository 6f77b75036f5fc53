"""A small made-up agency and models trained on it, made once per test process."""

from functools import cache

from windlass.domain.bundle import Bundle
from windlass.pipelines.transit_eta import steps, training
from windlass.pipelines.transit_eta.data import Dataset
from windlass.pipelines.transit_eta.kinds import Kind
from windlass.pipelines.transit_eta.model import EtaScorer, load
from windlass.pipelines.transit_eta.params import Parameters
from windlass.pipelines.transit_eta.rows import Rows, build
from windlass.pipelines.transit_eta.synthetic import Agency, synthetic_files
from windlass.pipelines.transit_eta.training import Fitted, Prepared
from windlass.services.bundles import make_bundle

AGENCY = Agency(routes=2, stops=8, hours=5)
QUICK = Parameters(iterations=40, max_depth=4, learning_rate=0.2, max_rows=5_000)


@cache
def files() -> dict[str, bytes]:
    """The agency's file."""
    return synthetic_files(AGENCY)


@cache
def dataset() -> Dataset:
    """The agency's positions."""
    return steps.validate_data(files(), QUICK)


@cache
def rows() -> Rows:
    """All rows made of them."""
    return build(dataset().positions, QUICK.stops_ahead, QUICK.seed)


@cache
def prepared() -> Prepared:
    """The same split and with features."""
    return steps.build_features(dataset(), QUICK)


@cache
def fitted(kind: Kind) -> Fitted:
    """One kind of model."""
    return training.fit(kind, prepared(), 1)


@cache
def bundle(kind: Kind) -> Bundle:
    """Its bundle."""
    model = fitted(kind)
    return make_bundle(
        training.manifest_of(model, prepared()), training.bundle_files(model, prepared())
    )


@cache
def scorer(kind: Kind = "catboost") -> EtaScorer:
    """The bundle as serving reads it."""
    return load(bundle(kind))
