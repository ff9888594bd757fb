"""One correction of the six-week average: a line through how it was lately missed, and trees for what the line leaves.

Trees alone follow a proportional miss only in steps; the line (ridge regression) carries it whole.
"""

from __future__ import annotations

from dataclasses import dataclass

import lightgbm as lgb
import numpy as np
import pandas as pd

from features.intervals import FloatArray
from features.levelled import MISSES

SHRINK = 0.2  # added to the mean square of every miss, next to the variance 1/4 of the root of a Poisson count


@dataclass(frozen=True)
class Rows:
    """What to learn from: features by name, the correction on the root scale, how much each row counts."""

    features: pd.DataFrame
    target: FloatArray
    weight: FloatArray


@dataclass(frozen=True)
class Correction:
    """slopes (features,), 0 for those that are no misses; answers like a booster of the same features."""

    slopes: FloatArray
    trees: lgb.Booster

    @classmethod
    def fit(cls, rows: Rows, parameters: dict[str, object], rounds: int) -> Correction:
        """The line first, then `rounds` trees with LightGBM's `parameters` on what it leaves."""
        slopes = _slopes(rows)
        matrix = rows.features.to_numpy()
        left = rows.target - _line(matrix, slopes).sum(axis=1)
        data = lgb.Dataset(matrix, left, weight=rows.weight, feature_name=list(rows.features.columns))
        return cls(slopes, lgb.train(parameters, data, rounds))

    def feature_name(self) -> list[str]:
        """The features in order."""
        return self.trees.feature_name()

    def predict(self, data: FloatArray, *, raw_score: bool = False, pred_contrib: bool = False) -> FloatArray:
        """(rows,) corrections; with `pred_contrib` (rows, features + 1) shares that add up to them, the base last.

        A miss's share is its tree share and slope · miss: the line's reference is an average that was not missed.
        One thread, since forecasts are small.
        """
        line = _line(data, self.slopes)
        trees = np.asarray(self.trees.predict(data, raw_score=raw_score, pred_contrib=pred_contrib, num_threads=1))
        return trees + (np.pad(line, ((0, 0), (0, 1))) if pred_contrib else line.sum(axis=1))


def _line(matrix: FloatArray, slopes: FloatArray) -> FloatArray:
    """(rows, features): each feature's part in the line; nothing for what is not known."""
    parts = np.zeros(matrix.shape)
    used = np.flatnonzero(slopes)
    parts[:, used] = np.nan_to_num(matrix[:, used]) * slopes[used]
    return parts


def _slopes(rows: Rows) -> FloatArray:
    from sklearn.linear_model import Ridge

    misses = np.nan_to_num(rows.features[list(MISSES)].to_numpy(float))
    weight = rows.weight / rows.weight.mean()
    line = Ridge(alpha=SHRINK * len(misses), fit_intercept=False).fit(misses, rows.target, sample_weight=weight)
    found = dict(zip(MISSES, line.coef_, strict=True))
    return np.array([found.get(name, 0.0) for name in rows.features.columns])
