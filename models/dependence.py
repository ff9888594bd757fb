"""How misses of a forecast move together: within a day, from day to day, and between queues and centres.

The normal score of a cell is e(s, d, k) = sqrt(ρ_s) · g(s, d, k) + sqrt(1 − ρ_s) · own noise, and g is Gaussian with
cov g = queues(s, t) · days(d, d') · intervals(k, l): a day factor that drifts over the day and lives on in the next
ones (Ibrahim et al. 2016, section 3; the factors between queues as in Oreshkin et al. 2016). Both kernels are
level + (1 − level) · fade^distance; queues(s, t) = loadings · loadings' + what is a queue's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import nnls

from features.intervals import FloatArray, IntArray

FACTORS = 2  # shared by queues
FADES = np.concatenate([np.linspace(0.0, 0.9, 10), np.linspace(0.91, 0.99, 9)])
LONG_LEAD = (
    7  # open days; from there on the misses of successive days, though seen a day apart, are those of one origin
)
MIN_DAYS = 20
MOST = 0.98  # of a variance is shared at most
LASTING = 0.15  # at least so much of a day factor lives on: weeks left out in turn hide a lasting change of level


@dataclass(frozen=True)
class Kernel:
    """Correlation over a distance: level + (1 − level) · fade^distance."""

    level: float
    fade: float

    def matrix(self, size: int) -> FloatArray:
        """(size, size) correlations of positions 0, 1, …"""
        distance = np.abs(np.subtract.outer(np.arange(size), np.arange(size)))
        return self.level + (1 - self.level) * np.power(self.fade, distance)


UNKNOWN_DAY, UNKNOWN_DAYS = Kernel(0.3, 0.9), Kernel(0.1, 0.5)
UNKNOWN_SHARED, UNKNOWN_LOADING = 0.6, 0.7  # the middle of measured centres, for queues without a past


@dataclass(frozen=True)
class Dependence:
    """shared (series,) = ρ; loadings (series, factors), rows at most 1 long; kernels in intervals and open days."""

    shared: FloatArray
    loadings: FloatArray
    intervals: Kernel
    days: Kernel

    @classmethod
    def without_past(cls, series: int) -> Dependence:
        """What other centres were like."""
        loadings = np.zeros((series, FACTORS))
        loadings[:, 0] = UNKNOWN_LOADING
        return cls(np.full(series, UNKNOWN_SHARED), loadings, UNKNOWN_DAY, UNKNOWN_DAYS)

    @classmethod
    def fit(cls, scores: FloatArray, width: FloatArray, lead: IntArray) -> Dependence:
        """From normal scores (series, pairs, intervals) of held-out days; pairs of one lead follow their days.

        `width` is what a score is worth in calls: intervals count by it, so that the spread of day totals is met.
        """
        series = len(scores)
        if scores.shape[1] < MIN_DAYS:
            return cls.without_past(series)
        weight = np.where(np.isnan(scores), 0.0, width)
        weight = weight / np.maximum(weight.mean(axis=(1, 2), keepdims=True), 1e-9)
        weighted = np.nan_to_num(scores) * weight
        shared, intervals = _fit_kernel(_lag_correlations(weighted, weight))
        mean, own = _day_means(weighted, weight), _within_day(weighted, weight)
        usual = max(_mean_known(own), 1e-9)
        rho = np.clip(shared * np.where(np.isnan(own), 1.0, own / usual), 0.01, MOST)
        return cls(rho, _loadings(mean, own), intervals, _day_kernel(mean, usual, lead))

    def rows(self, series: IntArray) -> Dependence:
        """Of some series by row; -1 = one without a past, like the mean of the others."""
        known = series >= 0
        shared = np.where(known, self.shared[series.clip(0)], self.shared.mean())
        loadings = np.where(known[:, None], self.loadings[series.clip(0)], self.loadings.mean(axis=0))
        return Dependence(shared, loadings, self.intervals, self.days)

    @property
    def own(self) -> FloatArray:
        """(series,) the part of g that no factor shares."""
        return np.clip(1 - (self.loadings**2).sum(axis=1), 0.0, 1.0)

    def to_json(self) -> dict[str, Any]:
        """Plain lists and numbers."""
        kernels = [[kernel.level, kernel.fade] for kernel in (self.intervals, self.days)]
        return {"shared": self.shared.tolist(), "loadings": self.loadings.tolist(), "kernels": kernels}

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> Dependence:
        """What `to_json` gave."""
        shared, loadings = np.array(state["shared"], float), np.array(state["loadings"], float)
        return cls(shared, loadings.reshape(-1, FACTORS), *(Kernel(*kernel) for kernel in state["kernels"]))


def _lag_correlations(weighted: FloatArray, weight: FloatArray) -> FloatArray:
    """(lags,) mean product of two cells of a day that lie 1, 2, … apart."""
    lags = range(1, weight.shape[2])
    sums = [[(x[..., :-lag] * x[..., lag:]).sum() for x in (weighted, weight)] for lag in lags]
    return np.array([product / counted if counted > 0 else np.nan for product, counted in sums])


def _fit_kernel(correlation: FloatArray) -> tuple[float, Kernel]:
    """The share and the kernel whose products are nearest to correlations at distance 1, 2, …; NaN = not known."""
    lag = np.arange(1, len(correlation) + 1)
    known = ~np.isnan(correlation)
    weight = np.sqrt((len(correlation) + 1.0 - lag)[known])
    best, found = np.inf, (0.0, 0.0, 0.0)
    for fade in FADES:
        columns = np.stack([np.ones(known.sum()), fade ** lag[known]], axis=1)
        (level, part), miss = nnls(columns * weight[:, None], correlation[known] * weight)
        if miss < best:
            best, found = miss, (level, part, float(fade))
    level, part, fade = found
    share = level + part
    return float(np.clip(share, 0.01, MOST)), Kernel(level / share if share > 0 else 0.0, fade)


def _day_means(weighted: FloatArray, weight: FloatArray) -> FloatArray:
    """(series, pairs) mean score of a day, NaN where nothing is known of it."""
    known = weight.sum(axis=2)
    return np.where(known > 0, weighted.sum(axis=2) / np.where(known > 0, known, 1.0), np.nan)


def _within_day(weighted: FloatArray, weight: FloatArray) -> FloatArray:
    """(series,) mean product of two different intervals of a day."""
    products, counted = ((x.sum(axis=2) ** 2 - (x**2).sum(axis=2)).sum(axis=1) for x in (weighted, weight))
    return np.where(counted > 0, products / np.where(counted > 0, counted, 1.0), np.nan)


def _loadings(mean: FloatArray, own: FloatArray) -> FloatArray:
    """The first factors of what the day means of two series share, against what a day's intervals share (`own`)."""
    series = len(mean)
    loadings = np.zeros((series, FACTORS))
    if series == 1:
        return loadings
    known, filled = (~np.isnan(mean)).astype(float), np.nan_to_num(mean)
    together = filled @ filled.T / np.maximum(known @ known.T, 1.0)
    scale = np.sqrt(np.maximum(np.nan_to_num(own), 1e-6))
    correlation = np.clip(together / np.outer(scale, scale), -MOST, MOST)
    np.fill_diagonal(correlation, 1.0)
    values, vectors = np.linalg.eigh(correlation)
    used = min(FACTORS, series - 1)
    loadings[:, :used] = vectors[:, ::-1][:, :used] * np.sqrt(np.maximum(values[::-1][:used], 0.0))
    length = np.sqrt((loadings**2).sum(axis=1, keepdims=True))
    return loadings * np.minimum(1.0, np.sqrt(MOST) / np.maximum(length, 1e-12))


def _day_kernel(mean: FloatArray, within: float, lead: IntArray) -> Kernel:
    """From the day means of a long lead with enough days, against what the intervals of one day share (`within`)."""
    enough = [one for one in np.unique(lead) if (lead == one).sum() >= MIN_DAYS]
    if not enough:
        return UNKNOWN_DAYS
    long = [one for one in enough if one >= LONG_LEAD][:1] or enough[-1:]
    rows = mean[:, lead == long[0]]
    lags = np.arange(1, min(rows.shape[1] // 3, 28) + 1)
    correlation = np.array([_mean_known(rows[:, :-lag] * rows[:, lag:]) for lag in lags]) / within
    return _fit_days(np.clip(np.nan_to_num(correlation), 0.0, MOST), lags)


def _fit_days(correlation: FloatArray, lag: IntArray) -> Kernel:
    """Least squares of level + (1 − level) · fade^lag, near days counting most."""
    weight, best, found = 1.0 / lag, np.inf, UNKNOWN_DAYS
    for fade in FADES:
        power = fade**lag
        level = float(np.average((correlation - power) * (1 - power), weights=weight))
        level = float(np.clip(level / np.average((1 - power) ** 2, weights=weight), LASTING, MOST))
        miss = float((weight * (level + (1 - level) * power - correlation) ** 2).sum())
        if miss < best:
            best, found = miss, Kernel(level, float(fade))
    return found


def _mean_known(values: FloatArray) -> float:
    known = ~np.isnan(values)
    return float(values[known].mean()) if known.any() else np.nan
