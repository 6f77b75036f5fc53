"""Flow `model-evaluation`: all versions of a model by one metric; which are worth a promotion."""

from prefect import flow, get_run_logger

from windlass.bootstrap.systems import systems
from windlass.domain.names import model_name


@flow(name="model-evaluation", flow_run_name="compare-{model}", persist_result=False)
def model_evaluation(
    model: str = "transit-eta",
    metric: str = "",
    minimize: bool | None = None,
    current_active_model: str = "",
    dataset: str = "holdout",
) -> dict[str, object]:
    """Compare all versions with the active one: the champion, unless one is named.

    Metric and direction are by default those of the pipeline's first gate. `dataset`: `holdout`
    scores every version on the newest training's held-back part, an `s3://bucket/prefix` on that;
    `recorded` takes what each training recorded. `promotion_candidates` of the answer are keys
    that `model-promotion` takes.
    """
    from windlass.flows.reports import leave_report, show_table
    from windlass.pipelines import names, standard_of
    from windlass.services.comparing import Arena, Contest, compare_all
    from windlass.services.ranking import measure_of
    from windlass.services.scoring import judge_apart

    logger, name = get_run_logger(), model_name(model)
    gates = standard_of(name).GATES if name in names() else ()
    contest = Contest(
        model=name,
        measure=measure_of(metric, minimize, gates),
        active=current_active_model,
        dataset=dataset,
    )
    with systems() as known:
        arena = Arena(
            objects=known.objects, registry=known.registry, judge=judge_apart, tell=logger.info
        )
        ranking = compare_all(arena, contest)
        document = ranking.as_json()
        leave_report(known.objects, f"model-evaluation/{name}", document)
    show_table(
        f"model-evaluation-{name}",
        [place.as_json() for place in ranking.places],
        f"{name} by {contest.measure.metric}, {ranking.data}",
    )
    logger.info("promotion candidates: %s", ", ".join(ranking.candidates) or "none")
    return document
