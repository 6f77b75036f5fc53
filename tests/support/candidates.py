"""Versions of predictive-maintenance for stories: good ones, worse ones, and ones that misbehave.

All are real bundles, trained in this process on one made-up plant, so that evaluations agree with
what they were trained to be.
"""

import struct
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from tests.support.plant import Watched
from windlass.bootstrap.systems import Systems
from windlass.domain.bundle import Bundle
from windlass.domain.names import Version
from windlass.pipelines.predictive_maintenance import model, steps
from windlass.pipelines.predictive_maintenance.params import Parameters
from windlass.pipelines.predictive_maintenance.record import record_at
from windlass.pipelines.predictive_maintenance.shift import INPUTS
from windlass.pipelines.predictive_maintenance.synthetic import Plant, synthetic_files
from windlass.pipelines.predictive_maintenance.training import Prepared
from windlass.services.bundles import make_bundle
from windlass.services.training import TrainedModel, TrainingPorts, record, register, store

_BASE = Parameters(gap_hours=0, horizon_hours=24, folds=2, n_trials=1)
_COPIES = 1000
"""Copies of a forest that make it take ten milliseconds, where one takes a tenth of one."""
_PLANT = Plant(machines=8, days=60, failures_per_month=4)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How much a model may learn."""

    iterations: int
    max_depth: int


FIRST = Recipe(iterations=20, max_depth=2)
BETTER = Recipe(iterations=100, max_depth=4)
WORSE = Recipe(iterations=2, max_depth=1)


@cache
def prepared(recipe: Recipe = BETTER) -> Prepared:
    """The plant's rows."""
    wanted = replace(_BASE, iterations=recipe.iterations, max_depth=recipe.max_depth)
    return steps.build_features(steps.validate_data(synthetic_files(_PLANT), wanted), wanted)


@cache
def trained(recipe: Recipe) -> TrainedModel:
    """A model that learned as much as it may."""
    rows = prepared(recipe)
    final = steps.fit_final(rows, {"catboost": (), "lightgbm": ()}, 2)
    return steps.judge(rows, final, {"catboost": (), "lightgbm": ()})


def slow() -> TrainedModel:
    """The better model as a huge ensemble: the same scores, and far too late."""
    from catboost import sum_models

    forest = _forest(trained(BETTER).bundle)
    return _altered(sum_models([forest] * _COPIES, weights=[1 / _COPIES] * _COPIES))


def fragile() -> TrainedModel:
    """The better model, but without an answer where `age` is unknown: no row of the plant is."""
    from catboost import CatBoostClassifier, Pool, sum_models

    age = INPUTS.index("age")
    rows = np.ones((40, len(INPUTS)), dtype=np.float32)
    rows[::2, age] = np.nan
    labels = np.isnan(rows[:, age]).astype(int)
    stump = CatBoostClassifier(iterations=1, depth=1, verbose=0, allow_writing_files=False)
    stump.fit(Pool(rows, labels, feature_names=list(INPUTS)))
    stump.set_leaf_values(np.array([np.nan, 0.0]))
    stump.set_scale_and_bias(1.0, 0.0)
    # as the pipeline's own forests lack it
    del stump.get_metadata()["class_params"]
    return _altered(sum_models([_forest(trained(BETTER).bundle), stump]))


def crashing() -> TrainedModel:
    """The better model, but its first tree asks about a feature far beyond CatBoost's memory."""
    content = bytearray(trained(BETTER).bundle.files[model.MODEL_FILE])
    # a FlatBuffers table follows a word and a length; its second field are the trees, of which
    # the second are the splits; all it checks is that these are numbers
    core = 8 + struct.unpack_from("<I", content, 8)[0]
    splits = _field(content, _field(content, core, 1), 1)
    struct.pack_into("<i", content, splits + 4, 2**31 - 1)
    return with_file(trained(BETTER), bytes(content))


@cache
def request(*, age: bool = True) -> dict[str, object]:
    """A request as live ones are; without `age` too, which is allowed."""
    history = prepared().dataset.histories[0]
    found = dict(record_at(history, int(history.times[-1])))
    if not age:
        del found["age"]
    return found


def registered(systems: Systems, version: TrainedModel) -> Version:
    """Store and register a version; it becomes the challenger."""
    ports = ports_of(systems)
    store(ports.objects, version, publish_holdout=True)
    return register(ports, version, record(ports.tracking, version)).version


def ports_of(systems: Systems) -> TrainingPorts:
    """What a training writes to, on a release's systems."""
    return TrainingPorts(
        objects=systems.objects,
        registry=systems.registry,
        tracking=systems.tracking,
        progress=Watched(),
    )


def with_file(version: TrainedModel, content: bytes) -> TrainedModel:
    """A version whose CatBoost file is another; the digests agree."""
    files = {**version.bundle.files, model.MODEL_FILE: content}
    made = make_bundle(version.bundle.manifest, files)
    return replace(version, bundle=made, artifacts={}, trials=())


def _field(content: bytearray, table: int, number: int) -> int:
    """Where a field of a FlatBuffers table lies."""
    head = table - struct.unpack_from("<i", content, table)[0]
    place = table + struct.unpack_from("<H", content, head + 4 + 2 * number)[0]
    return int(place + struct.unpack_from("<I", content, place)[0])


def _forest(bundle: Bundle) -> Any:
    from catboost import CatBoost

    forest = CatBoost()
    forest.load_model(blob=bundle.files[model.MODEL_FILE])
    return forest


def _altered(forest: Any) -> TrainedModel:
    with TemporaryDirectory() as folder:
        file = Path(folder, "forest.cbm")
        forest.save_model(str(file))
        return with_file(trained(BETTER), file.read_bytes())
