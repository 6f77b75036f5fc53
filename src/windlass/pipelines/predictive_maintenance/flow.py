"""Flow `predictive-maintenance`: from five files to a registered version, alias `challenger`.

Only wiring: what a stage does is in `steps`, and its libraries are imported when it runs.
"""

from typing import TYPE_CHECKING

from prefect import flow
from prefect.task_runners import ThreadPoolTaskRunner

from windlass.bootstrap.sources import Source
from windlass.flows.training import THREADS, Wanted, train_version
from windlass.pipelines.predictive_maintenance.params import Parameters

if TYPE_CHECKING:
    from windlass.domain.bundle import Bundle
    from windlass.pipelines.predictive_maintenance.training import Prepared

_EXAMPLES = 5
"""Rows of the MLflow model's input example."""


@flow(
    name="predictive-maintenance",
    flow_run_name="train-from-{source}",
    task_runner=ThreadPoolTaskRunner(max_workers=THREADS),  # type: ignore[arg-type] # its generic
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
    wanted = Wanted(
        pipeline="predictive-maintenance",
        source=source,
        data=data,
        parameters=parameters or Parameters(),
        promote=promote,
    )
    return train_version(wanted, mlflow_model)


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
