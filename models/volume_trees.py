"""The learner of the call forecast: one LightGBM over all series, seen from many origins.

It predicts how far the root of the calls will lie from the root of the six-week same-weekday average, weighted so that
the absolute error in calls is what counts. Where the history is too short to learn from, that average stands alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import lightgbm as lgb
import numpy as np
import pandas as pd

from features.intervals import BoolArray, FloatArray, Grid, IntArray
from features.volume_history import Calendar, History, Pairs, pairs_from_origin, pairs_within
from models.volume_bands import Bands

WARM_UP_DAYS = 15  # open days before the first one that is learnt from
MIN_TRAINING_DAYS = 20
LEADS = (1, 2, 4, 7, 10, 14, 20, 28, 42, 63, 91)
FOLDS, FOLD_DAYS = 4, 7  # bands: whole weeks in turn are held out, so a day's shared factor is never in both parts
MAX_CELLS = 600_000


@dataclass(frozen=True)
class TreeSettings:
    """Chosen on origins before the test days of the public series (experiments/volume), never on them."""

    rounds: int = 60
    learning_rate: float = 0.08
    num_leaves: int = 8
    leaf_days: int = 2  # a leaf holds at least so many days' worth of intervals, a day's noise being shared
    feature_fraction: float = 0.7
    seed: int = 1
    threads: int = 2

    def parameters(self, min_rows: int) -> dict[str, object]:
        """LightGBM's parameters."""
        return {
            "objective": "l1",
            "learning_rate": self.learning_rate,
            "num_leaves": self.num_leaves,
            "min_data_in_leaf": min_rows,
            "feature_fraction": self.feature_fraction,
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
    """A fitted forecaster: `booster` is None where the history was too short."""

    calendar: Calendar
    booster: lgb.Booster | None = None

    def forecast(self, history: History, pairs: Pairs) -> FloatArray:
        """(series, pairs, intervals): calls, by their median; NaN where a series is closed."""
        base = history.base(pairs)
        if self.booster is None:
            return base
        return shift(base, predict(self.booster, history.features(pairs, base)))


def fit_trees(
    grid: Grid, calendar: Calendar, horizon: int, settings: TreeSettings
) -> tuple[Trees, PastForecasts | None]:
    """Trees that see up to `horizon` open days ahead, and the held-out forecasts that bands are made from."""
    pairs = training_pairs(grid, horizon, settings.seed)
    if len(np.unique(pairs.target)) < MIN_TRAINING_DAYS:
        return Trees(calendar), None
    task = _Task.of(History(grid, calendar), pairs, settings)
    everything = np.ones(len(task.target), dtype=bool)
    return Trees(calendar, task.fit(everything)), task.past_forecasts()


def training_pairs(grid: Grid, horizon: int, seed: int) -> Pairs:
    """Every day after the warm-up from several leads; a random part of them where that is too much."""
    leads = np.array([lead for lead in LEADS if lead <= horizon] or [1])
    target, lead = (part.reshape(-1) for part in np.meshgrid(np.arange(len(grid.days)), leads, indexing="ij"))
    usable = np.flatnonzero((target >= WARM_UP_DAYS) & (target - lead + 1 >= WARM_UP_DAYS - 5))
    limit = max(MAX_CELLS // (len(grid.series) * grid.intervals), MIN_TRAINING_DAYS)
    if len(usable) > limit:
        usable = np.sort(np.random.default_rng(seed).choice(usable, limit, replace=False))
    return pairs_within(grid, target[usable], lead[usable])


def shift(base: FloatArray, correction: FloatArray) -> FloatArray:
    """The base moved by a correction on the root scale, never below zero."""
    return np.maximum(np.sqrt(base) + correction.reshape(base.shape), 0.0) ** 2


def predict(booster: lgb.Booster, features: pd.DataFrame) -> FloatArray:
    """The booster's corrections; one thread, since forecasts are small."""
    return np.asarray(booster.predict(features.to_numpy(), num_threads=1), dtype=float)


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

    def fit(self, rows: BoolArray) -> lgb.Booster:
        known = np.flatnonzero(rows & ~np.isnan(self.target))
        leads = 1 if self.pairs.lead.max() == 1 else 2.5
        min_rows = int(self.settings.leaf_days * self.base.shape[2] * leads)
        data = lgb.Dataset(
            self.features.to_numpy()[known],
            self.target[known],
            weight=self.weight[known],
            feature_name=list(self.features.columns),
        )
        return lgb.train(self.settings.parameters(min_rows), data, self.settings.rounds)

    def past_forecasts(self) -> PastForecasts:
        week = (self.pairs.target - self.pairs.target.min()).days.to_numpy() // FOLD_DAYS % FOLDS
        fold = np.broadcast_to(week[None, :, None], self.base.shape).reshape(-1)
        correction = np.zeros(len(self.target))
        for number in range(FOLDS):
            inside = fold == number
            correction[inside] = predict(self.fit(~inside), self.features[inside])
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
