"""The fewest whole agents that are enough, for many cells at once: secant steps inside a bracket of whole numbers.

Whatever the steps, the answer is exact: it was seen to be enough, and one agent fewer was seen not to be.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from features.intervals import FloatArray, IntArray

Margin = Callable[[IntArray, FloatArray], FloatArray]
HALVE_EVERY = 4  # a secant that creeps along one side gives way to bisection so often
OVERSHOOT = 0.5  # agents added to a secant's root: being just past it closes the bracket sooner


def fewest(margin: Margin, guess: FloatArray, high: FloatArray) -> FloatArray:
    """(cells,) the smallest n in 1..high with margin(cells, n) >= 0.

    `margin` rises with n, and may be near-linear to be quick; `high` is known to be enough, 0 known not to be.
    """
    search = _Search(guess, high)
    step = 0
    while (cells := search.open_cells()).size:
        tried = search.next(cells, halve=step % HALVE_EVERY == HALVE_EVERY - 1)
        search.learn(cells, tried, margin(cells, tried))
        step += 1
    return search.high


class _Search:
    """Brackets (low not enough, high enough) and the margins found there, NaN where not evaluated."""

    def __init__(self, guess: FloatArray, high: FloatArray) -> None:
        self.low, self.high = np.zeros(len(high)), high.astype(float)
        self.at_low, self.at_high = np.full(len(high), np.nan), np.full(len(high), np.nan)
        self.guess = guess.astype(float)
        self.reach = np.maximum(np.ceil(np.sqrt(np.maximum(guess, 0.0)) / 4), 1.0)

    def open_cells(self) -> IntArray:
        return np.flatnonzero(self.high - self.low > 1)

    def next(self, cells: IntArray, halve: bool) -> FloatArray:
        low, high, at_low, at_high = (x[cells] for x in (self.low, self.high, self.at_low, self.at_high))
        both = ~np.isnan(at_low) & ~np.isnan(at_high)
        slope = np.where(both, (at_high - at_low) / (high - low), 1.0)
        root = low - at_low / np.where(slope > 0, slope, 1.0)
        wanted = np.where(both & (slope > 0), np.floor(root + OVERSHOOT), self.guess[cells])
        wanted = np.floor((low + high) / 2) if halve else wanted
        return np.clip(wanted, low + 1, high - 1)

    def learn(self, cells: IntArray, tried: FloatArray, margin: FloatArray) -> None:
        enough = margin >= 0
        up, down = cells[~enough], cells[enough]
        self.low[up], self.at_low[up] = tried[~enough], margin[~enough]
        self.high[down], self.at_high[down] = tried[enough], margin[enough]
        self.guess[up], self.guess[down] = tried[~enough] + self.reach[up], tried[enough] - self.reach[down]
        self.reach[cells] *= 2
