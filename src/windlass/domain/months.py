"""Calendar months, for what is trained and kept by month."""

import re
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from windlass.domain.errors import InputError

_TEXT = re.compile(r"(\d{4})-(\d{1,2})")
_EPOCH = date(1970, 1, 1)
_LAST_YEAR = 9998


class Month(NamedTuple):
    """One month; months compare by time."""

    year: int
    month: int

    def __str__(self) -> str:
        """As in `2024-02`."""
        return f"{self.year:04d}-{self.month:02d}"

    def plus(self, months: int) -> "Month":
        """So many months later, or earlier."""
        year, month = divmod(self.year * 12 + self.month - 1 + months, 12)
        return Month(year, month + 1)

    @property
    def first_day(self) -> int:
        """Its first day, in days since 1970."""
        return (date(self.year, self.month, 1) - _EPOCH).days

    @property
    def last_day(self) -> int:
        """Its last day, in days since 1970."""
        return self.plus(1).first_day - 1


def month_of(day: int) -> Month:
    """Month of a day, given in days since 1970."""
    found = date.fromordinal(_EPOCH.toordinal() + day)
    return Month(found.year, found.month)


def parse_month(text: str) -> Month:
    """Read `2024-02`; InputError for anything else."""
    found = _TEXT.fullmatch(text.strip())
    if found is None or not 1 <= int(found[2]) <= 12 or not 1 <= int(found[1]) <= _LAST_YEAR:
        raise InputError(f"{text!r} is no month: write it as 2024-02")
    return Month(int(found[1]), int(found[2]))


def months_between(first: Month, last: Month) -> Iterator[Month]:
    """All months from `first` to `last`, both among them; InputError where there is none."""
    if last < first:
        raise InputError(f"there is no month from {first} to {last}: give the earlier one first")
    while first <= last:
        yield first
        first = first.plus(1)
