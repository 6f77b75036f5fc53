"""Runs by what is written on them, in MLflow."""

from pydantic import BaseModel

from windlass.adapters.mlflow_rest import ExperimentReply, Run, reading, writing
from windlass.adapters.rest import Rest
from windlass.domain.names import RunId


class _Runs(BaseModel):
    runs: tuple[Run, ...] = ()


def tagged_run(rest: Rest, experiment: str, tag: str, value: str) -> RunId | None:
    """The newest run of an experiment whose tag has this value."""
    found = rest.fetch(
        ExperimentReply, reading("experiments/get-by-name", experiment_name=experiment)
    )
    if found is None:
        return None
    search = writing(
        "runs/search",
        experiment_ids=[found.experiment.experiment_id],
        filter=f"tags.`{tag}` = '{value}'",
        max_results=1,
    )
    runs = rest.fetch(_Runs, search)
    return runs.runs[0].info.run_id if runs and runs.runs else None
