"""Will the customer accept the offer if an agent pitches it: P(accepted | pitched) of customer x offer."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from data.errors import BadInput
from features import request_features
from features.offer_features import KIND, MONOTONE
from features.request_features import ASKS, REQUEST_FEATURES
from models.base import ProbabilityModel, Rows
from models.bill_response import BillResponse
from models.boosted import BoostedClassifier, BoostSettings
from models.feature_schema import Floats
from models.inner_folds import Fold
from models.saving_curve import Offered, SavingCurve, fit_curve

SAVING, OVERAGE_SAVED = "saving_cny", "overage_saved_cny"
OTHER_GAIN = 0.05  # of a split on labels or the offer, when it is compared with splits on the call
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
    """A curve of the saving that customers really get, and trees on labels, offer and call for what it leaves open.

    `response` says what becomes of the bill (`models.bill_response`), hence what is saved; a bigger saving never lowers
    the probability, all else equal. The trees begin at the curve of other persons' outcomes. Pitches are few, labels
    many, and of the offer the curve has spoken, so a split on either must gain more than one on the call: with few
    pitches the curve decides, with many what matters beside it comes in.
    Each pitch is learnt twice at half its weight, once with its call and once with the call hidden, so that one model
    answers both an agent on the line and a bulk run, calibrated in both.
    """

    name: ClassVar[str] = "uptake"
    curve: SavingCurve

    def __init__(self, settings: BoostSettings | None = None, response: BillResponse | None = None) -> None:
        super().__init__(settings or UPTAKE_SETTINGS)
        self.response = response or BillResponse()

    def contributions_matrix(self, matrix: Floats) -> Floats:
        """(rows, features + 1) log odds, the base value last; the curve's shares stand with kind, saving and call."""
        found = super().contributions_matrix(matrix)
        shares = self.curve.shares(self._offered(matrix))
        for source, name in {"kind": KIND, "saving": SAVING, "call": ASKS}.items():
            found[:, self.schema.names.index(name)] += shares[source]
        found[:, -1] += self.curve.base
        return found

    def _fit(self, matrix: Floats, target: Floats, rows: Rows) -> None:
        hidden = np.where(np.isin(self.schema.names, REQUEST_FEATURES), np.nan, matrix)
        if np.array_equal(hidden, matrix, equal_nan=True):
            super()._fit(matrix, target, rows)
        else:
            super()._fit(np.concatenate([matrix, hidden]), np.tile(target, 2), _twice(rows, len(target)))

    def _given(self, matrix: Floats) -> Floats:
        return self.curve.log_odds(self._offered(matrix))

    def _start(self, matrix: Floats, target: Floats, rows: Rows, folds: list[Fold]) -> Floats:
        offered = self._offered(matrix)
        weights = np.ones(len(target)) if rows.weights is None else np.asarray(rows.weights, dtype=np.float64)
        self.curve = fit_curve(offered, target, weights)
        start = self.curve.log_odds(offered)
        for learn, held in folds:
            other = fit_curve(offered.take(learn), target[learn], weights[learn])
            start[held] = other.log_odds(offered.take(held))
        return start

    def _offered(self, matrix: Floats) -> Offered:
        place = self.schema.names.index
        levels = np.array([*(self.schema.columns[place(KIND)].levels or ()), ""], dtype=object)
        codes = np.nan_to_num(matrix[:, place(KIND)], nan=len(levels) - 1).astype(np.intp)
        kind = levels[codes]
        change = self.response.changes(list(kind), matrix[:, place(SAVING)], matrix[:, place(OVERAGE_SAVED)])
        return Offered(kind, -change, matrix[:, place(ASKS)])

    def _parameters(self, seed: int) -> dict[str, Any]:
        weights = [1.0 if name in REQUEST_FEATURES else OTHER_GAIN for name in self.schema.names]
        return super()._parameters(seed) | {"feature_contri": weights}

    def _state(self) -> dict[str, Any]:
        return super()._state() | {"response": self.response.to_json(), "curve": self.curve.to_json()}

    def _restore(self, state: dict[str, Any], texts: dict[str, str]) -> None:
        super()._restore(state, texts)
        if "curve" not in state:
            raise BadInput(
                "this uptake model is of an older version and has no saving curve; run: nextcall train uptake"
            )
        self.response = BillResponse.from_json(state["response"])
        self.curve = SavingCurve(**state["curve"])


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
