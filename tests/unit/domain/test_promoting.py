"""Promoting: routing, then alias, then consumers."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.promotions import (
    MLFLOW_DOWN,
    NOW,
    REDIS_DOWN,
    SERVING_DOWN,
    SPEC,
    STARTED,
    approval,
    before,
    counted,
    decided,
    digest,
    gate_result,
    report,
    routing,
    served,
    spec,
    status,
    truth_of,
    version,
)
from windlass.domain.names import Version
from windlass.domain.promotion.conditions import ConditionType, Truth
from windlass.domain.promotion.effects import ApplyRouting, SetAlias, TellConsumer
from windlass.domain.promotion.evidence import UNSEEN
from windlass.domain.promotion.gates import Verdict
from windlass.domain.promotion.spec import (
    Approval,
    Consumer,
    PrefectBlockConsumer,
    RedisConsumer,
)
from windlass.domain.promotion.status import Baseline, Phase, RolloutStatus, Told

NEW = status(Phase.PROMOTING, alias_moved=False)
ROUTED = served(routing("7"))
MOVED = {**ROUTED, "champion": version("7")}
REDIS = Consumer(redis=RedisConsumer(key="eta:settings"))
BLOCK = Consumer(prefect_block=PrefectBlockConsumer(name="eta-runtime/prod"))
TELLING = spec(consumers=(REDIS, BLOCK))


def test_routing_comes_first() -> None:
    decision = decided(NEW, **served(routing("6", "7", weight=50)))

    assert decision.effect == ApplyRouting(model=SPEC.model, routing=routing("7", generation=6))
    assert decision.status.alias_moved is False


def test_the_alias_waits_for_every_server() -> None:
    reports = (report(routing("7")), report(routing("7"), "pod-2", champion_loaded=digest("6")))
    decision = decided(NEW, routing=routing("7"), reports=reports)

    assert decision.effect == ApplyRouting(model=SPEC.model, routing=routing("7"))
    assert decision.status.message == "all traffic to the candidate: waits for pod-2"


def test_then_the_alias_is_moved_from_where_it_was_seen() -> None:
    decision = decided(NEW, **ROUTED)

    assert decision.effect == SetAlias(
        model=SPEC.model, alias=SPEC.target_alias, seen=Version("6"), to=Version("7")
    )
    assert decision.status.alias_moved is True
    assert decision.status.intent is not None
    assert (decision.status.intent.source, decision.status.intent.to) == ("6", "7")


@pytest.mark.parametrize("champion", [None, "6"])
def test_an_alias_that_nobody_has_is_set(champion: str | None) -> None:
    known = replace(NEW, champion=NEW.champion if champion else None)
    decision = decided(known, champion=None, **ROUTED)

    assert isinstance(decision.effect, SetAlias)
    assert (decision.effect.seen, decision.effect.to) == (None, "7")


def test_an_alias_moved_by_somebody_else_is_left_and_routing_returns() -> None:
    decision = decided(NEW, champion=version("5"), **ROUTED)

    assert decision.status.phase is Phase.ROLLING_BACK
    ending = decision.status.ending
    assert ending is not None
    assert (ending.phase, ending.reason) == (Phase.ERRORED, "AliasMoved")
    assert "alias champion was moved to 5 by somebody else (it was 6" in ending.message
    assert decision.effect == ApplyRouting(model=SPEC.model, routing=routing("6", generation=6))


def test_then_the_consumers_are_told_one_by_one() -> None:
    says: dict[str, Any] = {REDIS.label: "pump-failure/6", BLOCK.label: None}
    first = decided(replace(NEW, alias_moved=True), TELLING, consumers=says, **MOVED)
    says[REDIS.label] = "pump-failure/7"
    second = decided(first.status, TELLING, consumers=says, **MOVED)

    assert first.effect == TellConsumer(consumer=REDIS, value="pump-failure/7")
    assert second.effect == TellConsumer(consumer=BLOCK, value="pump-failure/7")
    assert second.status.told == (
        Told(consumer=REDIS, previous="pump-failure/6"),
        Told(consumer=BLOCK, previous=None),
    )


def test_telling_again_does_not_forget_what_was_said_before() -> None:
    told = (Told(consumer=REDIS, previous="pump-failure/6"),)
    known = replace(NEW, alias_moved=True, told=told)
    says = {REDIS.label: "pump-failure/5", BLOCK.label: "pump-failure/7"}
    decision = decided(known, TELLING, consumers=says, **MOVED)

    assert isinstance(decision.effect, TellConsumer)
    assert decision.status.told == told


def test_a_consumer_that_knows_is_not_told() -> None:
    says = {REDIS.label: "pump-failure/7", BLOCK.label: "pump-failure/7"}
    found = decided(replace(NEW, alias_moved=True), TELLING, consumers=says, **MOVED).status

    assert (found.phase, found.told) == (Phase.SOAKING, ())
    assert truth_of(found, ConditionType.CONSUMERS_CURRENT) is Truth.TRUE


def test_then_it_counts_as_promoted_and_soaks() -> None:
    reports = (report(routing("7"), versions=counted("7", requests=40, errors=1)),)
    found = decided(
        replace(NEW, alias_moved=True),
        champion=version("7"),
        routing=routing("7"),
        reports=reports,
    ).status

    assert (found.phase, found.reason) == (Phase.SOAKING, "Soaking")
    assert truth_of(found, ConditionType.PROMOTED) is Truth.TRUE
    assert truth_of(found, ConditionType.ALIAS_CURRENT) is Truth.TRUE
    assert truth_of(found, ConditionType.READY) is Truth.FALSE
    assert found.rollout == RolloutStatus(
        step=3,
        weight=100,
        started_at=NOW,
        baselines={"pod-1": Baseline(started=STARTED, requests=40, errors=1)},
    )


def test_a_model_that_nobody_serves_goes_straight_to_the_alias() -> None:
    known = replace(NEW, routed=False)
    decision = decided(known, served=False, routing=None, reports=())

    assert isinstance(decision.effect, SetAlias)
    assert decision.status.routed is False


@pytest.mark.parametrize(
    ("wanted", "seen", "system"),
    [
        (SPEC, {"served": SERVING_DOWN}, "serving"),
        (SPEC, {"routing": SERVING_DOWN}, "serving"),
        (SPEC, {**ROUTED, "reports": SERVING_DOWN}, "serving"),
        (SPEC, {**ROUTED, "champion": MLFLOW_DOWN}, "MLflow"),
        (TELLING, {**MOVED, "consumers": {REDIS.label: REDIS_DOWN, BLOCK.label: None}}, "Redis"),
    ],
)
def test_an_outage_changes_nothing(wanted: Any, seen: dict[str, Any], system: str) -> None:
    decision = decided(NEW, wanted, **seen)

    assert (decision.status.phase, decision.effect) == (Phase.PROMOTING, None)
    assert decision.status.message.startswith(f"{system}: ")


def test_an_outage_past_the_deadline_ends_it_and_routing_returns_first() -> None:
    known = replace(NEW, faulted_at=before(15 * 60 + 1))
    decision = decided(known, **{**ROUTED, "champion": MLFLOW_DOWN})

    assert decision.status.phase is Phase.ROLLING_BACK
    assert decision.effect == ApplyRouting(model=SPEC.model, routing=routing("6", generation=6))

    back = decided(decision.status, **served(routing("6")), champion=MLFLOW_DOWN).status
    assert (back.phase, back.reason) == (Phase.ERRORED, "SystemUnavailable")


def test_servers_that_do_not_load_it_as_champion_in_time_end_it() -> None:
    sick = report(routing("7"), champion_loaded=digest("6"), champion_problem="out of memory")
    known = replace(NEW, progressed_at=before(15 * 60 + 1))
    decision = decided(known, routing=routing("7"), reports=(sick,))

    ending = decision.status.ending
    assert ending is not None
    assert (ending.phase, ending.reason) == (Phase.ERRORED, "DeadlineExceeded")
    assert ending.message.endswith("pod-1: out of memory")
    assert decision.effect == ApplyRouting(model=SPEC.model, routing=routing("6", generation=6))


@pytest.mark.parametrize(
    "changes",
    [
        {"gates": (gate_result(Verdict.FAILED),)},
        {"gates": (gate_result(Verdict.INCONCLUSIVE),)},
    ],
)
def test_no_alias_moves_past_a_gate(changes: dict[str, Any]) -> None:
    decision = decided(replace(NEW, **changes), **ROUTED)

    assert decision.status.phase is Phase.ROLLING_BACK
    assert isinstance(decision.effect, ApplyRouting)


@pytest.mark.parametrize("given", [None, approval("alice"), approval(generation=1)])
def test_no_alias_moves_without_the_approval(given: Any) -> None:
    wanted = spec(approval=Approval(required=True))
    decision = decided(replace(NEW, approval=given), wanted, **ROUTED)

    assert decision.status.phase is Phase.ROLLING_BACK
    assert isinstance(decision.effect, ApplyRouting)


@pytest.mark.parametrize("seen", [{"served": UNSEEN}, {**MOVED, "consumers": {}}])
def test_what_was_not_looked_at_is_looked_at_next(seen: dict[str, Any]) -> None:
    decision = decided(NEW, TELLING, **seen)

    assert (decision.again_at, decision.effect, decision.status.stalled) == (NOW, None, None)


def test_a_candidate_that_has_the_alias_already_gives_it_back_on_the_way_back() -> None:
    found = decided(NEW, **MOVED).status

    assert (found.phase, found.alias_moved) == (Phase.SOAKING, True)
