"""When a day leaves its band: two intervals in a row beyond what the day so far, and all queues' days, let expect.

Both are judged by what was known before the first of them, each must lie clearly on the same side, and together they
must pass a limit that is learned per series from held-out days: quiet days raise an alarm no more often than wanted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from features.intervals import FloatArray, IntArray
from models.day_update import DayUpdate, scores_of
from models.dependence import Dependence

FALSE_ALARMS_A_MONTH = 0.8  # per series, on held-out days; on later days 0.8 gave 0.3 and 1.5 gave 1.7 (two operators)
ONE_SIDE = 0.5  # a score that is clearly on one side: beyond the middle 38 %
DAYS_A_MONTH = 30.4
WIDEST = 9.0


@dataclass(frozen=True)
class AlarmBand:
    """limit (series, 2): what the scores of two intervals in a row must reach together, upward and downward."""

    limit: FloatArray

    @classmethod
    def without_past(cls, series: int) -> AlarmBand:
        """No alarm where nothing is known."""
        return cls(np.full((series, 2), WIDEST))

    @classmethod
    def fit(cls, scores: FloatArray, dependence: Dependence) -> AlarmBand:
        """From scores (series, days, intervals) of held-out days, each told one day ahead."""
        days = scores.shape[1]
        allowed = FALSE_ALARMS_A_MONTH / 2 * days / DAYS_A_MONTH
        if allowed < 1:
            return cls.without_past(len(scores))
        beyond = departures(np.moveaxis(scores, 1, 2), dependence)
        highest = np.nan_to_num(beyond, nan=-WIDEST).max(axis=2)  # (2, series, days)
        limit = np.quantile(highest, 1 - allowed / days, axis=2)
        return cls(np.maximum(limit.T, ONE_SIDE))

    def rows(self, series: IntArray) -> AlarmBand:
        """Of some series by row; -1 = one without a past, like the widest of the others."""
        if not len(self.limit):
            return AlarmBand.without_past(len(series))
        known = (series >= 0)[:, None]
        return AlarmBand(np.where(known, self.limit[series.clip(0)], self.limit.max(axis=0)))

    def to_json(self) -> dict[str, Any]:
        """Plain lists."""
        return {"limit": self.limit.tolist()}

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> AlarmBand:
        """What `to_json` gave."""
        return cls(np.array(state["limit"], dtype=float).reshape(-1, 2))


def departures(scores: FloatArray, dependence: Dependence) -> FloatArray:
    """(2, series, intervals, days): scores of an interval and the one before beyond expectation, up and down, summed.

    -WIDEST where they do not both lie clearly on that side.

    scores (series, intervals, days), NaN = not reported. Before the second interval, and beside a gap, NaN.
    """
    found = np.full((2, *scores.shape), np.nan)
    for interval in range(1, scores.shape[1]):
        two = slice(interval - 1, interval + 1)
        pair = scores[:, two] - expected_scores(scores, dependence, interval - 1)[:, two]
        for row, side in enumerate((pair, -pair)):
            beyond = np.where(side.min(axis=1) > ONE_SIDE, side.sum(axis=1), -WIDEST)
            found[row, :, interval] = np.where(np.isnan(pair).any(axis=1), np.nan, beyond)
    return found


def expected_scores(scores: FloatArray, dependence: Dependence, until: int) -> FloatArray:
    """(series, intervals, days) expected scores of all intervals, from those before the interval `until`.

    An interval counts as reported where any day has it: a single missing one is taken as expected.
    """
    before = np.arange(scores.shape[1]) < until
    seen = before & ~np.isnan(scores).all(axis=2)
    if not seen.any():
        return np.zeros_like(scores)
    return scores_of(dependence, DayUpdate.of(dependence, seen).answer(np.nan_to_num(scores)))
