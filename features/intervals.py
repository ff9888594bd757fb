"""Call counts on a regular grid: series × open days × intervals of the day.

A day on which no series has a row is closed and absent. Inside the hours in which a series has ever had a call
on that weekday, an absent interval of an open day is 0; outside them it is NaN unless a row says otherwise.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.errors import BadInput

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]
MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True)
class Grid:
    """counts[s, d, k] = calls of series s on open day d in interval k; NaN where that series is closed."""

    series: pd.DataFrame  # one row per series, its key columns
    days: pd.DatetimeIndex  # open days only, increasing
    interval_min: int
    counts: FloatArray

    @property
    def intervals(self) -> int:
        """Intervals in a day."""
        return self.counts.shape[2]

    def until(self, known_days: int) -> "Grid":
        """What was known when the first `known_days` open days had passed."""
        return replace(self, days=self.days[:known_days], counts=self.counts[:, :known_days])

    def known_before(self, day: pd.Timestamp) -> int:
        """How many open days lie before `day`."""
        return int(np.searchsorted(self.days.to_numpy(), day.to_datetime64()))

    def with_counts(self, counts: FloatArray) -> "Grid":
        """The same grid with another measure (handle time, say) in its cells."""
        return replace(self, counts=counts)


def to_grid(frame: pd.DataFrame, keys: Sequence[str], interval_min: int, value: str = "offered") -> Grid:
    """The rows of `frame` (its `keys`, `starts_at`, `value`), summed into intervals of `interval_min` minutes.

    >>> rows = pd.DataFrame({"queue": "a", "starts_at": pd.to_datetime(["2026-01-05 09:00", "2026-01-05 09:15"])})
    >>> to_grid(rows.assign(offered=[2, 3]), ["queue"], 30).counts[0, 0, 18]
    np.float64(5.0)
    """
    if MINUTES_A_DAY % interval_min:
        raise BadInput(f"interval: came {interval_min} minutes, wanted a divisor of a day such as 15, 30 or 60.")
    starts = pd.DatetimeIndex(frame["starts_at"])
    days, day = np.unique(starts.normalize(), return_inverse=True)
    interval = (starts.hour * 60 + starts.minute).to_numpy() // interval_min
    series = frame[list(keys)].drop_duplicates().sort_values(list(keys), ignore_index=True)
    row = _row_numbers(frame, series, keys)
    shape = (len(series), len(days), MINUTES_A_DAY // interval_min)
    counts, seen = np.zeros(shape), np.zeros(shape, dtype=bool)
    np.add.at(counts, (row, day, interval), frame[value].to_numpy(float))
    seen[row, day, interval] = True
    index = pd.DatetimeIndex(days)
    expected = open_hours(counts, index)[:, index.weekday]
    return Grid(series, index, interval_min, np.where(seen | (expected & _since_first_day(seen)), counts, np.nan))


def open_hours(counts: FloatArray, days: pd.DatetimeIndex) -> BoolArray:
    """(series, 7 weekdays, intervals): between the first and the last interval that ever had a call that weekday."""
    called = np.nan_to_num(counts) > 0
    ever = np.stack([called[:, days.weekday == weekday].any(axis=1) for weekday in range(7)], axis=1)
    begun = np.maximum.accumulate(ever, axis=2)
    not_over = np.maximum.accumulate(ever[:, :, ::-1], axis=2)[:, :, ::-1]
    return begun & not_over


def _since_first_day(seen: BoolArray) -> BoolArray:
    """A queue does not exist before its first row: what is absent there is unknown, not zero."""
    return np.maximum.accumulate(seen.any(axis=2), axis=1)[:, :, None]


def _row_numbers(frame: pd.DataFrame, series: pd.DataFrame, keys: Sequence[str]) -> IntArray:
    if len(series) == 1:
        return np.zeros(len(frame), dtype=np.int64)
    numbered = frame[list(keys)].merge(series.reset_index(names="row"), on=list(keys), how="left")
    return numbered["row"].to_numpy(np.int64)


def own_interval(times: pd.Series) -> int:
    """The interval of the data in minutes: the largest divisor of a day of which every start is a multiple.

    >>> own_interval(pd.Series(pd.to_datetime(["2026-01-05 09:00", "2026-01-05 09:30", "2026-01-05 11:00"])))
    30
    """
    minutes = (times.dt.hour * 60 + times.dt.minute).to_numpy()
    return int(np.gcd.reduce(np.append(np.unique(minutes), MINUTES_A_DAY)))
