"""What the intervals of a day that were seen say about the others: Gaussian conditioning of the day's processes.

Applied to draws it turns them into draws given what was seen (Matheron's rule); applied to zeros it gives the expected
scores. Shen & Huang 2008 (AoAS) update a day's factors likewise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.intervals import BoolArray, FloatArray
from models.dependence import Dependence

UNSEEN = 1e6  # noise variance that stands for "not observed"


def scores_of(rooms: Dependence, processes: FloatArray) -> FloatArray:
    """(series, intervals, draws) scores, without the cells' own noise, of (series + factors, intervals, draws)."""
    own, factors = np.split(processes, [len(rooms.shared)])
    together = np.sqrt(rooms.own)[:, None, None] * own
    together = together + np.einsum("sj,jkm->skm", rooms.loadings, factors, optimize=True)
    return np.asarray(np.sqrt(rooms.shared)[:, None, None] * together)


@dataclass(frozen=True)
class DayUpdate:
    """How a day's processes answer to seen scores; solved queue by queue, with the shared factors in between."""

    rooms: Dependence
    seen: BoolArray  # (series, intervals)
    kernel: FloatArray  # (intervals, intervals)
    inverse: FloatArray  # (series, intervals, intervals) of own variance and noise, ~0 where nothing was seen
    shared: FloatArray  # (series, factors) loadings of a score

    @classmethod
    def of(cls, rooms: Dependence, seen: BoolArray) -> DayUpdate:
        """For these seen intervals, whatever is seen in them."""
        kernel = rooms.intervals.matrix(seen.shape[1])
        noise = np.where(seen, (1 - rooms.shared)[:, None], UNSEEN)
        own = (rooms.shared * rooms.own)[:, None, None] * kernel
        inverse = np.linalg.inv(own + noise[:, :, None] * np.eye(seen.shape[1]))
        return cls(
            rooms, seen, kernel, np.asarray(inverse, dtype=float), np.sqrt(rooms.shared)[:, None] * rooms.loadings
        )

    def answer(self, miss: FloatArray) -> FloatArray:
        """(series + factors, intervals, draws): what to add to the processes, which miss what was seen by `miss`.

        miss: (series, intervals, draws) scores; only those of seen intervals are read.
        """
        miss = np.where(self.seen[..., None], miss, 0.0)
        factors = self._factors(np.einsum("skl,slm->skm", self.inverse, miss, optimize=True))
        left = miss - np.einsum("sj,jkm->skm", self.shared, factors, optimize=True)
        left = np.where(self.seen[..., None], left, 0.0)
        answer = np.einsum("kl,sln,snm->skm", self.kernel, self.inverse, left, optimize=True)
        own = np.sqrt(self.rooms.shared * self.rooms.own)[:, None, None] * answer
        return np.concatenate([own, factors])

    def _factors(self, pulled: FloatArray) -> FloatArray:
        """(factors, intervals, draws): (kernel⁻¹ ⊗ 1 + Σ loadings · loadings' ⊗ inverse)⁻¹ Σ loadings ⊗ pulled."""
        count, size = self.shared.shape[1], len(self.kernel)
        precision = np.einsum("si,sj,skl->ikjl", self.shared, self.shared, self.inverse, optimize=True)
        root = np.kron(np.eye(count), self.kernel)
        right = np.einsum("sj,skm->jkm", self.shared, pulled, optimize=True).reshape(count * size, -1)
        whole = np.eye(count * size) + root @ precision.reshape(count * size, -1)
        return np.asarray(np.linalg.solve(whole, root @ right)).reshape(count, size, -1)
