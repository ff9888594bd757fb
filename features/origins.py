"""Which day is forecast from when, on which calendar: the pairs of an origin and a target day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.calendar import day_facts, unusual_days
from features.intervals import BoolArray, Grid, IntArray

LEAD_EDGES = (2, 4, 8, 15)  # lead buckets, in open days: 1, 2-3, 4-7, 8-14, 15 and on


@dataclass(frozen=True)
class Calendar:
    """Which calendar a forecast keeps: an ISO country code, and the day of the month when bills go out."""

    country: str | None = None
    bill_day: int | None = None

    def facts(self, days: pd.DatetimeIndex) -> pd.DataFrame:
        """`features.calendar.day_facts` of these days."""
        return day_facts(days, self.country, self.bill_day)

    def regular(self, days: pd.DatetimeIndex) -> BoolArray:
        """Days that may stand for their weekday: no holidays."""
        return ~self.facts(days)["is_holiday"].to_numpy(bool)

    def unusual(self, days: pd.DatetimeIndex) -> IntArray:
        """(days,): 0 = a day like its weekday's others; else its kind, as `features.calendar.unusual_days` has them."""
        return np.asarray(unusual_days(days, self.country), dtype=np.int64)


@dataclass(frozen=True)
class Pairs:
    """(origin, target) pairs: after `known` open days, forecast the day `target`, `lead` open days ahead."""

    known: IntArray
    target: pd.DatetimeIndex
    lead: IntArray
    gap_days: IntArray  # calendar days between the target and the open day before it

    def __len__(self) -> int:
        return len(self.known)

    def part(self, rows: IntArray | slice) -> Pairs:
        """Some of the pairs."""
        return Pairs(self.known[rows], self.target[rows], self.lead[rows], self.gap_days[rows])


def pairs_from_origin(grid: Grid, known: int, targets: pd.DatetimeIndex) -> Pairs:
    """All `targets` (increasing open days after the origin) seen from one origin."""
    before = pd.DatetimeIndex(grid.days[known - 1 : known]).append(targets)
    gap = np.diff(before.to_numpy()).astype("timedelta64[D]").astype(np.int64)
    return Pairs(np.full(len(targets), known), targets, np.arange(1, len(targets) + 1), gap)


def pairs_within(grid: Grid, targets: IntArray, leads: IntArray) -> Pairs:
    """Past days (their row numbers) seen from `leads` open days before, to learn from."""
    gap = np.diff(grid.days.to_numpy(), prepend=grid.days[:1].to_numpy()).astype("timedelta64[D]").astype(np.int64)
    return Pairs(targets - leads + 1, grid.days[targets], leads, gap[targets])


def bucket_of(lead: IntArray) -> IntArray:
    """The lead bucket of each pair, 0 for the next open day.

    >>> bucket_of(np.array([1, 2, 7, 28])).tolist()
    [0, 1, 2, 4]
    """
    return np.searchsorted(np.array(LEAD_EDGES), lead, side="right").astype(np.int64)
