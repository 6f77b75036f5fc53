"""What a spec must be beyond its types."""

from datetime import timedelta

import pytest

from windlass.domain.names import Alias, ModelName, Version
from windlass.domain.promotion.spec import (
    Candidate,
    Consumer,
    EvaluationSpec,
    Gate,
    Limits,
    PrefectBlockConsumer,
    PromotionSpec,
    RedisConsumer,
    Rollback,
    Rollout,
    Step,
)
from windlass.domain.promotion.validation import problems


def spec(**changes: object) -> PromotionSpec:
    fields: dict[str, object] = {
        "model": ModelName("predictive-maintenance"),
        "candidate": Candidate(alias=Alias("challenger")),
    }
    return PromotionSpec(**{**fields, **changes})  # type: ignore[arg-type] # any field, by name


def evaluated(**changes: object) -> PromotionSpec:
    fields: dict[str, object] = {"dataset": "s3://windlass/datasets/pm/holdout"}
    return spec(evaluation=EvaluationSpec(**{**fields, **changes}))  # type: ignore[arg-type] # by name


def stepped(*steps: Step) -> PromotionSpec:
    return spec(rollout=Rollout(steps=steps))


REDIS = Consumer(redis=RedisConsumer(key="eta:settings"))
BLOCK = Consumer(prefect_block=PrefectBlockConsumer(name="eta-runtime/prod"))


@pytest.mark.parametrize(
    "valid",
    [
        spec(),
        spec(candidate=Candidate(version=Version("7"))),
        spec(model=ModelName("Fraud_Model.v2-x")),
        spec(gates=(Gate(metric="eval/f1 score", threshold=-3.5),)),
        spec(gates=(Gate(metric="f1", tolerance=0.0, min_relative_change=0.5),)),
        spec(rollout=Rollout(steps=())),
        stepped(Step(weight=1), Step(shadow=True), Step(weight=99, duration=timedelta())),
        spec(rollout=Rollout(limits=Limits(error_rate=0, p99_latency_ms=0.1, max_score_shift=3))),
        spec(consumers=(REDIS, BLOCK)),
        spec(notify=("slack-webhook/ml-alerts", "slack/x")),
        spec(rollback=Rollback(soak=timedelta())),
        evaluated(),
        evaluated(deployment="score versions/prod", dataset="s3://my.bucket/a/b=1/"),
    ],
)
def test_a_valid_spec_has_no_problems(valid: PromotionSpec) -> None:
    assert problems(valid) == ()


@pytest.mark.parametrize(
    ("invalid", "problem"),
    [
        (spec(candidate=Candidate()), "candidate: give exactly one of version and alias"),
        (
            spec(candidate=Candidate(version=Version("7"), alias=Alias("x"))),
            "candidate: give exactly one of version and alias",
        ),
        (
            spec(candidate=Candidate(version=Version("v7"))),
            "candidate.version: 'v7' is not valid, it must be a number such as \"7\"",
        ),
        (
            spec(candidate=Candidate(alias=Alias("Latest"))),
            "candidate.alias: 'Latest' is a word that MLflow keeps for itself,"
            " choose another alias",
        ),
        (
            spec(candidate=Candidate(alias=Alias("champion"))),
            "candidate.alias: 'champion' is the target alias, which is in production",
        ),
        (
            spec(target_alias=Alias("in production")),
            "targetAlias: 'in production' is not valid, it must be letters, digits, _ and"
            " hyphens, at most 63",
        ),
        (
            spec(model=ModelName("../secrets")),
            "model: '../secrets' is not valid, it must be letters, digits, dots and hyphens,"
            " at most 63",
        ),
        (
            spec(gates=(Gate(metric="f1"),)),
            "gates[0]: give at least one rule: threshold, minAbsoluteChange, minRelativeChange,"
            " tolerance",
        ),
        (
            spec(gates=(Gate(metric="f1", tolerance=-0.01),)),
            "gates[0].tolerance: must be 0 or more, not -0.01",
        ),
        (
            spec(gates=(Gate(metric="f1", threshold=float("nan")),)),
            "gates[0].threshold: must be a finite number",
        ),
        (
            spec(gates=(Gate(metric="f1", min_absolute_change=float("nan")),)),
            "gates[0].minAbsoluteChange: must be 0 or more, not nan",
        ),
        (
            spec(gates=(Gate(metric="", threshold=1.0),)),
            "gates[0].metric: '' is not valid, it must be the name of an MLflow metric",
        ),
        (
            spec(gates=(Gate(metric="f1", threshold=1.0),) * 33),
            "gates: has 33 items, at most 32 are allowed",
        ),
        (
            evaluated(deployment="score-versions"),
            "evaluation.deployment: 'score-versions' is not valid, it must be <flow>/<deployment>",
        ),
        (
            evaluated(dataset="/data/holdout"),
            "evaluation.dataset: '/data/holdout' is not valid, it must be s3://<bucket>/<prefix>",
        ),
        (
            evaluated(dataset="s3://windlass/datasets/../secrets"),
            "evaluation.dataset: may not contain . or .. as a folder",
        ),
        (
            evaluated(timeout=timedelta()),
            "evaluation.timeout: must be from 1s to 8760h",
        ),
        (
            stepped(Step()),
            "rollout.steps[0]: give either shadow: true or a weight",
        ),
        (
            stepped(Step(shadow=True, weight=10)),
            "rollout.steps[0]: give either shadow: true or a weight",
        ),
        (
            stepped(Step(weight=100)),
            "rollout.steps[0].weight: must be 1 to 99, not 100; after the last step it is 100",
        ),
        (
            stepped(Step(weight=10), Step(shadow=True), Step(weight=10)),
            "rollout.steps[2].weight: must be above 10, the weight before it",
        ),
        (
            stepped(*(Step(weight=weight) for weight in range(1, 12))),
            "rollout.steps: has 11 items, at most 10 are allowed",
        ),
        (
            stepped(Step(weight=5, duration=timedelta(days=366))),
            "rollout.steps[0].duration: must be from 0s to 8760h",
        ),
        (
            spec(rollout=Rollout(min_requests=0)),
            "rollout.minRequests: must be 1 to 1000000000, not 0",
        ),
        (
            spec(rollout=Rollout(progress_deadline=timedelta())),
            "rollout.progressDeadline: must be from 1s to 8760h",
        ),
        (
            spec(rollout=Rollout(limits=Limits(error_rate=1.5))),
            "rollout.limits.errorRate: must be a share from 0 to 1, not 1.5",
        ),
        (
            spec(rollout=Rollout(limits=Limits(p99_latency_ms=0))),
            "rollout.limits.p99LatencyMs: must be above 0, not 0",
        ),
        (
            spec(rollout=Rollout(limits=Limits(max_score_shift=-1))),
            "rollout.limits.maxScoreShift: must be above 0, not -1",
        ),
        (spec(consumers=(Consumer(),)), "consumers[0]: give exactly one of redis and prefectBlock"),
        (
            spec(consumers=(Consumer(redis=REDIS.redis, prefect_block=BLOCK.prefect_block),)),
            "consumers[0]: give exactly one of redis and prefectBlock",
        ),
        (spec(consumers=(REDIS, REDIS)), "consumers[1]: is told twice, remove one"),
        (
            spec(consumers=(Consumer(redis=RedisConsumer(key="", field="model_key")),)),
            "consumers[0].redis.key: '' is not valid, it must be text without spaces",
        ),
        (
            spec(consumers=(Consumer(prefect_block=PrefectBlockConsumer(name="prod")),)),
            "consumers[0].prefectBlock.name: 'prod' is not valid, it must be"
            " <block type>/<block name>",
        ),
        (
            spec(notify=("ml-alerts",)),
            "notify[0]: 'ml-alerts' is not valid, it must be <block type>/<block name>",
        ),
        (
            spec(rollback=Rollback(soak=timedelta(seconds=-1))),
            "rollback.soak: must be from 0s to 8760h",
        ),
    ],
)
def test_an_invalid_spec_is_told_what_to_mend(invalid: PromotionSpec, problem: str) -> None:
    assert problem in problems(invalid)


def test_one_mistake_is_told_once() -> None:
    assert len(problems(spec(rollout=Rollout(min_requests=0)))) == 1
