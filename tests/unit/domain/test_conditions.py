"""Conditions keep the time of their last transition."""

from datetime import datetime

from tests.support.promotions import NOW, after
from windlass.domain.promotion.conditions import Condition, ConditionType, Truth, marked, truth


def condition(
    status: Truth, at: datetime, type_: ConditionType = ConditionType.READY, reason: str = "R"
) -> Condition:
    return Condition(type=type_, status=status, reason=reason, last_transition_time=at)


def test_a_condition_that_stays_true_keeps_its_time_and_takes_the_new_reason() -> None:
    before = (condition(Truth.TRUE, NOW, reason="Old"),)

    (found,) = marked(before, condition(Truth.TRUE, after(60), reason="New"))
    assert (found.last_transition_time, found.reason) == (NOW, "New")


def test_a_condition_that_turns_takes_the_new_time() -> None:
    before = (condition(Truth.TRUE, NOW),)

    (found,) = marked(before, condition(Truth.UNKNOWN, after(60)))
    assert (found.last_transition_time, found.status) == (after(60), Truth.UNKNOWN)


def test_other_conditions_stay_and_the_order_is_that_of_the_types() -> None:
    before = (condition(Truth.TRUE, NOW, ConditionType.PROMOTED),)

    found = marked(before, condition(Truth.FALSE, after(60), ConditionType.READY))
    assert [c.type for c in found] == [ConditionType.READY, ConditionType.PROMOTED]
    assert found[1] == before[0]


def test_a_condition_never_set_is_unknown() -> None:
    conditions = (condition(Truth.FALSE, NOW),)

    assert truth(conditions, ConditionType.READY) is Truth.FALSE
    assert truth(conditions, ConditionType.STALLED) is Truth.UNKNOWN
