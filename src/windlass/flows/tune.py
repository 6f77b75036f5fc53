"""Flow `tune`: a share of a tuning round, evaluated in a pod of its own for a search elsewhere."""

from prefect import flow, get_run_logger

from windlass.bootstrap.environment import cores
from windlass.bootstrap.systems import systems
from windlass.bootstrap.whereabouts import named_connections
from windlass.services.trials import Ask


@flow(name="tune", flow_run_name="{study}", persist_result=False)
def tune(
    study: str,
    pipeline: str,
    search: str,
    dataset: str,
    parameters: dict[str, str],
    asks: list[Ask],
) -> None:
    """Leave a document for each point; one that has its document already is not repeated."""
    from windlass.pipelines import bench_of
    from windlass.services.datasets import fetch_dataset
    from windlass.services.fanout import evaluate_share
    from windlass.services.trials import TrialStore

    logger = get_run_logger()
    with systems() as found:
        files = fetch_dataset(found.objects, dataset)
        # on an embedded platform all runs are on one machine
        threads = cores() if named_connections() else 1
        bench = bench_of(pipeline)(files, search, parameters, threads)
        for trial in evaluate_share(TrialStore(found.objects, study), bench, asks):
            logger.info("trial %03d: loss %.4f", trial.number, trial.loss)
