"""How busy a day was anyway: a factor of all queues and one of each queue, taken out of a linear model of misses.

Both are random effects of known spread. They are eliminated day by day (the Schur complement of their block in the
normal equations), so that their number costs next to nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from features.intervals import FloatArray, IntArray

DAY_SD = 0.2  # of the shared factor; measured centres: .07 to .34
LEAST_QUEUE_SD, MOST_QUEUE_SD = 0.01, 0.5
MOST_QUEUES = 64  # beyond that only the shared factor is told
CHI_SQUARE_MEDIAN = 0.455  # of one degree of freedom


@dataclass(frozen=True)
class DayFactors:
    """Rows' day and queue (numbers from 0), what was expected of each row, the sd of a day's factor by queue."""

    day: IntArray
    queue: IntArray
    expected: FloatArray
    queue_sd: FloatArray

    @classmethod
    def of(cls, day: IntArray, queue: IntArray, expected: FloatArray, came: FloatArray) -> DayFactors:
        """The queues' spreads from how their days differ from all queues' days."""
        shared = queue * 0 if queue.max() >= MOST_QUEUES else queue
        whole, own = _ratio(came, expected, day), _ratio(came, expected, day + shared * (day.max() + 1))
        apart = (own.reshape(-1, day.max() + 1) / np.where(whole > 0, whole, 1.0)) - 1.0
        calls = np.bincount(day + shared * (day.max() + 1), expected).reshape(apart.shape)
        squares = np.median(apart**2, axis=1) / CHI_SQUARE_MEDIAN - 1.0 / np.maximum(np.median(calls, axis=1), 1.0)
        sd = np.sqrt(np.clip(squares, LEAST_QUEUE_SD**2, MOST_QUEUE_SD**2))
        return cls(day, shared, expected, sd)

    def busy(self, came: FloatArray) -> FloatArray:
        """(rows,): what came of the row's queue on its day against what was expected."""
        number = self.day + self.queue * (self.day.max() + 1)
        return _ratio(came, self.expected, number)[number]

    def eliminate(
        self, design: sparse.csr_matrix, weight: FloatArray, miss: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Normal matrix (columns, columns) and right-hand side (columns,) of the design without the day factors."""
        days, size = int(self.day.max()) + 1, 1 + len(self.queue_sd)
        moved = self._columns(days * size, size)
        weighted = sparse.csr_matrix(design.multiply(weight[:, None]))
        cross = (moved.T @ weighted).toarray()
        own = np.linalg.inv(self._blocks(weight, days, size))
        solved = np.matmul(own, cross.reshape(days, size, -1)).reshape(cross.shape)
        normal = (design.T @ weighted).toarray() - cross.T @ solved
        return normal, weighted.T @ miss - solved.T @ (moved.T @ (weight * miss))

    def _columns(self, width: int, size: int) -> sparse.csr_matrix:
        rows = np.arange(len(self.day))
        number = np.concatenate([self.day * size, self.day * size + 1 + self.queue])
        values = np.tile(self.expected, 2)
        return sparse.csr_matrix((values, (np.tile(rows, 2), number)), shape=(len(rows), width))

    def _blocks(self, weight: FloatArray, days: int, size: int) -> FloatArray:
        """(days, factors, factors): the factors' own normal matrices, their priors included."""
        blocks = np.zeros((days, size, size))
        blocks[:, range(size), range(size)] = np.concatenate([[DAY_SD], self.queue_sd]) ** -2.0
        told, own = weight * self.expected**2, 1 + self.queue
        for left, right in ((own * 0, own * 0), (own * 0, own), (own, own * 0), (own, own)):
            np.add.at(blocks, (self.day, left, right), told)
        return blocks


def _ratio(came: FloatArray, expected: FloatArray, number: IntArray) -> FloatArray:
    whole = np.bincount(number, expected)
    return np.where(whole > 0, np.bincount(number, came) / np.where(whole > 0, whole, 1.0), 1.0)
