"""How busy a day was anyway: a factor of all queues and one of each queue, taken out of a linear model of misses.

Both are random effects of known spread that remember the day before. They are eliminated together (the Schur complement
of their band in the normal equations), so that their number costs next to nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.linalg import solveh_banded

from features.intervals import BoolArray, FloatArray, IntArray

DAY_SD = 0.2  # of the shared factor where no two queues tell; measured centres: .07 to .34
LEAST_DAY_SD, MOST_DAY_SD = 0.05, 0.35
LEAST_QUEUE_SD, MOST_QUEUE_SD = 0.01, 0.5
FREE_SD, FREE_QUEUE_SD = 0.3, 0.3  # of a day that may be of any level, as holidays are
MOST_QUEUES = 64  # beyond that only the shared factor is told
MOST_MEMORY = 0.8  # correlation of a day's factor with the day before
FAR = 3.0  # sds at which days are cut before their memory is told
LEAST_RATIO = 0.1  # of a day's calls to what was expected, before logs are taken
CHI_SQUARE_MEDIAN = 0.455  # of one degree of freedom


@dataclass(frozen=True)
class Days:
    """Days in their order: their number, and whether each may be of any level."""

    number: IntArray
    free: BoolArray


@dataclass(frozen=True)
class DayFactors:
    """Rows' day and queue (numbers from 0), what was expected of each row; the sd of each day's factors (days, 1 +
    queues), the shared one first, and the correlation of each day's with the day before (days,)."""

    day: IntArray
    queue: IntArray
    expected: FloatArray
    sd: FloatArray
    memory: FloatArray

    @classmethod
    def of(cls, days: Days, day: IntArray, queue: IntArray, expected: FloatArray, came: FloatArray) -> DayFactors:
        """The shared spread from what queues have in common, their own from how they differ, the memory from all."""
        count, shared = len(days.number), queue * 0 if queue.max() >= MOST_QUEUES else queue
        queues = int(shared.max()) + 1
        whole = _ratio(came, expected, day, count)
        own = _ratio(came, expected, day + shared * count, count * queues).reshape(queues, count)
        calls = np.bincount(day + shared * count, expected, count * queues).reshape(queues, count)
        apart = (own / np.where(whole > 0, whole, 1.0)) - 1.0
        squares = np.median(apart**2, axis=1) / CHI_SQUARE_MEDIAN - 1.0 / np.maximum(np.median(calls, axis=1), 1.0)
        usual = np.append(_shared_sd(own, days), np.sqrt(np.clip(squares, LEAST_QUEUE_SD**2, MOST_QUEUE_SD**2)))
        free = np.maximum(usual, np.append(FREE_SD, np.full(queues, FREE_QUEUE_SD)))
        return cls(day, shared, expected, np.where(days.free[:, None], free, usual), _memory(whole, days))

    def busy(self, came: FloatArray) -> FloatArray:
        """(rows,): what came of the row's queue on its day against what was expected."""
        number = self.day + self.queue * len(self.sd)
        return _ratio(came, self.expected, number, self.sd[:, 1:].size)[number]

    def eliminate(
        self, design: sparse.csr_matrix, weight: FloatArray, miss: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Normal matrix (columns, columns) and right-hand side (columns,) of the design without the day factors."""
        moved = self._columns()
        weighted = sparse.csr_matrix(design.multiply(weight[:, None]))
        cross = (moved.T @ weighted).toarray()
        solved = solveh_banded(self._bands(weight), cross)
        normal = (design.T @ weighted).toarray() - cross.T @ solved
        return normal, weighted.T @ miss - solved.T @ (moved.T @ (weight * miss))

    def _columns(self) -> sparse.csr_matrix:
        rows, size = np.arange(len(self.day)), self.sd.shape[1]
        number = np.concatenate([self.day * size, self.day * size + 1 + self.queue])
        values = np.tile(self.expected, 2)
        return sparse.csr_matrix((values, (np.tile(rows, 2), number)), shape=(len(rows), self.sd.size))

    def _bands(self, weight: FloatArray) -> FloatArray:
        """(1 + factors, days x factors): the factors' own normal matrix, their prior included, from the diagonal up."""
        size = self.sd.shape[1]
        told = weight * self.expected**2
        bands = np.zeros((1 + size, self.sd.size))
        shared, own = self.day * size, self.day * size + 1 + self.queue
        np.add.at(bands[size], shared, told)
        np.add.at(bands[size], own, told)
        np.add.at(bands, (size - 1 - self.queue, own), told)  # of the shared factor with the queue's
        after = np.append(self.memory[1:], 0.0)
        precision = self.sd**-2.0 * (1.0 / (1.0 - self.memory**2) + after**2 / (1.0 - after**2))[:, None]
        bands[size] += precision.reshape(-1)
        between = -self.memory / (1.0 - self.memory**2)
        bands[0, size:] += (between[1:, None] / (self.sd[1:] * self.sd[:-1])).reshape(-1)
        return bands


def _shared_sd(own: FloatArray, days: Days) -> float:
    """Of what all queues (queues, days) have in common: how much wider sums of two queues' logs are than differences.

    Medians stand for squares (Gnanadesikan & Kettenring 1972), since single days may be far out.
    """
    log = np.log(np.maximum(own[:, ~days.free], LEAST_RATIO))
    one, other = np.triu_indices(len(log), 1)
    if not len(one) or not log.size:
        return DAY_SD
    log -= np.median(log, axis=1, keepdims=True)
    sums, apart = (np.median(of**2, axis=1) for of in (log[one] + log[other], log[one] - log[other]))
    common = (sums - apart).mean() / 4 / CHI_SQUARE_MEDIAN
    return float(np.sqrt(np.clip(common, LEAST_DAY_SD**2, MOST_DAY_SD**2)))


def _memory(whole: FloatArray, days: Days) -> FloatArray:
    """(days,): the correlation with the day before; 0 after a gap, and where either may be of any level."""
    log = np.log(np.maximum(whole, LEAST_RATIO))
    log -= np.median(log[~days.free]) if (~days.free).any() else 0.0
    reach = FAR * np.sqrt(np.median(log[~days.free] ** 2) / CHI_SQUARE_MEDIAN) if (~days.free).any() else 0.0
    log = np.clip(log, -reach, reach)
    after = np.append(False, (np.diff(days.number) == 1) & ~days.free[1:] & ~days.free[:-1])
    rows = np.flatnonzero(after)
    squares = float(log[rows - 1] @ log[rows - 1])
    found = float(log[rows] @ log[rows - 1]) / squares if squares > 0 else 0.0
    return np.where(after, np.clip(found, 0.0, MOST_MEMORY), 0.0)


def _ratio(came: FloatArray, expected: FloatArray, number: IntArray, count: int) -> FloatArray:
    whole = np.bincount(number, expected, count)
    return np.where(whole > 0, np.bincount(number, came, count) / np.where(whole > 0, whole, 1.0), 1.0)
