"""The held-back part as a file of its own, on which every later promotion is judged."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from windlass.domain.bundle import TrainedOn
from windlass.domain.datasets import CARD, DatasetCard, read_card, sealed
from windlass.domain.errors import InputError
from windlass.pipelines.transit_eta.data import FILE, Dataset, read_dataset
from windlass.pipelines.transit_eta.params import Parameters
from windlass.pipelines.transit_eta.rows import Rows, build
from windlass.pipelines.transit_eta.writing import parquet_of

PIPELINE = "transit-eta"

_SETTINGS = ("min_distance_m", "max_label_seconds", "stops_ahead", "seed")
"""Parameters that decide which rows judge."""


def holdout_files(
    dataset: Dataset, start: int, parameters: Parameters, trained_on: TrainedOn
) -> dict[str, bytes]:
    """Files of the rows from `start` on."""
    positions = dataset.positions
    card = DatasetCard(
        pipeline=PIPELINE,
        start=instant(start),
        until=instant(int(positions.seconds.max())),
        held_out_of=trained_on,
        settings={name: getattr(parameters, name) for name in _SETTINGS},
    )
    return sealed(card, {FILE: parquet_of(positions, positions.seconds >= start)})


def rows_to_judge(dataset: Mapping[str, bytes]) -> Rows:
    """Rows that a dataset judges a model by; a folder without `dataset.json` by the defaults."""
    card = read_card(dataset)
    files = {name: data for name, data in dataset.items() if name != CARD}
    parameters = Parameters()
    if card is not None:
        parameters = _parameters(card)
    positions = read_dataset(files, parameters).positions
    return build(positions, parameters.stops_ahead, parameters.seed)


def _parameters(card: DatasetCard) -> Parameters:
    if card.pipeline != PIPELINE:
        raise InputError(f"the dataset belongs to {card.pipeline}, not to {PIPELINE}")
    try:
        values = {name: float(str(card.settings[name])) for name in _SETTINGS}
    except (KeyError, ValueError) as error:
        raise InputError(f"{CARD} of the dataset: {error!r}") from error
    return replace(
        Parameters(),
        min_distance_m=values["min_distance_m"],
        max_label_seconds=values["max_label_seconds"],
        stops_ahead=int(values["stops_ahead"]),
        seed=int(values["seed"]),
    )


def instant(seconds: int) -> datetime:
    """A moment as a time in UTC."""
    return datetime.fromtimestamp(np.int64(seconds).item(), UTC)
