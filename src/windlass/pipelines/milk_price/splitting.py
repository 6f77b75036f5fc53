"""What is held back: the last months, or half of a first one."""

from dataclasses import dataclass

from windlass.domain.errors import InputError
from windlass.domain.months import Month
from windlass.pipelines.milk_price.features import MONTH
from windlass.pipelines.milk_price.rows import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A history cut in two."""

    periods: tuple[Period, ...]
    """What is judged, in order."""
    span: int
    """Days of the spans that are learned from: a month, or less where the part before is short."""

    @property
    def start(self) -> int:
        """The first day that is held back: nothing from it on is learned from."""
        return self.periods[0][0]


def split(months: tuple[Month, ...], days: Period, test_months: int) -> Split:
    """Hold back the last months; two are left to learn from while there are as many.

    `days` are the first and last day with a price. A single month is cut in its middle, so that a
    back-fill can begin with the first month there is.
    """
    first, last = days
    if last - first < 2:
        raise InputError("the prices are of fewer than three days: there is nothing to learn from")
    if len(months) == 1:
        periods: tuple[Period, ...] = ((first + (last - first) // 2 + 1, last),)
    else:
        held_back = min(test_months, max(len(months) - 2, 1))
        periods = tuple((month.first_day, month.last_day) for month in months[-held_back:])
    return Split(periods=periods, span=max(1, min(MONTH, (periods[0][0] - first) // 2)))
