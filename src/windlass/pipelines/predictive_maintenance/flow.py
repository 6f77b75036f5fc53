"""Flow `predictive-maintenance`: from five files to a registered version, alias `challenger`.

Only wiring: what a stage does is in `steps`, and its libraries are imported when it runs.
"""

from typing import TYPE_CHECKING

from prefect import flow
from prefect.task_runners import ThreadPoolTaskRunner

from windlass.bootstrap.environment import cores
from windlass.bootstrap.sources import Source, fetch, place_of
from windlass.bootstrap.training import training_ports
from windlass.flows.stages import LoggedProgress, run_as_task, run_trials
from windlass.pipelines.predictive_maintenance.params import Parameters

if TYPE_CHECKING:
    from windlass.domain.bundle import Bundle
    from windlass.pipelines.predictive_maintenance.training import Prepared

_EXAMPLES = 5
"""Rows of the MLflow model's input example."""

_THREADS = 16
"""Most trials of one round at once; `parallelism` asks for fewer."""


@flow(
    name="predictive-maintenance",
    flow_run_name="train-from-{source}",
    task_runner=ThreadPoolTaskRunner(max_workers=_THREADS),  # type: ignore[arg-type] # its generic
    persist_result=False,
)
def main(
    source: Source = "local",
    data: str = "",
    parameters: Parameters | None = None,
    promote: bool = False,
) -> dict[str, object]:
    """Train one version; `data` is a folder or `s3://bucket/prefix`, other sources need none.

    `promote` proposes it for production, with the pipeline's usual gates.
    """
    from windlass.flows.children import fan_out, start_promotion
    from windlass.pipelines.predictive_maintenance.steps import Crew, train

    wanted = parameters or Parameters()
    with training_ports(LoggedProgress()) as ports:
        ports.progress.stage("fetch the data")
        place = place_of(source, data, wanted.kaggle_dataset)
        files = run_as_task(fetch, source, place, "predictive-maintenance")
        crew = Crew(
            call=run_as_task,
            trials=run_trials,
            threads=cores(),
            model_files=mlflow_model,
            fan_out=fan_out(ports.objects),
        )
        trained = train(files, wanted, ports, crew)
        if promote:
            ports.progress.stage("propose it for production")
            start_promotion(trained.model, trained.version)
        return trained.as_json()


def mlflow_model(bundle: "Bundle", prepared: "Prepared") -> dict[str, bytes]:
    """Make the normal MLflow model, with signature and input example, for everybody else."""
    from catboost import CatBoostClassifier
    from pandas import DataFrame

    from windlass.adapters.mlflow_model import mlflow_model_files
    from windlass.pipelines.predictive_maintenance.model import MODEL_FILE, load

    forest = CatBoostClassifier()
    forest.load_model(blob=bundle.files[MODEL_FILE])
    inputs = load(bundle).settings.normal.inputs(prepared.held_back.features[:_EXAMPLES])
    return mlflow_model_files(forest, DataFrame(inputs, columns=forest.feature_names_))
