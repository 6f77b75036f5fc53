"""Evaluating: a flow run scores candidate and champion on one dataset; then all gates judge."""

from dataclasses import replace
from datetime import timedelta

from windlass.domain.promotion.effects import StartEvaluation
from windlass.domain.promotion.evaluation import (
    EvaluationResult,
    FlowRun,
    FlowRunState,
    Scores,
    evaluation_key,
)
from windlass.domain.promotion.evidence import Fault
from windlass.domain.promotion.gates import Measured, judge_all
from windlass.domain.promotion.phases.validating import judged
from windlass.domain.promotion.spec import EvaluationSpec
from windlass.domain.promotion.status import EvaluationStatus, Phase
from windlass.domain.promotion.view import (
    Decision,
    View,
    act,
    blocked,
    enter,
    errored,
    failed,
    leave,
    wait,
)

RESULT_APPEARS = timedelta(seconds=30)
"""After a run that completed: an object store may show late what was written before its end."""

MAX_FLOW_RUNS = 3
"""Flow runs tried for one evaluation: a crashed pod says nothing about the candidate."""


def evaluating(view: View) -> Decision:
    """Start the flow run, wait for its result, judge it."""
    spec, running = view.spec.evaluation, view.status.evaluation
    if spec is None:
        return enter(view, Phase.VALIDATING, "NoEvaluation")
    if running is None:
        return _start(view, spec, 1)
    result, flow_run = view.evidence.result, view.evidence.flow_run
    if isinstance(result, Fault):
        return blocked(view, result)
    if isinstance(result, EvaluationResult):
        return _finished(view, running, result)
    if view.elapsed(running.started_at) > spec.timeout:
        where = running.flow_run_url or "its flow run"
        message = f"no result within {spec.timeout}; see {where}, then `windlass promotions retry`"
        return leave(view, errored("EvaluationTimeout", message))
    if isinstance(flow_run, Fault):
        return blocked(view, flow_run)
    if flow_run is None:
        return act(view, _effect(view, spec, running.key))
    return _follow(view, spec, running, flow_run)


def _follow(
    view: View, spec: EvaluationSpec, running: EvaluationStatus, flow_run: FlowRun
) -> Decision:
    known = replace(running, flow_run_id=flow_run.id, flow_run_url=flow_run.url)
    view = view.having(replace(view.status, evaluation=known))
    if not flow_run.state.finished:
        return wait(view, "Evaluating", f"flow run {flow_run.id} scores both versions")
    if _may_appear(view, flow_run):
        return wait(
            view, "Evaluating", f"flow run {flow_run.id} completed; its result is looked for"
        )
    if flow_run.state is not FlowRunState.CANCELLED and running.attempt < MAX_FLOW_RUNS:
        return _start(view, spec, running.attempt + 1)
    problem = flow_run.message or "it left no result"
    message = (
        f"flow run {flow_run.url or flow_run.id} ended {flow_run.state}: {problem};"
        " mend that, then `windlass promotions retry`"
    )
    ended = replace(known, finished_at=view.now)
    return leave(
        view.having(replace(view.status, evaluation=ended)), errored("EvaluationFailed", message)
    )


def _may_appear(view: View, flow_run: FlowRun) -> bool:
    is_new = flow_run.ended_at is not None and view.elapsed(flow_run.ended_at) < RESULT_APPEARS
    return flow_run.state is FlowRunState.COMPLETED and is_new


def _start(view: View, spec: EvaluationSpec, attempt: int) -> Decision:
    subject = view.evidence.subject
    key = evaluation_key(subject.uid, subject.generation, view.status.attempt, attempt)
    status = EvaluationStatus(
        key=key, deployment=spec.deployment, attempt=attempt, started_at=view.now
    )
    view = view.having(replace(view.status, evaluation=status))
    return act(view, _effect(view, spec, key), f"evaluation, flow run {attempt}")


def _effect(view: View, spec: EvaluationSpec, key: str) -> StartEvaluation:
    candidate, champion = view.status.candidate, view.status.champion
    return StartEvaluation(
        deployment=spec.deployment,
        key=key,
        parameters={
            "model": view.spec.model,
            "candidate": candidate.version if candidate else "",
            "champion": champion.version if champion else None,
            "dataset": spec.dataset,
            "key": key,
        },
    )


def _finished(view: View, running: EvaluationStatus, result: EvaluationResult) -> Decision:
    ended = replace(running, dataset_digest=result.dataset_digest, finished_at=view.now)
    view = view.having(replace(view.status, evaluation=ended))
    if not _is_ours(view, result):
        message = "the result speaks of other versions or bundles; `windlass promotions retry`"
        return leave(view, errored("EvaluationMismatch", message))
    if result.candidate.problem is not None:
        return leave(view, failed("CandidateUnusable", result.candidate.problem))
    return judged(view, judge_all(view.spec.gates, _measured(view, result)))


def _is_ours(view: View, result: EvaluationResult) -> bool:
    """Whether the result is about the two versions, and the bundles, that are to be compared."""
    pairs = ((view.status.candidate, result.candidate), (view.status.champion, result.champion))
    return all(
        scores is None
        or (
            known is not None
            and known.version == scores.version
            and known.bundle_digest in (None, scores.bundle_digest)
        )
        for known, scores in pairs
    )


def _measured(view: View, result: EvaluationResult) -> Measured:
    """A champion that the result leaves out has no metrics, which is not "no champion"."""
    champion = result.champion
    unscored: dict[str, float] | None = {} if view.status.champion is not None else None
    return Measured(
        candidate=result.candidate.metrics,
        champion=champion.metrics if champion is not None else unscored,
        incomparable=_incomparable(result.candidate, champion),
        seen_by_candidate=result.candidate.seen_in_training,
        seen_by_champion=champion is not None and champion.seen_in_training,
    )


def _incomparable(candidate: Scores, champion: Scores | None) -> str | None:
    if candidate.seen_in_training:
        return "the candidate has seen rows of the dataset in training"
    if champion is not None and champion.problem is not None:
        return f"the champion could not be scored: {champion.problem}"
    return None
