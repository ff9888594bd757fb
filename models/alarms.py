"""When a day leaves its band: two intervals in a row with more calls, or fewer, than the day so far lets expect.

The calls of both together are held against those expected before the first of them (the forecast, moved by what every
queue's day has shown so far): the score is the tail of a negative binomial count (Ibrahim et al. 2016, section 2), as
a normal score. How calls vary about what was expected, and the limit that a score must pass, are learned from held-out
days of all series together: no more of those days may pass it than false alarms are wanted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import nnls
from scipy.special import ndtri
from scipy.stats import nbinom

from features.intervals import FloatArray, IntArray
from models.day_update import DayUpdate, scores_of
from models.dependence import Dependence
from models.miss_scores import calls_at, normal_scores

FALSE_ALARMS_A_MONTH = (0.25, 0.10)  # per queue in a centre: of more, of fewer calls; below one with areas and levels
ONE_SIDE = 0.5  # standard deviations that each of the two intervals must lie on that side
DAYS_A_MONTH = 30.4
NEVER = 99.0  # a limit that no score reaches
POISSON = (1.0, 0.02)  # of a series without a past: an interval's own noise of a seventh beside the count's
TRIM = 0.99  # the wildest misses say nothing of ordinary ones
FEWEST_CALLS = 0.5  # expected of two intervals: below, nothing is learned from them
SMALLEST_TAIL = 1e-200


@dataclass(frozen=True)
class AlarmBand:
    """By series: `ratio` of the calls that come to those expected; `spread` (series, 2), see `variance`.

    `limit` (2,): what the score of two intervals must reach, upward and downward.
    """

    ratio: FloatArray
    spread: FloatArray
    limit: FloatArray

    @classmethod
    def without_past(cls, series: int) -> AlarmBand:
        """No alarm where nothing is known."""
        return cls(np.ones(series), np.tile(POISSON, (series, 1)), np.full(2, NEVER))

    @classmethod
    def fit(cls, curves: FloatArray, came: FloatArray, dependence: Dependence) -> AlarmBand:
        """From held-out days: curves (scores, series, days, intervals) and the calls that came (series, days, …)."""
        two = _Twos.of(curves, came, dependence)
        ratio = np.array([_ratio(c, e) for c, e in zip(two.came, two.expected, strict=True)])
        pairs = zip(two.came, two.expected * ratio[:, None, None, None], strict=True)
        spread = np.array([_spread(c.sum(axis=-1), e.sum(axis=-1)) for c, e in pairs])
        plain = cls(ratio, spread, np.full(2, NEVER))
        highest = np.nan_to_num(plain.scores(two), nan=-NEVER).max(axis=3)  # (2, series, days)
        return cls(ratio, spread, np.array([_limit(*one) for one in zip(highest, FALSE_ALARMS_A_MONTH, strict=True)]))

    def scores(self, two: _Twos) -> FloatArray:
        """(2, series, days, intervals) scores upward and downward; -NEVER where one interval is not on that side."""
        expected = two.expected * self.ratio[:, None, None, None]
        apart = (two.came - expected) / np.sqrt(self.variance(expected) + 1e-9)
        whole, told = np.round(two.came.sum(axis=-1)), expected.sum(axis=-1)
        scores = _tails(whole, told, self.variance(told[..., None])[..., 0])
        sides = np.stack([apart.min(axis=-1), -apart.max(axis=-1)])
        return np.where(np.isnan(scores), np.nan, np.where(sides > ONE_SIDE, scores, -NEVER))

    def variance(self, expected: FloatArray) -> FloatArray:
        """Of counts whose expectation is (series, days, intervals, …): spread[0] · calls + spread[1] · calls²."""
        count, share = self.spread[:, 0, None, None, None], self.spread[:, 1, None, None, None]
        return np.asarray(count * expected + share * expected**2)

    def rows(self, series: IntArray) -> AlarmBand:
        """Of some series by row; -1 = one without a past, like the widest of the others."""
        if not len(self.ratio):
            return AlarmBand.without_past(len(series))
        known, row = series >= 0, series.clip(0)
        spread = np.where(known[:, None], self.spread[row], self.spread.max(axis=0))
        return AlarmBand(np.where(known, self.ratio[row], 1.0), spread, self.limit)

    def to_json(self) -> dict[str, Any]:
        """Plain lists."""
        return {name: part.tolist() for name, part in vars(self).items()}

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> AlarmBand:
        """What `to_json` gave."""
        ratio, spread, limit = (np.array(state[name], dtype=float) for name in ("ratio", "spread", "limit"))
        return cls(ratio, spread.reshape(-1, 2), limit)


@dataclass(frozen=True)
class _Twos:
    """Each interval with the one before it: what came of both, what was expected before them; NaN = not reported.

    Arrays (series, days, intervals, 2).
    """

    came: FloatArray
    expected: FloatArray

    @classmethod
    def of(cls, curves: FloatArray, came: FloatArray, dependence: Dependence) -> _Twos:
        scores = np.moveaxis(normal_scores(curves, came), 1, 2)
        both = np.full((2, *came.shape, 2), np.nan)
        for interval in range(1, came.shape[2]):
            two = slice(interval - 1, interval + 1)
            before = np.moveaxis(expected_scores(scores, dependence, interval - 1)[:, two], 1, 2)
            both[0, :, :, interval], both[1, :, :, interval] = came[..., two], expected_calls(curves[..., two], before)
        both[:, np.isnan(both).any(axis=(0, 4))] = np.nan
        return cls(*both)


def departures(curves: FloatArray, came: FloatArray, band: AlarmBand, dependence: Dependence) -> FloatArray:
    """(2, series, days, intervals): how far an interval and the one before it lie above, and below, what was expected.

    curves (scores, series, days, intervals), came (series, days, intervals), NaN = not reported. NaN beside a gap and
    at the first interval; a score is to be held against `band.limit`.
    """
    return band.scores(_Twos.of(curves, came, dependence))


def expected_calls(curves: FloatArray, scores: FloatArray) -> FloatArray:
    """Calls at scores of any shape; curves have the grid's scores in front of that shape."""
    return calls_at(curves.reshape(len(curves), -1), scores.reshape(-1)).reshape(scores.shape)


def expected_scores(scores: FloatArray, dependence: Dependence, until: int) -> FloatArray:
    """(series, intervals, days) expected scores of all intervals, from those before the interval `until`.

    An interval counts as reported where any day has it: a single missing one is taken as expected.
    """
    before = np.arange(scores.shape[1]) < until
    seen = before & ~np.isnan(scores).all(axis=2)
    if not seen.any():
        return np.zeros_like(scores)
    return scores_of(dependence, DayUpdate.of(dependence, seen).answer(np.nan_to_num(scores)))


def _tails(came: FloatArray, expected: FloatArray, variance: FloatArray) -> FloatArray:
    """(2, …) normal scores of the mid-probabilities of so many calls or more, and of so few or fewer."""
    variance = np.maximum(variance, expected * 1.001 + 1e-9)
    size, chance = expected**2 / (variance - expected), expected / variance
    here = nbinom.pmf(came, size, chance) / 2
    tails = np.stack([nbinom.sf(came, size, chance), nbinom.cdf(came - 1, size, chance)]) + here
    return np.asarray(-ndtri(np.clip(tails, SMALLEST_TAIL, 1.0 - 1e-12)))


def _ratio(came: FloatArray, expected: FloatArray) -> float:
    told = np.nansum(expected)
    return float(np.nansum(came) / told) if told > 0 else 1.0


def _spread(came: FloatArray, expected: FloatArray) -> tuple[float, float]:
    """Least squares of squared misses on calls and calls², each counting by its own size."""
    known = ~np.isnan(came) & (np.nan_to_num(expected) > FEWEST_CALLS)
    if known.sum() < 2 * len(POISSON):
        return POISSON
    miss, told = (came - expected)[known] ** 2, expected[known]
    size = told + POISSON[1] * told**2
    used = miss / size <= np.quantile(miss / size, TRIM)
    (count, share), _ = nnls(np.stack([told / size, told**2 / size], axis=1)[used], (miss / size)[used])
    return max(float(count), POISSON[0]), float(share)


def _limit(highest: FloatArray, wanted: float) -> float:
    """The score that the days of all series (series, days) pass as often as alarms are wanted per series and month."""
    allowed = wanted * highest.size / DAYS_A_MONTH
    return float(np.quantile(highest, 1 - allowed / highest.size)) if allowed >= 1 else NEVER
