"""The learner of the call forecast: a line and LightGBM over all series, seen from many origins.

It predicts how far the root of the calls will lie from the root of the six-week same-weekday average, weighted so that
the absolute error in calls is what counts. Where the history is too short to learn from, that average stands alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from features.calendar import FAR_DAYS
from features.intervals import BoolArray, FloatArray, Grid, IntArray
from features.volume_history import Calendar, History, Pairs, pairs_from_origin, pairs_within
from models.volume_bands import Bands
from models.volume_correction import Correction, Rows

WARM_UP_DAYS = 15  # open days before the first one that is learnt from
MIN_TRAINING_DAYS = 20
LEADS = (1, 2, 4, 7, 10, 14, 20, 28, 42, 63, 91)
FOLDS, FOLD_DAYS = 5, 7  # whole weeks are held out in turn, so a day's shared factor is never in both parts
MAX_CELLS = 120_000
NEUTRAL: dict[str, dict[str, float]] = {  # the features of a cause, with the values that switch it off
    "holiday": {"is_holiday": 0.0, "is_makeup_workday": 0.0, "spring_festival_offset": FAR_DAYS}
    | {"days_to_holiday": FAR_DAYS, "days_since_holiday": FAR_DAYS, "mid_autumn_offset": FAR_DAYS},
    "bill_day": {"bill_day_offset": FAR_DAYS, "day_of_month": 15, "days_to_month_end": 15},
}


@dataclass(frozen=True)
class TreeSettings:
    """Chosen by the error on origins before the test days of the public series."""

    rounds: int = 120  # at most, and one for every two days learnt from: half a year's worth over-fits three months
    min_rounds: int = 40
    learning_rate: float = 0.08
    num_leaves: int = 8
    leaf_days: int = 2  # a leaf holds at least so many days' worth of intervals, a day's noise being shared
    feature_fraction: float = 0.4
    seed: int = 1
    threads: int = 1  # a second thread costs five times the CPU seconds where the cores are shared

    def parameters(self, min_rows: int) -> dict[str, object]:
        """LightGBM's parameters."""
        return {
            "objective": "l1",
            "learning_rate": self.learning_rate,
            "num_leaves": self.num_leaves,
            "min_data_in_leaf": min_rows,
            "feature_fraction": self.feature_fraction,
            "max_bin": 63,
            "bagging_fraction": 0.8,
            "bagging_freq": 1,
            "lambda_l2": 1.0,
            "seed": self.seed,
            "num_threads": self.threads,
            "deterministic": True,
            "force_row_wise": True,
            "verbosity": -1,
        }


@dataclass(frozen=True)
class PastForecasts:
    """Forecasts of past days by trees that had not seen those weeks, beside what came: (series, pairs, intervals)."""

    forecast: FloatArray
    actual: FloatArray
    lead: IntArray


@dataclass
class Trees:
    """A fitted forecaster: the mean of corrections, each without other weeks; none where the history was too short."""

    calendar: Calendar
    boosters: list[Correction] = field(default_factory=list)

    def forecast(self, history: History, pairs: Pairs) -> FloatArray:
        """(series, pairs, intervals): calls, by their median; NaN where a series is closed."""
        base = history.base(pairs)
        return self._shifted(base, history.features(pairs, base)) if self.boosters else base

    def causes(self, history: History, pairs: Pairs) -> dict[str, FloatArray]:
        """The forecast in parts that add up to it: what each cause changes when it is switched off, one after another.

        `normal` is what is left: the load of an ordinary day in the middle of the month.
        """
        base = history.base(pairs)
        if not self.boosters:
            return {"normal": base} | {cause: np.where(np.isnan(base), np.nan, 0.0) for cause in NEUTRAL}
        features = history.features(pairs, base)
        level = self._shifted(base, features)
        parts = {}
        for cause, neutral in NEUTRAL.items():
            features = features.assign(**neutral)
            without = self._shifted(base, features)
            parts[cause], level = level - without, without
        return {"normal": level} | parts

    def _shifted(self, base: FloatArray, features: pd.DataFrame) -> FloatArray:
        return shift(base, np.mean([booster.predict(features.to_numpy()) for booster in self.boosters], axis=0))


def fit_trees(
    grid: Grid, calendar: Calendar, horizon: int, settings: TreeSettings
) -> tuple[Trees, PastForecasts | None]:
    """Trees that see up to `horizon` open days ahead, and the held-out forecasts that bands are made from."""
    pairs = training_pairs(grid, horizon, settings.seed)
    if len(np.unique(pairs.target)) < MIN_TRAINING_DAYS:
        return Trees(calendar), None
    task = _Task.of(History(grid, calendar), pairs, settings)
    boosters = [task.fit(task.fold != number) for number in range(FOLDS)]
    return Trees(calendar, boosters), task.past_forecasts(boosters)


def training_pairs(grid: Grid, horizon: int, seed: int) -> Pairs:
    """Every day after the warm-up from several leads; a random part of them where that is too much."""
    leads = np.array([lead for lead in LEADS if lead <= horizon] or [1])
    target, lead = (part.reshape(-1) for part in np.meshgrid(np.arange(len(grid.days)), leads, indexing="ij"))
    usable = np.flatnonzero((target >= WARM_UP_DAYS) & (target - lead + 1 >= WARM_UP_DAYS - 5))
    open_cells = np.count_nonzero(~np.isnan(grid.counts)) / len(grid.days)
    limit = max(int(MAX_CELLS / open_cells), MIN_TRAINING_DAYS)
    if len(usable) > limit:
        usable = np.sort(np.random.default_rng(seed).choice(usable, limit, replace=False))
    return pairs_within(grid, target[usable], lead[usable])


def shift(base: FloatArray, correction: FloatArray) -> FloatArray:
    """The base moved by a correction on the root scale, never below zero."""
    return np.maximum(np.sqrt(base) + correction.reshape(base.shape), 0.0) ** 2


@dataclass(frozen=True)
class _Task:
    """Training rows, (series, pair, interval) in that order."""

    features: pd.DataFrame
    target: FloatArray
    weight: FloatArray
    base: FloatArray
    actual: FloatArray
    pairs: Pairs
    settings: TreeSettings

    @classmethod
    def of(cls, history: History, pairs: Pairs, settings: TreeSettings) -> _Task:
        base = history.base(pairs)
        actual = history.grid.counts[:, history.grid.days.get_indexer(pairs.target)]
        root = np.sqrt(base)
        target, weight = (np.sqrt(actual) - root).reshape(-1), np.maximum(root, 0.5).reshape(-1)
        return cls(history.features(pairs, base), target, weight, base, actual, pairs, settings)

    def fit(self, rows: BoolArray) -> Correction:
        known = np.flatnonzero(rows & ~np.isnan(self.target))
        leads = 1 if self.pairs.lead.max() == 1 else 2.5
        min_rows = int(self.settings.leaf_days * self.base.shape[2] * leads)
        learnt = Rows(self.features.iloc[known], self.target[known], self.weight[known])
        return Correction.fit(learnt, self.settings.parameters(min_rows), self._rounds())

    def _rounds(self) -> int:
        days = self.pairs.target.nunique()
        return int(np.clip(days // 2, self.settings.min_rounds, self.settings.rounds))

    @property
    def fold(self) -> IntArray:
        """(rows,): which booster has not seen the row's week."""
        week = (self.pairs.target - self.pairs.target.min()).days.to_numpy() // FOLD_DAYS % FOLDS
        return np.broadcast_to(week[None, :, None], self.base.shape).reshape(-1)

    def past_forecasts(self, boosters: list[Correction]) -> PastForecasts:
        fold, correction = self.fold, np.zeros(len(self.target))
        for number, booster in enumerate(boosters):
            correction[fold == number] = booster.predict(self.features.to_numpy()[fold == number])
        return PastForecasts(shift(self.base, correction), self.actual, self.pairs.lead)


@dataclass
class Forecaster:
    """Trees with their bands: what the bench and the lake's model share."""

    trees: Trees
    bands: Bands

    @classmethod
    def fit(cls, grid: Grid, calendar: Calendar, horizon: int, settings: TreeSettings | None = None) -> Forecaster:
        """Fit on all days of the grid for leads up to `horizon` open days."""
        trees, past = fit_trees(grid, calendar, horizon, settings or TreeSettings())
        bands = Bands.fit(past.forecast, past.actual, past.lead) if past else Bands.without_past(len(grid.series))
        return cls(trees, bands)

    def forecast(self, history: History, known: int, targets: pd.DatetimeIndex) -> tuple[FloatArray, Pairs]:
        """Medians (series, targets, intervals) of the days that follow the first `known` ones of the history."""
        pairs = pairs_from_origin(history.grid, known, targets)
        return self.trees.forecast(history, pairs), pairs
