"""The held-back part as files of its own, on which every later promotion is judged.

They hold each machine's last hours and enough of the time before for the same features.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from windlass.domain.bundle import TrainedOn
from windlass.domain.datasets import CARD, DatasetCard, read_card, sealed
from windlass.domain.errors import InputError
from windlass.pipelines.predictive_maintenance.data import Dataset, read_dataset
from windlass.pipelines.predictive_maintenance.features import (
    DAY,
    HOUR,
    RECENT,
    History,
    Window,
)
from windlass.pipelines.predictive_maintenance.record import time_text
from windlass.pipelines.predictive_maintenance.splitting import Rows, held_back_rows
from windlass.pipelines.predictive_maintenance.writing import csv_files

PIPELINE = "predictive-maintenance"


def holdout_files(
    dataset: Dataset, starts: Mapping[int, int], window: Window, trained_on: TrainedOn
) -> dict[str, bytes]:
    """Files of the hours from each machine's start on, with what their features look back at."""
    files = csv_files([_cut(history, starts[history.machine]) for history in dataset.histories])
    card = DatasetCard(
        pipeline=PIPELINE,
        start=instant(min(starts.values())),
        until=instant(max(int(history.times[-1]) for history in dataset.histories)),
        held_out_of=trained_on,
        settings={
            "gap_hours": window.gap,
            "horizon_hours": window.horizon,
            "starts": {str(machine): time_text(start) for machine, start in starts.items()},
        },
    )
    return sealed(card, files)


def rows_to_judge(dataset: Mapping[str, bytes], window: Window) -> Rows:
    """Rows that a dataset judges a model by; `window` is for folders without `dataset.json`."""
    card = read_card(dataset)
    files = {name: data for name, data in dataset.items() if name != CARD}
    histories = read_dataset(files, events_required=False).histories
    if card is None:
        return held_back_rows(histories, {}, window)
    if card.pipeline != PIPELINE:
        raise InputError(f"the dataset belongs to {card.pipeline}, not to {PIPELINE}")
    start = int(card.start.timestamp())
    starts = {history.machine: start for history in histories}
    try:
        window = Window(
            gap=int(str(card.settings["gap_hours"])),
            horizon=int(str(card.settings["horizon_hours"])),
        )
        starts |= _starts(card.settings.get("starts", {}))
    except (KeyError, ValueError) as error:
        raise InputError(f"{CARD} of the dataset: {error!r}") from error
    return held_back_rows(histories, starts, window)


def _starts(texts: object) -> dict[int, int]:
    if not isinstance(texts, dict):
        raise ValueError("starts must be an object")
    return {
        int(machine): int(datetime.fromisoformat(str(text)).replace(tzinfo=UTC).timestamp())
        for machine, text in texts.items()
    }


def instant(seconds: int) -> datetime:
    """A moment as a time in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def _cut(history: History, start: int) -> History:
    """What is needed to judge a machine from `start` on."""
    kept = history.times > start - DAY * HOUR
    recent = {name: times[times > start - RECENT * HOUR] for name, times in history.errors.items()}
    return replace(
        history, times=history.times[kept], readings=history.readings[kept], errors=recent
    )
