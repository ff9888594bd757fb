"""The learner of the call forecast: a line and LightGBM over all series, seen from many origins.

It predicts how far the root of the calls will lie from the root of the six-week same-weekday average, weighted so that
the absolute error in calls is what counts. Where the history is too short to learn from, that average stands alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from features.block_level import LevelVariances
from features.calendar import FAR_DAYS
from features.intervals import BoolArray, FloatArray, Grid, IntArray
from features.levelled import Level, Levelled
from features.one_thread import one_thread
from features.origins import Calendar, Pairs, pairs_from_origin, pairs_within
from features.volume_history import History
from models.volume_bands import Bands
from models.volume_blend import DEFAULT, blend_weights, blended
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


DAY_PARTS = {  # the parts of the day level that a cause stands for
    "holiday": {"holiday", "one_holiday", "after_holiday", "before_holiday", "festival", "makeup_workday"}
    | {"after_closure"},
    "bill_day": {"month", "month_narrow"},
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
    age: IntArray | None = None  # days from each pair's target to the newest one


@dataclass
class Trees:
    """A fitted forecaster: the levelled forecast, its corrections (each fitted without other weeks), and the blend.

    Without `variances` the history was too short to learn from, and the six-week average stands alone.
    """

    calendar: Calendar
    boosters: list[Correction] = field(default_factory=list)
    variances: LevelVariances | None = None
    weights: FloatArray | None = None  # (series, lead buckets, members)
    _levelled: Levelled | None = None

    def forecast(self, history: History, pairs: Pairs) -> FloatArray:
        """(series, pairs, intervals): calls, by their median; NaN where a series is closed."""
        if self.variances is None:
            return history.base(pairs)
        seen = self.levelled(history)
        level = seen.level(pairs)
        return self._blended(seen, pairs, level, seen.features(pairs, level))

    def causes(self, history: History, pairs: Pairs) -> dict[str, FloatArray]:
        """The forecast in parts that add up to it: what each cause changes when it is switched off, one after another.

        `normal` is what is left: the load of an ordinary day in the middle of the month.
        """
        if self.variances is None:
            base = history.base(pairs)
            return {"normal": base} | {cause: np.where(np.isnan(base), np.nan, 0.0) for cause in NEUTRAL}
        seen, off, neutral = self.levelled(history), set[str](), dict[str, float]()
        left = self.forecast(history, pairs)
        parts = {}
        for cause in NEUTRAL:
            off |= DAY_PARTS[cause]
            neutral |= NEUTRAL[cause]
            level = seen.level(pairs, off)
            without = self._blended(seen, pairs, level, seen.features(pairs, level).assign(**neutral))
            parts[cause], left = left - without, without
        return {"normal": left} | parts

    def levelled(self, history: History) -> Levelled:
        """The levelled forecasts of a history, computed once for the newest one asked for."""
        if self.variances is None:
            raise ValueError("without variances there is no levelled forecast")
        if self._levelled is None or self._levelled.history is not history:
            self._levelled = Levelled(history, self.variances)
        return self._levelled

    def state(self) -> dict[str, Any] | None:
        """What, with the boosters, makes it whole again; None where there are none."""
        if self.variances is None or self.weights is None:
            return None
        return {"weights": self.weights.tolist(), "day_level": self.variances.to_json()}

    @classmethod
    def of_state(cls, state: dict[str, Any] | None, calendar: Calendar, boosters: list[Correction]) -> Trees:
        """What `state` told of."""
        if state is None:
            return cls(calendar)
        return cls(calendar, boosters, LevelVariances.from_json(state["day_level"]), np.array(state["weights"]))

    def _blended(self, seen: Levelled, pairs: Pairs, level: Level, features: pd.DataFrame) -> FloatArray:
        matrix = features.to_numpy()
        correction = np.mean([booster.predict(matrix) for booster in self.boosters], axis=0)
        return blended(member_roots(level, correction), self._weights_of(seen.history.codes), pairs.lead)

    def _weights_of(self, codes: FloatArray) -> FloatArray:
        if self.weights is None:
            raise ValueError("a fitted forecaster has weights")
        rows = np.where(np.isnan(codes), -1, codes).astype(np.int64)
        return np.where((rows >= 0)[:, None, None], self.weights[rows.clip(0)], DEFAULT)


@one_thread()
def fit_trees(
    grid: Grid, calendar: Calendar, horizon: int, settings: TreeSettings
) -> tuple[Trees, PastForecasts | None]:
    """Trees that see up to `horizon` open days ahead, and the held-out forecasts that bands are made from."""
    pairs = training_pairs(grid, horizon, settings.seed)
    if len(np.unique(pairs.target)) < MIN_TRAINING_DAYS:
        return Trees(calendar), None
    variances = LevelVariances.fit(grid, calendar)
    task = _Task.of(Levelled(History(grid, calendar), variances), pairs, settings)
    boosters = [task.fit(task.fold != number) for number in range(FOLDS)]
    roots = task.roots(boosters)
    weights = blend_weights(roots, task.actual, pairs.lead)
    age = (grid.days[-1] - pairs.target).days.to_numpy().astype(np.int64)
    past = PastForecasts(blended(roots, weights, pairs.lead), task.actual, pairs.lead, age)
    return Trees(calendar, boosters, variances, weights), past


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


def member_roots(level: Level, correction: FloatArray) -> FloatArray:
    """(members, series, pairs, intervals): the roots of the forecasts that are blended."""
    levelled, average = np.sqrt(level.levelled), np.sqrt(level.average)
    corrected = np.maximum(levelled + correction.reshape(levelled.shape), 0.0)
    return np.stack([corrected, levelled, average])


@dataclass(frozen=True)
class _Task:
    """Training rows, (series, pair, interval) in that order. The target is the miss of the shape, the total given."""

    features: pd.DataFrame
    target: FloatArray
    weight: FloatArray
    level: Level
    actual: FloatArray
    pairs: Pairs
    settings: TreeSettings

    @classmethod
    def of(cls, seen: Levelled, pairs: Pairs, settings: TreeSettings) -> _Task:
        level, grid = seen.level(pairs), seen.history.grid
        days = grid.days.get_indexer(pairs.target)
        actual = grid.counts[:, days]
        target = np.where(seen.outlying[:, days, None], np.nan, shape_miss(actual, level.levelled)).reshape(-1)
        weight = np.maximum(np.sqrt(level.levelled), 0.5).reshape(-1)
        return cls(seen.features(pairs, level), target, weight, level, actual, pairs, settings)

    def fit(self, rows: BoolArray) -> Correction:
        known = np.flatnonzero(rows & ~np.isnan(self.target))
        leads = 1 if self.pairs.lead.max() == 1 else 2.5
        min_rows = int(self.settings.leaf_days * self.actual.shape[2] * leads)
        learnt = Rows(self.features.iloc[known], self.target[known], self.weight[known])
        return Correction.fit(learnt, self.settings.parameters(min_rows), self._rounds())

    def _rounds(self) -> int:
        days = self.pairs.target.nunique()
        return int(np.clip(days // 2, self.settings.min_rounds, self.settings.rounds))

    @property
    def fold(self) -> IntArray:
        """(rows,): which booster has not seen the row's week."""
        week = (self.pairs.target - self.pairs.target.min()).days.to_numpy() // FOLD_DAYS % FOLDS
        return np.broadcast_to(week[None, :, None], self.actual.shape).reshape(-1)

    def roots(self, boosters: list[Correction]) -> FloatArray:
        """The members' roots, each row corrected by the booster that has not seen its week."""
        fold, correction = self.fold, np.zeros(len(self.target))
        matrix = self.features.to_numpy()
        for number, booster in enumerate(boosters):
            correction[fold == number] = booster.predict(matrix[fold == number])
        return member_roots(self.level, correction)


def shape_miss(actual: FloatArray, levelled: FloatArray) -> FloatArray:
    """How far the roots lie apart once the forecast has the total that came, for a day as large as was expected."""
    total = np.nansum(np.where(np.isnan(actual), 0.0, levelled), axis=2)
    growth = np.nansum(actual, axis=2) / np.where(total > 0, total, np.nan)
    scale = np.where(growth > 0, np.sqrt(growth), np.nan)[:, :, None]
    return np.sqrt(actual) / scale - np.sqrt(levelled)


@dataclass
class Forecaster:
    """Trees with their bands: what the bench and the lake's model share."""

    trees: Trees
    bands: Bands

    @classmethod
    def fit(cls, grid: Grid, calendar: Calendar, horizon: int, settings: TreeSettings | None = None) -> Forecaster:
        """Fit on all days of the grid for leads up to `horizon` open days."""
        trees, past = fit_trees(grid, calendar, horizon, settings or TreeSettings())
        if past is None:
            return cls(trees, Bands.without_past(len(grid.series)))
        return cls(trees, Bands.fit(past.forecast, past.actual, past.lead, past.age))

    def forecast(self, history: History, known: int, targets: pd.DatetimeIndex) -> tuple[FloatArray, Pairs]:
        """Medians (series, targets, intervals) of the days that follow the first `known` ones of the history."""
        pairs = pairs_from_origin(history.grid, known, targets)
        return self.trees.forecast(history, pairs), pairs

    def quantiles(self, history: History, known: int, targets: pd.DatetimeIndex, shares: FloatArray) -> FloatArray:
        """(shares, series, targets, intervals) calls."""
        forecast, pairs = self.forecast(history, known, targets)
        return self.bands.quantiles(forecast, pairs.lead, shares)
