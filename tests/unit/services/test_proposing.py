"""Applying manifests and sending controls."""

from dataclasses import replace

import pytest

from windlass.adapters.memory.promotions import MemoryPromotions
from windlass.adapters.memory.registry import MemoryRegistry
from windlass.domain.errors import InputError
from windlass.domain.names import Alias, ModelName, Version
from windlass.domain.promotion.controls import Verb
from windlass.domain.promotion.promotion import Promotion, PromotionKey
from windlass.domain.promotion.spec import Approval, Candidate, PromotionSpec
from windlass.domain.promotion.status import JournalEntry, Phase, PromotionStatus, VersionRef
from windlass.domain.versions import ModelVersion, RunRecord
from windlass.services.proposing import (
    Applied,
    Proposal,
    check_in_production,
    how_to_repeat,
    propose,
    reply,
    send,
)

MODEL = ModelName("milk-price")
CHALLENGER = Candidate(alias=Alias("challenger"))


@pytest.fixture
def registry() -> MemoryRegistry:
    known = MemoryRegistry()
    for _ in range(2):
        run = known.record(RunRecord(experiment="milk-price", name="train"))
        known.register(ModelVersion(model=MODEL, version=Version(""), run_id=run))
    known.set_alias(MODEL, Alias("challenger"), Version("2"))
    return known


@pytest.fixture
def promotions() -> MemoryPromotions:
    return MemoryPromotions()


def proposal(candidate: Candidate = CHALLENGER, name: str | None = None) -> Proposal:
    spec = PromotionSpec(model=MODEL, candidate=candidate)
    return Proposal(namespace="default", name=name, annotations={}, spec=spec, actor="ada")


def ended(promotions: MemoryPromotions, promotion: Promotion) -> Promotion:
    return promotions.write_status(promotion, PromotionStatus(phase=Phase.SUCCEEDED))


def test_an_unnamed_promotion_is_named_after_model_and_version(
    promotions: MemoryPromotions, registry: MemoryRegistry
) -> None:
    promotion, applied = propose(promotions, registry, proposal())
    assert promotion.key == PromotionKey("default", "milk-price-v2")
    assert applied is Applied.CREATED


def test_an_old_success_counts_only_while_its_version_is_in_production(
    promotions: MemoryPromotions, registry: MemoryRegistry
) -> None:
    promotion, _ = propose(promotions, registry, proposal())
    candidate = VersionRef(version=Version("2"))
    succeeded = PromotionStatus(phase=Phase.SUCCEEDED, candidate=candidate)
    closed = promotions.write_status(promotion, succeeded)

    with pytest.raises(InputError, match=r"champion is at nothing: .* another --name"):
        check_in_production(registry, closed)
    registry.set_alias(MODEL, Alias("champion"), Version("1"))
    with pytest.raises(InputError, match=r"is closed .Succeeded. and champion is at 1"):
        check_in_production(registry, closed)
    # what succeeded can't be retried, so nobody is told to
    assert "retry" not in how_to_repeat(closed)
    assert "retry milk-price-v2" in how_to_repeat(replace(closed, status=PromotionStatus()))
    registry.set_alias(MODEL, Alias("champion"), Version("2"))
    check_in_production(registry, closed)
    assert registry.aliased(MODEL, Alias("champion")) == "2"


def test_who_creates_a_promotion_is_noted_on_it(
    promotions: MemoryPromotions, registry: MemoryRegistry
) -> None:
    promotion, _ = propose(promotions, registry, proposal(name="june"))
    assert promotion.annotations == {"windlass.dev/created-by": "ada"}


def test_applying_it_again_changes_nothing(
    promotions: MemoryPromotions, registry: MemoryRegistry
) -> None:
    first, _ = propose(promotions, registry, proposal())
    second, applied = propose(promotions, registry, replace(proposal(), actor="eve"))
    assert applied is Applied.UNCHANGED
    assert second == first


def test_another_spec_raises_the_generation(
    promotions: MemoryPromotions, registry: MemoryRegistry
) -> None:
    propose(promotions, registry, proposal())
    wanted = proposal()
    stricter = replace(wanted, spec=replace(wanted.spec, approval=Approval(required=True)))
    promotion, applied = propose(promotions, registry, stricter)
    assert applied is Applied.CHANGED
    assert promotion.generation == 2
    assert promotion.annotations == {"windlass.dev/created-by": "ada"}


def test_who_changes_the_spec_is_its_author(
    promotions: MemoryPromotions, registry: MemoryRegistry
) -> None:
    propose(promotions, registry, proposal())
    wanted = replace(proposal(), actor="eve")
    stricter = replace(wanted, spec=replace(wanted.spec, approval=Approval(required=True)))
    promotion, _ = propose(promotions, registry, stricter)
    assert promotion.annotations == {"windlass.dev/created-by": "eve"}


def test_who_only_suspends_it_did_not_write_it(
    promotions: MemoryPromotions, registry: MemoryRegistry
) -> None:
    propose(promotions, registry, proposal())
    wanted = replace(proposal(), actor="eve")
    paused = replace(wanted, spec=replace(wanted.spec, suspend=True))
    promotion, applied = propose(promotions, registry, paused)
    assert applied is Applied.CHANGED
    assert promotion.annotations == {"windlass.dev/created-by": "ada"}


def test_applying_a_closed_promotion_again_does_nothing(
    promotions: MemoryPromotions, registry: MemoryRegistry
) -> None:
    first, _ = propose(promotions, registry, proposal())
    closed = ended(promotions, first)
    assert propose(promotions, registry, proposal()) == (closed, Applied.CLOSED)


@pytest.mark.parametrize(
    ("candidate", "said"),
    [
        (Candidate(version=Version("9")), "milk-price has no version 9; it has 1, 2"),
        (
            Candidate(alias=Alias("shadow")),
            "no version of milk-price carries the alias shadow: train one with"
            " `windlass train milk-price`, or name a version",
        ),
    ],
)
def test_a_candidate_that_does_not_exist_is_refused(
    promotions: MemoryPromotions, registry: MemoryRegistry, candidate: Candidate, said: str
) -> None:
    for name in (None, "named"):
        with pytest.raises(InputError) as refusal:
            propose(promotions, registry, proposal(candidate, name))
        assert str(refusal.value) == said
    assert promotions.list() == ()


def test_a_control_names_its_sender_and_the_generation_it_is_about(
    promotions: MemoryPromotions, registry: MemoryRegistry
) -> None:
    promotion, _ = propose(promotions, registry, proposal())
    after = send(promotions, promotion.key, Verb.APPROVE, "grace")
    assert after.annotations["windlass.dev/approve"] == "grace 1"


def test_a_control_of_an_unknown_promotion_is_refused(promotions: MemoryPromotions) -> None:
    with pytest.raises(InputError, match="there is no promotion june; see `windlass promotions"):
        send(promotions, PromotionKey("default", "june"), Verb.ABORT, "ada")


def test_only_a_newer_entry_of_the_verb_is_its_reply(
    promotions: MemoryPromotions, registry: MemoryRegistry
) -> None:
    before, _ = propose(promotions, registry, proposal())
    entry = JournalEntry(step="Abort", at=before.created_at, outcome="Refused", message="by ada")
    other = replace(entry, step="Phase", outcome="Aborted")
    status = PromotionStatus(journal=(entry, other), journal_length=2)
    now = replace(before, status=status)
    assert reply(before, now, Verb.ABORT) == entry
    assert reply(before, now, Verb.RETRY) is None
    assert reply(now, now, Verb.ABORT) is None
