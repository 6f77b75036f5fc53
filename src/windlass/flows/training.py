"""What the flow of every pipeline does: fetch, train, register, and propose where asked."""

from dataclasses import dataclass

from windlass.bootstrap.environment import cores
from windlass.bootstrap.sources import Source, fetch, place_of
from windlass.bootstrap.training import training_ports
from windlass.flows.stages import LoggedProgress, run_as_task, run_trials
from windlass.pipelines.parameters import TrainingParameters
from windlass.services.training import ModelFiles

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
    from windlass.flows.children import fan_out, start_promotion
    from windlass.pipelines import steps_of
    from windlass.services.training import Crew

    with training_ports(LoggedProgress()) as ports:
        ports.progress.stage("fetch the data")
        place = place_of(wanted.source, wanted.data, wanted.parameters.kaggle_dataset)
        files = run_as_task(fetch, wanted.source, place, wanted.pipeline)
        crew = Crew(
            call=run_as_task,
            trials=run_trials,
            threads=cores(),
            model_files=model_files,
            fan_out=fan_out(ports.objects),
        )
        trained = steps_of(wanted.pipeline).train(files, wanted.parameters, ports, crew)
        if wanted.promote:
            ports.progress.stage("propose it for production")
            start_promotion(trained.model, trained.version)
        return trained.as_json()
