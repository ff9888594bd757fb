"""Gradient-boosted trees (LightGBM) as calibrated probabilities.

The number of trees is chosen by the mean log loss of inner folds, the calibration by their out-of-fold probabilities;
then all rows are fitted once more. The rows on which a model is judged are never seen here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

import lightgbm as lgb
import numpy as np
from scipy.special import expit

from data.errors import BadInput
from models.base import ProbabilityModel, Rows
from models.calibration import Calibration, fit_calibration
from models.feature_schema import FeatureSchema, Floats
from models.inner_folds import Fold, inner_folds

SMALL_ROWS = 2000  # below, waking threads costs more than they save (12 ms against 0.06 ms on busy cores)
UNVALIDATED_ROUNDS = 50  # where the rows are too few for any inner fold
DRIFT_ROUNDS = (
    30  # at least, where time orders the folds: a base rate that drifts stops at one tree, which ranks nobody
)


@dataclass(frozen=True)
class BoostSettings:
    """The untuned defaults; `training` may tune them on the past. `monotone`: column name to +1 or -1."""

    learning_rate: float = 0.05
    num_leaves: int = 15
    min_data_in_leaf: int = 50
    feature_fraction: float = 0.5
    bagging_fraction: float = 0.8
    lambda_l2: float = 5.0
    cat_smooth: float = 20.0
    max_rounds: int = 2000
    patience: int = 40
    folds: int = 3
    ensemble: int = 1
    seed: int = 7
    num_threads: int = 0
    monotone: Mapping[str, int] = field(default_factory=dict)


class BoostedClassifier(ProbabilityModel):
    """P(target = 1) from numbers and categories, nulls allowed. The same rows and seed give the same text."""

    name: ClassVar[str] = "boosted"

    def __init__(self, settings: BoostSettings | None = None) -> None:
        super().__init__()
        self.settings = settings or BoostSettings()
        self.boosters: list[lgb.Booster] = []
        self.calibration = Calibration()
        self.rounds = UNVALIDATED_ROUNDS
        self.inner_log_loss: float | None = None

    def raw_matrix(self, matrix: Floats) -> Floats:
        """Log odds before calibration, of encoded rows: the mean over the ensemble."""
        threads = self._threads(matrix)
        raw = [np.asarray(b.predict(matrix, raw_score=True, num_threads=threads)) for b in self.boosters]
        return self._given(matrix) + (raw[0] if len(raw) == 1 else np.mean(raw, axis=0))

    def contributions_matrix(self, matrix: Floats) -> Floats:
        """Exact TreeSHAP: (rows, features + 1) log odds, the base value last; a row sums to `raw_matrix`."""
        threads = self._threads(matrix)
        shares = [np.asarray(b.predict(matrix, pred_contrib=True, num_threads=threads)) for b in self.boosters]
        return np.mean(shares, axis=0)

    def _predict(self, matrix: Floats) -> Floats:
        return self.calibration.apply(expit(self.raw_matrix(matrix)))

    def _threads(self, matrix: Floats) -> int:
        return 1 if len(matrix) < SMALL_ROWS else self.settings.num_threads

    def _given(self, matrix: Floats) -> Floats | float:  # noqa: ARG002 # what a model that has some reads
        """Log odds of encoded rows that the trees only add to."""
        return 0.0

    def _start(self, matrix: Floats, target: Floats, rows: Rows, folds: list[Fold]) -> Floats | None:  # noqa: ARG002 # as above
        """Where the trees begin on each training row: `_given` by other rows' outcomes; None: the base rate."""
        return None

    def _fit(self, matrix: Floats, target: Floats, rows: Rows) -> None:
        folds = inner_folds(target, rows, self.settings.folds, self.settings.seed)
        start = self._start(matrix, target, rows, folds)
        data = self._dataset(matrix, target, rows, start)
        self.rounds, self.inner_log_loss, self.calibration = UNVALIDATED_ROUNDS, None, Calibration()
        if folds:
            given = np.zeros(len(target)) if start is None else start
            self._validate(matrix, data, folds, given, least=1 if rows.times is None else DRIFT_ROUNDS)
        seeds = range(self.settings.seed, self.settings.seed + self.settings.ensemble)
        self.boosters = [lgb.train(self._parameters(seed), data, num_boost_round=self.rounds) for seed in seeds]

    def _dataset(self, matrix: Floats, target: Floats, rows: Rows, start: Floats | None) -> lgb.Dataset:
        data = lgb.Dataset(
            matrix,
            target,
            weight=rows.weights,
            init_score=start,
            categorical_feature=self.schema.category_positions,
            params=self._parameters(self.settings.seed),
        )
        return data.construct()

    def _validate(self, matrix: Floats, data: lgb.Dataset, folds: list[Fold], given: Floats, *, least: int) -> None:
        stop = lgb.early_stopping(self.settings.patience, verbose=False)
        parameters = self._parameters(self.settings.seed)
        found: dict[str, Any] = lgb.cv(
            parameters, data, self.settings.max_rounds, folds=folds, callbacks=[stop], return_cvbooster=True
        )
        losses = found["valid binary_logloss-mean"]
        self.rounds, self.inner_log_loss = max(least, len(losses)), float(losses[-1])
        held = np.concatenate([held for _, held in folds])
        pairs = zip(folds, found["cvbooster"].boosters, strict=True)
        raw = [
            given[held] + np.asarray(booster.predict(matrix[held], raw_score=True, num_iteration=self.rounds))
            for (_, held), booster in pairs
        ]
        label, weight = data.get_label(), data.get_weight()
        weights = None if weight is None else np.asarray(weight, dtype=np.float64)[held]
        self.calibration = fit_calibration(expit(np.concatenate(raw)), np.asarray(label, np.float64)[held], weights)

    def _parameters(self, seed: int) -> dict[str, Any]:
        own = ("max_rounds", "patience", "folds", "ensemble", "seed", "monotone")
        tuned = {name: value for name, value in asdict(self.settings).items() if name not in own}
        signs = _monotone_signs(self.schema, self.settings.monotone)
        return (
            tuned
            | signs
            | {
                "objective": "binary",
                "bagging_freq": 1,
                "cat_l2": 10.0,
                "deterministic": True,
                "force_row_wise": True,
                "seed": seed,
                "verbosity": -1,
            }
        )

    def _state(self) -> dict[str, Any]:
        settings = asdict(self.settings)
        return {
            "settings": settings,
            "calibration": self.calibration.to_json(),
            "rounds": self.rounds,
            "inner_log_loss": self.inner_log_loss,
        }

    def _texts(self) -> dict[str, str]:
        return {f"trees_{i}.txt": booster.model_to_string() for i, booster in enumerate(self.boosters)}

    def _restore(self, state: dict[str, Any], texts: dict[str, str]) -> None:
        self.settings = BoostSettings(**state["settings"])
        self.calibration = Calibration(**state["calibration"])
        self.rounds, self.inner_log_loss = state["rounds"], state["inner_log_loss"]
        self.boosters = [lgb.Booster(model_str=text) for text in texts.values()]


def _monotone_signs(schema: FeatureSchema, monotone: Mapping[str, int]) -> dict[str, list[int]]:
    numbers = {column.name for column in schema.columns if column.levels is None}
    wrong = [f"{name}: {sign}" for name, sign in monotone.items() if name not in numbers or sign not in (-1, 1)]
    if wrong:
        raise BadInput(f"monotone wants names of numeric columns with +1 or -1, came {', '.join(wrong)}")
    return {"monotone_constraints": [monotone.get(name, 0) for name in schema.names]} if monotone else {}
