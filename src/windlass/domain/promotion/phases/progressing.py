"""Progressing: load and probe the candidate everywhere, then give it traffic step by step."""

from dataclasses import replace
from datetime import datetime, timedelta

from windlass.domain.names import Digest
from windlass.domain.promotion.canary import (
    Observed,
    baselines,
    judge_shift,
    judge_traffic,
    observe,
)
from windlass.domain.promotion.conditions import ConditionType, Truth
from windlass.domain.promotion.evidence import Fault
from windlass.domain.promotion.gates import Verdict, overall
from windlass.domain.promotion.phases.approving import approved
from windlass.domain.promotion.phases.champion import displaced
from windlass.domain.promotion.phases.routes import ensure, routed, split
from windlass.domain.promotion.spec import OnNoTraffic, Step
from windlass.domain.promotion.status import Ending, Phase, RolloutStatus
from windlass.domain.promotion.view import (
    LOOK_AGAIN,
    Decision,
    View,
    blocked,
    enter,
    errored,
    failed,
    journaled,
    leave,
    mark,
    stall,
    wait,
)
from windlass.domain.traffic import ServerReport


def progressing(view: View) -> Decision:
    """Work through the steps; none without a server, none before there is a champion."""
    refusal = unfit(view)
    if refusal is not None:
        return leave(view, refusal)
    served = view.evidence.served
    if isinstance(served, Fault):
        return blocked(view, served)
    if not served:
        return _unserved(view)
    if routed(view, view.status.candidate) is None:
        message = "the candidate was registered without a bundle; train it with Windlass"
        return leave(view, failed("NoBundle", message))
    aside = displaced(view)
    if aside is not None:
        return aside
    rollout = view.status.rollout or RolloutStatus()
    view = view.having(replace(view.status, rollout=rollout))
    return _probe(view) if rollout.step < 0 else _step(view, rollout)


def unfit(view: View) -> Ending | None:
    """Why the candidate may not (or no longer) go on: whatever happened, looked at each time."""
    if overall(view.status.gates) is not Verdict.PASSED:
        return failed("GateFailed", "not every gate passed")
    if not approved(view):
        message = "the spec changed after the approval"
        return Ending(phase=Phase.PENDING, reason="ApprovalVoid", message=message)
    return None


def problems(reports: tuple[ServerReport, ...], candidate: Digest) -> str | None:
    """Why servers could not load or probe the candidate."""
    said = [
        f"{report.server}: {report.candidate_problem}"
        for report in reports
        if report.candidate_problem is not None
        and report.routing.candidate is not None
        and report.routing.candidate.digest == candidate
    ]
    return "; ".join(said) or None


def _unserved(view: View) -> Decision:
    if not view.spec.rollout.steps:
        return enter(view, Phase.PROMOTING, "NotServed", "no Windlass server serves this model")
    message = (
        f"no Windlass server serves {view.spec.model}, so the rollout steps can't run:"
        " start one, or set rollout.steps to []"
    )
    if view.elapsed(view.status.progressed_at) > view.spec.rollout.progress_deadline:
        return leave(view, errored("NotServed", message))
    return stall(view, "NotServed", message)


def _probe(view: View) -> Decision:
    problem = _problem(view)
    if problem is not None:
        return leave(view, failed("ProbeFailed", problem))
    view, pending = ensure(view, split(view, 0, shadow=False), "load and probe the candidate")
    if pending is not None:
        return within_deadline(view, pending, "the candidate was not loaded everywhere")
    if routed(view, view.status.champion) is None:
        return enter(view, Phase.PROMOTING, "FirstModel", "no champion to compare traffic with")
    return _begin(view, 0)


def _begin(view: View, index: int) -> Decision:
    steps = view.spec.rollout.steps
    if index >= len(steps):
        view = mark(view, ConditionType.VERIFIED, Truth.TRUE, "StepsDone")
        return enter(view, Phase.PROMOTING, "StepsDone", f"{len(steps)} rollout steps done")
    step = steps[index]
    rollout = RolloutStatus(step=index, weight=step.weight or 0, shadow=step.shadow)
    status = replace(view.status, rollout=rollout, progressed_at=view.now, faulted_at=None)
    return _step(view.having(status), rollout)


def _step(view: View, rollout: RolloutStatus) -> Decision:
    step = view.spec.rollout.steps[rollout.step]
    candidate = routed(view, view.status.candidate)
    if candidate is None:
        return leave(view, failed("NoBundle", "the candidate has no bundle"))
    verdict = _judgement(view, rollout, candidate.digest)
    if verdict is not None and verdict.failed:
        return _roll_back(verdict.view, verdict.message)
    problem = _problem(view)
    if problem is not None:
        return _roll_back(view, problem)
    wanted = split(view, step.weight or 0, step.shadow)
    view, pending = ensure(view if verdict is None else verdict.view, wanted, _title(view, step))
    if pending is not None:
        running = step.duration if rollout.started_at is not None else timedelta(0)
        message = "the step was not acknowledged everywhere"
        return within_deadline(view, pending, message, running)
    if rollout.started_at is None:
        return _started(view, rollout, candidate.digest)
    if verdict is None:
        return wait(view, "Progressing", _title(view, step))
    return _advance(view, step, verdict)


class _Judgement:
    """A verdict with the view that records it."""

    def __init__(self, view: View, verdict: Verdict, message: str, requests: int) -> None:
        self.view = view
        self.verdict = verdict
        self.message = message
        self.requests = requests

    @property
    def failed(self) -> bool:
        return self.verdict is Verdict.FAILED


def _judgement(view: View, rollout: RolloutStatus, digest: Digest) -> _Judgement | None:
    """Judge what was counted since the step began; None when nothing can be judged yet."""
    reports = view.evidence.reports
    if rollout.started_at is None or isinstance(reports, Fault):
        return None
    seen = observe(rollout, reports, digest, view.spec.rollout.limits)
    suspended = tuple(report.server for report in reports if report.suspended)
    verdict, message = judge_traffic(seen, view.spec.rollout, suspended)
    champion = routed(view, view.status.champion)
    if rollout.shadow and verdict is not Verdict.FAILED and champion is not None:
        shift, said = judge_shift(reports, champion.digest, digest, view.spec.rollout)
        if shift is not Verdict.PASSED:
            verdict, message = shift, said
    recorded = record(rollout, seen, verdict, message)
    view = view.having(replace(view.status, rollout=recorded))
    return _Judgement(view, verdict, message, seen.requests)


def record(rollout: RolloutStatus, seen: Observed, verdict: Verdict, message: str) -> RolloutStatus:
    """Note what was seen, but not each request: counts are written when they grew by half."""
    grown = 2 * seen.requests >= 3 * rollout.requests + 2
    if verdict is rollout.verdict and seen.baselines == rollout.baselines and not grown:
        return rollout
    return replace(
        rollout,
        requests=seen.requests,
        errors=seen.errors,
        slow=seen.slow,
        restarts=seen.restarts,
        verdict=verdict,
        message=message,
        baselines=seen.baselines,
    )


def _started(view: View, rollout: RolloutStatus, digest: Digest) -> Decision:
    reports = view.evidence.reports
    known = () if isinstance(reports, Fault) else reports
    started = replace(
        rollout,
        started_at=view.now,
        baselines=baselines(known, digest, view.spec.rollout.limits),
    )
    view = view.having(replace(view.status, rollout=started, progressed_at=view.now))
    step = view.spec.rollout.steps[rollout.step]
    return wait(view, "Progressing", _title(view, step), _next_look(view, step.duration))


def _advance(view: View, step: Step, verdict: _Judgement) -> Decision:
    rollout = view.status.rollout or RolloutStatus()
    if view.elapsed(rollout.started_at) < step.duration:
        return wait(view, "Progressing", _title(view, step), _next_look(view, step.duration))
    no_traffic = verdict.requests < view.spec.rollout.min_requests
    policy = view.spec.rollout.on_no_traffic
    if verdict.verdict is Verdict.PASSED or (no_traffic and policy is OnNoTraffic.PASS):
        outcome = "Passed" if verdict.verdict is Verdict.PASSED else "Inconclusive, onNoTraffic"
        text = f"{_title(view, step)}: {verdict.message}"
        view = view.having(journaled(view.status, "RolloutStep", outcome, text, view.now))
        return _begin(view, rollout.step + 1)
    return _hold(view, step, verdict, no_traffic)


def _hold(view: View, step: Step, verdict: _Judgement, no_traffic: bool) -> Decision:
    wanted = view.spec.rollout.min_requests
    reason = "NoTraffic" if no_traffic else "InconclusiveEvidence"
    message = f"{verdict.message}; {verdict.requests} requests seen, {wanted} asked for"
    if no_traffic and view.spec.rollout.on_no_traffic is OnNoTraffic.FAIL:
        return leave(view, failed(reason, message))
    deadline = step.duration + view.spec.rollout.progress_deadline
    if view.elapsed(view.status.progressed_at) > deadline:
        return leave(view, failed(reason, message))
    return wait(view, reason, f"holds at {_title(view, step)}")


def _roll_back(view: View, message: str) -> Decision:
    view = mark(view, ConditionType.VERIFIED, Truth.FALSE, "LimitExceeded", message)
    ending = Ending(phase=Phase.ROLLED_BACK, reason="CanaryFailed", message=message, hold=True)
    return leave(view, ending)


def within_deadline(
    view: View, pending: Decision, message: str, running: timedelta = timedelta(0)
) -> Decision:
    """Wait for the servers until the deadline; an outage seen now has a deadline of its own."""
    deadline = view.spec.rollout.progress_deadline + running
    if view.elapsed(view.status.progressed_at) <= deadline or pending.status.stalled is not None:
        return pending
    ending = Ending(phase=Phase.ERRORED, reason="DeadlineExceeded", message=message)
    return leave(view.having(pending.status), ending)


def _problem(view: View) -> str | None:
    reports, candidate = view.evidence.reports, view.status.candidate
    if isinstance(reports, Fault) or candidate is None or candidate.bundle_digest is None:
        return None
    return problems(reports, candidate.bundle_digest)


def _title(view: View, step: Step) -> str:
    rollout = view.status.rollout or RolloutStatus()
    what = "shadow" if step.shadow else f"weight {step.weight} %"
    return f"step {rollout.step + 1} of {len(view.spec.rollout.steps)}, {what}"


def _next_look(view: View, duration: timedelta) -> datetime:
    rollout = view.status.rollout or RolloutStatus()
    due = (rollout.started_at or view.now) + duration
    return min(max(due, view.now), view.now + LOOK_AGAIN)
