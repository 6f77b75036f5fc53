"""What the flow of every pipeline does: fetch, train, register, and propose where asked."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from windlass.bootstrap.environment import cores
from windlass.bootstrap.sources import Source, fetch, fetch_named, place_of
from windlass.bootstrap.training import training_ports
from windlass.flows.stages import LoggedProgress, run_as_task, run_trials
from windlass.pipelines.parameters import TrainingParameters
from windlass.services.training import ModelFiles

if TYPE_CHECKING:
    from windlass.services.training import Crew, Registered, TrainingPorts

THREADS = 16
"""Most trials of one round at once; `parallelism` asks for fewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a flow run was asked for."""

    pipeline: str
    source: Source
    data: str
    parameters: TrainingParameters
    promote: bool
    """Whether to propose the version for production, with the pipeline's usual gates."""


def train_version(wanted: Wanted, model_files: ModelFiles | None = None) -> dict[str, object]:
    """Train one version with its stages as tasks of the current flow run."""
    from windlass.pipelines import steps_of

    with working(model_files) as (ports, crew):
        ports.progress.stage("fetch the data")
        files = run_as_task(fetch_files, wanted)
        trained = steps_of(wanted.pipeline).train(files, wanted.parameters, ports, crew)
        return concluded(wanted, trained, ports)


def fetch_files(wanted: Wanted, only: Sequence[str] = ()) -> dict[str, bytes]:
    """Fetch the pipeline's files and those its parameters name, or `only` some of all these."""
    place = place_of(wanted.source, wanted.data, wanted.parameters.kaggle_dataset)
    named = [name for name in wanted.parameters.named_files if not only or name in only]
    files = fetch(wanted.source, place, wanted.pipeline, [n for n in only if n not in named])
    return files | fetch_named(wanted.source, place, named)


@contextmanager
def working(model_files: ModelFiles | None = None) -> "Iterator[tuple[TrainingPorts, Crew]]":
    """Ports of the current flow run, and a crew that makes each stage a task of it."""
    from windlass.flows.children import fan_out
    from windlass.services.training import Crew

    with training_ports(LoggedProgress()) as ports:
        yield (
            ports,
            Crew(
                call=run_as_task,
                trials=run_trials,
                threads=cores(),
                model_files=model_files,
                fan_out=fan_out(ports.objects),
            ),
        )


def concluded(wanted: Wanted, trained: "Registered", ports: "TrainingPorts") -> dict[str, object]:
    """Propose the version for production where that is wanted; returns what the run answers."""
    from windlass.flows.children import start_promotion

    if wanted.promote:
        ports.progress.stage("propose it for production")
        start_promotion(trained.model, trained.version)
    return trained.as_json()
