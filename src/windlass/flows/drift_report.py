"""Flow `drift-report`: whether recent data is like that of before; may start a training."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from prefect import flow, get_run_logger, runtime

from windlass.bootstrap.sources import fetch, source_of
from windlass.bootstrap.systems import systems
from windlass.domain.errors import InputError, SystemUnavailable
from windlass.domain.names import Digest, ModelName, model_name
from windlass.domain.promotion.evaluation import FlowRunState

if TYPE_CHECKING:
    from windlass.domain.bundle import Bundle
    from windlass.domain.sketch import Sketch
    from windlass.ports.objects import Objects
    from windlass.services.drifting import DriftReport

HOLDOUT = "holdout"

_RETRAININGS = 5
"""Tries of one retraining, each after the one before failed and the report was asked for again."""


@flow(name="drift-report", flow_run_name="drift-of-{model}", persist_result=False)
def drift_report(
    model: str,
    data: str = "",
    reference: str = HOLDOUT,
    version: str = "",
    threshold: float = 0.2,
    drifted_share: float = 0.5,
    retrain: bool = False,
    retrain_deployment: str = "",
    retrain_parameters: dict[str, object] | None = None,
) -> dict[str, object]:
    """Compare recent `data` (a folder or `s3://bucket/prefix`) with the `reference`.

    That is the held-back part of the newest training, unless a place is named. Without `data`, only
    what servers answered is compared, where it can be asked for. Features and scores are those of
    `version`, by default the champion. Data has drifted when a score's stability index is above
    `threshold`, or those of `drifted_share` of the features are, by more than chance brings.

    `retrain` then starts a run of `retrain_deployment`, by default the pipeline's own, with
    `retrain_parameters`; once for the same version and data.
    """
    from windlass.domain.content import digest_files
    from windlass.domain.drift import Limits
    from windlass.flows.reports import leave_report, show_table
    from windlass.pipelines.contract import FeatureRows
    from windlass.services.drifting import Compared, judged_version, report_drift, rows_apart

    name, limits = model_name(model), Limits(threshold=threshold, drifted_share=drifted_share)
    with systems() as known:
        judged = judged_version(known.objects, known.registry, name, version)
        bundle = judged.bundle
        before = rows_apart(bundle, _files(known.objects, name, bundle, reference))
        recent = _files(known.objects, name, bundle, data) if data else {}
        now = rows_apart(bundle, recent) if data else FeatureRows(columns={}, scores=None)
        compared = Compared(
            model=name,
            version=judged.version,
            before=reference,
            now=f"{data}, {digest_files(recent)}" if data else "what servers answered",
            limits=limits,
        )
        report = report_drift(compared, before, now, _served(name, bundle.digest))
        document = report.as_json()
        leave_report(known.objects, f"drift-report/{name}", document)
        rows = [shift.as_json() for shift in (*report.scores, *report.features)]
        show_table(f"drift-report-{name}", rows, _summary(report))
        if retrain and report.drifted:
            key = digest_files(recent) if data else str(runtime.flow_run.id)
            document["retraining"] = _retrain(
                bundle.manifest.pipeline,
                f"drift-{name}-{judged.version}-{key}",
                retrain_deployment,
                retrain_parameters or {},
            )
            leave_report(known.objects, f"drift-report/{name}", document)
    return document


def _files(
    objects: "Objects", model: ModelName, bundle: "Bundle", place: str
) -> Mapping[str, bytes]:
    from windlass.services.datasets import fetch_dataset, holdout_prefix

    if place == HOLDOUT:
        return fetch_dataset(objects, holdout_prefix(model))
    return fetch(source_of(place), place, bundle.manifest.pipeline)


def _served(model: ModelName, digest: Digest) -> "Sketch | None":
    from windlass.bootstrap.serving import served_scores

    try:
        return served_scores(model, digest)
    except (InputError, SystemUnavailable) as error:
        get_run_logger().warning("servers could not be asked: %s", error)
        return None


def _retrain(
    pipeline: str, key: str, deployment: str, parameters: Mapping[str, object]
) -> dict[str, str]:
    from windlass.bootstrap.deployments import training_deployment
    from windlass.flows.children import ChildRuns
    from windlass.flows.deploying import flow_of

    if not deployment:
        declared = training_deployment(pipeline)
        deployment = f"{flow_of(declared).name}/{declared.name}"
        parameters = {**declared.parameters, **parameters}
    runs = ChildRuns()
    for number in range(1, _RETRAININGS + 1):
        run = runs.start(deployment, key if number == 1 else f"{key}-{number}", parameters)
        if not run.state.finished or run.state is FlowRunState.COMPLETED:
            break
    get_run_logger().info("training again: flow run %s of %s", run.id, deployment)
    return {"deployment": deployment, "flow_run": run.id}


def _summary(report: "DriftReport") -> str:
    said = "has drifted" if report.drifted else "has not drifted"
    where = f"{report.compared.now} against {report.compared.before}"
    return f"{report.compared.model} version {report.compared.version} {said}: {where}"
