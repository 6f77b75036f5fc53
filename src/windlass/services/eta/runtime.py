"""The streaming runtime: one tick after another, on ports and on clocks that it is given."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from windlass.domain.errors import SystemUnavailable
from windlass.services.eta.alerts import Drought
from windlass.services.eta.models import ModelShelf
from windlass.services.eta.settings import Layer, live_layer, merge
from windlass.services.eta.stages import (
    Model,
    Tick,
    Workplace,
    fetch_vehicle_snapshots,
    predict_for_snapshots,
    write_predictions_to_redis,
)

R = TypeVar("R")


class CallStage(Protocol):
    """Runs a stage: just so, or as a task of a flow run."""

    def __call__(self, stage: Callable[..., R], *args: object) -> R:
        """Run it and return what it returns."""


def directly(stage: Callable[..., R], *args: object) -> R:
    """Run a stage just so."""
    return stage(*args)


class Voice(Protocol):
    """How the runtime speaks to people."""

    def say(self, line: str) -> None:
        """Tell the log."""

    def alert(self, blocks: Sequence[str], subject: str, body: str) -> None:
        """Tell people through notification blocks, and the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layers:
    """Settings from outside Redis."""

    block: Layer
    parameters: Layer


class Runtime:
    """What goes on from tick to tick: settings, model, turn, and whether people were told."""

    def __init__(self, place: Workplace, layers: Layers, shelf: ModelShelf, voice: Voice) -> None:
        self.place = place
        self._layers = layers
        self.shelf = shelf
        self._voice = voice
        self._live: bytes | None = None
        self._problems: frozenset[str] = frozenset()
        self._drought = Drought()
        self._after = ""
        self._problem = ""
        self.settings = merge((layers.block, layers.parameters)).settings

    def tick(self, call: CallStage = directly) -> Tick:
        """Predict what has changed. Raises SystemUnavailable, or InputError where Redis refuses."""
        try:
            return self._tick(call)
        except SystemUnavailable:
            # Redis was away, and may come back empty
            self.place.remembered.doubt()
            raise

    def take_settings(self) -> None:
        """Look at the settings in Redis; what can't be used is told once and left out."""
        document = self.place.feed.settings()
        if document == self._live:
            return
        live, problems = live_layer(document)
        if live is None:
            # a slip of the pen in Redis takes nothing away, the model least of all
            self._live = document
            self._voice.say(f"{problems[0]}; the settings before stay in use")
            return
        merged = merge((self._layers.block, live, self._layers.parameters))
        for problem in (*problems, *merged.problems):
            if problem not in self._problems:
                self._voice.say(problem)
        self._live, self._problems = document, frozenset((*problems, *merged.problems))
        self.settings = merged.settings

    def take_model(self, now: float) -> None:
        """Load the wanted model where it is another; after a swap all is predicted anew."""
        before = self.shelf.model
        change = self.shelf.want(self.settings.model_key, now)
        if change.problem:
            kept = f"; {before.key} stays in use" if before else ""
            self._alert("transit ETA: model can't be loaded", change.problem + kept)
        if self.shelf.model is not before and self.shelf.model is not None:
            self._voice.say(f"model {self.shelf.model.key} is in use")
        if change.swapped:
            self.place.remembered.outdate()

    def count(self, tick: Tick) -> None:
        """Alert when nothing was predicted for too many ticks in a row; tell a new problem."""
        if tick.problem != self._problem:
            self._problem = tick.problem
            self._voice.say(tick.problem or "the runtime predicts again")
        self._drought = self._drought.after(tick.predicted)
        threshold = self.settings.zero_prediction_alert_threshold
        if self._drought.is_alarming(threshold):
            self._alert("transit ETA: no predictions", f"{threshold} ticks in a row; {told(tick)}")

    def failed(self, reason: str) -> None:
        """Tell that the runtime ends with a failure."""
        self._alert("transit ETA: the runtime failed", reason)

    def _tick(self, call: CallStage) -> Tick:
        began = self.place.times.steady()
        self.take_settings()
        self.take_model(began)
        model = self.shelf.model
        if model is None:
            return Tick(problem=self.shelf.trouble)
        return self._predict(model, call, began)

    def _predict(self, model: Model, call: CallStage, began: float) -> Tick:
        place, settings = self.place, self.settings
        fetched = call(fetch_vehicle_snapshots, place, settings, self._after)
        predicted = call(predict_for_snapshots, place, settings, model, fetched)
        written = call(write_predictions_to_redis, place, settings, predicted)
        self._after = fetched.last
        return Tick(
            predicted=written,
            unchanged=fetched.unchanged,
            rejected=predicted.rejected,
            seconds=place.times.steady() - began,
        )

    def _alert(self, subject: str, body: str) -> None:
        self._voice.alert(self.settings.notification_blocks, subject, body)


def told(tick: Tick) -> str:
    """One line about a tick."""
    if tick.problem:
        return tick.problem
    parts = [f"{tick.predicted} predicted", f"{tick.unchanged} unchanged"]
    parts += [f"{count} {reason}" for reason, count in sorted(tick.reasons.items())]
    example = f"; {tick.rejected[0]}" if tick.rejected else ""
    return f"{', '.join(parts)} in {tick.seconds * 1000:.0f} ms{example}"
