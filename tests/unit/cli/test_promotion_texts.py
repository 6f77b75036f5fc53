"""Promotions as people read them."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from windlass.adapters.memory.promotions import MemoryPromotions
from windlass.cli.documents import promotion_document
from windlass.cli.promote import exit_code
from windlass.cli.statuses import age, step_text
from windlass.domain.names import ModelName, Version
from windlass.domain.promotion.promotion import Promotion, PromotionKey
from windlass.domain.promotion.spec import Approval, Candidate, PromotionSpec
from windlass.domain.promotion.status import Phase, PromotionStatus, RolloutStatus
from windlass.services.watching import progress_line


def promotion(status: PromotionStatus) -> Promotion:
    spec = PromotionSpec(
        model=ModelName("milk-price"),
        candidate=Candidate(version=Version("7")),
        approval=Approval(required=True),
    )
    store = MemoryPromotions()
    return store.write_status(store.apply(PromotionKey("default", "june"), spec, {}), status)


@pytest.mark.parametrize(
    ("phase", "code"),
    [
        (Phase.SUCCEEDED, 0),
        (Phase.FAILED, 1),
        (Phase.ROLLED_BACK, 1),
        (Phase.ABORTED, 1),
        (Phase.SUPERSEDED, 1),
        (Phase.ERRORED, 3),
    ],
)
def test_the_end_of_a_promotion_is_an_exit_code(phase: Phase, code: int) -> None:
    assert exit_code(promotion(PromotionStatus(phase=phase))) == code


@pytest.mark.parametrize(
    ("status", "line"),
    [
        (PromotionStatus(), "Pending"),
        (
            PromotionStatus(phase=Phase.AWAITING_APPROVAL),
            "AwaitingApproval  `windlass promotions approve june` by somebody else",
        ),
        (
            PromotionStatus(phase=Phase.FAILED, message="f1: too low"),
            "Failed  f1: too low",
        ),
    ],
)
def test_where_a_promotion_stands_is_one_line(status: PromotionStatus, line: str) -> None:
    assert progress_line(promotion(status)) == line


@pytest.mark.parametrize(
    ("rollout", "text"),
    [
        (RolloutStatus(), "the candidate is loaded and probed"),
        (RolloutStatus(step=0, shadow=True), "step 1 of 3, shadow"),
        (RolloutStatus(step=1, weight=10), "step 2 of 3, 10 %"),
        (RolloutStatus(step=3, weight=100), "all steps done, 100 %"),
    ],
)
def test_steps_are_told(rollout: RolloutStatus, text: str) -> None:
    status = PromotionStatus(phase=Phase.PROGRESSING, rollout=rollout)
    assert step_text(promotion(status)) == text


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(seconds=119), "119s"),
        (timedelta(minutes=2), "2m"),
        (timedelta(hours=47), "47h"),
        (timedelta(days=3, hours=5), "3d"),
    ],
)
def test_ages_are_short(span: timedelta, text: str) -> None:
    assert age(span) == text


def test_the_document_is_what_a_cluster_would_show() -> None:
    made = replace(promotion(PromotionStatus()), annotations={"a": "b"})
    document = promotion_document(made)
    assert document["kind"] == "ModelPromotion"
    assert document["metadata"] == {
        "name": "june",
        "namespace": "default",
        "uid": made.uid,
        "generation": 1,
        "resourceVersion": made.resource_version,
        "creationTimestamp": made.created_at.isoformat(),
        "annotations": {"a": "b"},
    }
    assert json.loads(json.dumps(document["status"]))["phase"] == "Pending"
