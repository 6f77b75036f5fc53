"""What always holds, whatever people ask, whichever system is out, however candidates behave."""

from dataclasses import replace

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.support.stage import CHAMPION, MODEL, SECOND, Stage, spec_of
from windlass.domain.promotion.controls import CREATED_BY, Verb, controls_of
from windlass.domain.promotion.decide import decide
from windlass.domain.promotion.effects import SetAlias
from windlass.domain.promotion.gates import Verdict, overall
from windlass.domain.promotion.promotion import Promotion, PromotionKey
from windlass.domain.promotion.spec import (
    Approval,
    DriftPolicy,
    OnNoTraffic,
    Policy,
    PromotionSpec,
    Rollout,
    Step,
)
from windlass.domain.promotion.status import Phase
from windlass.services.gathering import LastEffect, gather

PEOPLE = st.sampled_from(["ada", "grace", "linus"])
PORTS = st.sampled_from(["registry", "objects", "keyvalue", "flows", "blocks", "serving"])


class Life(RuleBasedStateMachine):
    """Up to four promotions of one model."""

    def __init__(self) -> None:
        super().__init__()
        self.stage = Stage(remembering=True)
        self.phases: dict[PromotionKey, Phase] = {}
        self.asked: set[PromotionKey] = set()
        self.approvable: dict[tuple[PromotionKey, int], PromotionSpec] = {}
        self.by_hand = False

    def promotions(self) -> tuple[Promotion, ...]:
        with self.stage.faults.off():
            return self.stage.promotions.list()

    @precondition(lambda self: len(self.promotions()) < 4)
    @rule(
        skill=st.sampled_from([0.1, 0.4, 0.5, 0.6]),
        failing=st.booleans(),
        approval=st.booleans(),
        policy=st.sampled_from(Policy),
        drift=st.sampled_from([DriftPolicy.REPORT, DriftPolicy.REVERT]),
        by=PEOPLE,
    )
    def promote(
        self,
        skill: float,
        failing: bool,
        approval: bool,
        policy: Policy,
        drift: DriftPolicy,
        by: str,
    ) -> None:
        version = str(len(self.promotions()) + 1)
        self.stage.train(version, skill, failing=failing)
        spec = spec_of(
            version,
            approval=Approval(required=approval),
            policy=policy,
            drift_policy=drift,
            rollout=Rollout(
                steps=(Step(shadow=True, duration=SECOND), Step(weight=20, duration=SECOND)),
                min_requests=20,
                on_no_traffic=OnNoTraffic.HOLD,
                progress_deadline=10 * SECOND,
            ),
        )
        self.stage.apply(f"v{version}", spec, by=by)

    @rule(seconds=st.integers(1, 12))
    def time_passes(self, seconds: int) -> None:
        for _ in range(seconds):
            self.stage.tick()
            self.check_phases()

    @precondition(lambda self: self.promotions())
    @rule(data=st.data(), verb=st.sampled_from(Verb), by=PEOPLE)
    def somebody_asks(self, data: st.DataObject, verb: Verb, by: str) -> None:
        promotion = data.draw(st.sampled_from(self.promotions()))
        self.stage.ask(promotion.key, verb, by)
        self.asked.add(promotion.key)

    @precondition(lambda self: self.promotions())
    @rule(data=st.data(), suspend=st.booleans())
    def somebody_suspends(self, data: st.DataObject, suspend: bool) -> None:
        promotion = data.draw(st.sampled_from(self.promotions()))
        spec = replace(promotion.spec, suspend=suspend)
        with self.stage.faults.off():
            self.stage.promotions.apply(promotion.key, spec, {})

    @precondition(lambda self: self.promotions())
    @rule(data=st.data())
    def somebody_changes_the_spec(self, data: st.DataObject) -> None:
        promotion = data.draw(st.sampled_from(self.promotions()))
        rollout = replace(promotion.spec.rollout, min_requests=promotion.generation + 20)
        with self.stage.faults.off():
            self.stage.promotions.apply(promotion.key, replace(promotion.spec, rollout=rollout), {})

    @rule(port=PORTS)
    def a_system_goes_down(self, port: str) -> None:
        self.stage.faults.outage(port)

    @rule()
    def all_systems_are_well(self) -> None:
        self.stage.faults.lift()

    @rule(requests=st.sampled_from([0, 5, 200]))
    def traffic_changes(self, requests: int) -> None:
        self.stage.requests_per_second = requests

    @rule()
    def a_server_restarts(self) -> None:
        self.stage.serving.restart(MODEL)

    @invariant()
    def every_generation_is_noted(self) -> None:
        for promotion in self.promotions():
            self.approvable[promotion.key, promotion.generation] = _approvable(promotion)

    def check_phases(self) -> None:
        for promotion in self.promotions():
            phase, before = promotion.status.phase, self.phases.get(promotion.key, Phase.PENDING)
            if before.terminal and phase is not before:
                assert promotion.key in self.asked, f"{before} became {phase} by itself"
            if phase.terminal and phase is not before:
                self.check_ended(promotion)
            self.phases[promotion.key] = phase

    def check_ended(self, promotion: Promotion) -> None:
        """Every end but success has the candidate out of routing."""
        if promotion.status.phase is Phase.SUCCEEDED:
            return
        with self.stage.faults.off():
            routing = self.stage.serving.routing(MODEL)
        candidate = promotion.status.candidate
        if routing is None or candidate is None:
            return
        told = [routed.version for routed in (routing.champion, routing.candidate) if routed]
        assert candidate.version not in told, promotion.status

    @invariant()
    def at_most_one_promotion_routes_traffic(self) -> None:
        busy = [p.key.name for p in self.promotions() if p.status.phase.serving]
        assert len(busy) <= 1, busy

    @invariant()
    def nothing_reaches_the_alias_without_gates_and_approval(self) -> None:
        version = self.stage.alias()
        if version is None:
            return
        promotion = next(p for p in self.promotions() if p.key.name == f"v{version}")
        assert overall(promotion.status.gates) is Verdict.PASSED
        assert promotion.status.gates
        approval = promotion.status.approval
        if promotion.spec.approval.required and promotion.status.phase is Phase.PROMOTING:
            assert approval is not None
            assert approval.approved
            assert approval.by != promotion.annotations[CREATED_BY]

    @invariant()
    def deciding_twice_names_the_same(self) -> None:
        with self.stage.faults.off():
            for promotion in self.promotions():
                evidence = gather(self.stage.reconciler.outside, promotion, LastEffect())
                now = self.stage.clock.now()
                once = decide(promotion.spec, promotion.status, evidence, now)
                written = replace(promotion, status=once.status)
                again = gather(self.stage.reconciler.outside, written, LastEffect())
                twice = decide(promotion.spec, once.status, again, now)
                asked = controls_of(promotion.annotations)
                if once.effect is not None and not asked:
                    assert twice.status == once.status
                    assert twice.effect == once.effect
                self.check_alias_effect(promotion, once.effect)

    def check_alias_effect(self, promotion: Promotion, effect: object) -> None:
        candidate = promotion.status.candidate
        if not isinstance(effect, SetAlias) or candidate is None or effect.to != candidate.version:
            return
        assert effect.alias == CHAMPION
        assert overall(promotion.status.gates) is Verdict.PASSED
        if promotion.spec.approval.required and promotion.status.phase is Phase.PROMOTING:
            approval = promotion.status.approval
            assert approval is not None
            assert self.approvable[promotion.key, approval.generation] == _approvable(promotion)
            assert approval.by != promotion.annotations[CREATED_BY]

    def teardown(self) -> None:
        """When all systems are well and people agree, everything comes to rest, and agrees."""
        self.stage.faults.lift()
        self.stage.requests_per_second = 200
        for _ in range(400):
            self.settle_questions()
            self.stage.tick()
            self.check_phases()
            if all(p.status.phase.terminal and not p.finalized for p in self.promotions()):
                break
        else:
            raise AssertionError([p.status for p in self.promotions()])
        served, candidate, _ = self.stage.served()
        assert (served, candidate) == (self.stage.alias(), None)

    def settle_questions(self) -> None:
        for promotion in self.promotions():
            if promotion.spec.suspend and not promotion.status.phase.terminal:
                with self.stage.faults.off():
                    spec = replace(promotion.spec, suspend=False)
                    self.stage.promotions.apply(promotion.key, spec, {})
            waiting = promotion.status.phase is Phase.AWAITING_APPROVAL
            if waiting or promotion.status.reason == "Held":
                verb = Verb.REJECT if waiting else Verb.ABORT
                asked = {control.verb for control in controls_of(promotion.annotations)}
                if verb not in asked:
                    self.stage.ask(promotion.key, verb, by="linus")


def _approvable(promotion: Promotion) -> PromotionSpec:
    """What people approve: whether it is suspended is no part of it."""
    return replace(promotion.spec, suspend=False)


TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=25,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
