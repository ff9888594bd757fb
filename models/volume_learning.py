"""What the correction of the call forecast learns from: past days of every series, each seen from several leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from features.intervals import BoolArray, FloatArray, Grid, IntArray
from features.levelled import Level, Levelled
from features.origins import Pairs, pairs_within
from models.volume_correction import Correction, Rows

WARM_UP_DAYS = 15  # open days before the first one that is learnt from
LEADS = (1, 2, 4, 7, 10, 14, 20, 28, 42, 63, 91)
FOLDS, FOLD_DAYS = 5, 7  # whole weeks are held out in turn, so a day's shared factor is never in both parts
MAX_CELLS = 120_000  # of all series together, as long as each keeps MIN_PAIRS
MIN_PAIRS = 80  # (origin, day) of every series: its bands and its blend are made of them, however many series there are
MAX_ROWS = 480_000  # that one correction learns from


@dataclass(frozen=True)
class TreeSettings:
    """Chosen by the error on origins before the test days of the public series."""

    rounds: int = 120  # at most, and one for every two days learnt from: half a year's worth over-fits three months
    min_rounds: int = 40
    learning_rate: float = 0.08
    num_leaves: int = 8
    leaf_days: int = 2  # a leaf holds at least so many days' worth of intervals, a day's noise being shared
    feature_fraction: float = 0.4
    seed: int = 1
    threads: int = 1  # a second thread costs five times the CPU seconds where the cores are shared

    def parameters(self, min_rows: int) -> dict[str, object]:
        """LightGBM's parameters."""
        return {
            "objective": "l1",
            "learning_rate": self.learning_rate,
            "num_leaves": self.num_leaves,
            "min_data_in_leaf": min_rows,
            "feature_fraction": self.feature_fraction,
            "max_bin": 63,
            "bagging_fraction": 0.8,
            "bagging_freq": 1,
            "lambda_l2": 1.0,
            "seed": self.seed,
            "num_threads": self.threads,
            "deterministic": True,
            "force_row_wise": True,
            "verbosity": -1,
        }


def training_pairs(grid: Grid, horizon: int, seed: int) -> Pairs:
    """Every day after the warm-up from several leads; a random part of them where that is too much."""
    leads = np.array([lead for lead in LEADS if lead <= horizon] or [1])
    target, lead = (part.reshape(-1) for part in np.meshgrid(np.arange(len(grid.days)), leads, indexing="ij"))
    usable = np.flatnonzero((target >= WARM_UP_DAYS) & (target - lead + 1 >= WARM_UP_DAYS - 5))
    open_cells = np.count_nonzero(~np.isnan(grid.counts)) / len(grid.days)
    limit = max(int(MAX_CELLS / open_cells), MIN_PAIRS)
    if len(usable) > limit:
        usable = np.sort(np.random.default_rng(seed).choice(usable, limit, replace=False))
    return pairs_within(grid, target[usable], lead[usable])


def member_roots(level: Level, correction: FloatArray) -> FloatArray:
    """(members, series, pairs, intervals): the roots of the forecasts that are blended."""
    levelled, average = np.sqrt(level.levelled), np.sqrt(level.average)
    corrected = np.maximum(levelled + correction.reshape(levelled.shape), 0.0)
    return np.stack([corrected, levelled, average])


@dataclass(frozen=True)
class Task:
    """Training rows, (series, pair, interval) in that order. The target is the miss of the shape, the total given."""

    features: pd.DataFrame
    target: FloatArray
    weight: FloatArray
    level: Level
    actual: FloatArray
    pairs: Pairs
    settings: TreeSettings

    @classmethod
    def of(cls, seen: Levelled, pairs: Pairs, settings: TreeSettings) -> Task:
        """The rows of the series of one history."""
        level, grid = seen.level(pairs), seen.history.grid
        days = grid.days.get_indexer(pairs.target)
        actual = grid.counts[:, days]
        target = np.where(seen.outlying[:, days, None], np.nan, shape_miss(actual, level.levelled)).reshape(-1)
        weight = np.maximum(np.sqrt(level.levelled), 0.5).reshape(-1)
        return cls(seen.features(pairs, level), target, weight, level, actual, pairs, settings)

    @classmethod
    def joined(cls, tasks: Sequence[Task]) -> Task:
        """The rows of several groups of series, as if they had been one."""
        if len(tasks) == 1:
            return tasks[0]
        levels = [task.level for task in tasks]
        return cls(
            pd.concat([task.features for task in tasks], ignore_index=True),
            np.concatenate([task.target for task in tasks]),
            np.concatenate([task.weight for task in tasks]),
            Level(*(np.concatenate([getattr(one, part.name) for one in levels]) for part in fields(Level))),
            np.concatenate([task.actual for task in tasks]),
            tasks[0].pairs,
            tasks[0].settings,
        )

    def fit(self, rows: BoolArray) -> Correction:
        """The correction that `rows` teach; a random part of them where they are too many."""
        known = np.flatnonzero(rows & ~np.isnan(self.target))
        if len(known) > MAX_ROWS:
            known = np.sort(np.random.default_rng(self.settings.seed).choice(known, MAX_ROWS, replace=False))
        leads = 1 if self.pairs.lead.max() == 1 else 2.5
        min_rows = int(self.settings.leaf_days * self.actual.shape[2] * leads)
        learnt = Rows(self.features.iloc[known], self.target[known], self.weight[known])
        return Correction.fit(learnt, self.settings.parameters(min_rows), self._rounds())

    def _rounds(self) -> int:
        days = self.pairs.target.nunique()
        return int(np.clip(days // 2, self.settings.min_rounds, self.settings.rounds))

    @property
    def fold(self) -> IntArray:
        """(rows,): which booster has not seen the row's week."""
        week = (self.pairs.target - self.pairs.target.min()).days.to_numpy() // FOLD_DAYS % FOLDS
        return np.broadcast_to(week[None, :, None], self.actual.shape).reshape(-1)

    def roots(self, boosters: list[Correction]) -> FloatArray:
        """The members' roots, each row corrected by the booster that has not seen its week."""
        fold, correction = self.fold, np.zeros(len(self.target))
        matrix = self.features.to_numpy()
        for number, booster in enumerate(boosters):
            correction[fold == number] = booster.predict(matrix[fold == number])
        return member_roots(self.level, correction)


def shape_miss(actual: FloatArray, levelled: FloatArray) -> FloatArray:
    """How far the roots lie apart once the forecast has the total that came, for a day as large as was expected."""
    total = np.nansum(np.where(np.isnan(actual), 0.0, levelled), axis=2)
    growth = np.nansum(actual, axis=2) / np.where(total > 0, total, np.nan)
    scale = np.where(growth > 0, np.sqrt(growth), np.nan)[:, :, None]
    return np.sqrt(actual) / scale - np.sqrt(levelled)
