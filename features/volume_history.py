"""What past days say about a coming one, seen from an origin: the last same weekdays, and their six-week average.

Everything here is relative to an origin: `Pairs.known` open days have passed, nothing later is read.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from features.intervals import BoolArray, FloatArray, Grid, IntArray
from features.origins import Calendar as Calendar
from features.origins import Pairs as Pairs
from features.origins import pairs_from_origin as pairs_from_origin
from features.origins import pairs_within as pairs_within

BASE_WEEKS = 6


def last_same_weekdays(days: pd.DatetimeIndex, usable: BoolArray, pairs: Pairs, weeks: int) -> IntArray:
    """(pairs, weeks) row numbers of the last usable open days of the target's weekday, newest first, -1 = none."""
    found = np.full((len(pairs), weeks), -1, dtype=np.int64)
    for weekday in range(7):
        rows = np.flatnonzero(pairs.target.weekday == weekday)
        members = np.flatnonzero(usable & (days.weekday == weekday))
        if len(rows) and len(members):
            newest = np.searchsorted(members, pairs.known[rows])
            position = newest[:, None] - 1 - np.arange(weeks)
            found[rows] = np.where(position >= 0, members[position.clip(0)], -1)
    return found


def last_days(usable: BoolArray, known: IntArray, count: int) -> IntArray:
    """(pairs, count) row numbers of the last usable days before each origin, newest first, -1 = none."""
    members = np.flatnonzero(usable)
    position = np.searchsorted(members, known)[:, None] - 1 - np.arange(count)
    return np.where(position >= 0, members[position.clip(0)] if len(members) else -1, -1)


def take_days(counts: FloatArray, rows: IntArray) -> FloatArray:
    """(series, pairs, n, intervals) of `counts` at day `rows`; NaN where a row is -1."""
    return np.where((rows >= 0)[None, :, :, None], counts[:, rows.clip(0)], np.nan)


def mean_known(values: FloatArray, axis: int) -> FloatArray:
    """The mean of what is not NaN, NaN where nothing is."""
    known = ~np.isnan(values)
    total, seen = np.where(known, values, 0.0).sum(axis), known.sum(axis)
    return np.where(seen > 0, total / np.maximum(seen, 1), np.nan)


def with_neighbours(values: FloatArray, reach: int) -> FloatArray:
    """The mean of each interval (last axis) and up to `reach` known ones on each side.

    >>> with_neighbours(np.array([1.0, 3.0, np.nan, 9.0]), 1).tolist()
    [2.0, 2.0, 6.0, 9.0]
    """
    sides = [(0, 0)] * (values.ndim - 1) + [(reach, reach)]
    padded = np.pad(values, sides, constant_values=np.nan)
    return mean_known(np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=-1), axis=-1)


def average_6_weeks(grid: Grid, pairs: Pairs, regular: BoolArray) -> FloatArray:
    """(series, pairs, intervals): mean of the last six same weekdays that are no holidays.

    A series too young for one takes the mean of its last ten days, and NaN only where it has none at all.
    """
    base = mean_known(take_days(grid.counts, last_same_weekdays(grid.days, regular, pairs, BASE_WEEKS)), axis=2)
    if np.isnan(base).any():
        young = mean_known(take_days(grid.counts, last_days(regular, pairs.known, 10)), axis=2)
        nothing_open = np.isnan(base).all(axis=2, keepdims=True)
        base = np.where(nothing_open, young, base)
    return base


class History:
    """The counts that forecasts start from, with the days that may stand for others.

    `codes`: the number by which the trees know each series, NaN = not seen in training; default: its row.
    """

    def __init__(self, grid: Grid, calendar: Calendar, codes: FloatArray | None = None) -> None:
        self.grid, self.calendar = grid, calendar
        self.codes = np.arange(len(grid.series), dtype=float) if codes is None else codes
        self.regular = calendar.regular(grid.days)

    def part(self, rows: slice) -> History:
        """The history of some of the series, known by the same codes."""
        grid = self.grid
        own = replace(grid, series=grid.series.iloc[rows], counts=grid.counts[rows])
        return History(own, self.calendar, self.codes[rows])

    def base(self, pairs: Pairs) -> FloatArray:
        """(series, pairs, intervals): the six-week average, in calls."""
        return average_6_weeks(self.grid, pairs, self.regular)
