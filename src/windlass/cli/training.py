"""A training run in this process: as a Prefect flow of the platform, or by itself."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from windlass.bootstrap.environment import adopt, cores
from windlass.bootstrap.folder import Folder
from windlass.bootstrap.ownership import running_pid
from windlass.bootstrap.whereabouts import connections, named_connections
from windlass.cli.console import note
from windlass.cli.target import shown
from windlass.domain.errors import InputError, SystemUnavailable
from windlass.domain.names import module_name
from windlass.embedded.plans import prefect_variables
from windlass.pipelines import names, steps_of
from windlass.pipelines.parameters import known_parameters, parse_parameters
from windlass.services.training import Crew, Progress, call_directly

Trainer = Callable[["Order", Any, Progress], Mapping[str, Any]]
"""Trains what is ordered, with the order's parsed parameters."""

_SILENT = {"PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL"}
"""Prefect's log goes to its pages; the terminal shows progress, and one line for an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be trained."""

    pipeline: str
    source: str
    data: str
    parameters: Sequence[str]
    """`name=value` texts."""

    @property
    def package(self) -> str:
        """Package of the pipeline; InputError when there is none."""
        if self.pipeline not in names():
            known = ", ".join(names())
            raise InputError(f"unknown pipeline {self.pipeline}; there are: {known}")
        return f"windlass.pipelines.{module_name(self.pipeline)}"

    def parsed(self) -> Any:
        """The pipeline's typed parameters."""
        return parse_parameters(self._kind(), self.parameters)

    def knows(self, *names: str) -> bool:
        """Whether the pipeline has all of these parameters."""
        return set(names) <= set(known_parameters(self._kind()))

    def _kind(self) -> type:
        kind: type = import_module(f"{self.package}.params").Parameters
        return kind


def train(folder: Path, order: Order, progress: Progress) -> Mapping[str, Any]:
    """Train one version; returns what `windlass train --output json` prints."""
    parameters = order.parsed()
    return trainer(folder)(order, parameters, progress)


def trainer(folder: Path) -> Trainer:
    """Say where trainings of this process go to, and make it ready for them."""
    named = named_connections()
    if named is not None or running_pid(Folder(folder)) is None:
        if named is not None:
            note(f"target: MLflow at {named.mlflow.url}")
        adopt({"WINDLASS_FOLDER": str(folder)})
        return train_alone
    note(f"target: the embedded platform in {shown(folder)}")
    join_platform(folder)
    return train_in_flow


def join_platform(folder: Path) -> None:
    """Let this process work for the platform of a folder; before Prefect is imported."""
    where = connections(folder)
    variables = prefect_variables(Folder(folder), where.prefect.api_url)
    adopt({**variables, **_SILENT, "WINDLASS_FOLDER": str(folder)})


def train_in_flow(order: Order, parameters: Any, progress: Progress) -> Mapping[str, Any]:
    """Train as a flow run that Prefect's pages show."""
    from windlass.flows.stages import WATCHER

    flow = import_module(f"{order.package}.flow").main
    before = WATCHER.set(progress)
    try:
        with prefect_faults():
            result: Mapping[str, Any] = flow(
                source=order.source, data=order.data, parameters=parameters
            )
    finally:
        WATCHER.reset(before)
    return result


@contextmanager
def prefect_faults() -> Iterator[None]:
    """Turn what Prefect's own client raises into our words."""
    import httpx

    try:
        yield
    except httpx.HTTPError as error:
        raise SystemUnavailable(
            "Prefect", f"did not answer ({type(error).__name__}); see `windlass status`"
        ) from error


def train_alone(order: Order, parameters: Any, progress: Progress) -> Mapping[str, Any]:
    """Train without a platform: trials and bundle go to a folder, the version to nobody."""
    from windlass.bootstrap.sources import fetch, fetch_named, place_of
    from windlass.bootstrap.training import training_ports

    place = place_of(order.source, order.data, parameters.kaggle_dataset)
    files = fetch(order.source, place, order.pipeline)
    files |= fetch_named(order.source, place, parameters.named_files)
    with training_ports(progress) as ports, _crew(parameters.parallelism) as crew:
        return steps_of(order.pipeline).train(files, parameters, ports, crew).as_json()


@contextmanager
def _crew(parallelism: int) -> Iterator[Crew]:
    with ThreadPoolExecutor(parallelism) as pool:
        yield Crew(call=call_directly, trials=pool.map, threads=cores())
