"""How far a call forecast may miss: quantiles and mean from the misses of the past (split conformal, scaled, weighted).

On the root scale a miss has the spread sqrt(noise + factor · forecast), times what is usual at that time of day: count
noise, and a factor shared by the day (overdispersion: Ibrahim et al. 2016, section 2). Misses divided by it are
exchangeable enough to take their quantiles per series and lead (Vovk et al. 2005; Lei et al. 2018, section 5.2), recent
ones counting more, since calm and wild seasons follow each other (weighted conformal: Barber et al. 2023, section 4).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from features.intervals import BoolArray, FloatArray, IntArray
from features.origins import LEAD_EDGES, bucket_of

QUANTILE_GRID = np.concatenate([[0.005, 0.0125], np.linspace(0.025, 0.975, 39), [0.9875, 0.995]])
MIN_MISSES = 60  # fewer in a bucket: the series' misses of all leads serve
DEFAULT_SPREAD = (0.5, 0.02)  # without any past: twice a Poisson's noise and a 28 % factor
TRIM = 0.995  # moments leave out the wildest misses, one storm is no bias
HALF_LIFE_DAYS = 30  # after which a miss counts half
NEAR = 3  # intervals on each side that share their spread
WILDEST = 3.0  # standard errors; a wilder miss counts as one so wild in the spread of a time of day
TYPICAL_MISSES = 200  # a time of day with fewer leans on the whole day's spread


@dataclass(frozen=True)
class Bands:
    """spread[s, b] = (noise, factor), misses[s, b] = quantiles of scaled misses at QUANTILE_GRID; b = lead bucket.

    by_time[s, k] = how much wider than its day a time of day is; one column where all are alike.
    """

    spread: FloatArray
    misses: FloatArray
    by_time: FloatArray

    @classmethod
    def without_past(cls, series: int, intervals: int = 1) -> Bands:
        """Wide, normal bands for series that have no past misses."""
        from scipy.special import ndtri

        buckets = len(LEAD_EDGES) + 1
        misses = np.broadcast_to(ndtri(QUANTILE_GRID), (series, buckets, len(QUANTILE_GRID)))
        spread = np.broadcast_to(DEFAULT_SPREAD, (series, buckets, 2))
        return cls(spread, misses, np.ones((series, intervals)))

    @classmethod
    def fit(cls, forecast: FloatArray, actual: FloatArray, lead: IntArray, age: IntArray | None = None) -> Bands:
        """From past forecasts and what came, (series, pairs, intervals) both; lead and age in days of each pair."""
        bands = cls.without_past(*forecast.shape[::2])
        bands = cls(bands.spread.copy(), bands.misses.copy(), bands.by_time.copy())
        recency = np.ones(len(lead)) if age is None else 0.5 ** (age / HALF_LIFE_DAYS)
        for series in range(len(forecast)):
            past = _Misses.of(forecast[series], actual[series], recency)
            if len(past.miss) >= MIN_MISSES:
                bands._take(series, past, bucket_of(lead))
        return bands

    def _take(self, series: int, past: _Misses, buckets: IntArray) -> None:
        self.by_time[series] = past.by_time(self.by_time.shape[1])
        for bucket in range(len(LEAD_EDGES) + 1):
            own = past.part(buckets[past.pair] == bucket)
            used = own if len(own.miss) >= MIN_MISSES else past
            self.spread[series, bucket], self.misses[series, bucket] = used.scaled(self.by_time[series])

    def quantiles(self, forecast: FloatArray, lead: IntArray, at: FloatArray) -> FloatArray:
        """(quantiles, series, pairs, intervals): never negative, never crossing."""
        bucket = bucket_of(lead)
        levels = np.stack([_interpolate(self.misses[:, bucket], share) for share in at])
        root = np.sqrt(forecast) + levels[..., None] * self._scale(forecast, bucket)
        return np.maximum(root, 0.0) ** 2

    def mean(self, forecast: FloatArray, lead: IntArray) -> FloatArray:
        """The expected count: E (root + miss)², over the misses of the past."""
        bucket = bucket_of(lead)
        inner = self.misses[:, bucket, 1:-1]
        root, scale = np.sqrt(forecast)[..., None], self._scale(forecast, bucket)[..., None]
        return (np.maximum(root + scale * inner[:, :, None, :], 0.0) ** 2).mean(axis=-1)

    def rows(self, series: IntArray) -> Bands:
        """The bands of some series, by row; -1 = a series without any past."""
        wide, known = Bands.without_past(len(series), self.by_time.shape[1]), (series >= 0)[:, None]
        if not len(self.spread):
            return wide
        spread, misses, by_time = (part[series.clip(0)] for part in (self.spread, self.misses, self.by_time))
        return Bands(
            np.where(known[..., None], spread, wide.spread),
            np.where(known[..., None], misses, wide.misses),
            np.where(known, by_time, wide.by_time),
        )

    def to_json(self) -> dict[str, Any]:
        """Nested lists."""
        return {name: part.tolist() for name, part in vars(self).items()}

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> Bands:
        """What `to_json` gave."""
        return cls(*(np.array(state[name], dtype=float) for name in ("spread", "misses", "by_time")))

    def _scale(self, forecast: FloatArray, bucket: IntArray) -> FloatArray:
        noise, factor = self.spread[:, bucket, 0], self.spread[:, bucket, 1]
        return np.asarray(np.sqrt(noise[..., None] + factor[..., None] * forecast) * self.by_time[:, None])


@dataclass(frozen=True)
class _Misses:
    """Past misses of one series on the root scale, one entry each."""

    level: FloatArray
    miss: FloatArray
    weight: FloatArray
    pair: IntArray
    interval: IntArray

    @classmethod
    def of(cls, forecast: FloatArray, actual: FloatArray, recency: FloatArray) -> _Misses:
        pair, interval = np.nonzero(~(np.isnan(forecast) | np.isnan(actual)))
        level, came = forecast[pair, interval], actual[pair, interval]
        return cls(level, np.sqrt(came) - np.sqrt(level), recency[pair], pair, interval)

    def part(self, rows: BoolArray) -> _Misses:
        return _Misses(*(values[rows] for values in vars(self).values()))

    def spread(self) -> FloatArray:
        """(noise, factor), both > 0, by least squares of miss² on (1, level), large and small intervals alike."""
        squares = np.minimum(self.miss**2, np.quantile(self.miss**2, TRIM))
        weight = self.weight / (0.25 + 0.01 * self.level)
        mean_level, mean_square = np.average(self.level, weights=weight), np.average(squares, weights=weight)
        variance = np.average((self.level - mean_level) ** 2, weights=weight)
        covariance = np.average((self.level - mean_level) * (squares - mean_square), weights=weight)
        factor = min(max(covariance / max(variance, 1e-9), 0.0), mean_square / max(mean_level, 1e-9))
        return np.array([max(mean_square - factor * mean_level, 0.02 * mean_square, 1e-6), factor])

    def by_time(self, intervals: int) -> FloatArray:
        """(intervals,): the spread of each time of day and its neighbours over that of the day."""
        noise, factor = self.spread()
        squares = np.minimum(self.miss**2 / (noise + factor * self.level), WILDEST**2)
        near = np.ones(2 * min(NEAR, (intervals - 1) // 2) + 1)
        seen = np.convolve(np.bincount(self.interval, self.weight, intervals), near, "same")
        total = np.convolve(np.bincount(self.interval, self.weight * squares, intervals), near, "same")
        whole = max(float(np.average(squares, weights=self.weight)), 1e-9)
        return np.asarray(np.sqrt((total / whole + TYPICAL_MISSES) / (seen + TYPICAL_MISSES)))

    def scaled(self, by_time: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The spread, and the quantiles of the misses over it."""
        noise, factor = self.spread()
        scale = np.sqrt(noise + factor * self.level) * by_time[self.interval]
        return np.array([noise, factor]), _weighted_quantiles(self.miss / scale, self.weight)


def _weighted_quantiles(values: FloatArray, weight: FloatArray) -> FloatArray:
    """At QUANTILE_GRID, linear between the middles of the weights."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weight[order]) - 0.5 * weight[order]
    return np.interp(QUANTILE_GRID, reached / weight.sum(), values[order])


def _interpolate(misses: FloatArray, share: float) -> FloatArray:
    """The quantile `share` of grids (…, 43), linear between grid points."""
    right = int(np.clip(np.searchsorted(QUANTILE_GRID, share), 1, len(QUANTILE_GRID) - 1))
    low, high = QUANTILE_GRID[right - 1], QUANTILE_GRID[right]
    weight = np.clip((share - low) / (high - low), 0.0, 1.0)
    return (1 - weight) * misses[..., right - 1] + weight * misses[..., right]
