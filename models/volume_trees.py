"""The learner of the call forecast: a line and LightGBM over all series, seen from many origins.

It predicts how far the root of the calls will lie from the root of the six-week same-weekday average, weighted so that
the absolute error in calls is what counts. Where the history is too short to learn from, that average stands alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from features.block_level import LevelVariances
from features.calendar import FAR_DAYS
from features.intervals import FloatArray, Grid, IntArray
from features.levelled import Level, Levelled
from features.one_thread import one_thread
from features.origins import Calendar, Pairs, pairs_from_origin
from features.volume_history import History
from models.volume_bands import Bands
from models.volume_blend import DEFAULT, blend_weights, blended
from models.volume_correction import Correction
from models.volume_learning import FOLDS, Task, TreeSettings, member_roots, training_pairs

MIN_TRAINING_DAYS = 20
TOGETHER = 50  # series whose day levels are in memory at a time: 0.1 GB for 280 days, 0.9 GB for two years
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
        return np.concatenate([self._forecast(seen, pairs) for seen in self._groups(history)])

    def causes(self, history: History, pairs: Pairs) -> dict[str, FloatArray]:
        """The forecast in parts that add up to it: what each cause changes when it is switched off, one after another.

        `normal` is what is left: the load of an ordinary day in the middle of the month.
        """
        if self.variances is None:
            base = history.base(pairs)
            return {"normal": base} | {cause: np.where(np.isnan(base), np.nan, 0.0) for cause in NEUTRAL}
        groups = [self._causes(seen, pairs) for seen in self._groups(history)]
        return {cause: np.concatenate([parts[cause] for parts in groups]) for cause in groups[0]}

    def _groups(self, history: History) -> Iterator[Levelled]:
        """The levelled forecasts of TOGETHER series at a time; kept where that is all of them."""
        if len(history.codes) <= TOGETHER:
            yield self.levelled(history)
        else:
            yield from levelled_groups(history, self.variances)

    def _forecast(self, seen: Levelled, pairs: Pairs) -> FloatArray:
        level = seen.level(pairs)
        return self._blended(seen, pairs, level, seen.features(pairs, level))

    def _causes(self, seen: Levelled, pairs: Pairs) -> dict[str, FloatArray]:
        off, neutral = set[str](), dict[str, float]()
        left, parts = self._forecast(seen, pairs), dict[str, FloatArray]()
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
    groups = levelled_groups(History(grid, calendar), variances)
    task = Task.joined([Task.of(seen, pairs, settings) for seen in groups])
    boosters = [task.fit(task.fold != number) for number in range(FOLDS)]
    roots = task.roots(boosters)
    weights = blend_weights(roots, task.actual, pairs.lead)
    age = (grid.days[-1] - pairs.target).days.to_numpy().astype(np.int64)
    past = PastForecasts(blended(roots, weights, pairs.lead), task.actual, pairs.lead, age)
    return Trees(calendar, boosters, variances, weights), past


def levelled_groups(history: History, variances: LevelVariances | None) -> Iterator[Levelled]:
    """The levelled forecasts of TOGETHER series at a time, in order; only one group's are held."""
    if variances is None:
        raise ValueError("without variances there is no levelled forecast")
    for first in range(0, len(history.codes), TOGETHER):
        yield Levelled(history.part(slice(first, first + TOGETHER)), variances)


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
