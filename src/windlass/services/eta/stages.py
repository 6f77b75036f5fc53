"""The three stages of a tick: fetch snapshots, predict, write. Each is one task of the flow."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

import orjson

from windlass.ports.vehicles import VehicleFeed
from windlass.services.eta.memory import Remembered
from windlass.services.eta.profiling import FETCH, INFERENCE, LATENCY, WRITE, Profile
from windlass.services.eta.routes import RouteStops
from windlass.services.eta.settings import RuntimeSettings
from windlass.services.eta.sharing import Shard, own, turn
from windlass.services.eta.snapshots import (
    Reason,
    Rejected,
    Snapshot,
    predicted_from,
    read_snapshot,
)

SOURCE = "prefect"
"""What predictions name as their maker."""

_BATCH = 1000
"""Vehicles per read and per write; each is measured."""

_JSON = orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS


class VehicleEta(Protocol):
    """What a model says of one snapshot."""

    @property
    def predictions(self) -> Sequence[Mapping[str, object]]:
        """One per stop ahead: stop_id, stop_sequence, eta_seconds."""

    @property
    def problem(self) -> str | None:
        """Why there are none."""


class Estimator(Protocol):
    """What the runtime asks of a loaded model."""

    def predict_many(
        self,
        snapshots: Sequence[Mapping[str, object]],
        stops_by_route: Mapping[str, Sequence[Mapping[str, object]]],
        max_stops: int,
    ) -> Sequence[VehicleEta]:
        """Answer many vehicles at once, one result per snapshot."""


class Model(NamedTuple):
    """A model and what it is called."""

    key: str
    estimator: Estimator


class Times(Protocol):
    """The clocks of a runtime."""

    def now(self) -> datetime:
        """Return the time in UTC, aware."""

    def steady(self) -> float:
        """Seconds of a clock that never jumps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """What the stages of all ticks share."""

    feed: VehicleFeed
    times: Times
    shard: Shard = field(default_factory=Shard)
    profile: Profile = field(default_factory=Profile)
    remembered: Remembered = field(default_factory=Remembered)
    routes: RouteStops = field(default_factory=RouteStops)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """Snapshots that are to be predicted, and what became of the others."""

    snapshots: Sequence[Snapshot]
    rejected: Sequence[Rejected]
    unchanged: int
    last: str
    """The last vehicle that was looked at, for whose turn comes next."""
    began: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicted:
    """Documents that are to be written."""

    documents: Mapping[str, bytes]
    snapshots: Mapping[str, Snapshot]
    rejected: Sequence[Rejected]
    began: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """What one tick did."""

    predicted: int = 0
    unchanged: int = 0
    rejected: Sequence[Rejected] = ()
    seconds: float = 0
    problem: str = ""
    """Why nothing could be predicted at all."""

    @property
    def reasons(self) -> Counter[Reason]:
        """How many vehicles were set aside for which reason."""
        return Counter(one.reason for one in self.rejected)


def fetch_vehicle_snapshots(place: Workplace, settings: RuntimeSettings, after: str) -> Fetched:
    """Read the snapshots whose turn it is; those that are predicted already are left out."""
    began = place.times.steady()
    listed = place.feed.vehicles()
    place.remembered.keep_only(listed, began)
    vehicles = turn(own(listed, place.shard), settings.max_batch, after)
    read = [one for batch in _batches(vehicles) for one in _read(place, batch)]
    found = [one for one in read if isinstance(one, Snapshot)]
    _ask_for_predictions(place, found, settings.predictions_ttl)
    now, remembered = place.times.steady(), place.remembered
    new = [one for one in found if not remembered.is_current(one.vehicle, one.seconds, now)]
    return Fetched(
        snapshots=new,
        rejected=[one for one in read if isinstance(one, Rejected)],
        unchanged=len(found) - len(new),
        last=vehicles[-1] if vehicles else "",
        began=began,
    )


def predict_for_snapshots(
    place: Workplace, settings: RuntimeSettings, model: Model, fetched: Fetched
) -> Predicted:
    """Predict the next stops of all vehicles at once."""
    snapshots, rejected = _with_stops(place, fetched.snapshots)
    stops = place.routes.known
    began = place.times.steady()
    answers = (
        model.estimator.predict_many([one.fields for one in snapshots], stops, settings.max_stops)
        if snapshots
        else ()
    )
    place.profile.record(INFERENCE, _since(place, began), 1 if snapshots else 0)
    now = place.times.now()
    documents: dict[str, bytes] = {}
    for snapshot, answer in zip(snapshots, answers, strict=True):
        if answer.predictions:
            documents[snapshot.vehicle] = _document(snapshot, answer, model.key, now)
        else:
            reason = Reason.REFUSED if answer.problem else Reason.NO_STOP_AHEAD
            rejected.append(Rejected(snapshot.vehicle, reason, answer.problem or ""))
    return Predicted(
        documents=documents,
        snapshots={one.vehicle: one for one in snapshots},
        rejected=[*fetched.rejected, *rejected],
        began=fetched.began,
    )


def write_predictions_to_redis(
    place: Workplace, settings: RuntimeSettings, predicted: Predicted
) -> int:
    """Write the predictions and remember them; returns how many."""
    ttl = settings.predictions_ttl
    for batch in _batches(list(predicted.documents)):
        began = place.times.steady()
        place.feed.write({vehicle: predicted.documents[vehicle] for vehicle in batch}, ttl)
        now = place.times.steady()
        place.profile.record(WRITE, (now - began) * 1000)
        place.profile.record(LATENCY, (now - predicted.began) * 1000, len(batch))
        times = {vehicle: predicted.snapshots[vehicle].seconds for vehicle in batch}
        place.remembered.predicted(times, began, ttl)
    return len(predicted.documents)


def _read(place: Workplace, vehicles: Sequence[str]) -> Iterable[Snapshot | Rejected]:
    began = place.times.steady()
    raw = place.feed.snapshots(vehicles)
    place.profile.record(FETCH, _since(place, began))
    return map(read_snapshot, vehicles, raw)


def _ask_for_predictions(place: Workplace, found: Sequence[Snapshot], ttl: int) -> None:
    unknown = place.remembered.unknown([one.vehicle for one in found])
    for batch in _batches(unknown):
        stored, now = place.feed.predictions(batch), place.times.steady()
        since_1970 = place.times.now().timestamp()
        for vehicle, raw in zip(batch, stored, strict=True):
            place.remembered.learn(vehicle, predicted_from(raw, since_1970), now, ttl)


def _with_stops(
    place: Workplace, snapshots: Sequence[Snapshot]
) -> tuple[list[Snapshot], list[Rejected]]:
    """Snapshots whose route has stops, and the others."""
    routes = place.routes
    routes.refresh(place.feed, {one.route for one in snapshots}, place.times.steady())
    usable = [one for one in snapshots if one.route in routes.known]
    rejected = [
        Rejected(one.vehicle, *routes.why_not(one.route))
        for one in snapshots
        if one.route not in routes.known
    ]
    return usable, rejected


def _document(snapshot: Snapshot, answer: VehicleEta, key: str, now: datetime) -> bytes:
    return orjson.dumps(
        {
            "vehicle_id": snapshot.vehicle,
            "trip_id": snapshot.fields["trip_id"],
            "route_id": snapshot.route,
            "model_key": key,
            "source": SOURCE,
            "snapshot_timestamp": snapshot.timestamp,
            "prediction_timestamp": now,
            "predictions": answer.predictions,
        },
        option=_JSON,
    )


def _since(place: Workplace, began: float) -> float:
    return (place.times.steady() - began) * 1000


def _batches(vehicles: Sequence[str]) -> Iterable[Sequence[str]]:
    return (vehicles[start : start + _BATCH] for start in range(0, len(vehicles), _BATCH))
