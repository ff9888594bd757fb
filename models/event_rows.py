"""Past days as rows to learn events from: on each day, intervals with the same events felt make one row per series."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.event_calendar import Pieces
from features.intervals import BoolArray, FloatArray, IntArray


@dataclass(frozen=True)
class Stretches:
    """Stretches of like intervals: `of[d, k]` is the stretch of an interval, `day[g]` the day of a stretch.

    Piece `piece[i]` covers stretch `stretch[i]`, whole.
    """

    of: IntArray
    day: IntArray
    piece: IntArray
    stretch: IntArray

    def total(self, values: FloatArray) -> FloatArray:
        """(series, stretches) sums of (series, days, intervals); NaN counts as nothing."""
        flat, count = self.of.reshape(-1), len(self.day)
        return np.array([np.bincount(flat, np.nan_to_num(one).reshape(-1), count) for one in values])


def stretches_of(pieces: Pieces, days: int, intervals: int) -> Stretches:
    """Cut days where the events that are felt change."""
    mark = np.random.default_rng(1).integers(1, 2**62, len(pieces))  # the sum of marks tells sets of pieces apart
    felt = np.zeros((days, intervals), dtype=np.int64)
    for number in range(len(pieces)):
        felt[pieces.day[number], pieces.first[number] : pieces.last[number]] += mark[number]
    keys = np.stack([np.repeat(np.arange(days), intervals), felt.reshape(-1)], axis=1)
    found, number_of = np.unique(keys, axis=0, return_inverse=True)
    of = number_of.reshape(days, intervals)
    covered = [np.unique(of[d, a:b]) for d, a, b in zip(pieces.day, pieces.first, pieces.last, strict=True)]
    piece = np.repeat(np.arange(len(pieces)), [len(one) for one in covered])
    return Stretches(of, found[:, 0], piece, np.concatenate([np.empty(0, dtype=np.int64), *covered]))


def touched_cells(pieces: Pieces, own: BoolArray, shape: tuple[int, ...]) -> BoolArray:
    """(series, days, intervals): an event of the series' own queue is felt there."""
    touched = np.zeros(shape, dtype=bool)
    for event, day, first, last in zip(pieces.event, pieces.day, pieces.first, pieces.last, strict=True):
        touched[:, day, first:last] |= own[event][:, None]
    return touched
