"""The simulated months as numbers: days and microseconds since 1970, months counted from the window's first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.simulate.kinds import Ints

DAY_US = 86_400_000_000
MINUTE_US = 60_000_000


@dataclass(frozen=True)
class Calendar:
    """`months` months that end with `last_month` ("2025-12"); month 0 is the first, negative ones lie before."""

    last_month: str
    months: int

    def first_month(self) -> np.datetime64:
        """Month 0."""
        return np.datetime64(self.last_month, "M") - (self.months - 1)

    def day(self, month: int) -> int:
        """The first day of a month, in days since 1970.

        >>> Calendar("2025-12", 15).day(15) - Calendar("2025-12", 15).day(14)
        31
        """
        return int((self.first_month() + month).astype("datetime64[D]").astype(np.int64))

    def length(self, month: int) -> int:
        """Days in a month."""
        return self.day(month + 1) - self.day(month)

    def month_of_year(self, month: int) -> int:
        """1 for January."""
        return int((self.first_month() + month).astype(np.int64)) % 12 + 1

    def year(self, month: int) -> int:
        """The calendar year of a month."""
        return 1970 + int((self.first_month() + month).astype(np.int64)) // 12

    def name(self, month: int) -> str:
        """Such as "202512"."""
        return str(self.first_month() + month).replace("-", "")

    @property
    def start_us(self) -> int:
        """The window's start in microseconds."""
        return self.day(0) * DAY_US

    @property
    def end_day(self) -> int:
        """The first day after the window: the default as-of."""
        return self.day(self.months)

    @property
    def end_us(self) -> int:
        """The window's end in microseconds."""
        return self.end_day * DAY_US

    def month_of_day(self, day: Ints) -> Ints:
        """The month index of each day, shape as given."""
        months = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
        return np.asarray(months - self.first_month().astype(np.int64), dtype=np.int64)


def day_of_month(day: Ints) -> Ints:
    """1 for the first of a month.

    >>> day_of_month(np.array([0, 31, 32])).tolist()
    [1, 1, 2]
    """
    dates = day.astype("datetime64[D]")
    return np.asarray((dates - dates.astype("datetime64[M]")).astype(np.int64) + 1, dtype=np.int64)
