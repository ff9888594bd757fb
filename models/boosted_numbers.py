"""Gradient-boosted trees (LightGBM) for a number: least squares, the number of trees chosen by inner folds."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, ClassVar

import lightgbm as lgb
import numpy as np
from sklearn.model_selection import GroupKFold, KFold

from models.base import Model, Rows
from models.boosted import SMALL_ROWS, BoostSettings
from models.feature_schema import Floats
from models.inner_folds import Fold

LEAST_ROWS = 50  # below, nothing but the mean is learnt
OWN = ("max_rounds", "patience", "folds", "ensemble", "seed", "monotone")


class BoostedNumber(Model):
    """E(target) from numbers and categories, nulls allowed; the weighted mean where no tree helps inner folds."""

    name: ClassVar[str] = "boosted_number"

    def __init__(self, settings: BoostSettings | None = None) -> None:
        super().__init__()
        self.settings = settings or BoostSettings()
        self.mean = 0.0
        self.booster: lgb.Booster | None = None

    def _fit(self, matrix: Floats, target: Floats, rows: Rows) -> None:
        self.mean, self.booster = float(np.average(target, weights=rows.weights)), None
        if len(target) < LEAST_ROWS:
            return
        weights = None if rows.weights is None else np.asarray(rows.weights)
        categories, parameters = self.schema.category_positions, self._parameters()
        data = lgb.Dataset(
            matrix, target - self.mean, weight=weights, categorical_feature=categories, params=parameters
        ).construct()
        unfitted = float(np.average(np.square(target - self.mean), weights=weights))
        rounds = self._rounds(data, _folds(len(target), rows, self.settings), unfitted)
        if rounds:
            self.booster = lgb.train(parameters, data, num_boost_round=rounds)

    def _rounds(self, data: lgb.Dataset, folds: list[Fold], unfitted: float) -> int:
        stop = lgb.early_stopping(self.settings.patience, verbose=False)
        found: dict[str, Any] = lgb.cv(
            self._parameters(), data, self.settings.max_rounds, folds=folds, callbacks=[stop]
        )
        least = found["valid l2-mean"]
        return len(least) if least[-1] < unfitted else 0

    def _predict(self, matrix: Floats) -> Floats:
        if self.booster is None:
            return np.full(len(matrix), self.mean)
        threads = 1 if len(matrix) < SMALL_ROWS else self.settings.num_threads
        return self.mean + np.asarray(self.booster.predict(matrix, num_threads=threads))

    def _parameters(self) -> dict[str, Any]:
        tuned = {name: value for name, value in asdict(self.settings).items() if name not in OWN}
        fixed = {"objective": "l2", "metric": "l2", "boost_from_average": False, "bagging_freq": 1, "cat_l2": 10.0}
        exact = {"deterministic": True, "force_row_wise": True, "seed": self.settings.seed, "verbosity": -1}
        return tuned | fixed | exact

    def _state(self) -> dict[str, Any]:
        return {"settings": asdict(self.settings), "mean": self.mean}

    def _texts(self) -> dict[str, str]:
        return {} if self.booster is None else {"trees.txt": self.booster.model_to_string()}

    def _restore(self, state: dict[str, Any], texts: dict[str, str]) -> None:
        self.settings, self.mean = BoostSettings(**state["settings"]), state["mean"]
        self.booster = lgb.Booster(model_str=texts["trees.txt"]) if texts else None


def _folds(count: int, rows: Rows, settings: BoostSettings) -> list[Fold]:
    if rows.groups is None:
        return list(KFold(settings.folds, shuffle=True, random_state=settings.seed).split(np.arange(count)))
    return list(GroupKFold(settings.folds).split(np.arange(count), groups=rows.groups))
