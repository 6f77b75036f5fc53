"""Promotions that meet each other, hands that meddle, versions that vanish: told on a Stage."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.support.stage import CHAMPION, MODEL, SECOND, Stage, digest_of, spec_of
from windlass.domain.errors import SystemUnavailable
from windlass.domain.names import Digest, Version
from windlass.domain.promotion.controls import Verb
from windlass.domain.promotion.promotion import PromotionKey
from windlass.domain.promotion.spec import Approval, Gate
from windlass.domain.promotion.status import Phase
from windlass.domain.routing import Routing
from windlass.domain.versions import ModelVersion, RunRecord

TOLERANT = (Gate(metric="skill", tolerance=0.01),)
WITH_APPROVAL = Approval(required=True)


def stage_of(*skills: float) -> Stage:
    """Versions 1, 2, … with these skills; the first is in production."""
    stage = Stage()
    for number, skill in enumerate(skills, 1):
        stage.train(str(number), skill)
    stage.play(stage.apply("one", spec_of("1")))
    return stage


def tick(stage: Stage, count: int = 1) -> None:
    for _ in range(count):
        stage.tick()


def until(stage: Stage, key: PromotionKey, phase: Phase) -> None:
    for _ in range(100):
        if stage.get(key).status.phase is phase:
            return
        stage.tick()
    raise AssertionError(stage.get(key).status)


def forget(stage: Stage, version: str) -> None:
    """Delete a version, as MLflow lets anybody do while no alias points to it."""
    del stage.registry._models[MODEL][Version(version)]


def held(stage: Stage) -> set[str]:
    return {str(each.version) for each in stage.registry.versions(MODEL) if each.held is not None}


@pytest.mark.parametrize("phase", [Phase.EVALUATING, Phase.AWAITING_APPROVAL])
def test_after_a_rollback_of_the_champion_a_candidate_is_compared_with_the_one_before(
    phase: Phase,
) -> None:
    stage = stage_of(0.9, 0.5, 0.6)
    second = stage.apply("two", spec_of("2", gates=()))
    stage.play(second)
    third = stage.apply("three", spec_of("3", approval=WITH_APPROVAL))
    stage.reconcile()
    until(stage, third, phase)
    stage.ask(second, Verb.ROLLBACK, by="grace")
    stage.reconcile()
    stage.ask(third, Verb.APPROVE, by="grace")
    found = stage.play(third).status
    assert (found.phase, found.reason) == (Phase.FAILED, "GateFailed")
    champions = [run.parameters["champion"] for run in stage.flows.started]
    assert champions == [None, "1", "2", "1"]
    assert (stage.alias(), stage.served()) == ("1", ("1", None, 0))


def measured(stage: Stage, version: str, skill: float) -> None:
    """A version whose training measured it on the same data as every other."""
    run = stage.registry.record(RunRecord(experiment=MODEL, name=version))
    stage.registry.register(
        ModelVersion(
            model=MODEL,
            version=Version(version),
            run_id=run,
            bundle_digest=digest_of(version),
            dataset_digest=Digest("sha256:same"),
            metrics={"skill": skill},
        )
    )


@pytest.mark.parametrize(
    ("meddle", "reason"),
    [
        (lambda stage: None, "GateFailed"),
        (lambda stage: stage.registry.delete_alias(MODEL, CHAMPION), "InconclusiveEvidence"),
        (
            lambda stage: stage.registry.set_alias(MODEL, CHAMPION, Version("2")),
            "InconclusiveEvidence",
        ),
    ],
)
def test_without_evaluation_too_it_is_compared_with_what_is_in_production(
    meddle: Callable[[Stage], None], reason: str
) -> None:
    stage = Stage()
    measured(stage, "1", 0.9)
    measured(stage, "2", 0.5)
    stage.play(stage.apply("one", spec_of("1", evaluation=None, gates=())))
    meddle(stage)
    second = stage.apply("two", spec_of("2", evaluation=None, gates=TOLERANT))
    found = stage.play(second).status
    assert (found.phase, found.reason) == (Phase.FAILED, reason)
    assert stage.served() == ("1", None, 0)


def test_a_rollback_sticks_although_another_promotion_was_about_to_take_over() -> None:
    stage = stage_of(0.5, 0.6, 0.7)
    second = stage.apply("two", spec_of("2"))
    stage.play(second)
    apply = stage.serving.apply

    def refuse_the_third(model: object, routing: Routing) -> None:
        if routing.champion is not None and routing.champion.version == "3":
            raise SystemUnavailable("kubernetes", "the ConfigMap was refused")
        apply(MODEL, routing)

    stage.serving.apply = refuse_the_third  # type: ignore[method-assign] # an outage of one write
    third = stage.apply("three", spec_of("3"))
    until(stage, third, Phase.PROMOTING)
    tick(stage, 2)
    stage.ask(second, Verb.ROLLBACK, by="grace")
    stage.serving.apply = apply  # type: ignore[method-assign] # which is over
    known = len(stage.serving.history(MODEL))
    stage.play(second)
    found = stage.play(third).status
    assert found.phase is Phase.SUCCEEDED
    assert found.champion is not None
    assert found.champion.version == "1"
    since = stage.serving.history(MODEL)[known:]
    assert "2" not in [routing.champion.version for routing in since if routing.champion]
    assert (stage.alias(), stage.served(), held(stage)) == ("3", ("3", None, 0), {"2"})


def test_a_rollback_ends_although_the_version_before_was_deleted() -> None:
    stage = stage_of(0.5, 0.6)
    second = stage.apply("two", spec_of("2"))
    stage.play(second)
    forget(stage, "1")
    stage.ask(second, Verb.ROLLBACK, by="grace")
    tick(stage, 3)
    found = stage.get(second)
    assert (found.status.phase, found.finalized) == (Phase.ROLLED_BACK, False)
    assert (stage.alias(), stage.served(), held(stage)) == (None, ("1", None, 0), {"2"})


def test_a_promotion_can_be_deleted_although_its_version_was() -> None:
    stage = stage_of(0.5, 0.6)
    second = stage.apply("two", spec_of("2", approval=WITH_APPROVAL))
    until(stage, second, Phase.AWAITING_APPROVAL)
    forget(stage, "2")
    stage.ask(second, Verb.ABORT, by="grace")
    tick(stage, 3)
    assert stage.get(second).status.phase is Phase.ABORTED
    stage.promotions.delete(second)
    tick(stage, 2)
    assert stage.promotions.get(second) is None


def test_a_version_is_held_although_a_consumer_can_not_be_told() -> None:
    stage = stage_of(0.5, 0.6)
    second = stage.apply("two", spec_of("2"))
    stage.play(second)
    read = stage.keyvalue.read

    def fail(key: str, field: str) -> str | None:
        raise SystemUnavailable("redis", f"{key} holds no JSON object")

    stage.keyvalue.read = fail  # type: ignore[method-assign] # somebody wrote nonsense there
    stage.ask(second, Verb.ROLLBACK, by="grace")
    tick(stage, 3)
    assert stage.get(second).status.phase is Phase.ROLLING_BACK
    assert (stage.alias(), stage.served(), held(stage)) == ("1", ("1", None, 0), {"2"})
    stage.keyvalue.read = read  # type: ignore[method-assign] # mended
    assert stage.play(second).status.phase is Phase.ROLLED_BACK


def test_what_is_served_can_be_rolled_back_although_its_alias_is_gone() -> None:
    stage = stage_of(0.5, 0.6)
    second = stage.apply("two", spec_of("2"))
    stage.play(second)
    stage.registry.delete_alias(MODEL, CHAMPION)
    stage.ask(second, Verb.ROLLBACK, by="grace")
    assert stage.play(second).status.phase is Phase.ROLLED_BACK
    assert (stage.served(), held(stage)) == (("1", None, 0), {"2"})


def test_a_version_that_is_held_meanwhile_is_not_promoted() -> None:
    stage = stage_of(0.5, 0.6)
    first = stage.apply("two-a", spec_of("2", approval=WITH_APPROVAL))
    until(stage, first, Phase.AWAITING_APPROVAL)
    stage.ask(first, Verb.ABORT, by="grace")
    stage.play(first)
    second = stage.apply("two-b", spec_of("2", approval=WITH_APPROVAL))
    until(stage, second, Phase.AWAITING_APPROVAL)
    stage.ask(first, Verb.HOLD, by="grace")
    tick(stage, 2)
    assert held(stage) == {"2"}
    stage.ask(second, Verb.APPROVE, by="grace")
    tick(stage, 5)
    found = stage.get(second).status
    assert (found.phase, found.reason) == (Phase.PENDING, "Held")
    assert stage.served() == ("1", None, 0)


def test_a_good_version_survives_the_restart_of_its_servers() -> None:
    wanted = spec_of("2")
    stage = stage_of(0.5, 0.6)
    stage.requests_per_second = 1000
    second = stage.apply("two", replace(wanted, rollback=replace(wanted.rollback, soak=9 * SECOND)))
    until(stage, second, Phase.SOAKING)
    tick(stage, 3)
    stage.requests_per_second = 5
    for _ in range(2):
        stage.serving.restart(MODEL)
        tick(stage)
    assert stage.play(second).status.phase is Phase.SUCCEEDED
