"""Call counts on a regular grid: series × open days × intervals of the day.

A day on which no series has a row is closed and absent. Inside the hours in which a series has ever had a call
on that weekday, an absent interval of an open day is 0; outside them it is NaN unless a row says otherwise.
A day on which only some series have rows is closed for a series that would surely have had calls, else 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.typing import Rolling

from data.errors import BadInput

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]
MINUTES_A_DAY = 24 * 60
SURE_CALLS = 8.0  # expected on days without a row: by chance none of them comes once in 3,000 times
RARELY = 0.4  # of a weekday's dates: below, a series is closed on that weekday
NEAR_WEEKS, NEAR_DAYS = 4, 28  # on each side of a day without a row: what is held against it


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
    present: BoolArray = np.any(seen, axis=2)
    answered = since_first(present) & ~closed_days(counts.sum(axis=2), present, index)
    expected = open_hours(counts, index)[:, index.weekday] & answered[:, :, None]
    return Grid(series, index, interval_min, np.where(seen | expected, counts, np.nan))


def open_hours(counts: FloatArray, days: pd.DatetimeIndex) -> BoolArray:
    """(series, 7 weekdays, intervals): between the first and the last interval that ever had a call that weekday."""
    called = np.nan_to_num(counts) > 0
    ever = np.stack([called[:, days.weekday == weekday].any(axis=1) for weekday in range(7)], axis=1)
    begun = np.maximum.accumulate(ever, axis=2)
    not_over = np.maximum.accumulate(ever[:, :, ::-1], axis=2)[:, :, ::-1]
    return begun & not_over


def since_first(seen: BoolArray) -> BoolArray:
    """(series, days): a queue does not exist before its first row; what is absent there is unknown, not zero."""
    return np.maximum.accumulate(seen, axis=1)


def closed_days(totals: FloatArray, seen: BoolArray, days: pd.DatetimeIndex) -> BoolArray:
    """(series, days): no row where so many calls were to be expected that chance alone would have brought one.

    `totals` calls and `seen` rows, (series, days) both. Either the weekday's last and next day with rows had SURE_CALLS
    each, or the series rarely has rows on the weekday and would have had SURE_CALLS on its near dates without.
    """
    begun = since_first(seen)
    absent = begun & ~seen
    closed = np.zeros_like(absent)
    if not absent.any():
        return closed
    usual = _near(np.where(begun, totals, np.nan), NEAR_DAYS).mean().to_numpy().T
    for weekday in np.unique(days.weekday):
        dates = days.weekday == weekday
        known = pd.DataFrame(np.where(seen, totals, np.nan)[:, dates].T)
        level = np.fmin(known.ffill().to_numpy(), known.bfill().to_numpy()).T
        near = _near(np.where(begun, absent, np.nan)[:, dates], NEAR_WEEKS)
        missed, share = near.sum().to_numpy().T, 1.0 - near.mean().to_numpy().T
        rare = (share < RARELY) & (missed * usual[:, dates] >= SURE_CALLS)
        closed[:, dates] = absent[:, dates] & ((level >= SURE_CALLS) | rare)
    return closed


def _near(values: FloatArray, reach: int) -> Rolling:
    """Windows of up to `reach` dates to each side over (series, dates), dates first; NaN = unknown."""
    return pd.DataFrame(values.T).rolling(2 * reach + 1, center=True, min_periods=1)


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
