"""What the past says about a coming interval, seen from an origin: the six-week base and how lately it was missed.

Everything here is relative to an origin: `Pairs.known` open days have passed, nothing later is read.
All features but calendar ones are on the square-root scale, where the noise of counts is nearly constant.
The day of the month is one of them; the month and the day of the year are not: under two years they only mislead.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.calendar import day_facts
from features.intervals import BoolArray, FloatArray, Grid, IntArray

BASE_WEEKS = 6
LEVEL_DAYS = (1, 3, 5, 10)  # open days over which the recent miss of the base is averaged
PROFILE_DAYS = (1, 5, 10, 30)  # over which each interval's own miss is averaged, alone and with its neighbours
LONG_WEEKS = 12
NEIGHBOURS = (1, 3)  # intervals on each side that steady a noisy interval's average
MISSES = (  # the features that are differences to the base: all 0 where it was not missed
    *("last_week", "two_weeks", "long_weeks"),
    *(f"neighbours_{reach}" for reach in NEIGHBOURS),
    *(f"level_{days}" for days in LEVEL_DAYS),
    *(f"profile_{days}{kind}" for days in PROFILE_DAYS for kind in ("", "_near")),
)


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


@dataclass(frozen=True)
class Pairs:
    """(origin, target) pairs: after `known` open days, forecast the day `target`, `lead` open days ahead."""

    known: IntArray
    target: pd.DatetimeIndex
    lead: IntArray
    gap_days: IntArray  # calendar days between the target and the open day before it

    def __len__(self) -> int:
        return len(self.known)

    def part(self, rows: IntArray | slice) -> "Pairs":
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
    """The features of any pair on one grid; what does not depend on the pair is computed once.

    `codes`: the number by which the trees know each series, NaN = not seen in training; default: its row.
    """

    def __init__(self, grid: Grid, calendar: Calendar, codes: FloatArray | None = None) -> None:
        self.grid, self.calendar = grid, calendar
        self.codes = np.arange(len(grid.series), dtype=float) if codes is None else codes
        self.regular = calendar.regular(grid.days)
        every_day = np.arange(len(grid.days))
        base = average_6_weeks(grid, pairs_within(grid, every_day, np.ones_like(every_day)), self.regular)
        self._miss = np.sqrt(grid.counts) - np.sqrt(base)
        total, base_total = np.nansum(grid.counts, axis=2), np.nansum(base, axis=2)
        usable = (base_total > 0) & ~np.isnan(base).all(axis=2)
        self._growth = np.where(usable, np.sqrt(total / np.where(usable, base_total, 1.0)) - 1, np.nan)

    def base(self, pairs: Pairs) -> FloatArray:
        """(series, pairs, intervals): the six-week average, in calls."""
        return average_6_weeks(self.grid, pairs, self.regular)

    def features(self, pairs: Pairs, base: FloatArray) -> pd.DataFrame:
        """One row per (series, pair, interval), in that order; calls' roots unless the name says otherwise."""
        shape = base.shape
        root = np.sqrt(base)
        columns: dict[str, FloatArray] = {"root_base": root}
        columns |= self._weeks(pairs, root) | self._recent(pairs, root)
        per_pair = self._day_facts(pairs)
        columns |= {name: np.broadcast_to(values[None, :, None], shape) for name, values in per_pair.items()}
        columns["interval"] = np.broadcast_to(np.arange(shape[2], dtype=float), shape)
        columns["series"] = np.broadcast_to(self.codes[:, None, None], shape)
        return pd.DataFrame({name: values.reshape(-1).astype(np.float32) for name, values in columns.items()})

    def _weeks(self, pairs: Pairs, root: FloatArray) -> dict[str, FloatArray]:
        rows = last_same_weekdays(self.grid.days, self.regular, pairs, LONG_WEEKS)
        counts = take_days(self.grid.counts, rows)
        weeks = np.sqrt(counts[:, :, :BASE_WEEKS])
        spread = mean_known((weeks - root[:, :, None]) ** 2, axis=2)
        return {
            "last_week": weeks[:, :, 0] - root,
            "two_weeks": mean_known(weeks[:, :, :2], axis=2) - root,
            "long_weeks": np.sqrt(mean_known(counts, axis=2)) - root,
            "weeks_sd": np.sqrt(spread),
        } | {f"neighbours_{reach}": with_neighbours(root, reach) - root for reach in NEIGHBOURS}

    def _recent(self, pairs: Pairs, root: FloatArray) -> dict[str, FloatArray]:
        columns: dict[str, FloatArray] = {}
        for days in LEVEL_DAYS:
            rows = last_days(self.regular, pairs.known, days)
            growth = mean_known(np.where((rows >= 0)[None], self._growth[:, rows.clip(0)], np.nan), axis=2)
            columns[f"level_{days}"] = growth[:, :, None] * root
        for days in PROFILE_DAYS:
            rows = last_days(self.regular, pairs.known, days)
            columns[f"profile_{days}"] = mean_known(take_days(self._miss, rows), axis=2)
            columns[f"profile_{days}_near"] = with_neighbours(columns[f"profile_{days}"], max(NEIGHBOURS))
        return columns

    def _day_facts(self, pairs: Pairs) -> dict[str, FloatArray]:
        facts = self.calendar.facts(pairs.target).drop(columns="is_estimate")
        known_until = self.grid.days[pairs.known - 1]
        return {name: facts[name].to_numpy(float) for name in facts} | {
            "weekday": pairs.target.weekday.to_numpy(float),
            "day_of_month": pairs.target.day.to_numpy(float),
            "days_to_month_end": (pairs.target.days_in_month - pairs.target.day).to_numpy(float),
            "lead": pairs.lead.astype(float),
            "lead_days": (pairs.target - known_until).days.to_numpy(float),
            "gap_days": pairs.gap_days.astype(float),
        }
