import math

import pytest

from windlass.domain.names import Version
from windlass.domain.sketch import Sketch
from windlass.domain.traffic import VersionTraffic
from windlass.serving.counters import Tally
from windlass.serving.scoring import Scored


def test_counts_add_up() -> None:
    tally = Tally(Version("1"))

    tally.scored(Scored(b"", 0.5, 2.0))
    tally.scored(Scored(b"", None, 3.0))
    tally.failed()
    tally.shadowed(Scored(b"", 0.5, 2.0))

    assert tally.traffic() == VersionTraffic(
        version=Version("1"),
        requests=3,
        errors=1,
        latency=Sketch.of([2.0, 3.0]),
        scores=Sketch.of([0.5]),
        shadow_scores=Sketch.of([0.5]),
    )


def test_shadow_scores_can_start_anew() -> None:
    tally = Tally(Version("1"))
    tally.shadowed(Scored(b"", 0.5, 2.0))

    tally.forget_shadow()

    assert tally.traffic().shadow_scores == Sketch()


@pytest.mark.parametrize("score", [math.nan, math.inf, -math.inf])
def test_a_score_that_is_no_number_is_an_answer_without_a_score(score: float) -> None:
    tally = Tally(Version("1"))

    tally.scored(Scored(b"", score, 1.0))

    assert tally.traffic().requests == 1
    assert tally.traffic().scores == Sketch()
