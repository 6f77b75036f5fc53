"""Canary verdicts: is the share of bad requests within its limit?

Wald's sequential probability ratio test between p0, the limit, and p1, the smallest worse share
that `min_requests` clean answers can rule out. So a clean candidate passes at `min_requests` and
never before, more requests asked for make a sharper test, and a bad one fails after very few.
Once there are many requests, that p1 is far above the limit: a share beyond the limit never passes,
and fails when chance can't explain it.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from windlass.domain.names import Digest
from windlass.domain.promotion.gates import Verdict
from windlass.domain.promotion.shift import chance_shift, score_shift
from windlass.domain.promotion.spec import Limits, Rollout
from windlass.domain.promotion.status import Baseline, RolloutStatus
from windlass.domain.sketch import Sketch
from windlass.domain.traffic import ServerReport, VersionTraffic

ALPHA = 0.05
"""Probability of failing a candidate that keeps its limit."""
BETA = 0.05
"""Probability of passing one that exceeds it by as much as the test can see."""
SLOW_SHARE = 0.01
"""Share of requests that may be slower than the 99th percentile's limit."""

_ACCEPT = math.log(BETA / (1 - ALPHA))
_REJECT = math.log((1 - BETA) / ALPHA)
_CHANCE = math.log(1e6)
"""One in a million looks may take chance for more: there is a look every second."""


def sequential_test(bad: int, total: int, limit: float, min_requests: int) -> Verdict:
    """Passed, Failed or (more requests are needed) Inconclusive."""
    if bad == 0 or limit >= 1:
        return Verdict.PASSED if total >= min_requests else Verdict.INCONCLUSIVE
    if limit == 0:
        return Verdict.FAILED
    good = _ACCEPT / min_requests
    worse = math.log1p((1 - limit) * -math.expm1(good) / limit)
    ratio = bad * worse + (total - bad) * good
    if ratio >= _REJECT or _beyond_chance(bad, total, limit):
        return Verdict.FAILED
    if ratio <= _ACCEPT and bad <= limit * total:
        return Verdict.PASSED
    return Verdict.INCONCLUSIVE


def _beyond_chance(bad: int, total: int, limit: float) -> bool:
    """Chernoff's bound on the probability of so many, were the share within its limit."""
    share = bad / total
    if share <= limit:
        return False
    divergence = share * math.log(share / limit)
    if share < 1:
        divergence += (1 - share) * math.log((1 - share) / (1 - limit))
    return total * divergence >= _CHANCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What reached a version since a step began, over all servers."""

    requests: int = 0
    errors: int = 0
    slow: int = 0
    restarts: int = 0
    baselines: Mapping[str, Baseline] = field(default_factory=dict, compare=False)
    """What was subtracted, of every server that reported since the step began."""


def baselines(
    reports: tuple[ServerReport, ...], digest: Digest, limits: Limits
) -> dict[str, Baseline]:
    """Counters of a version now, to be subtracted later."""
    return {report.server: _baseline(report, digest, limits) for report in reports}


def observe(
    rollout: RolloutStatus, reports: tuple[ServerReport, ...], digest: Digest, limits: Limits
) -> Observed:
    """Add up what the servers counted since the step's baselines.

    A server that restarted lost its counters, and counts as one error. What was recorded before
    still holds, of it and of servers that are no more. One that was away when the step began brings
    what it counted in earlier ones: that is not of this step.
    """
    known = dict(rollout.baselines)
    seen = Observed(restarts=rollout.restarts)
    for report in reports:
        now = _baseline(report, digest, limits)
        known_before = known.get(report.server)
        restarted = known_before is not None and known_before.started != report.started
        was_away = known_before is None and _older(report, rollout)
        before = now if was_away else known_before
        if before is None or restarted:
            before = Baseline(started=report.started)
        known[report.server] = before
        seen = Observed(
            requests=seen.requests + max(0, now.requests - before.requests),
            errors=seen.errors + max(0, now.errors - before.errors),
            slow=seen.slow + max(0, now.slow - before.slow),
            restarts=seen.restarts + int(restarted),
        )
    return Observed(
        requests=max(seen.requests, rollout.requests),
        errors=max(seen.errors, rollout.errors),
        slow=max(seen.slow, rollout.slow),
        restarts=seen.restarts,
        baselines=known,
    )


def _older(report: ServerReport, rollout: RolloutStatus) -> bool:
    return rollout.started_at is not None and report.started < rollout.started_at


def judge_traffic(
    seen: Observed, rollout: Rollout, suspended: tuple[str, ...]
) -> tuple[Verdict, str]:
    """Verdict on errors and latency; the first limit that fails decides."""
    if suspended:
        return Verdict.FAILED, f"{', '.join(suspended)} stopped sending to it: 5 failures in a row"
    verdicts = [_judge_errors(seen, rollout), *_judge_latency(seen, rollout)]
    for wanted in (Verdict.FAILED, Verdict.INCONCLUSIVE):
        for verdict, message in verdicts:
            if verdict is wanted:
                return verdict, message
    return Verdict.PASSED, "; ".join(message for _, message in verdicts)


def judge_shift(
    reports: tuple[ServerReport, ...], champion: Digest, candidate: Digest, rollout: Rollout
) -> tuple[Verdict, str]:
    """Verdict on the shift of scores between both versions, of requests that both scored."""
    limit = rollout.limits.max_score_shift
    if limit is None:
        return Verdict.PASSED, "no limit on score shift"
    before, after = _shadow_scores(reports, champion), _shadow_scores(reports, candidate)
    if after.total < rollout.min_requests:
        return Verdict.INCONCLUSIVE, f"{after.total} of {rollout.min_requests} scores in shadow"
    shift = score_shift(before, after)
    if shift is None:
        return Verdict.INCONCLUSIVE, "score shift: the champion answers one value only"
    noise = chance_shift(before, after)
    message = f"score shift {shift:.3f}, limit {limit:.3f}"
    if shift <= limit:
        return Verdict.PASSED, message
    if shift - noise <= limit:
        doubt = f", chance alone may bring {noise:.3f} with {after.total} scores"
        return Verdict.INCONCLUSIVE, message + doubt
    return Verdict.FAILED, message


def _judge_errors(seen: Observed, rollout: Rollout) -> tuple[Verdict, str]:
    bad = seen.errors + seen.restarts
    total = max(seen.requests, bad)
    limit = rollout.limits.error_rate
    restarts = f", {seen.restarts} of them restarts" if seen.restarts else ""
    message = f"{bad} errors{restarts} in {total} requests, limit {limit:.2%}"
    return sequential_test(bad, total, limit, rollout.min_requests), message


def _judge_latency(seen: Observed, rollout: Rollout) -> list[tuple[Verdict, str]]:
    limit = rollout.limits.p99_latency_ms
    if limit is None:
        return []
    message = f"{seen.slow} of {seen.requests} requests slower than {limit:g} ms"
    verdict = sequential_test(seen.slow, seen.requests, SLOW_SHARE, rollout.min_requests)
    return [(verdict, message)]


def _baseline(report: ServerReport, digest: Digest, limits: Limits) -> Baseline:
    counted = report.versions.get(digest)
    if counted is None:
        return Baseline(started=report.started)
    return Baseline(
        started=report.started,
        requests=counted.requests,
        errors=counted.errors,
        slow=_slow(counted, limits),
    )


def _slow(counted: VersionTraffic, limits: Limits) -> int:
    return 0 if limits.p99_latency_ms is None else counted.latency.above(limits.p99_latency_ms)


def _shadow_scores(reports: tuple[ServerReport, ...], digest: Digest) -> Sketch:
    total = Sketch()
    for report in reports:
        if digest in report.versions:
            total = total.plus(report.versions[digest].shadow_scores)
    return total
