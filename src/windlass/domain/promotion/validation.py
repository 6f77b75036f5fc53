"""What a spec must be beyond its types. The CRD repeats these rules, so each is short and local.

Problems are lines `path: what is wrong`, the path as in the manifest, below `spec`.
"""

import math
import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from windlass.domain.promotion.spec import (
    Candidate,
    Consumer,
    EvaluationSpec,
    Gate,
    Limits,
    PromotionSpec,
    Rollout,
    Step,
)

MAX_STEPS = 10
MAX_GATES = 32
MAX_CONSUMERS = 16
MAX_NOTIFY = 16
MAX_REQUESTS = 1_000_000_000
MAX_TEXT = 253
LONGEST = timedelta(days=365)
"""No duration may be longer."""

MODEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
"""A model's name stands in object keys, file names and names of Kubernetes objects."""
ALIAS = re.compile(r"[A-Za-z0-9_-]{1,63}")
RESERVED_ALIAS = re.compile(r"latest|v[0-9]+", re.IGNORECASE)
"""MLflow keeps these for itself."""
VERSION = re.compile(r"[1-9][0-9]{0,8}")
METRIC = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./ -]{0,249}")
DEPLOYMENT = re.compile(r"[^/%&<>\s][^/%&<>]{0,199}/[^/%&<>\s][^/%&<>]{0,199}", re.ASCII)
BUCKET = r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
DATASET = re.compile(rf"s3://{BUCKET}/[A-Za-z0-9_=+@.-]+(/[A-Za-z0-9_=+@.-]+)*/?")
BLOCK = re.compile(r"[a-z0-9][a-z0-9-]{0,99}/[A-Za-z0-9][A-Za-z0-9-]{0,99}")
FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
KEY = re.compile(r"[^\s]{1,253}", re.ASCII)
DNS_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
"""Name of a Kubernetes object."""


def problems(spec: PromotionSpec) -> tuple[str, ...]:
    """List everything that is wrong with a spec; empty for a valid one."""
    return (
        *_name("model", spec.model, MODEL, "letters, digits, dots and hyphens, at most 63"),
        *_candidate(spec.candidate),
        *_alias("targetAlias", spec.target_alias),
        *_target(spec),
        *_gates(spec.gates),
        *(_evaluation(spec.evaluation) if spec.evaluation else ()),
        *_rollout(spec.rollout),
        *_consumers(spec.consumers),
        *_duration("rollback.soak", spec.rollback.soak),
        *_notify(spec.notify),
    )


def _name(path: str, value: str, pattern: re.Pattern[str], wanted: str) -> Iterator[str]:
    if not pattern.fullmatch(value):
        yield f"{path}: {value[:MAX_TEXT]!r} is not valid, it must be {wanted}"


def _alias(path: str, alias: str) -> Iterator[str]:
    yield from _name(path, alias, ALIAS, "letters, digits, _ and hyphens, at most 63")
    if RESERVED_ALIAS.fullmatch(alias):
        yield f"{path}: {alias!r} is a word that MLflow keeps for itself, choose another alias"


def _candidate(candidate: Candidate) -> Iterator[str]:
    if (candidate.version is None) == (candidate.alias is None):
        yield "candidate: give exactly one of version and alias"
    if candidate.version is not None:
        yield from _name("candidate.version", candidate.version, VERSION, 'a number such as "7"')
    if candidate.alias is not None:
        yield from _alias("candidate.alias", candidate.alias)


def _target(spec: PromotionSpec) -> Iterator[str]:
    if spec.candidate.alias == spec.target_alias:
        yield f"candidate.alias: {spec.target_alias!r} is the target alias, which is in production"


def _gates(gates: tuple[Gate, ...]) -> Iterator[str]:
    yield from _at_most("gates", len(gates), MAX_GATES)
    for index, gate in enumerate(gates):
        yield from _gate(f"gates[{index}]", gate)


def _gate(path: str, gate: Gate) -> Iterator[str]:
    yield from _name(f"{path}.metric", gate.metric, METRIC, "the name of an MLflow metric")
    rules = {
        "minAbsoluteChange": gate.min_absolute_change,
        "minRelativeChange": gate.min_relative_change,
        "tolerance": gate.tolerance,
    }
    if gate.threshold is None and not gate.relative:
        yield f"{path}: give at least one rule: threshold, {', '.join(rules)}"
    if gate.threshold is not None and not math.isfinite(gate.threshold):
        yield f"{path}.threshold: must be a finite number"
    for name, value in rules.items():
        if value is not None and not 0 <= value < math.inf:
            yield f"{path}.{name}: must be 0 or more, not {value:g}"


def _evaluation(evaluation: EvaluationSpec) -> Iterator[str]:
    deployment, dataset = evaluation.deployment, evaluation.dataset
    yield from _name("evaluation.deployment", deployment, DEPLOYMENT, "<flow>/<deployment>")
    yield from _name("evaluation.dataset", dataset, DATASET, "s3://<bucket>/<prefix>")
    if re.search(r"/\.\.?(/|$)", dataset):
        yield "evaluation.dataset: may not contain . or .. as a folder"
    yield from _duration("evaluation.timeout", evaluation.timeout, least=timedelta(seconds=1))


def _rollout(rollout: Rollout) -> Iterator[str]:
    yield from _at_most("rollout.steps", len(rollout.steps), MAX_STEPS)
    for index, step in enumerate(rollout.steps):
        yield from _step(f"rollout.steps[{index}]", step)
    yield from _ascending(rollout.steps)
    if not 1 <= rollout.min_requests <= MAX_REQUESTS:
        yield f"rollout.minRequests: must be 1 to {MAX_REQUESTS}, not {rollout.min_requests}"
    yield from _limits(rollout.limits)
    deadline = rollout.progress_deadline
    yield from _duration("rollout.progressDeadline", deadline, least=timedelta(seconds=1))


def _step(path: str, step: Step) -> Iterator[str]:
    if step.shadow == (step.weight is not None):
        yield f"{path}: give either shadow: true or a weight"
    if step.weight is not None and not 1 <= step.weight <= 99:
        yield f"{path}.weight: must be 1 to 99, not {step.weight}; after the last step it is 100"
    yield from _duration(f"{path}.duration", step.duration)


def _ascending(steps: tuple[Step, ...]) -> Iterator[str]:
    weighted = [(index, step.weight) for index, step in enumerate(steps) if step.weight is not None]
    for (_, before), (index, weight) in pairwise(weighted):
        if weight <= before:
            yield f"rollout.steps[{index}].weight: must be above {before}, the weight before it"


def _limits(limits: Limits) -> Iterator[str]:
    path = "rollout.limits"
    if not 0 <= limits.error_rate <= 1:
        yield f"{path}.errorRate: must be a share from 0 to 1, not {limits.error_rate:g}"
    if limits.p99_latency_ms is not None and not 0 < limits.p99_latency_ms < math.inf:
        yield f"{path}.p99LatencyMs: must be above 0, not {limits.p99_latency_ms:g}"
    if limits.max_score_shift is not None and not 0 < limits.max_score_shift < math.inf:
        yield f"{path}.maxScoreShift: must be above 0, not {limits.max_score_shift:g}"


def _consumers(consumers: tuple[Consumer, ...]) -> Iterator[str]:
    yield from _at_most("consumers", len(consumers), MAX_CONSUMERS)
    seen: set[str] = set()
    for index, consumer in enumerate(consumers):
        path = f"consumers[{index}]"
        yield from _consumer(path, consumer)
        if consumer.label in seen:
            yield f"{path}: is told twice, remove one"
        seen.add(consumer.label)


def _consumer(path: str, consumer: Consumer) -> Iterator[str]:
    redis, block = consumer.redis, consumer.prefect_block
    if (redis is None) == (block is None):
        yield f"{path}: give exactly one of redis and prefectBlock"
    if redis is not None:
        yield from _name(f"{path}.redis.key", redis.key, KEY, "text without spaces")
        yield from _name(f"{path}.redis.field", redis.field, FIELD, "the name of a field")
    if block is not None:
        name = f"{path}.prefectBlock.name"
        yield from _name(name, block.name, BLOCK, "<block type>/<block name>")
        yield from _name(f"{path}.prefectBlock.field", block.field, FIELD, "the name of a field")


def _notify(blocks: tuple[str, ...]) -> Iterator[str]:
    yield from _at_most("notify", len(blocks), MAX_NOTIFY)
    for index, block in enumerate(blocks):
        yield from _name(f"notify[{index}]", block, BLOCK, "<block type>/<block name>")


def _at_most(path: str, count: int, limit: int) -> Iterator[str]:
    if count > limit:
        yield f"{path}: has {count} items, at most {limit} are allowed"


def _duration(path: str, value: timedelta, least: timedelta = timedelta()) -> Iterator[str]:
    if not least <= value <= LONGEST:
        lowest = f"{least.total_seconds():g}s"
        yield f"{path}: must be from {lowest} to {LONGEST.days * 24}h"
