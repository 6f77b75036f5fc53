"""The demo's trainings: `python -m windlass.cli.demo.training_child SIGNS DATA`.

What happens is written as one JSON line per event.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from time import sleep

from windlass.bootstrap.environment import settings
from windlass.bootstrap.whereabouts import connections
from windlass.cli.demo.trainer import TRAININGS, Training
from windlass.cli.training import Order, join_platform, train_in_flow
from windlass.embedded.health import is_healthy

_LOOK_SECONDS = 0.1


class Lines:
    """Progress as JSON lines."""

    def stage(self, text: str) -> None:
        """Say that a stage begins."""
        self.event("stage", text=text)

    def step(self, text: str, done: int, total: int) -> None:
        """Say how far the stage is."""
        self.event("step", text=text, done=done, total=total)

    def event(self, event: str, **values: object) -> None:
        """Write one line."""
        sys.stdout.write(json.dumps({"event": event, **values}) + "\n")
        sys.stdout.flush()


def main(arguments: Sequence[str]) -> None:
    """Train what the signs ask for."""
    signs, data = map(Path, arguments)
    lines = Lines()
    lines.stage("load the libraries and make up telemetry")
    _write_data(data)
    folder = settings().folder
    join_platform(folder)
    # imported while the servers start; the flow itself imports the rest when it runs
    import_module("windlass.pipelines.predictive_maintenance.flow")
    where = connections(folder)
    for health in (f"{where.prefect.api_url}/health", f"{where.mlflow.url}/health"):
        while not is_healthy(health):
            sleep(_LOOK_SECONDS)
    for training in TRAININGS:
        while not (signs / training.name).exists():
            sleep(_LOOK_SECONDS)
        lines.event("trained", name=training.name, result=_train(training, data, lines))


def _write_data(data: Path) -> None:
    from windlass.pipelines.predictive_maintenance.synthetic import Plant, synthetic_files

    data.mkdir(parents=True, exist_ok=True)
    for name, content in synthetic_files(Plant()).items():
        (data / name).write_bytes(content)


def _train(training: Training, data: Path, lines: Lines) -> Mapping[str, object]:
    texts = [f"{name}={value}" for name, value in training.parameters.items()]
    order = Order(
        pipeline="predictive-maintenance", source="local", data=str(data), parameters=texts
    )
    return train_in_flow(order, order.parsed(), lines)


if __name__ == "__main__":
    main(sys.argv[1:])
