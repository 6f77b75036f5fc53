"""When somebody has to be told that nothing is predicted."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Drought:
    """Ticks in a row without a prediction."""

    ticks: int = 0

    def after(self, predicted: int) -> "Drought":
        """Count one more tick; a prediction ends the row."""
        return Drought() if predicted else Drought(self.ticks + 1)

    def is_alarming(self, threshold: int) -> bool:
        """Whether an alert is due now: once per row, at its `threshold`-th tick; 0: never."""
        return self.ticks == threshold > 0
