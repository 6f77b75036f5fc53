"""When a server counts as having taken over a routing document."""

from typing import Any

import pytest

from tests.support.promotions import digest, report, routing

WANTED = routing("6", "7", weight=10)


def test_a_server_that_obeys_and_has_loaded_it_acknowledges() -> None:
    assert report(WANTED).acknowledges(WANTED)


@pytest.mark.parametrize(
    "changes",
    [
        {"routing": routing("6", "7", weight=10, generation=4)},
        {"routing": routing("6", "7", weight=50)},
        {"routing": routing("6", "7", weight=10, shadow=True)},
        {"routing": routing("6", "8", weight=10)},
        {"champion_loaded": None},
        {"champion_loaded": digest("5")},
        {"candidate_loaded": None},
        {"candidate_loaded": digest("8")},
    ],
)
def test_anything_that_differs_is_no_acknowledgement(changes: dict[str, Any]) -> None:
    assert not report(WANTED, **changes).acknowledges(WANTED)


def test_a_later_generation_of_the_same_traffic_acknowledges() -> None:
    assert report(routing("6", "7", weight=10, generation=9)).acknowledges(WANTED)


def test_no_model_is_acknowledged_by_a_server_without_one() -> None:
    nothing = routing(None)

    assert report(nothing).acknowledges(nothing)
    assert not report(nothing, champion_loaded=digest("6")).acknowledges(nothing)


def test_generations_do_not_make_other_traffic() -> None:
    assert routing("6", generation=1).same_traffic(routing("6", generation=2))
    assert not routing("6").same_traffic(routing("5"))
