"""Joint scenarios of the calls to come: each cell has its band's distribution, and cells move together as misses did.

A draw is made day by day, so that months of many queues fit in memory. What was seen of the first day bends its draws,
and through the kernel of days the later ones (`day_update`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from features.intervals import FloatArray
from models.day_update import DayUpdate, scores_of
from models.dependence import Dependence
from models.miss_scores import SCORE_GRID, calls_at, normal_scores

DRAWS = 400  # an even number: draws come in pairs of opposite sign


@dataclass(frozen=True)
class Outlook:
    """What is to be drawn: curves (scores, series, days, intervals) of calls, NaN = closed, and how cells depend.

    seen (series, intervals): calls of the first day that have already come, NaN = not yet.
    """

    curves: FloatArray
    dependence: Dependence
    seen: FloatArray | None = None


def draw_days(outlook: Outlook, draws: int = DRAWS, seed: int = 0) -> Iterator[FloatArray]:
    """One array (series, intervals, draws) of calls a day, in order; the same for the same seed. NaN = closed.

    Cells already seen hold what came.
    """
    random = _Mirrored(np.random.default_rng(seed), draws)
    walk = _Walk(outlook, random)
    for day in range(outlook.curves.shape[2]):
        scores = walk.next_day()
        curves = outlook.curves[:, :, day].reshape(len(SCORE_GRID), -1)
        calls = calls_at(curves, scores.reshape(len(scores) * scores.shape[1], -1).T).T.reshape(scores.shape)
        if day == 0 and outlook.seen is not None:
            calls = np.where(np.isnan(outlook.seen)[..., None], calls, outlook.seen[..., None])
        yield calls


@dataclass
class _Mirrored:
    """Standard normals in pairs of opposite sign along the last axis: means and medians carry no sampling noise."""

    random: np.random.Generator
    draws: int

    def normal(self, *shape: int) -> FloatArray:
        half = self.random.standard_normal((*shape, (self.draws + 1) // 2))
        return np.concatenate([half, -half], axis=-1)[..., : self.draws]


class _Walk:
    """Scores of successive days: g = sqrt(level) · lasting + sqrt(1 − level) · fading, the same for all factors."""

    def __init__(self, outlook: Outlook, random: _Mirrored) -> None:
        self.outlook, self.random = outlook, random
        self.rooms = outlook.dependence
        self.intervals = outlook.curves.shape[3]
        kernel = self.rooms.intervals.matrix(self.intervals)
        self.root = np.linalg.cholesky(kernel + 1e-9 * np.eye(self.intervals))
        self.processes = len(self.rooms.shared) + self.rooms.loadings.shape[1]
        self.fading: FloatArray | None = None

    def next_day(self) -> FloatArray:
        """(series, intervals, draws)."""
        days = self.rooms.days
        if self.fading is None:
            today, noise = self._first_day()
            self.lasting = np.sqrt(days.level) * today + np.sqrt(1 - days.level) * self._processes()
            self.fading = (today - np.sqrt(days.level) * self.lasting) / np.sqrt(max(1 - days.level, 1e-9))
            return self._scores(today) + noise
        self.fading = days.fade * self.fading + np.sqrt(1 - days.fade**2) * self._processes()
        today = np.sqrt(days.level) * self.lasting + np.sqrt(1 - days.level) * self.fading
        return self._scores(today) + self._noise()

    def _first_day(self) -> tuple[FloatArray, FloatArray]:
        today, noise = self._processes(), self._noise()
        if self.outlook.seen is None or np.isnan(self.outlook.seen).all():
            return today, noise
        observed = normal_scores(self.outlook.curves[:, :, 0], self.outlook.seen)
        update = DayUpdate.of(self.rooms, ~np.isnan(observed))
        return today + update.answer(observed[..., None] - self._scores(today) - noise), noise

    def _processes(self) -> FloatArray:
        """(series + factors, intervals, draws) independent processes with the kernel of intervals."""
        return np.einsum("kl,plm->pkm", self.root, self.random.normal(self.processes, self.intervals), optimize=True)

    def _noise(self) -> FloatArray:
        series = len(self.rooms.shared)
        return np.sqrt(1 - self.rooms.shared)[:, None, None] * self.random.normal(series, self.intervals)

    def _scores(self, processes: FloatArray) -> FloatArray:
        return scores_of(self.rooms, processes)
