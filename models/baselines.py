"""What a model of a table must beat: the base rate, and a logistic regression on the same columns."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from models.base import ProbabilityModel, Rows
from models.feature_schema import FeatureSchema, Floats


class BaseRate(ProbabilityModel):
    """The share of yes among the training rows, for everybody."""

    name: ClassVar[str] = "dummy"
    rate: float

    def _fit(self, matrix: Floats, target: Floats, rows: Rows) -> None:  # noqa: ARG002 - looks at no feature
        self.rate = float(np.average(target, weights=rows.weights))

    def _predict(self, matrix: Floats) -> Floats:
        return np.full(len(matrix), self.rate)

    def _state(self) -> dict[str, Any]:
        return {"rate": self.rate}

    def _restore(self, state: dict[str, Any], texts: dict[str, str]) -> None:  # noqa: ARG002 - no file beside the JSON
        self.rate = state["rate"]


class Logistic(ProbabilityModel):
    """Logistic regression (L2, C = 1) on medians for nulls, null flags, standardised numbers and one column a level."""

    name: ClassVar[str] = "logistic"

    def _fit(self, matrix: Floats, target: Floats, rows: Rows) -> None:
        seen = np.where(np.isfinite(matrix), matrix, np.nan)
        some = np.isfinite(seen).any(axis=0)
        self.medians = np.where(some, np.nanmedian(np.where(some, seen, 0.0), axis=0), 0.0)
        self.centres, self.scales = np.zeros(matrix.shape[1]), np.ones(matrix.shape[1])
        filled = self._filled(matrix)
        self.centres = filled.mean(axis=0)
        self.scales = np.where(filled.std(axis=0) > 0, filled.std(axis=0), 1.0)
        regression = LogisticRegression(solver="newton-cholesky", max_iter=200)
        regression.fit(self._design(matrix), target, sample_weight=rows.weights)
        self.weights, self.intercept = regression.coef_[0], float(regression.intercept_[0])

    def _predict(self, matrix: Floats) -> Floats:
        return np.asarray(expit(self._design(matrix) @ self.weights + self.intercept))

    def _filled(self, matrix: Floats) -> Floats:
        return (np.where(np.isfinite(matrix), matrix, self.medians) - self.centres) / self.scales

    def _design(self, matrix: Floats) -> Floats:
        numbers = [i for i, column in enumerate(self.schema.columns) if column.levels is None]
        flags = ~np.isfinite(matrix[:, numbers])
        return np.column_stack([self._filled(matrix)[:, numbers], flags, *_one_hot(self.schema, matrix)]).astype(float)

    def _state(self) -> dict[str, Any]:
        vectors = ("medians", "centres", "scales", "weights")
        return {name: getattr(self, name).tolist() for name in vectors} | {"intercept": self.intercept}

    def _restore(self, state: dict[str, Any], texts: dict[str, str]) -> None:  # noqa: ARG002 - no file beside the JSON
        self.intercept = state["intercept"]
        for name in ("medians", "centres", "scales", "weights"):
            setattr(self, name, np.array(state[name], dtype=np.float64))


def _one_hot(schema: FeatureSchema, matrix: Floats) -> list[Floats]:
    """A column a level; null and unknown levels are the row of zeros."""
    return [matrix[:, [i]] == np.arange(len(schema.columns[i].levels or ())) for i in schema.category_positions]
