"""Flow `dm4ml_recommendation_pipeline`: from events to a registered version, in eight tasks.

Only wiring: what a stage does is in `steps`, and its libraries are imported when it runs. As a
program it trains once on made-up events: `python -m windlass.pipelines.recommender.flow`.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from prefect import flow

from windlass.bootstrap.sources import Source
from windlass.flows.training import Wanted, concluded, fetch_files, working
from windlass.pipelines.recommender.params import Parameters

if TYPE_CHECKING:
    from windlass.domain.bundle import Bundle
    from windlass.pipelines.recommender.training import Retrieved

_EXAMPLES = 5
"""Rows of the MLflow model's input example."""


@flow(
    name="dm4ml_recommendation_pipeline",
    flow_run_name="train-from-{source}",
    persist_result=False,
)
def dm4ml_recommendation_pipeline(
    source: Source = "local",
    data: str = "",
    parameters: Parameters | None = None,
    promote: bool = False,
) -> dict[str, object]:
    """Train one version; `data` is a folder or `s3://bucket/prefix`, other sources need none.

    `promote` proposes it for production, with the pipeline's usual gates.
    """
    from windlass.pipelines.recommender.steps import train_fetched

    told = parameters or Parameters()
    wanted = Wanted(
        pipeline="recommender",
        source=source,
        data=data,
        parameters=told,
        promote=promote,
    )

    def fetch(names: Sequence[str]) -> dict[str, bytes]:
        return fetch_files(wanted, names)

    with working(mlflow_model) as (ports, crew):
        return concluded(wanted, train_fetched(fetch, told, ports, crew), ports)


main = dm4ml_recommendation_pipeline


def mlflow_model(bundle: "Bundle", prepared: "Retrieved") -> dict[str, bytes]:
    """Make the normal MLflow model of the ranker, with signature and input example."""
    from catboost import CatBoost
    from pandas import DataFrame

    from windlass.adapters.mlflow_model import mlflow_model_files
    from windlass.pipelines.recommender.model import MODEL_FILE

    if MODEL_FILE not in bundle.files:
        return {}
    ranker = CatBoost()
    ranker.load_model(blob=bundle.files[MODEL_FILE])
    rows = prepared.examples.features[:_EXAMPLES]
    return mlflow_model_files(ranker, DataFrame(rows, columns=ranker.feature_names_))


if __name__ == "__main__":
    main(source="synthetic")
