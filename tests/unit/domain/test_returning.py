"""RollingBack: routing first, then all the rest, and it never gives up."""

from typing import Any

import pytest

from tests.support.promotions import (
    MLFLOW_DOWN,
    NOW,
    PREFECT_DOWN,
    REDIS_DOWN,
    SERVING_DOWN,
    SPEC,
    after,
    before,
    decided,
    digest,
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
from windlass.domain.promotion.effects import (
    ApplyRouting,
    HoldVersion,
    RecordOutcome,
    SetAlias,
    TellConsumer,
)
from windlass.domain.promotion.evidence import UNSEEN
from windlass.domain.promotion.spec import (
    Consumer,
    PrefectBlockConsumer,
    RedisConsumer,
)
from windlass.domain.promotion.status import (
    Ending,
    Phase,
    PromotionStatus,
    Told,
)

REDIS = Consumer(redis=RedisConsumer(key="eta:settings"))
BLOCK = Consumer(prefect_block=PrefectBlockConsumer(name="eta-runtime/prod"))
TOLD = (Told(consumer=REDIS, previous="pump-failure/6"), Told(consumer=BLOCK, previous=None))
SAID = {REDIS.label: "pump-failure/7", BLOCK.label: "pump-failure/7"}
BACK = served(routing("6", held=(digest("7"),)))
WITHOUT_HOLD = served(routing("6"))


def returning(
    phase: Phase = Phase.ROLLED_BACK, *, hold: bool = True, **changes: Any
) -> PromotionStatus:
    fields: dict[str, Any] = {
        "ending": Ending(phase=phase, reason="CanaryFailed", message="3 errors", hold=hold),
        "routed": True,
        "alias_moved": True,
        "told": TOLD,
    }
    return status(Phase.ROLLING_BACK, **{**fields, **changes})


ROUTING_ONLY = returning(alias_moved=False, told=())


def walk(known: PromotionStatus, steps: list[dict[str, Any]]) -> list[Any]:
    effects = []
    for seen in steps:
        decision = decided(known, **seen)
        effects.append(decision.effect)
        known = decision.status
    return [*effects, known]


def alias_back(to: Version | None) -> SetAlias:
    alias = SPEC.target_alias
    return SetAlias(model=SPEC.model, alias=alias, seen=Version("7"), to=to, way_back=True)


def test_it_walks_back_in_order() -> None:
    put_back = {**SAID, BLOCK.label: None}
    told_back = {**put_back, REDIS.label: "pump-failure/6"}
    *effects, end = walk(
        returning(),
        [
            {"champion": version("7"), "consumers": SAID, **served(routing("7"))},
            {"champion": version("7"), "consumers": SAID, **BACK},
            {"champion": version("6"), "consumers": SAID, **BACK},
            {"champion": version("6"), "consumers": SAID, "held": "it is", **BACK},
            {"champion": version("6"), "consumers": put_back, "held": "it is", **BACK},
            {"champion": version("6"), "consumers": told_back, "held": "it is", **BACK},
        ],
    )

    assert effects[:5] == [
        ApplyRouting(model=SPEC.model, routing=routing("6", generation=6, held=(digest("7"),))),
        alias_back(Version("6")),
        HoldVersion(model=SPEC.model, version=Version("7"), reason="CanaryFailed: 3 errors"),
        TellConsumer(consumer=BLOCK, value=None),
        TellConsumer(consumer=REDIS, value="pump-failure/6"),
    ]
    assert isinstance(effects[5], RecordOutcome)
    assert (end.phase, end.reason, end.finished_at) == (Phase.ROLLED_BACK, "CanaryFailed", NOW)
    assert (end.routed, end.alias_moved, end.told) == (False, False, ())
    for type_ in (
        ConditionType.ALIAS_CURRENT,
        ConditionType.CONSUMERS_CURRENT,
        ConditionType.PROMOTED,
    ):
        assert truth_of(end, type_) is Truth.FALSE


DOWN: dict[str, Any] = {
    "champion": MLFLOW_DOWN,
    "held": MLFLOW_DOWN,
    "candidate": MLFLOW_DOWN,
    "rivals": MLFLOW_DOWN,
    "flow_run": PREFECT_DOWN,
    "result": PREFECT_DOWN,
    "consumers": {REDIS.label: REDIS_DOWN, BLOCK.label: PREFECT_DOWN},
}


def test_routing_returns_although_mlflow_and_prefect_are_down() -> None:
    decision = decided(returning(), **DOWN, **served(routing("7")))

    assert decision.effect == ApplyRouting(
        model=SPEC.model, routing=routing("6", generation=6, held=(digest("7"),))
    )


def test_a_server_that_has_not_heard_is_told_again_although_mlflow_is_down() -> None:
    document = routing("6", held=(digest("7"),))
    deaf = report(routing("7", generation=4), "pod-2")
    decision = decided(returning(), **DOWN, routing=document, reports=(report(document), deaf))

    assert decision.effect == ApplyRouting(model=SPEC.model, routing=document)
    assert decision.status.phase is Phase.ROLLING_BACK


def test_a_silent_server_does_not_keep_the_others_from_hearing() -> None:
    document = routing("6", held=(digest("7"),))
    decision = decided(ROUTING_ONLY, routing=document, reports=SERVING_DOWN, held="it is")

    assert decision.effect == ApplyRouting(model=SPEC.model, routing=document)
    assert (decision.status.phase, decision.status.stalled) == (
        Phase.ROLLING_BACK,
        "SystemUnavailable",
    )


def test_a_silent_server_does_not_keep_the_alias_from_moving() -> None:
    document = routing("6", held=(digest("7"),))
    seen: dict[str, Any] = {"routing": document, "reports": SERVING_DOWN, "champion": version("7")}

    assert isinstance(decided(returning(), **seen).effect, SetAlias)


def test_it_does_not_end_before_every_server_acknowledged() -> None:
    document = routing("6", held=(digest("7"),))
    lagging: dict[str, Any] = {
        "routing": document,
        "reports": (report(document, champion_loaded=digest("7")),),
        "held": "it is",
    }

    assert decided(ROUTING_ONLY, **lagging).status.phase is Phase.ROLLING_BACK
    assert decided(ROUTING_ONLY, held="it is", **BACK).status.phase is Phase.ROLLED_BACK


@pytest.mark.parametrize(
    "seen",
    [
        {"routing": routing("6", held=(digest("7"),)), "reports": ()},
        {"served": False, "routing": None, "reports": ()},
    ],
)
def test_without_any_server_there_is_nobody_to_wait_for(seen: dict[str, Any]) -> None:
    found = decided(ROUTING_ONLY, held="it is", **seen).status

    assert found.phase is Phase.ROLLED_BACK


def test_nothing_else_returns_before_the_document_is_stored() -> None:
    decision = decided(returning(), routing=SERVING_DOWN, champion=version("7"))

    assert (decision.effect, decision.status.stalled) == (None, "SystemUnavailable")


@pytest.mark.parametrize("days", [1, 1_000])
@pytest.mark.parametrize(
    "blind",
    [
        {"routing": SERVING_DOWN},
        {**BACK, "champion": MLFLOW_DOWN},
        {
            **BACK,
            "champion": version("6"),
            "consumers": {**SAID, BLOCK.label: PREFECT_DOWN},
            "held": "it is",
        },
        {
            **BACK,
            "champion": version("6"),
            "consumers": dict.fromkeys(SAID),
            "held": MLFLOW_DOWN,
        },
    ],
)
def test_it_never_gives_up(days: int, blind: dict[str, Any]) -> None:
    since = before(days * 86_400)
    found = decided(returning(faulted_at=since, progressed_at=since), **blind).status

    assert (found.phase, found.stalled) == (Phase.ROLLING_BACK, "SystemUnavailable")
    assert found.faulted_at == since


@pytest.mark.parametrize("champion", [version("5"), version("6"), None])
def test_an_alias_that_is_elsewhere_is_left_where_it_is(champion: Any) -> None:
    decision = decided(returning(told=()), champion=champion, **BACK)

    assert isinstance(decision.effect, HoldVersion)


def test_a_first_model_returns_to_no_model() -> None:
    first = returning(champion=None, told=(), hold=False)
    *effects, end = walk(
        first,
        [
            {"champion": version("7"), **served(routing("7"))},
            {"champion": version("7"), **served(routing(None))},
            {"champion": None, **served(routing(None))},
        ],
    )

    assert effects[:2] == [
        ApplyRouting(model=SPEC.model, routing=routing(None, generation=6)),
        alias_back(None),
    ]
    assert end.phase is Phase.ROLLED_BACK


def test_a_consumer_that_carries_something_else_is_left_alone() -> None:
    says = {REDIS.label: "pump-failure/5", BLOCK.label: "pump-failure/7"}
    decision = decided(returning(), champion=version("6"), consumers=says, held="it is", **BACK)

    assert decision.effect == TellConsumer(consumer=BLOCK, value=None)


def test_only_those_who_were_told_are_untold() -> None:
    wanted = spec(consumers=(REDIS, BLOCK))
    known = returning(told=(), hold=False)
    decision = decided(known, wanted, champion=version("6"), consumers=SAID, **WITHOUT_HOLD)

    assert not isinstance(decision.effect, TellConsumer)
    assert decision.status.phase is Phase.ROLLED_BACK


def test_without_a_hold_nothing_is_marked() -> None:
    known = returning(Phase.ABORTED, hold=False, alias_moved=False, told=())
    found = decided(known, **WITHOUT_HOLD).status

    assert found.phase is Phase.ABORTED


@pytest.mark.parametrize(
    "unseen",
    [
        {"routing": UNSEEN, "reports": UNSEEN, "served": UNSEEN},
        {**BACK, "champion": UNSEEN},
        {**BACK, "champion": version("6"), "consumers": {}, "held": "it is"},
        {**BACK, "champion": version("6"), "consumers": dict.fromkeys(SAID), "held": UNSEEN},
    ],
)
def test_what_was_not_looked_at_is_looked_at_next(unseen: dict[str, Any]) -> None:
    decision = decided(returning(), **unseen)

    assert (decision.effect, decision.again_at, decision.status.stalled) == (None, NOW, None)


def test_an_effect_that_was_refused_is_tried_again() -> None:
    seen = {"champion": version("7"), **BACK}
    refused = decided(returning(), refused=MLFLOW_DOWN, **seen)
    again = decided(refused.status, at=after(9), **seen)

    assert (refused.effect, refused.status.stalled) == (None, "SystemUnavailable")
    assert isinstance(again.effect, SetAlias)
