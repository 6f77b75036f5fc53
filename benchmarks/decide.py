"""How many decisions per second the heart makes, over every look of two whole promotions.

Prints a table and writes benchmarks/results/decide.json. Wanted: at least 1,000 per second.
"""

import json
import sys
import time
from collections import defaultdict
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support.stage import Stage
from tests.support.stories import STORIES
from windlass.domain.promotion.decide import decide
from windlass.domain.promotion.evidence import Evidence
from windlass.domain.promotion.spec import PromotionSpec
from windlass.domain.promotion.status import PromotionStatus
from windlass.services.gathering import LastEffect, gather

WANTED = 1000.0
ROUNDS = 20
Look = tuple[PromotionSpec, PromotionStatus, Evidence, datetime]
LOOKS: list[Look] = []


class Recording(Stage):
    """A stage that keeps what the first decision of every look is made from."""

    def reconcile(self) -> None:
        """Keep, then go on as ever."""
        with self.faults.off():
            for promotion in self.promotions.list():
                evidence = gather(self.reconciler.outside, promotion, LastEffect())
                LOOKS.append((promotion.spec, promotion.status, evidence, self.clock.now()))
        super().reconcile()


def recorded() -> list[Look]:
    """Play two stories and keep every look."""
    for name in ("bad_canary", "manual_rollback"):
        STORIES[name].play(Recording())
    return LOOKS


def measured(looks: list[Look]) -> dict[str, list[float]]:
    """Seconds of every decision, by the phase it began in."""
    seconds: dict[str, list[float]] = defaultdict(list)
    for _ in range(ROUNDS):
        for look in looks:
            start = time.process_time()
            decide(*look)
            seconds[look[1].phase.value].append(time.process_time() - start)
    return seconds


def main() -> None:
    """Measure, print, write, and fail when it is too slow."""
    seconds = measured(recorded())
    everything = [value for values in seconds.values() for value in values]
    rows = {phase: 1 / (sum(values) / len(values)) for phase, values in seconds.items()}
    rows["all"] = len(everything) / sum(everything)
    for phase, rate in rows.items():
        print(f"{phase:18} {rate:10,.0f} decisions/s")
    results = Path(__file__).parent / "results"
    results.mkdir(exist_ok=True)
    (results / "decide.json").write_text(json.dumps(rows, indent=1))
    print(
        f"{'wanted':18} {WANTED:10,.0f} decisions/s: {'met' if rows['all'] >= WANTED else 'MISSED'}"
    )


if __name__ == "__main__":
    main()
