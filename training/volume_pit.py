"""Do intervals of few calls keep their promise? The randomised PIT where a forecast's median is below BUSY_CALLS.

Its distribution is held against the uniform one by the largest gap between the two (Kolmogorov). The calls of a day
share its factor, so the gap's noise is told by drawing whole days with replacement: runs of as many successive days as
are forecast from one origin, a week at most (circular blocks: Politis & Romano 1992). A night that is told to have no
call and has none is uniform by its drawing alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from features.intervals import BoolArray, FloatArray, IntArray
from models.volume_bands import QUANTILE_GRID
from training.pit import BINS, poisson_pit, randomised_pit
from training.volume_metrics import BUSY_CALLS, MEDIAN

STEPS = 100  # of the transform, in which it is counted
RUN_DAYS = 7
RESAMPLES = 500
SURE = 0.95  # a uniform transform has a gap above its noise once in twenty times
UNIFORM, OFF, EMPTY = "uniform within noise", "not uniform", "no such interval"


@dataclass
class QuietPits:
    """counts[contender] (days, STEPS): how many PITs of the quiet cells of each target day fell in each step."""

    days: int
    horizon: int
    counts: dict[str, IntArray] = field(default_factory=dict)

    def add(self, name: str, known: int, actual: FloatArray, told: FloatArray, distribution: FloatArray) -> None:
        """Cells (series, targets, intervals) of the origin after `known` days.

        `told`: their quantiles at `training.volume_metrics.SHARES`, first axis; `distribution`: at QUANTILE_GRID.
        """
        quiet = _quiet(actual, told)
        pit = randomised_pit(np.nan_to_num(distribution[:, quiet]), QUANTILE_GRID, actual[quiet], seed=known)
        self._count(name, known, quiet, pit)

    def add_poisson(self, name: str, known: int, actual: FloatArray, told: FloatArray) -> None:
        """The same of Poisson counts whose mean is the forecast's median."""
        quiet = _quiet(actual, told)
        pit = poisson_pit(np.nan_to_num(told[MEDIAN, quiet]), actual[quiet], seed=known)
        self._count(name, known, quiet, pit)

    def table(self) -> pd.DataFrame:
        """One row per contender: cells, days, gap, noise, verdict."""
        return pd.DataFrame([{"forecast": name} | self._row(name) for name in self.counts])

    def tenths(self) -> pd.DataFrame:
        """One row per tenth of the PIT: up_to, then each contender's share of its quiet cells; 0.1 is the promise."""
        parts = {name: counts.sum(axis=0).reshape(BINS, -1).sum(axis=1) for name, counts in self.counts.items()}
        shares = {name: part / part.sum() if part.sum() else np.full(BINS, np.nan) for name, part in parts.items()}
        return pd.DataFrame({"up_to": np.arange(1, BINS + 1) / BINS} | shares)

    def _count(self, name: str, known: int, quiet: BoolArray, pit: FloatArray) -> None:
        counts = self.counts.setdefault(name, np.zeros((self.days, STEPS), dtype=np.int64))
        steps = (pit * STEPS).astype(np.int64).clip(0, STEPS - 1)
        np.add.at(counts, (known + np.nonzero(quiet)[1], steps), 1)

    def _row(self, name: str) -> dict[str, object]:
        days = self.counts[name][self.counts[name].sum(axis=1) > 0]
        if not len(days):
            return {"cells": 0, "days": 0, "gap": np.nan, "noise": np.nan, "verdict": EMPTY}
        gap, noise = uniform_gap(days), gap_noise(days, min(self.horizon, RUN_DAYS))
        verdict = UNIFORM if gap <= noise else OFF
        return {"cells": int(days.sum()), "days": len(days), "gap": gap, "noise": noise, "verdict": verdict}


def uniform_gap(days: IntArray) -> float:
    """The largest gap between the distribution of all days' PITs, counted by (days, STEPS), and the uniform one."""
    return float(np.abs(_reached(days.sum(axis=0)) - np.arange(1, STEPS + 1) / STEPS).max())


def gap_noise(days: IntArray, run: int = 1, seed: int = 0) -> float:
    """The gap that a uniform PIT stays below SURE of the time, its days drawn in runs of `run`."""
    random, count = np.random.default_rng(seed), len(days)
    starts = random.integers(count, size=(RESAMPLES, -(-count // run), 1))
    drawn = ((starts + np.arange(run)) % count).reshape(RESAMPLES, -1)
    weights = np.stack([np.bincount(one, minlength=count) for one in drawn])
    off = _reached(weights @ days) - _reached(days.sum(axis=0))
    return float(np.quantile(np.abs(off).max(axis=1), SURE))


def _reached(counts: IntArray) -> FloatArray:
    below = np.cumsum(counts, axis=-1)
    return np.asarray(below / np.maximum(below[..., -1:], 1))


def _quiet(actual: FloatArray, told: FloatArray) -> BoolArray:
    return np.asarray(~np.isnan(actual) & (np.nan_to_num(told[MEDIAN]) < BUSY_CALLS))
