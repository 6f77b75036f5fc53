"""Flow `milk-price`: from a survey's prices to a registered version, alias `challenger`.

Only wiring: what a stage does is in `steps`, and its libraries are imported when it runs. As a
program it serves two schedules itself, without a work pool:
`python -m windlass.pipelines.milk_price.flow`.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from prefect import flow, serve
from prefect.task_runners import ThreadPoolTaskRunner

from windlass.bootstrap.sources import Source
from windlass.flows.training import THREADS, Wanted, train_version
from windlass.pipelines.milk_price.params import Parameters

if TYPE_CHECKING:
    from windlass.domain.bundle import Bundle
    from windlass.pipelines.milk_price.training import Prepared

_EXAMPLES = 5
"""Rows of the MLflow model's input example."""


@flow(
    name="milk-price",
    flow_run_name="train-{year}-{month}-from-{source}",
    task_runner=ThreadPoolTaskRunner(max_workers=THREADS),  # type: ignore[arg-type] # its generic
    persist_result=False,
)
def main(
    source: Source = "s3",
    year: int = 0,
    month: int = 0,
    data: str = "",
    parameters: Parameters | None = None,
    promote: bool = False,
) -> dict[str, object]:
    """Train on all months up to and including `year` and `month`; 0 is the latest.

    `data` is a folder or `s3://bucket/prefix`; without it, the platform's own place for this
    pipeline. `promote` proposes the version for production, with the pipeline's usual gates.
    """
    given = parameters or Parameters()
    wanted = Wanted(
        pipeline="milk-price",
        source=source,
        data=data,
        parameters=replace(given, year=year or given.year, month=month or given.month),
        promote=promote,
    )
    return train_version(wanted, show_and_export)


def show_and_export(bundle: "Bundle", prepared: "Prepared") -> dict[str, bytes]:
    """Show next month's prices in Prefect's pages, and make the normal MLflow model."""
    from prefect.artifacts import create_markdown_artifact

    from windlass.pipelines.milk_price.model import load
    from windlass.pipelines.milk_price.report import forecast_page

    create_markdown_artifact(
        key="milk-price-forecast",
        markdown=forecast_page(load(bundle)),
        description="Next month's prices, as the new version forecasts them",
    )
    return mlflow_model(bundle, prepared)


def mlflow_model(bundle: "Bundle", prepared: "Prepared") -> dict[str, bytes]:
    """Make the normal MLflow model of the trees, with signature and input example."""
    from catboost import CatBoostRegressor
    from pandas import DataFrame

    from windlass.adapters.mlflow_model import mlflow_model_files
    from windlass.pipelines.milk_price.model import MODEL_FILE

    if MODEL_FILE not in bundle.files:
        return {}
    trees = CatBoostRegressor()
    trees.load_model(blob=bundle.files[MODEL_FILE])
    examples = prepared.training.features[:_EXAMPLES]
    return mlflow_model_files(trees, DataFrame(examples, columns=trees.feature_names_))


def serve_schedules() -> None:
    """Serve both deployments from this process until it is stopped."""
    # typed as what an event loop would get too; here is none
    monthly: Any = main.to_deployment(
        name="monthly-train", cron="0 6 2 * *", tags=["milk", "training"]
    )
    daily: Any = main.to_deployment(
        name="daily-test", cron="0 8 * * *", tags=["milk"], parameters={"source": "local"}
    )
    serve(monthly, daily)


if __name__ == "__main__":
    serve_schedules()
