"""What the level and the calendar say about a coming day's total: a Gaussian process over the days of each series.

log(total + 1) is a sum of independent parts: the weekday, a level that wanders and falls back (three speeds: a damped
level, Taylor 2008), the place in the month, holidays and their neighbours, days after a closure. Each part has a
variance, estimated per series by marginal likelihood (Rasmussen & Williams 2006, section 5.4) near a prior.

The Cholesky factor of the first n days is the first n rows of that of all days. So one factor gives what was expected
of any day at any origin, without later days: the expectation after n days is the n-th cumulative sum of one product.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from features.day_kernels import PARTS, DayTable
from features.intervals import BoolArray, FloatArray, Grid, IntArray
from features.origins import Calendar, Pairs

PRIOR = np.array([*PARTS.values(), 0.01])  # variance of each part, and of a day's own noise, in squared log units
PRIOR_SD = 1.2  # of the log of a variance
ANY_LEVEL = 100.0  # variance of the unknown mean: no opinion
MAX_LOG = 20.0  # no day has more calls than its exponential
CLOSED = 1e6  # noise of a day that a series has no count for
FIT_DAYS = 280  # the newest days that the variances are estimated from
OUTLIER = 2.5  # standard errors; a day further off is trusted as little as makes it so
SHIFT_DAYS = 4  # so many outliers in a row, all above or all below, are no outliers but a new level
ROUNDS = 3  # of estimating, the outliers of one left out of the next


@dataclass(frozen=True)
class DayVariances:
    """parts (series, parts of PRIOR); usual_gap (7,): calendar days since the open day before, by weekday."""

    parts: FloatArray
    usual_gap: FloatArray

    @classmethod
    def fit(cls, grid: Grid, calendar: Calendar) -> DayVariances:
        """Those of every series of the grid, from its newest days."""
        gaps = day_gaps(grid.days)
        usual = _usual_gap(grid.days, gaps)
        newest = slice(max(len(grid.days) - FIT_DAYS, 0), None)
        kernels = DayTable.of(grid.days[newest], gaps[newest], usual, calendar).kernels()
        logs, noise = observed(grid.counts[:, newest])
        found = [_estimated(y, known, kernels) for y, known in zip(logs, noise, strict=True)]
        return cls(np.stack(found), usual)

    def rows(self, series: IntArray) -> DayVariances:
        """Those of some series; the prior for -1 = never seen."""
        return DayVariances(np.where((series >= 0)[:, None], self.parts[series.clip(0)], PRIOR), self.usual_gap)

    def to_json(self) -> dict[str, Any]:
        """Nested lists."""
        return {"parts": self.parts.tolist(), "usual_gap": self.usual_gap.tolist()}

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> DayVariances:
        """What `to_json` gave."""
        return cls(np.array(state["parts"], dtype=float), np.array(state["usual_gap"], dtype=float))


class DayLevel:
    """What was expected of any day at any origin, on one grid."""

    def __init__(self, grid: Grid, calendar: Calendar, variances: DayVariances) -> None:
        self.grid, self.calendar, self.variances = grid, calendar, variances
        self._past = DayTable.of(grid.days, day_gaps(grid.days), variances.usual_gap, calendar)
        kernels = self._past.kernels()
        logs, noise = observed(grid.counts)
        settled = [_settled(y, own, kernels, parts) for y, own, parts in zip(logs, noise, variances.parts, strict=True)]
        self._solved = [solved for solved, _ in settled]
        self.outlying = np.stack([extra > 0 for _, extra in settled])  # (series, days): far off what was expected

    def expected(self, pairs: Pairs, without: Collection[str] = ()) -> FloatArray:
        """(series, pairs): calls of the whole day, by their median; as if the parts in `without` had no effect."""
        kept = np.array([part not in without for part in [*PARTS, "noise"]])
        days, first, row = np.unique(pairs.target, return_index=True, return_inverse=True)
        targets = DayTable.of(
            pd.DatetimeIndex(days), pairs.gap_days[first].astype(float), self.variances.usual_gap, self.calendar
        )
        across = self._past.kernels(targets)
        logs = [
            solved.expected(_covariance(across, parts * kept))[pairs.known - 1, row]
            for solved, parts in zip(self._solved, self.variances.parts, strict=True)
        ]
        return np.maximum(np.expm1(np.stack(logs).clip(max=MAX_LOG)), 0.0)


@dataclass(frozen=True)
class _Solved:
    """The factor of the covariance of a series' days, and its innovations (L⁻¹ y): each row needs the rows before."""

    factor: FloatArray
    innovations: FloatArray

    @classmethod
    def of(cls, y: FloatArray, covariance: FloatArray, noise: FloatArray) -> _Solved:
        from scipy.linalg import cholesky, solve_triangular

        factor = cholesky(covariance + np.diag(noise), lower=True)
        return cls(factor, solve_triangular(factor, y, lower=True))

    def expected(self, across: FloatArray) -> FloatArray:
        """(days known, targets): the mean of their log totals after each day; `across`: covariance with the past."""
        from scipy.linalg import solve_triangular

        shared = solve_triangular(self.factor, across, lower=True)
        return np.asarray(np.cumsum(shared * self.innovations[:, None], axis=0))


def observed(counts: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(series, days): log(total + 1), and the variance that a Poisson count of that size has on this scale."""
    total, closed = np.nansum(counts, axis=2), np.isnan(counts).all(axis=2)
    return np.log1p(total), np.where(closed, CLOSED, 1.0 / (total + 1.0))


def day_gaps(days: pd.DatetimeIndex) -> FloatArray:
    """Calendar days since the open day before; 1 for the first."""
    return np.diff(days.to_numpy(), prepend=(days[:1] - pd.Timedelta(days=1)).to_numpy()) / np.timedelta64(1, "D")


def _usual_gap(days: pd.DatetimeIndex, gaps: FloatArray) -> FloatArray:
    """(7,): the median gap before each weekday; 1 for weekdays that were never open."""
    medians = pd.Series(gaps).groupby(days.weekday.to_numpy()).median()
    return np.asarray(medians.reindex(range(7)).fillna(1.0), dtype=np.float64)


def _covariance(kernels: FloatArray, parts: FloatArray) -> FloatArray:
    return np.tensordot(parts[:-1], kernels, axes=1) + ANY_LEVEL


def _settled(y: FloatArray, noise: FloatArray, kernels: FloatArray, parts: FloatArray) -> tuple[_Solved, FloatArray]:
    """The days solved with outliers trusted less, and the noise (days,) that was added to them."""
    covariance = _covariance(kernels, parts)
    extra = _outlying(y, covariance, noise + parts[-1])
    return _Solved.of(y, covariance, noise + parts[-1] + extra), extra


def _outlying(y: FloatArray, covariance: FloatArray, noise: FloatArray) -> FloatArray:
    """(days,): the noise to add so that no day lies further than OUTLIER from what was expected the day before."""
    extra = np.zeros(len(y))
    for _ in range(ROUNDS):
        solved = _Solved.of(y, covariance, noise + extra)
        sd = np.diag(solved.factor)
        own = np.maximum(sd**2 - extra, 1e-9)
        off = solved.innovations * sd
        extra = np.maximum((off / OUTLIER) ** 2 - own, 0.0) * ~_new_level(np.where(extra > 0, np.sign(off), 0.0))
    return extra


def _new_level(side: FloatArray) -> BoolArray:
    """Days whose SHIFT_DAYS days before were all outliers on one side (1 above, -1 below)."""
    before = np.concatenate([np.zeros(SHIFT_DAYS), side])
    run = np.lib.stride_tricks.sliding_window_view(before, SHIFT_DAYS)[:-1].sum(axis=1)
    return np.asarray(np.abs(run) == SHIFT_DAYS)


def _estimated(y: FloatArray, noise: FloatArray, kernels: FloatArray) -> FloatArray:
    """The variances that make the series likely, near the prior."""
    parts, own = PRIOR, noise
    for _ in range(ROUNDS):
        parts = _likeliest(y, own, kernels, parts)
        own = noise + _settled(y, noise, kernels, parts)[1]
    return parts


def _likeliest(y: FloatArray, noise: FloatArray, kernels: FloatArray, start: FloatArray) -> FloatArray:
    from scipy.linalg import cho_solve
    from scipy.optimize import minimize

    def unlikelihood(log_parts: FloatArray) -> tuple[float, FloatArray]:
        parts = np.exp(log_parts)
        factor = _Solved.of(y, _covariance(kernels, parts), noise + parts[-1]).factor
        inverse = cho_solve((factor, True), np.eye(len(y)))
        weights = inverse @ y
        off = (log_parts - np.log(PRIOR)) / PRIOR_SD
        value = 0.5 * (y @ weights + off @ off) + np.log(np.diag(factor)).sum()
        slack = inverse - np.outer(weights, weights)
        slopes = np.append(np.tensordot(kernels, slack, axes=2), np.trace(slack))
        return float(value), 0.5 * slopes * parts + off / PRIOR_SD

    found = minimize(unlikelihood, np.log(start), jac=True, method="L-BFGS-B", options={"maxiter": 25})
    return np.asarray(np.exp(found.x))
