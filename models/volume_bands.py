"""How far a call forecast may miss: quantiles and mean from the misses of the past (split conformal, scaled).

On the root scale a miss has the spread sqrt(noise + factor · forecast): count noise, and a factor shared by the day
(overdispersion: Ibrahim et al. 2016, section 2). Misses divided by it are exchangeable enough to take their quantiles,
per series and lead (Vovk et al. 2005; Lei et al. 2018, section 5.2 for the scaling).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from features.intervals import FloatArray, IntArray

LEAD_EDGES = (2, 4, 8, 15)  # lead buckets, in open days: 1, 2-3, 4-7, 8-14, 15 and on
QUANTILE_GRID = np.concatenate([[0.005, 0.0125], np.linspace(0.025, 0.975, 39), [0.9875, 0.995]])
MIN_MISSES = 60  # fewer in a bucket: the series' misses of all leads serve
DEFAULT_SPREAD = (0.5, 0.02)  # without any past: twice a Poisson's noise and a 28 % factor
TRIM = 0.995  # moments leave out the wildest misses, one storm is no bias


@dataclass(frozen=True)
class Bands:
    """spread[s, b] = (noise, factor), misses[s, b] = quantiles of scaled misses at QUANTILE_GRID; b = lead bucket."""

    spread: FloatArray
    misses: FloatArray

    @classmethod
    def without_past(cls, series: int) -> Bands:
        """Wide, normal bands for series that have no past misses."""
        from scipy.special import ndtri

        buckets = len(LEAD_EDGES) + 1
        shape = (series, buckets)
        return cls(np.broadcast_to(DEFAULT_SPREAD, (*shape, 2)), np.broadcast_to(ndtri(QUANTILE_GRID), (*shape, 43)))

    @classmethod
    def fit(cls, forecast: FloatArray, actual: FloatArray, lead: IntArray) -> Bands:
        """From past forecasts and what came, both (series, pairs, intervals), and the lead of each pair."""
        bands = cls.without_past(len(forecast))
        spread, misses = bands.spread.copy(), bands.misses.copy()
        buckets = bucket_of(lead)
        for series in range(len(forecast)):
            for bucket in range(len(LEAD_EDGES) + 1):
                rows = buckets == bucket
                found = _fit_one(forecast[series, rows], actual[series, rows]) or _fit_one(
                    forecast[series], actual[series]
                )
                if found:
                    spread[series, bucket], misses[series, bucket] = found
        return cls(spread, misses)

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
        wide, known = Bands.without_past(len(series)), series >= 0
        spread, misses = wide.spread.copy(), wide.misses.copy()
        spread[known], misses[known] = self.spread[series[known]], self.misses[series[known]]
        return Bands(spread, misses)

    def to_json(self) -> dict[str, Any]:
        """Nested lists."""
        return {"spread": self.spread.tolist(), "misses": self.misses.tolist()}

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> Bands:
        """What `to_json` gave."""
        return cls(np.array(state["spread"], dtype=float), np.array(state["misses"], dtype=float))

    def _scale(self, forecast: FloatArray, bucket: IntArray) -> FloatArray:
        noise, factor = self.spread[:, bucket, 0], self.spread[:, bucket, 1]
        return np.sqrt(noise[..., None] + factor[..., None] * forecast)


def bucket_of(lead: IntArray) -> IntArray:
    """The lead bucket of each pair, 0 for the next open day.

    >>> bucket_of(np.array([1, 2, 7, 28])).tolist()
    [0, 1, 2, 4]
    """
    return np.searchsorted(np.array(LEAD_EDGES), lead, side="right").astype(np.int64)


def _fit_one(forecast: FloatArray, actual: FloatArray) -> tuple[FloatArray, FloatArray] | None:
    known = ~(np.isnan(forecast) | np.isnan(actual))
    if known.sum() < MIN_MISSES:
        return None
    level, miss = forecast[known], np.sqrt(actual[known]) - np.sqrt(forecast[known])
    spread = _spread(level, np.minimum(miss**2, np.quantile(miss**2, TRIM)))
    return spread, np.quantile(miss / np.sqrt(spread[0] + spread[1] * level), QUANTILE_GRID)


def _spread(level: FloatArray, squares: FloatArray) -> FloatArray:
    """Least squares of miss² on (1, level), weighted so that large and small intervals count alike; both > 0."""
    weight = 1.0 / (0.25 + 0.01 * level)
    mean_level, mean_square = np.average(level, weights=weight), np.average(squares, weights=weight)
    variance = np.average((level - mean_level) ** 2, weights=weight)
    covariance = np.average((level - mean_level) * (squares - mean_square), weights=weight)
    factor = min(max(covariance / max(variance, 1e-9), 0.0), mean_square / max(mean_level, 1e-9))
    noise = max(mean_square - factor * mean_level, 0.02 * mean_square, 1e-6)
    return np.array([noise, factor])


def _interpolate(misses: FloatArray, share: float) -> FloatArray:
    """The quantile `share` of grids (…, 43), linear between grid points."""
    right = int(np.clip(np.searchsorted(QUANTILE_GRID, share), 1, len(QUANTILE_GRID) - 1))
    low, high = QUANTILE_GRID[right - 1], QUANTILE_GRID[right]
    weight = np.clip((share - low) / (high - low), 0.0, 1.0)
    return (1 - weight) * misses[..., right - 1] + weight * misses[..., right]
