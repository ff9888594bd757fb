"""Will the customer accept the offer if an agent pitches it: P(accepted | pitched) of customer x offer."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from features import request_features
from features.offer_features import MONOTONE, OFFER_FEATURES
from features.request_features import REQUEST_FEATURES
from models.base import ProbabilityModel, Rows
from models.boosted import BoostedClassifier, BoostSettings
from models.feature_schema import Floats

SAVING = "saving_cny"
LABEL_GAIN = 0.05  # of a split on a label, when it is compared with splits on the offer and the call
UPTAKE_SETTINGS = BoostSettings(
    learning_rate=0.03,
    num_leaves=3,  # nearly additive: a few thousand pitches, a tenth of them accepted, cannot tell more
    min_data_in_leaf=40,
    feature_fraction=0.2,
    lambda_l2=1.0,
    folds=5,
    ensemble=5,
    monotone={**MONOTONE, **request_features.MONOTONE},
)


class UptakeModel(BoostedClassifier):
    """Boosted trees on labels, offer and call; a bigger saving never lowers the probability, all else equal.

    Pitches are few and labels many, so a split on a label must gain more than one on what the offer does to the bill:
    with few pitches the offer's terms decide, with many the labels that matter come in.
    Each pitch is learnt twice at half its weight, once with its call and once with the call hidden, so that one model
    answers both an agent on the line and a bulk run, calibrated in both.
    """

    name: ClassVar[str] = "uptake"

    def __init__(self, settings: BoostSettings | None = None) -> None:
        super().__init__(settings or UPTAKE_SETTINGS)

    def _fit(self, matrix: Floats, target: Floats, rows: Rows) -> None:
        hidden = np.where(np.isin(self.schema.names, REQUEST_FEATURES), np.nan, matrix)
        if np.array_equal(hidden, matrix, equal_nan=True):
            super()._fit(matrix, target, rows)
        else:
            super()._fit(np.concatenate([matrix, hidden]), np.tile(target, 2), _twice(rows, len(target)))

    def _parameters(self, seed: int) -> dict[str, Any]:
        own = (*OFFER_FEATURES, *REQUEST_FEATURES)
        weights = [1.0 if name in own else LABEL_GAIN for name in self.schema.names]
        return super()._parameters(seed) | {"feature_contri": weights}


def _twice(rows: Rows, count: int) -> Rows:
    """The rows one after the other twice, at half their weight; both of a pair in one group."""
    weights = np.ones(count) if rows.weights is None else np.asarray(rows.weights, dtype=np.float64)
    groups = np.arange(count) if rows.groups is None else np.asarray(rows.groups)
    times = None if rows.times is None else np.tile(np.asarray(rows.times), 2)
    return Rows(weights=np.tile(weights / 2, 2), groups=np.tile(groups, 2), times=times)


class CartesianSaving(ProbabilityModel):
    """The Cartesian baseline as a ranker: the more a customer would save, the likelier; a logistic curve of one number.

    Fitted on the column `saving_cny` alone. The slope is held above 0, so that the ranking is the saving's.
    """

    name: ClassVar[str] = "cartesian_saving"
    least_slope: ClassVar[float] = 1e-6  # log odds a CNY
    median: float
    slope: float
    intercept: float

    def _fit(self, matrix: Floats, target: Floats, rows: Rows) -> None:
        saving = matrix[:, self.schema.names.index(SAVING)]
        self.median = float(np.nanmedian(saving)) if np.isfinite(saving).any() else 0.0
        curve = LogisticRegression().fit(self._saving(matrix)[:, None], target, sample_weight=rows.weights)
        self.slope, self.intercept = float(curve.coef_[0, 0]), float(curve.intercept_[0])
        if self.slope < self.least_slope:
            rate = float(target.mean())
            self.slope, self.intercept = self.least_slope, float(np.log(rate / (1 - rate)))

    def _predict(self, matrix: Floats) -> Floats:
        return np.asarray(expit(self.intercept + self.slope * self._saving(matrix)))

    def _saving(self, matrix: Floats) -> Floats:
        return np.nan_to_num(matrix[:, self.schema.names.index(SAVING)], nan=self.median)

    def _state(self) -> dict[str, Any]:
        return {"median": self.median, "slope": self.slope, "intercept": self.intercept}

    def _restore(self, state: dict[str, Any], texts: dict[str, str]) -> None:  # noqa: ARG002 # the base's signature
        self.median = state["median"]
        self.slope = state["slope"]
        self.intercept = state["intercept"]
