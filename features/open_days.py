"""On which coming days each series answers: its weekdays, holidays and make-up workdays, as in its own latest weeks.

A weekday's dates count half as much every HALF_LIFE_WEEKS; what most others do stands for one more, older date, so a
series of a few days follows them, and a small one on weekdays on which it may have had no call by chance. Weeks in
which a series has no day at all are gaps and say nothing of its weekdays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.intervals import RARELY, SURE_CALLS, BoolArray, FloatArray, Grid, IntArray, since_first
from features.origins import Calendar

HALF_LIFE_WEEKS = 2.0
FEW_DATES = 2  # of a weekday: with fewer a series does not tell others what is usual
RARE_HOLIDAYS = 0.25  # of the holidays: answering on fewer is closed
GONE_DAYS = 7  # open days in a row on which a series was closed: it no longer answers


@dataclass(frozen=True)
class OpenDays:
    """Whether each series answers: weekdays (series, 7), Monday first; holidays and makeup_workdays (series,)."""

    calendar: Calendar
    weekdays: BoolArray
    holidays: BoolArray
    makeup_workdays: BoolArray

    @classmethod
    def of(cls, grid: Grid, calendar: Calendar, holidays: FloatArray | None = None) -> OpenDays:
        """As the days of the grid tell; `holidays` (series,): 1 = open, 0 = closed, NaN = unknown: before the grid.

        With nothing known of holidays a series does as most others do; all are open where nobody knows.
        """
        past = _Past.of(grid, calendar)
        weekdays = past.weekdays()
        on_holidays = past.special("is_holiday", weekdays, RARE_HOLIDAYS)
        if holidays is not None:
            on_holidays = np.where(np.isnan(on_holidays), holidays, on_holidays)
        on_makeup = past.special("is_makeup_workday", np.ones_like(weekdays), RARELY)
        here = ~past.gone(weekdays)
        return cls(
            calendar,
            weekdays & here[:, None],
            _as_most(on_holidays, usual=True) & here,
            _as_most(on_makeup, usual=False) & here,
        )

    def on(self, days: pd.DatetimeIndex) -> BoolArray:
        """(series, days)."""
        facts = self.calendar.facts(days)
        holiday, makeup = (facts[name].to_numpy(bool) for name in ("is_holiday", "is_makeup_workday"))
        usual = self.weekdays[:, days.weekday] | (makeup & self.makeup_workdays[:, None])
        return usual & (~holiday | self.holidays[:, None])

    def days(self, start: pd.Timestamp, days: int) -> pd.DatetimeIndex:
        """The days of the span on which any series answers."""
        span = pd.date_range(start.normalize(), periods=days)
        return span[np.any(self.on(span), axis=0)]


@dataclass(frozen=True)
class _Past:
    """Whole calendar weeks, (series, dates) each: calls (NaN = closed), whether the series had begun by then."""

    dates: pd.DatetimeIndex
    facts: pd.DataFrame
    calls: FloatArray
    begun: BoolArray
    told: BoolArray  # (dates,): an absent day was closed, be it a day of the grid or of a lake too busy for a chance

    @classmethod
    def of(cls, grid: Grid, calendar: Calendar) -> _Past:
        first, last = (day - pd.Timedelta(days=int(day.weekday())) for day in grid.days[[0, -1]])
        dates = pd.date_range(first, last + pd.Timedelta(days=6))
        calls = np.full((len(grid.series), len(dates)), np.nan)
        open_cells = ~np.isnan(grid.counts)
        totals = np.nansum(grid.counts, axis=2)
        calls[:, dates.get_indexer(grid.days)] = np.where(open_cells.any(axis=2), totals, np.nan)
        begun = since_first(~np.isnan(calls)) & (dates <= grid.days[-1])
        told = dates.isin(grid.days) | (np.median(totals.sum(axis=0)) >= SURE_CALLS)
        return cls(dates, calendar.facts(dates), calls, begun, told)

    @property
    def opened(self) -> BoolArray:
        """(series, dates)."""
        return ~np.isnan(self.calls)

    @property
    def usual(self) -> FloatArray:
        """(series, 1): calls of an open day."""
        return np.asarray(np.nansum(self.calls, axis=1) / np.maximum(self.opened.sum(axis=1), 1))[:, None]

    def weekdays(self) -> BoolArray:
        """(series, 7): open on more than a few of the weekday's dates."""
        weeks = (len(self.calls), -1, 7)
        opened = self.opened.reshape(weeks)
        ordinary = self.told & ~self.facts[["is_holiday", "is_makeup_workday"]].any(axis=1).to_numpy()
        counted = (self.begun & ordinary).reshape(weeks) & opened.any(axis=2, keepdims=True)
        counted &= ((counted & opened).any(axis=1) | (counted.sum(axis=1) * self.usual >= SURE_CALLS))[:, None]
        later: IntArray = np.cumsum(counted[:, ::-1], axis=1)[:, ::-1] - counted
        weight = np.where(counted, 0.5 ** (later / HALF_LIFE_WEEKS), 0.0)
        dates, whole, came = counted.sum(axis=1), weight.sum(axis=1), (weight * opened).sum(axis=1)
        share = np.where(dates >= FEW_DATES, came / np.maximum(whole, 1e-9), np.nan)
        known = ~np.isnan(share)
        most = 2 * ((share >= RARELY) & known).sum(axis=0) >= known.sum(axis=0)
        others = np.where(known.any(axis=0), most, opened.any(axis=(0, 1)))
        older = 0.5 ** (dates / HALF_LIFE_WEEKS)
        return np.asarray((came + older * others) / (whole + older) >= RARELY)

    def special(self, kind: str, weekdays: BoolArray, least: float) -> FloatArray:
        """(series,): 1 where at least that share of the days of a kind was open, on open weekdays; NaN = none came.

        Zero calls on all of them are no days without calls where SURE_CALLS were to be expected.
        """
        counted = self.begun & self.facts[kind].to_numpy(bool) & weekdays[:, self.dates.weekday]
        days, came = counted.sum(axis=1), (counted & self.opened).sum(axis=1)
        none = np.where(counted, np.nan_to_num(self.calls), 0.0).sum(axis=1) == 0
        silent = none & (days * self.usual[:, 0] >= SURE_CALLS)
        return np.where(days > 0, (came >= least * days) & ~silent, np.nan)

    def gone(self, weekdays: BoolArray) -> BoolArray:
        """(series,): closed on the last GONE_DAYS of its days."""
        last: IntArray = self.calls.shape[1] - 1 - self.opened[:, ::-1].argmax(axis=1)
        since = np.arange(self.calls.shape[1]) > last[:, None]
        own = self.begun & weekdays[:, self.dates.weekday] & ~self.facts["is_holiday"].to_numpy(bool)
        return np.asarray((since & own & self.told).sum(axis=1) >= GONE_DAYS)


def _as_most(known: FloatArray, *, usual: bool) -> BoolArray:
    """(series,) of 1, 0 and NaN = unknown: the unknown as most of the others, or as is usual where all are unknown."""
    others = known[~np.isnan(known)]
    most = others.mean() >= 0.5 if len(others) else usual
    return np.where(np.isnan(known), most, known == 1)
