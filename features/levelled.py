"""The levelled forecast and the features of its correction: the expected day total in the shape of twelve weeks.

A day's calls are its total times its shape (Weinberg, Brown & Stroud 2007). The total is `features.day_level`'s, the
shape that of the last same weekdays. Holidays and days that lay far off (a storm, an outage) lend no shape.
All features but calendar ones are on the square-root scale, where the noise of counts is nearly constant. The day of
the month is one of them; the month and the day of the year are not: under two years they only mislead.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.block_level import BlockLevels, LevelVariances
from features.day_level import DayLevel
from features.intervals import FloatArray, IntArray
from features.one_thread import one_thread
from features.origins import Pairs, pairs_within
from features.volume_history import History, last_days, last_same_weekdays, mean_known, take_days, with_neighbours

SHAPE_WEEKS = 12
PROFILE_DAYS = (1, 5, 10, 30)  # open days over which each interval's own miss is averaged, alone and with neighbours
NEIGHBOURS = (1, 3)  # intervals on each side that steady a noisy interval's average
MISSES = (  # the features that are differences to the levelled forecast: all 0 where its shape was not missed
    *("last_week", "two_weeks", "six_weeks", "average"),
    *(f"neighbours_{reach}" for reach in NEIGHBOURS),
    *(f"profile_{days}{kind}" for days in PROFILE_DAYS for kind in ("", "_near")),
)


@dataclass(frozen=True)
class Level:
    """Two plain forecasts in calls, (series, pairs, intervals), and the day total (series, pairs) behind `levelled`."""

    average: FloatArray  # of six weeks
    levelled: FloatArray
    total: FloatArray


@dataclass(frozen=True)
class _Past:
    """What the history says about pairs whatever the level: (series, pairs, …), and the facts of each pair's day."""

    pairs: Pairs
    weeks: FloatArray  # (series, pairs, weeks, intervals)
    shape: FloatArray
    average: FloatArray
    recent: dict[str, FloatArray]
    facts: dict[str, FloatArray]


class Levelled:
    """The levelled forecast of any pair on one history; what does not depend on the pair is computed once."""

    @one_thread()
    def __init__(self, history: History, variances: LevelVariances) -> None:
        self.history, grid = history, history.grid
        codes = np.where(np.isnan(history.codes), -1, history.codes).astype(np.int64)
        own = variances.rows(codes)
        self.days = DayLevel(grid, history.calendar, own.day)
        self.blocks = BlockLevels(grid, history.calendar, own)
        self.outlying = self.days.outlying
        strange = self.outlying | ~history.regular
        self._typical = np.where(strange[:, :, None], np.nan, grid.counts)
        every_day = np.arange(len(grid.days))
        next_day = pairs_within(grid, every_day, np.ones_like(every_day))
        shape, _ = self._shape(next_day, self._past_weeks(next_day))
        as_total = shape * np.nansum(grid.counts, axis=2)[:, :, None]
        self._newest: _Past | None = None
        self._miss = np.sqrt(self._typical) - np.sqrt(as_total)

    @one_thread()
    def level(self, pairs: Pairs, without: Collection[str] = ()) -> Level:
        """The plain forecasts; `without` names parts of the day level that are to have no effect."""
        past = self._past(pairs)
        total = self.days.expected(pairs, without)
        return Level(past.average, self.blocks.bent(past.shape * total[:, :, None], pairs, without), total)

    def features(self, pairs: Pairs, level: Level) -> pd.DataFrame:
        """One row per (series, pair, interval), in that order; calls' roots unless the name says otherwise."""
        shape = level.levelled.shape
        root = np.sqrt(level.levelled)
        columns: dict[str, FloatArray] = {"root_level": root, "average": np.sqrt(level.average) - root}
        past = self._past(pairs)
        columns |= _weeks(past.weeks, level.total, root) | past.recent
        columns |= {name: np.broadcast_to(values[None, :, None], shape) for name, values in past.facts.items()}
        columns["interval"] = np.broadcast_to(np.arange(shape[2], dtype=float), shape)
        columns["series"] = np.broadcast_to(self.history.codes[:, None, None], shape)
        return pd.DataFrame({name: values.reshape(-1).astype(np.float32) for name, values in columns.items()})

    def _past(self, pairs: Pairs) -> _Past:
        """Computed once for the newest pairs asked for: the causes of a forecast are told from the same past."""
        if self._newest is None or self._newest.pairs is not pairs:
            weeks = self._past_weeks(pairs)
            shape, average = self._shape(pairs, weeks)
            self._newest = _Past(pairs, weeks, shape, average, self._recent(pairs), self._day_facts(pairs))
        return self._newest

    def _shape(self, pairs: Pairs, weeks: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Shares of the day that add up to 1, and the six-week average; NaN where a series is closed."""
        average = self.history.base(pairs)
        typical = mean_known(weeks, axis=2)
        typical = np.where(np.isnan(typical), average, typical)
        total = np.nansum(typical, axis=2, keepdims=True)
        return typical / np.where(total > 0, total, 1.0), average

    def _past_weeks(self, pairs: Pairs) -> FloatArray:
        rows: IntArray = last_same_weekdays(self.history.grid.days, self.history.regular, pairs, SHAPE_WEEKS)
        return take_days(self._typical, rows)

    def _recent(self, pairs: Pairs) -> dict[str, FloatArray]:
        columns: dict[str, FloatArray] = {}
        for days in PROFILE_DAYS:
            rows = last_days(self.history.regular, pairs.known, days)
            columns[f"profile_{days}"] = mean_known(take_days(self._miss, rows), axis=2)
            columns[f"profile_{days}_near"] = with_neighbours(columns[f"profile_{days}"], max(NEIGHBOURS))
        return columns

    def _day_facts(self, pairs: Pairs) -> dict[str, FloatArray]:
        facts = self.history.calendar.facts(pairs.target).drop(columns="is_estimate")
        known_until = self.history.grid.days[pairs.known - 1]
        return {name: facts[name].to_numpy(float) for name in facts} | {
            "weekday": pairs.target.weekday.to_numpy(float),
            "day_of_month": pairs.target.day.to_numpy(float),
            "days_to_month_end": (pairs.target.days_in_month - pairs.target.day).to_numpy(float),
            "lead": pairs.lead.astype(float),
            "lead_days": (pairs.target - known_until).days.to_numpy(float),
            "gap_days": pairs.gap_days.astype(float),
        }


def _weeks(counts: FloatArray, total: FloatArray, root: FloatArray) -> dict[str, FloatArray]:
    """How the same weekdays' shapes, sized to the day total, lay off the levelled root."""
    day_total = np.nansum(counts, axis=3, keepdims=True)
    scaled = counts / np.where(day_total > 0, day_total, np.nan) * total[:, :, None, None]
    weeks = np.sqrt(scaled) - root[:, :, None]
    return {
        "last_week": weeks[:, :, 0],
        "two_weeks": mean_known(weeks[:, :, :2], axis=2),
        "six_weeks": mean_known(weeks[:, :, :6], axis=2),
        "weeks_sd": np.sqrt(mean_known(weeks**2, axis=2)),
    } | {f"neighbours_{reach}": with_neighbours(root, reach) - root for reach in NEIGHBOURS}
