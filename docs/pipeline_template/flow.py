"""Flow `my-pipeline`: only wiring; what a stage needs is imported when it runs."""

from prefect import flow

from windlass.bootstrap.sources import Source
from windlass.flows.training import Wanted, train_version

from .params import Parameters

PIPELINE = "my-pipeline"


@flow(name=PIPELINE, flow_run_name="train-from-{source}", persist_result=False)
def main(
    source: Source = "local",
    data: str = "",
    parameters: Parameters | None = None,
    promote: bool = False,
) -> dict[str, object]:
    """Train one version; `promote` proposes it for production, with the usual gates."""
    wanted = Wanted(
        pipeline=PIPELINE,
        source=source,
        data=data,
        parameters=parameters or Parameters(),
        promote=promote,
    )
    return train_version(wanted)
