"""The end of a release."""

from tests.support.stage import Stage, spec_of
from windlass.domain.errors import Conflict
from windlass.domain.promotion.controls import Verb
from windlass.domain.promotion.promotion import Promotion, PromotionKey
from windlass.domain.promotion.status import Phase
from windlass.services.farewell import abort_all, let_go

ACTOR = "system:serviceaccount:windlass:windlass-farewell"


def test_open_promotions_are_asked_to_abort_and_those_that_stay_are_told() -> None:
    stage = Stage()
    stage.train("1", 0.9)
    key = stage.apply("v1", spec_of("1"))
    stage.tick()
    left = abort_all(stage.promotions, ACTOR, 0.0)
    assert [promotion.key for promotion in left] == [key]
    assert stage.get(key).annotations[Verb.ABORT.annotation] == f"{ACTOR} 1"
    assert stage.play(key).status.phase is Phase.ABORTED
    assert abort_all(stage.promotions, ACTOR, 0.0) == ()


def test_every_finalizer_goes_in_whatever_phase() -> None:
    stage, told = Stage(), list[str]()
    for version in ("1", "2"):
        stage.train(version, 0.9)
        stage.apply(f"v{version}", spec_of(version))
    stage.tick()
    let_go(stage.promotions, told.append)
    assert not [promotion for promotion in stage.promotions.list() if promotion.finalized]
    assert [line.split(":")[0] for line in told] == ["default/v1", "default/v2"]
    let_go(stage.promotions, told.append)
    assert len(told) == 2


def test_a_write_in_between_is_no_reason_to_hold_on() -> None:
    stage = Stage()
    stage.train("1", 0.9)
    key = stage.apply("v1", spec_of("1"))
    stage.tick()

    class Busy:
        """A store whose first write always comes second."""

        def __init__(self) -> None:
            self.conflicts = 1

        def __getattr__(self, name: str) -> object:
            return getattr(stage.promotions, name)

        def finalize(self, promotion: Promotion, finalized: bool) -> Promotion:
            if self.conflicts:
                self.conflicts -= 1
                raise Conflict("somebody was faster")
            return stage.promotions.finalize(promotion, finalized)

    let_go(Busy(), lambda line: None)  # type: ignore[arg-type] # the twin, by __getattr__
    assert not stage.get(PromotionKey(key.namespace, key.name)).finalized


def soaking() -> tuple[Stage, PromotionKey]:
    stage = Stage()
    stage.train("1", 0.9)
    key = stage.apply("v1", spec_of("1"))
    while stage.get(key).status.phase is not Phase.SOAKING:
        stage.tick()
    return stage, key


def test_an_open_promotion_whose_finalizer_somebody_dropped_gets_it_back() -> None:
    stage, key = soaking()
    let_go(stage.promotions, lambda line: None)

    stage.tick()

    assert stage.get(key).finalized


def test_an_operator_that_still_runs_does_not_hold_on_to_what_was_let_go() -> None:
    stage, key = soaking()
    stage.faults.outage("registry")
    stage.ask(key, Verb.ABORT)
    stage.tick()
    assert stage.get(key).status.phase is Phase.ROLLING_BACK
    assert stage.get(key).finalized
    let_go(stage.promotions, lambda line: None)

    stage.tick()

    assert stage.get(key).status.phase is Phase.ROLLING_BACK
    assert not stage.get(key).finalized
