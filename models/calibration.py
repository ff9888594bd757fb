"""Turns a model's probabilities into frequencies without changing their order.

Beta calibration (Kull, Silva Filho, Flach 2017, eq. 4): logit q = a·ln p − b·ln(1 − p) + c with a, b > 0;
a = b = 1, c = 0 changes nothing, a = b is Platt's on the logit. Three numbers cannot overfit as isotonic steps do,
and never tie two customers or give 0 or 1.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, logit, xlogy

from models.feature_schema import Floats

TINY = 1e-9
FOLDS = 5
STEEPNESS = (0.05, 20.0)  # bounds of a and b: a positive slope keeps the order


@dataclass(frozen=True)
class Calibration:
    """The three numbers of a beta calibration; the default leaves probabilities as they are."""

    a: float = 1.0
    b: float = 1.0
    c: float = 0.0

    def apply(self, probability: Floats) -> Floats:
        """Calibrated probabilities, strictly increasing in the given ones.

        >>> Calibration(c=1.0).apply(np.array([0.5])).round(3).tolist()
        [0.731]
        """
        return np.asarray(expit(_inputs(probability) @ np.array([self.a, self.b, self.c])))

    def to_json(self) -> dict[str, float]:
        """The three numbers by name."""
        return asdict(self)


def calibration_line(target: Floats, probability: Floats) -> tuple[float, float]:
    """Slope and intercept of the outcomes' log odds on the predicted ones (Cox 1958): 1 and 0 where calibrated.

    A slope below 1: the probabilities are spread too far apart.
    """
    p = np.clip(probability, TINY, 1 - TINY)
    inputs = np.column_stack([logit(p), np.ones_like(p)])

    def loss(line: Floats) -> tuple[float, Floats]:
        score = inputs @ line
        return np.logaddexp(0, score).mean() - (target * score).mean(), inputs.T @ (expit(score) - target) / len(target)

    best = minimize(loss, np.array([1.0, 0.0]), jac=True)
    return float(best.x[0]), float(best.x[1])


def fit_calibration(probability: Floats, target: Floats, weights: Floats | None = None) -> Calibration:
    """The calibration of out-of-fold probabilities: the identity unless another lowers the log loss beyond noise."""
    weights = np.ones_like(target) if weights is None else weights
    folds = np.arange(len(target)) % FOLDS
    if min(target.sum(), (1 - target).sum()) < 10 * FOLDS:
        return Calibration()
    calibrated = np.empty_like(probability)
    for fold in range(FOLDS):
        learn, held = folds != fold, folds == fold
        calibrated[held] = _fit(probability[learn], target[learn], weights[learn]).apply(probability[held])
    gain = weights * (_losses(probability, target) - _losses(calibrated, target))
    beyond_noise = gain.mean() > gain.std() / np.sqrt(len(gain))
    return _fit(probability, target, weights) if beyond_noise else Calibration()


def _fit(probability: Floats, target: Floats, weights: Floats) -> Calibration:
    inputs = _inputs(probability)

    def loss(abc: Floats) -> tuple[float, Floats]:
        score = inputs @ abc
        value = weights @ (np.logaddexp(0, score) - target * score)
        slope = inputs.T @ (weights * (expit(score) - target))
        return value / weights.sum(), slope / weights.sum()

    best = minimize(loss, np.array([1.0, 1.0, 0.0]), jac=True, bounds=[STEEPNESS, STEEPNESS, (None, None)])
    return Calibration(*map(float, best.x))


def _inputs(probability: Floats) -> Floats:
    p = np.clip(probability, TINY, 1 - TINY)
    return np.column_stack([np.log(p), -np.log1p(-p), np.ones_like(p)])


def _losses(probability: Floats, target: Floats) -> Floats:
    p = np.clip(probability, TINY, 1 - TINY)
    return np.asarray(-xlogy(target, p) - xlogy(1 - target, 1 - p))
