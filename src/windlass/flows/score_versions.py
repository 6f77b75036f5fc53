"""Flow `score-versions`: candidate and champion on the same data, for a promotion's gates."""

from prefect import flow, get_run_logger

from windlass.bootstrap.systems import systems
from windlass.domain.names import ModelName, Version
from windlass.services.scoring import Comparison, leave_result


@flow(name="score-versions", flow_run_name="{model}-{candidate}-against-{champion}")
def score_versions(
    model: str, candidate: str, champion: str | None, dataset: str, key: str
) -> None:
    """Leave the result in the object store under `key`."""
    logger = get_run_logger()
    comparison = Comparison(
        model=ModelName(model),
        candidate=Version(candidate),
        champion=Version(champion) if champion is not None else None,
        dataset=dataset,
    )
    with systems() as known:
        result = leave_result(known.objects, known.registry, comparison, key, logger.warning)
    for scores in (result.candidate, result.champion):
        if scores is not None:
            found = scores.problem or ", ".join(f"{k} {v:.4g}" for k, v in scores.metrics.items())
            logger.info("version %s: %s", scores.version, found)
