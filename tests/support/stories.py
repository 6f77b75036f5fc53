"""Five stories of a model's life, told on a Stage: what every fault must leave unchanged."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.support.stage import MODEL, Stage, spec_of
from windlass.domain.names import Version
from windlass.domain.promotion.controls import Verb
from windlass.domain.promotion.promotion import PromotionKey
from windlass.domain.promotion.status import Phase

SECOND_KEY = PromotionKey("default", "second")


@dataclass(frozen=True)
class Story:
    """What is already true when it begins, and what happens then."""

    before: Callable[[Stage], None]
    act: Callable[[Stage], None]

    def play(self, stage: Stage) -> None:
        """Play it; planned faults meet only what happens, not what was before."""
        with stage.faults.off():
            self.before(stage)
        self.act(stage)


def _nothing(stage: Stage) -> None:
    """Nobody has promoted anything yet."""


def _first_model(stage: Stage) -> None:
    stage.train("1", 0.5)
    stage.play(stage.apply("first", spec_of("1")))


def _second(stage: Stage, skill: float, *, failing: bool = False) -> None:
    stage.train("2", skill, failing=failing)
    stage.play(stage.apply("second", spec_of("2")))


def _two_models(stage: Stage) -> None:
    _first_model(stage)
    _second(stage, 0.6)


def _rollback(stage: Stage) -> None:
    stage.ask(SECOND_KEY, Verb.ROLLBACK, by="grace")
    for _ in range(300):
        stage.tick()
        promotion = stage.get(SECOND_KEY)
        if promotion.status.phase is Phase.ROLLED_BACK and not promotion.finalized:
            return
    raise AssertionError(stage.get(SECOND_KEY).status)


STORIES: Mapping[str, Story] = {
    "first_model": Story(_nothing, _first_model),
    "better": Story(_first_model, lambda stage: _second(stage, 0.6)),
    "worse": Story(_first_model, lambda stage: _second(stage, 0.4)),
    "bad_canary": Story(_first_model, lambda stage: _second(stage, 0.6, failing=True)),
    "manual_rollback": Story(_two_models, _rollback),
}


@dataclass(frozen=True)
class EndState:
    """What users, consumers and auditors can see when a story is over."""

    alias: str | None
    served: tuple[str | None, str | None, int]
    told: tuple[str | None, str | None]
    phases: Mapping[str, Phase]
    held: Mapping[str, bool]
    flow_runs: tuple[str, ...]
    """Candidate of every evaluation that was started."""
    routings: tuple[tuple[str | None, str | None, int, bool], ...]
    """Every routing that servers were ever told, in order."""
    effects: Mapping[str, int]
    """How often the outside was changed, by kind of change."""


_ONCE = (
    "registry.set_alias",
    "registry.delete_alias",
    "registry.hold",
    "keyvalue.write",
    "blocks.write_field",
    "flows.start",
)


def end_state(stage: Stage) -> EndState:
    """Look at everything."""
    with stage.faults.off():
        promotions = stage.promotions.list()
        held = {v.version: v.held is not None for v in stage.registry.versions(MODEL)}
        writes = Counter(f"{call.port}.{call.method}" for call in stage.faults.writes)
        return EndState(
            alias=stage.alias(),
            served=stage.served(),
            told=stage.told(),
            phases={p.key.name: p.status.phase for p in promotions},
            held={str(Version(version)): mark for version, mark in held.items()},
            flow_runs=tuple(
                str(started.parameters["candidate"]) for started in stage.flows.started
            ),
            routings=tuple(
                (
                    routing.champion.version if routing.champion else None,
                    routing.candidate.version if routing.candidate else None,
                    routing.weight,
                    routing.shadow,
                )
                for routing in stage.serving.history(MODEL)
            ),
            effects={name: writes[name] for name in _ONCE},
        )
