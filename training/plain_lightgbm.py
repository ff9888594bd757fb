"""The plain LightGBM that the call forecast has to beat, re-run at the same origins.

Directly per horizon it predicts how far the root of the calls will lie from the root of the six-week same-weekday
average, from the last weeks, the last days' level and the calendar; no month, no day of the year. Its bands are split
conformal: the misses of the newest fifth of the days by trees of the others.
"""

from __future__ import annotations

from dataclasses import dataclass

import lightgbm as lgb
import numpy as np
import pandas as pd

from features.intervals import BoolArray, FloatArray, Grid
from features.origins import Calendar, Pairs, pairs_from_origin, pairs_within
from features.volume_history import History, last_days, last_same_weekdays, mean_known, take_days
from models.volume_bands import Bands

HORIZONS = (1, 2, 4, 7, 10, 14, 20, 28, 42, 63, 91)  # trees for each; a lead between two is told by the longer one's
WARM_UP_DAYS = 15
HELD_OUT = 0.2  # of the days, the newest
ROUNDS = 100
PARAMETERS = {  # the best of four sets on origins before the public series' test days
    "objective": "l1",
    "learning_rate": 0.05,
    "num_leaves": 8,
    "min_data_in_leaf": 100,
    "feature_fraction": 0.5,
    "seed": 1,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}


@dataclass
class PlainLightGBM:
    """Fitted trees by horizon."""

    trees: dict[int, lgb.Booster]
    bands: Bands

    @classmethod
    def fit(cls, grid: Grid, calendar: Calendar, horizon: int) -> PlainLightGBM:
        """On all days of the grid, for leads up to `horizon` open days."""
        history = History(grid, calendar)
        learnt = {lead: _Rows.of(history, lead) for lead in _horizons(horizon)}
        newest = int(len(grid.days) * (1 - HELD_OUT))
        forecast = np.concatenate([rows.held_out(newest) for rows in learnt.values()], axis=1)
        actual = np.concatenate([rows.actual for rows in learnt.values()], axis=1)
        lead = np.concatenate([rows.pairs.lead for rows in learnt.values()])
        everything = {lead: rows.fit(np.ones(len(rows.pairs), dtype=bool)) for lead, rows in learnt.items()}
        return cls(everything, Bands.fit(forecast, actual, lead))

    def quantiles(self, history: History, known: int, targets: pd.DatetimeIndex, shares: FloatArray) -> FloatArray:
        """(shares, series, targets, intervals) calls."""
        pairs = pairs_from_origin(history.grid, known, targets)
        base = history.base(pairs)
        matrix = features_of(history, pairs, base)
        told = np.stack([_told(self.trees[lead], base, matrix) for lead in self.trees])
        used = np.searchsorted(list(self.trees), pairs.lead).clip(max=len(self.trees) - 1)
        forecast = told[used, :, np.arange(len(pairs))].swapaxes(0, 1)
        return self.bands.quantiles(forecast, pairs.lead, shares)


@dataclass(frozen=True)
class _Rows:
    """What the trees of one horizon learn from: (series, pairs, intervals), the features flat."""

    pairs: Pairs
    base: FloatArray
    actual: FloatArray
    matrix: FloatArray

    @classmethod
    def of(cls, history: History, lead: int) -> _Rows:
        targets = np.arange(WARM_UP_DAYS + lead - 1, len(history.grid.days))
        pairs = pairs_within(history.grid, targets, np.full(len(targets), lead))
        base = history.base(pairs)
        return cls(pairs, base, history.grid.counts[:, targets], features_of(history, pairs, base))

    def fit(self, days: BoolArray) -> lgb.Booster:
        """On those of its pairs."""
        root = np.sqrt(self.base)
        target = np.sqrt(self.actual) - root
        rows = np.flatnonzero((days[None, :, None] & ~np.isnan(target)).reshape(-1))
        weight = np.maximum(root, 0.5).reshape(-1)[rows]
        return lgb.train(PARAMETERS, lgb.Dataset(self.matrix[rows], target.reshape(-1)[rows], weight=weight), ROUNDS)

    def held_out(self, newest: int) -> FloatArray:
        """Forecasts of the days from row `newest` on by trees of the days before; NaN for those."""
        late = self.pairs.known + self.pairs.lead - 1 >= newest
        told = _told(self.fit(~late), self.base, self.matrix)
        return np.where(late[None, :, None], told, np.nan)


def features_of(history: History, pairs: Pairs, base: FloatArray) -> FloatArray:
    """(series × pairs × intervals, features)."""
    grid, regular, root = history.grid, history.regular, np.sqrt(base)
    weeks = np.sqrt(take_days(grid.counts, last_same_weekdays(grid.days, regular, pairs, 2))) - root[:, :, None]
    columns = [root, weeks[:, :, 0], mean_known(weeks, axis=2)]
    miss = _past_misses(history)
    for days in (1, 3, 5, 10):
        recent = mean_known(take_days(miss, last_days(regular, pairs.known, days)), axis=2)
        columns += [recent, np.broadcast_to(mean_known(recent, axis=2)[..., None], base.shape)]
    facts = history.calendar.facts(pairs.target)
    names = ("is_holiday", "days_to_holiday", "days_since_holiday")
    per_day = [facts[name].to_numpy(float) for name in names] + [pairs.target.weekday.to_numpy(float)]
    per_day += [pairs.target.day.to_numpy(float), pairs.gap_days.astype(float)]
    columns += [np.broadcast_to(values[None, :, None], base.shape) for values in per_day]
    columns += [np.broadcast_to(np.arange(base.shape[2], dtype=float), base.shape)]
    columns += [np.broadcast_to(np.arange(base.shape[0], dtype=float)[:, None, None], base.shape)]
    return np.stack([column.reshape(-1) for column in columns], axis=1)


def _past_misses(history: History) -> FloatArray:
    """(series, days, intervals): roots of calls over those of the average that was known the day before."""
    days = np.arange(len(history.grid.days))
    return np.sqrt(history.grid.counts) - np.sqrt(history.base(pairs_within(history.grid, days, np.ones_like(days))))


def _told(trees: lgb.Booster, base: FloatArray, matrix: FloatArray) -> FloatArray:
    correction = np.asarray(trees.predict(matrix, num_threads=1)).reshape(base.shape)
    return np.asarray(np.maximum(np.sqrt(base) + correction, 0.0) ** 2)


def _horizons(horizon: int) -> list[int]:
    """The horizons up to the first that reaches `horizon`.

    >>> _horizons(1), _horizons(5)
    ([1], [1, 2, 4, 7])
    """
    longer = [lead for lead in HORIZONS if lead >= horizon]
    return [lead for lead in HORIZONS if lead < horizon] + longer[:1]
