"""Flow `model-training`: from vehicle positions to a registered version, alias `challenger`.

Only wiring: what a stage does is in `steps`, and its libraries are imported when it runs.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from prefect import flow

from windlass.bootstrap.environment import settings
from windlass.bootstrap.sources import Source
from windlass.flows.notifying import told_of
from windlass.flows.training import Wanted, train_version
from windlass.pipelines.transit_eta.params import Parameters
from windlass.pipelines.transit_eta.places import dataset_prefix

if TYPE_CHECKING:
    from windlass.domain.bundle import Bundle
    from windlass.pipelines.transit_eta.training import Prepared

_EXAMPLES = 5
"""Rows of the MLflow model's input example."""


@flow(name="model-training", flow_run_name="train-from-{source}", persist_result=False)
def main(
    source: Source = "s3",
    data: str = "",
    parameters: Parameters | None = None,
    promote: bool = False,
    dataset_name: str = "various_dataset_5",
    by_route: bool | None = None,
    model_types: list[str] | None = None,
    save_models: bool | None = None,
    notification_blocks: list[str] | None = None,
) -> dict[str, object]:
    """Train all kinds of model on a dataset and keep the best.

    `data` is a folder or `s3://bucket/prefix`; without it, `dataset_name` is one that the flow
    `dataset-build` made. What is given beside `parameters` wins over them. `promote` proposes the
    version for production, with the pipeline's usual gates.
    """
    wanted = Wanted(
        pipeline="transit-eta",
        source=source,
        data=data or (_built(dataset_name) if source == "s3" else ""),
        parameters=_merged(parameters or Parameters(), by_route, model_types, save_models),
        promote=promote,
    )
    with told_of("model-training", notification_blocks or ()) as tell:
        result = train_version(wanted, mlflow_model)
        tell(_summary(result))
    return result


def _built(dataset_name: str) -> str:
    return f"s3://{settings().objects.bucket}/{dataset_prefix(dataset_name)}"


def _merged(
    parameters: Parameters,
    by_route: bool | None,
    model_types: Sequence[str] | None,
    save_models: bool | None,
) -> Parameters:
    if by_route is not None:
        parameters = replace(parameters, by_route=by_route)
    if model_types is not None:
        parameters = replace(parameters, model_types=",".join(model_types))
    if save_models is not None:
        parameters = replace(parameters, save_models=save_models)
    return parameters


def _summary(result: dict[str, object]) -> str:
    metrics = result["metrics"]
    error = metrics.get("test_mae_seconds") if isinstance(metrics, dict) else None
    version = f"version {result['version']}" if result["version"] else "no version"
    return f"{result['model']} {version}: mean error {error:.1f} s on the held-back part"


def mlflow_model(bundle: "Bundle", prepared: "Prepared") -> dict[str, bytes]:
    """Make the normal MLflow model, for everybody else, where CatBoost was the best kind."""
    from pandas import DataFrame

    from windlass.adapters.mlflow_model import mlflow_model_files
    from windlass.pipelines.transit_eta.features import NAMES
    from windlass.pipelines.transit_eta.model import load

    trees = load(bundle).catboost
    if trees is None:
        return {}
    rows = prepared.time.features[:_EXAMPLES]
    return mlflow_model_files(trees, DataFrame(rows, columns=list(NAMES)))
