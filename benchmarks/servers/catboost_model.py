"""The model that all measured servers serve: CatBoost, 300 trees, 30 numbers in, one out.

With `seconds` in its parameters a bundle sleeps on each request, as a candidate that waits for
something would.
"""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from catboost import CatBoostRegressor

from windlass.domain.bundle import Bundle, Golden, Manifest, TrainedOn
from windlass.domain.names import Digest
from windlass.pipelines.contract import Answer, InvalidRequest
from windlass.services.bundles import make_bundle

FEATURES = tuple(f"f{number:02}" for number in range(30))
TREES = 300
_FILE = "model.cbm"


def train() -> CatBoostRegressor:
    """Fit on seeded noise with a signal in it."""
    draw = np.random.default_rng(0)
    rows = draw.normal(size=(4000, len(FEATURES)))
    target = rows[:, 0] * rows[:, 1] + np.sin(rows[:, 2]) + draw.normal(size=len(rows)) / 10
    model = CatBoostRegressor(
        iterations=TREES, depth=6, thread_count=2, random_seed=0, allow_writing_files=False
    )
    model.fit(rows, target, silent=True)
    return model


def request() -> dict[str, float]:
    """One row by names."""
    return {name: place / 10 for place, name in enumerate(FEATURES)}


def table(rows: int) -> list[list[float]]:
    """Rows for a batch."""
    return [[(place + row) / 10 for place in range(len(FEATURES))] for row in range(rows)]


def score_row(model: CatBoostRegressor, payload: Mapping[str, Any]) -> float:
    """Score one row: the same call in each server that is ours to write."""
    row = [payload[name] for name in FEATURES]
    return float(model.predict(row, thread_count=1))


def bundle(model: CatBoostRegressor, data: bytes, seconds: float = 0.0) -> Bundle:
    """Seal the model."""
    manifest = Manifest(
        pipeline="benchmark",
        features_version="1",
        features=FEATURES,
        dtypes=dict.fromkeys(FEATURES, "float64"),
        files={},
        trained_on=TrainedOn(
            digest=Digest("sha256:" + "0" * 64),
            start=datetime(2015, 1, 1, tzinfo=UTC),
            until=datetime(2015, 6, 1, tzinfo=UTC),
        ),
        golden=Golden(request=request(), score=score_row(model, request())),
        parameters={"seconds": seconds},
    )
    return make_bundle(manifest, {_FILE: data})


def read_model(data: bytes) -> CatBoostRegressor:
    """Read the model from memory, for ours and for the bare server alike."""
    model = CatBoostRegressor()
    model.load_model(blob=data)
    # CatBoost parses this JSON again in every predict: 170 of 250 microseconds for one row
    del model.get_metadata()["params"]
    return model


def load(bundle: Bundle) -> "CatBoostScorer":
    """Read a bundle."""
    seconds = float(str(bundle.manifest.parameters["seconds"]))
    return CatBoostScorer(read_model(bundle.files[_FILE]), seconds)


class CatBoostScorer:
    """Scores one row by names, or a table."""

    def __init__(self, model: CatBoostRegressor, seconds: float) -> None:
        self._model = model
        self._seconds = seconds

    def predict(self, payload: Mapping[str, object]) -> Answer:
        """Answer one request."""
        try:
            score = score_row(self._model, payload)
        except KeyError as error:
            raise InvalidRequest(str(error.args[0]), "is missing") from error
        if self._seconds:
            time.sleep(self._seconds)
        return Answer({"prediction": score}, score)

    def predict_table(self, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> list[Any]:
        """Score rows whose columns come in the order of training."""
        if tuple(columns) != FEATURES:
            raise InvalidRequest("columns", f"must be {', '.join(FEATURES)}")
        return list(self._model.predict(rows, thread_count=1).tolist())
