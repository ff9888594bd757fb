"""The miss of past days as a linear model: rows to fit to, columns to fit, and its solution by normal equations.

The factors of days and of queues on days are always among the columns: what no event touches tells how busy the day was
anyway.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from features.event_calendar import CAUSE_OF, LIKE_OTHER_CALLS, Pieces
from features.intervals import FloatArray, Grid, IntArray
from models.day_factors import CHI_SQUARE_MEDIAN, DayFactors, Days
from models.event_effects import LEAST_TOTAL, EventEffects, Lift, Place, doses, loads_met
from models.event_rows import Stretches, stretches_of

POISSON_EXCESS = 1.2  # counts with an estimated load vary a little more than Poisson's
LEAST_SHARE_SD = 0.02  # of a row's miss, relative
FAR_MISS = 3.0  # sds from which a row counts less (Huber)


@dataclass(frozen=True)
class Learned:
    """The effects, the lift they had on the days learned from, those days' ordinary load (series, days, intervals), and
    what unusual days have of it (series, days), since holidays keep other calls away but not those of events."""

    effects: EventEffects
    lift: Lift
    load: FloatArray
    level: FloatArray

    def came(self, grid: Grid) -> dict[str, FloatArray]:
        """(series, days, intervals) calls of events by cause: their share of the calls that came."""
        calm = self.level[:, :, None]
        expected = np.maximum(calm + self.lift.at(self.level), LEAST_TOTAL * calm)
        return {cause: grid.counts * part / expected for cause, part in self.lift.causes.items()}


@dataclass(frozen=True)
class Prior:
    """What columns are drawn to: mean (columns,), precision (columns, columns)."""

    mean: FloatArray
    precision: FloatArray


@dataclass(frozen=True)
class Solved:
    """Posterior mean and covariance of the columns."""

    value: FloatArray
    covariance: FloatArray


@dataclass(frozen=True)
class Misses:
    """Rows (series, stretch): the ordinary load, the same at the day's level, what came beyond that, how much each row
    counts, its day.

    Covers (a piece on a stretch) have a dose and the load met of the queues meant.
    """

    events: pd.DataFrame
    series: pd.DataFrame
    pieces: Pieces
    stretches: Stretches
    dose: FloatArray
    met: FloatArray
    load: FloatArray
    calm: FloatArray
    miss: FloatArray
    count: FloatArray
    factors: DayFactors

    @classmethod
    def of(cls, learned: Learned, grid: Grid, events: pd.DataFrame, unusual: IntArray) -> Misses:
        """The days of a grid, by what was learned of them so far; `unusual` days (not 0) may be of any level."""
        place = Place(grid.series, grid.days, grid.interval_min, learned.load)
        pieces = place.pieces(events)
        stretches = stretches_of(pieces, len(grid.days), grid.intervals)
        dose = doses(learned.effects, events, pieces, place)[stretches.piece]
        met = loads_met(events, pieces, place)[stretches.piece]
        known = ~np.isnan(learned.load)
        came, load = stretches.total(np.where(known, grid.counts, np.nan)), stretches.total(learned.load)
        calm = stretches.total(learned.load * learned.level[:, :, None])
        expected = calm + stretches.total(learned.load * learned.lift.at(learned.level))
        day = np.tile(stretches.day, len(grid.series))
        queue = np.repeat(np.unique(grid.series["queue"], return_inverse=True)[1], len(stretches.day))
        numbers = grid.days.to_numpy().astype("datetime64[D]").astype(np.int64)
        factors = DayFactors.of(Days(numbers, unusual > 0), day, queue, expected.reshape(-1), came.reshape(-1))
        busy = factors.busy(came.reshape(-1)).reshape(came.shape)
        count = np.where(load > 0, _precision(came - expected * busy, load), 0.0)
        return cls(events, grid.series, pieces, stretches, dose, met, load, calm, came - calm, count, factors)

    @property
    def event(self) -> IntArray:
        """(covers,): the event of each cover."""
        return self.pieces.event[self.stretches.piece]

    @property
    def phase(self) -> IntArray:
        """(covers,): its phase."""
        return self.pieces.phase[self.stretches.piece]

    def columns(self, values: FloatArray, number: IntArray, width: int) -> sparse.csr_matrix:
        """(rows, width): `values` (covers, series) x load, in the columns `number` (covers, series), -1 = nowhere.

        The load is that of an ordinary day, but for calls that a holiday keeps away like others.
        """
        cell = self.stretches.stretch[:, None] + np.arange(len(self.series)) * len(self.stretches.day)
        alike = self.events["kind"].map(CAUSE_OF).isin(LIKE_OTHER_CALLS).to_numpy()[self.event][:, None]
        values = values * np.where(alike, self.calm.T[self.stretches.stretch], self.load.T[self.stretches.stretch])
        used = (number >= 0) & (values != 0)
        return sparse.csr_matrix((values[used], (cell[used], number[used])), shape=(self.load.size, width))

    def solve(self, columns: sparse.csr_matrix, prior: Prior, known: FloatArray | None = None) -> Solved:
        """The columns' values by ridge regression beside the day factors; `known` (rows,) is taken from the miss."""
        miss = self.miss.reshape(-1) - (0.0 if known is None else known)
        normal, right = self.factors.eliminate(columns, self.count.reshape(-1), miss)
        covariance = np.asarray(np.linalg.inv(normal + prior.precision), dtype=float)
        return Solved(covariance @ (right + prior.precision @ prior.mean), covariance)


def _precision(apart: FloatArray, load: FloatArray) -> FloatArray:
    """(series, stretches): 1 / variance of what a row misses beyond its day's factors, smaller for far misses."""
    share = apart / np.maximum(load, 1e-9)
    counted = POISSON_EXCESS / np.maximum(load, 1e-9)
    much = load > np.median(load, axis=1, keepdims=True)
    pairs = zip(share, counted, much, strict=True)
    level = np.array([np.median(s[m] ** 2) / CHI_SQUARE_MEDIAN - np.median(c[m]) for s, c, m in pairs])
    variance = (counted + np.maximum(level, LEAST_SHARE_SD**2)[:, None]) * load**2
    far = np.abs(apart) / np.sqrt(variance + 1e-9)
    return np.minimum(1.0, FAR_MISS / np.maximum(far, 1e-9)) / np.maximum(variance, 1e-9)
