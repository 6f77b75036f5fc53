"""Flow `registry-health-check`: whether every version can be used, and which ones are stale."""

from datetime import timedelta

from prefect import flow, get_run_logger

from windlass.bootstrap.systems import systems
from windlass.domain.errors import WindlassError
from windlass.domain.names import model_name


@flow(name="registry-health-check", persist_result=False)
def registry_health_check(
    check_stale: bool = True,
    max_age_days: int = 90,
    archive_stale: bool = False,
    fail_on_errors: bool = False,
    models: list[str] | None = None,
) -> dict[str, object]:
    """Check bundle, tags and metrics of every version of the models, by default all pipelines'.

    `archive_stale` tags versions that are older than `max_age_days` and that nobody needs: no
    alias, no open promotion, no way back leads to them. It removes nothing.
    """
    from windlass.adapters.system_clock import SystemClock
    from windlass.bootstrap.promoting import readable_promotions
    from windlass.flows.reports import leave_report, show_table
    from windlass.pipelines import names
    from windlass.services.registry_health import Registrar, Rules, check_registry

    logger = get_run_logger()
    rules = Rules(
        check_stale=check_stale,
        max_age=timedelta(days=max_age_days),
        archive_stale=archive_stale,
    )
    with systems() as known, readable_promotions(logger.warning) as promotions:
        registrar = Registrar(
            objects=known.objects,
            registry=known.registry,
            promotions=promotions,
            now=SystemClock().now(),
            tell=logger.info,
        )
        wanted = [model_name(model) for model in models or names()]
        health = check_registry(registrar, wanted, rules)
        document = health.as_json()
        leave_report(known.objects, "registry-health", document)
    rows = [found.as_json() for found in health.findings]
    show_table("registry-health", rows, f"{len(rows)} versions, {len(health.errors)} errors")
    for error in health.errors:
        logger.warning(error)
    if fail_on_errors and health.errors:
        raise WindlassError(f"{len(health.errors)} errors; the first: {health.errors[0]}")
    return document
