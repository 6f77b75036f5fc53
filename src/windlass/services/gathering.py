"""Look at the outside: every look that fails becomes a Fault, so that a decision can weigh it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from windlass.domain.errors import InputError, SystemUnavailable
from windlass.domain.names import ModelName, Version
from windlass.domain.promotion.controls import CREATED_BY, controls_of
from windlass.domain.promotion.effects import Effect
from windlass.domain.promotion.evaluation import EvaluationResult, result_object
from windlass.domain.promotion.evidence import UNSEEN, Evidence, Fault, Rival, Subject
from windlass.domain.promotion.needs import Need, needs
from windlass.domain.promotion.promotion import Promotion
from windlass.domain.promotion.spec import Consumer
from windlass.domain.versions import ModelVersion
from windlass.services.outside import Outside
from windlass.services.results import parse_result

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class LastEffect:
    """What became of the effect of the decision before."""

    performed: Effect | None = None
    refused: Fault | None = None


def gather(outside: Outside, promotion: Promotion, last: LastEffect) -> Evidence:
    """Collect what the next decision about a promotion needs to see."""
    controls = controls_of(promotion.annotations)
    wanted = needs(promotion.status, controls, deleted=promotion.deleted)
    evidence = Evidence(
        subject=_subject(promotion),
        controls=controls,
        performed=last.performed,
        refused=last.refused,
    )
    look = _Look(outside=outside, promotion=promotion)
    for need in Need:
        if need in wanted:
            evidence = look.at(need, evidence)
    return evidence


def attempted(look: Callable[[], T]) -> T | Fault:
    """Return what was seen, or why it could not be."""
    try:
        return look()
    except SystemUnavailable as fault:
        return Fault(system=fault.system, message=str(fault).removeprefix(f"{fault.system}: "))
    except InputError as fault:
        return Fault(system="input", message=str(fault))


def resolve(outside: Outside, promotion: Promotion) -> ModelVersion | None:
    """Find the candidate: as recorded, by number, or by alias."""
    model, wanted = promotion.spec.model, promotion.spec.candidate
    version = promotion.status.candidate.version if promotion.status.candidate else wanted.version
    if version is None and wanted.alias is not None:
        version = outside.registry.aliased(model, wanted.alias)
    return outside.registry.version(model, version) if version is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    outside: Outside
    promotion: Promotion

    @property
    def model(self) -> ModelName:
        return self.promotion.spec.model

    def at(self, need: Need, evidence: Evidence) -> Evidence:
        return _LOOKS[need](self, evidence)

    def _rivals(self, evidence: Evidence) -> Evidence:
        found = attempted(lambda: self.outside.promotions.list(self.model))
        if isinstance(found, Fault):
            return replace(evidence, rivals=found)
        others = (other for other in found if other.uid != self.promotion.uid)
        return replace(evidence, rivals=tuple(_rival(other) for other in others))

    def _candidate(self, evidence: Evidence) -> Evidence:
        found = attempted(lambda: resolve(self.outside, self.promotion))
        return replace(evidence, candidate=found)

    def _champion(self, evidence: Evidence) -> Evidence:
        alias = self.promotion.spec.target_alias
        version = attempted(lambda: self.outside.registry.aliased(self.model, alias))
        if version is None or isinstance(version, Fault):
            return replace(evidence, champion=version)
        found = attempted(lambda: self.outside.registry.version(self.model, Version(version)))
        return replace(evidence, champion=found)

    def _held(self, evidence: Evidence) -> Evidence:
        candidate = evidence.candidate
        if candidate is UNSEEN:
            candidate = attempted(lambda: resolve(self.outside, self.promotion))
        if isinstance(candidate, Fault):
            return replace(evidence, held=candidate)
        if candidate is None:
            return replace(evidence, held="the version is gone from the registry")
        return replace(evidence, held=attempted(lambda: self._hold_of(candidate)))

    def _hold_of(self, candidate: ModelVersion) -> str | None:
        """Reason of a hold on the candidate, or on another version of the same bundle."""
        if candidate.held is not None or candidate.bundle_digest is None:
            return candidate.held
        for other in self.outside.registry.versions(self.model):
            if other.bundle_digest == candidate.bundle_digest and other.held is not None:
                return f"as version {other.version}: {other.held}"
        return None

    def _serving(self, evidence: Evidence) -> Evidence:
        serving = self.outside.serving
        served = attempted(lambda: serving.served(self.model))
        if served is not True:
            routing = served if isinstance(served, Fault) else None
            return replace(evidence, served=served, routing=routing, reports=())
        return replace(
            evidence,
            served=True,
            routing=attempted(lambda: serving.routing(self.model)),
            reports=attempted(lambda: serving.reports(self.model)),
        )

    def _evaluation(self, evidence: Evidence) -> Evidence:
        """Look at the flow run first: one that ends between the looks has left its result."""
        running = self.promotion.status.evaluation
        if running is None:
            return replace(evidence, flow_run=None, result=None)
        found = attempted(lambda: self.outside.flows.find(running.deployment, running.key))
        content = attempted(lambda: self.outside.objects.get(result_object(running.key)))
        if isinstance(content, bytes):
            return replace(evidence, flow_run=found, result=_parsed(content))
        return replace(evidence, flow_run=found, result=content)

    def _consumers(self, evidence: Evidence) -> Evidence:
        told = tuple(told.consumer for told in self.promotion.status.told)
        consumers = dict.fromkeys((*self.promotion.spec.consumers, *told))
        says = {consumer.label: self._says(consumer) for consumer in consumers}
        return replace(evidence, consumers=says)

    def _says(self, consumer: Consumer) -> str | Fault | None:
        redis, block = consumer.redis, consumer.prefect_block
        if redis is not None:
            return attempted(lambda: self.outside.keyvalue.read(redis.key, redis.field))
        if block is not None:
            return attempted(lambda: self.outside.blocks.read_field(block.name, block.field))
        return None


_LOOKS = {
    Need.RIVALS: _Look._rivals,
    Need.CANDIDATE: _Look._candidate,
    Need.CHAMPION: _Look._champion,
    Need.HELD: _Look._held,
    Need.SERVING: _Look._serving,
    Need.EVALUATION: _Look._evaluation,
    Need.CONSUMERS: _Look._consumers,
}


def _parsed(content: bytes) -> EvaluationResult | Fault:
    return attempted(lambda: parse_result(content))


def _subject(promotion: Promotion) -> Subject:
    return Subject(
        key=promotion.key,
        uid=promotion.uid,
        generation=promotion.generation,
        created_at=promotion.created_at,
        created_by=promotion.annotations.get(CREATED_BY),
        deleted=promotion.deleted,
    )


def _rival(promotion: Promotion) -> Rival:
    candidate = promotion.status.candidate
    return Rival(
        key=promotion.key,
        created_at=promotion.created_at,
        phase=promotion.status.phase,
        policy=promotion.spec.policy,
        finished_at=promotion.status.finished_at,
        version=candidate.version if candidate else None,
    )
