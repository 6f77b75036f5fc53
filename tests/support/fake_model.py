"""A pipeline for tests of the server: its bundles say how they behave, and misbehave.

Takes the place of `windlass.serving.loader`, in the server and in the child process alike.
"""

import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from windlass.domain.bundle import Bundle, Golden, Manifest, TrainedOn
from windlass.domain.names import Digest
from windlass.pipelines.contract import Answer, InvalidRequest
from windlass.services.bundles import make_bundle

GOLDEN_X = 3.0


def bundle(scale: float = 2.0, golden_score: float | None = None, **parameters: object) -> Bundle:
    """Model that answers `scale * x`; `on_load` and `on_x` name what goes wrong and when.

    `killed_once` is a file: while there is none, whoever loads the model makes it and is killed.
    """
    score = GOLDEN_X * scale if golden_score is None else golden_score
    manifest = Manifest(
        pipeline="fake",
        features_version="1",
        features=("x", "y"),
        dtypes={"x": "float64", "y": "float64"},
        files={},
        trained_on=TrainedOn(
            digest=Digest("sha256:" + "0" * 64),
            start=datetime(2015, 1, 1, tzinfo=UTC),
            until=datetime(2015, 6, 1, tzinfo=UTC),
        ),
        golden=Golden(request={"x": GOLDEN_X}, score=score),
        parameters={"scale": scale, **parameters},
    )
    return make_bundle(manifest, {"model.txt": str(scale).encode()})


def prepare(manifest: Manifest) -> None:
    """Import nothing: there are no libraries behind this model."""


def load(bundle: Bundle) -> "FakeScorer":
    """Misbehave as the bundle says, or return its scorer."""
    parameters = bundle.manifest.parameters
    _misbehave(parameters.get("on_load"))
    marker = parameters.get("killed_once")
    if isinstance(marker, str) and not os.path.exists(marker):
        os.close(os.open(marker, os.O_CREAT))
        os.kill(os.getpid(), signal.SIGKILL)
    return FakeScorer(parameters)


class FakeScorer:
    """Multiplies."""

    def __init__(self, parameters: Mapping[str, Any]) -> None:
        self._scale: float = parameters["scale"]
        self._seconds: float = parameters.get("seconds", 0.0)
        self._lowest: float | None = parameters.get("lowest")
        self._on_x: Mapping[str, str] = parameters.get("on_x", {})

    def predict(self, payload: Mapping[str, object]) -> Answer:
        x = payload.get("x")
        if not isinstance(x, int | float):
            raise InvalidRequest("x", "must be a number")
        if self._lowest is not None and x < self._lowest:
            raise InvalidRequest("x", f"must be at least {self._lowest}")
        if x != GOLDEN_X:
            _misbehave(self._on_x.get(f"{x:g}", self._on_x.get("any")))
        if self._seconds and x != GOLDEN_X:
            time.sleep(self._seconds)
        return Answer({"product": self._scale * x}, self._scale * x)

    def predict_table(self, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> list[Any]:
        if "x" not in columns:
            raise InvalidRequest("x", "the column is missing")
        place = columns.index("x")
        return [self._scale * float(str(row[place])) for row in rows]


def _misbehave(how: object) -> None:
    if isinstance(how, str):
        _FAULTS[how]()


def _hang() -> None:
    while True:
        time.sleep(60)


def _raise() -> None:
    raise RuntimeError("the model is broken")


def _eat_memory() -> None:
    hoard = [bytearray(64 * 1024 * 1024)]
    while True:
        hoard.append(bytearray(64 * 1024 * 1024))


_FAULTS: Mapping[str, Callable[[], None]] = {
    "exit": lambda: os._exit(3),
    "segfault": lambda: os.kill(os.getpid(), signal.SIGSEGV),
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "hang": _hang,
    "raise": _raise,
    "memory": _eat_memory,
}
