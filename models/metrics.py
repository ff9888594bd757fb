"""How good probabilities and rankings are. Ties count as their mean, so no figure depends on the order of the rows."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import average_precision_score, log_loss, roc_auc_score

from models.feature_schema import Floats

BINS = 10


def probability_metrics(target: Floats, probability: Floats) -> dict[str, float]:
    """All metrics of calibrated probabilities against 0/1 outcomes of both classes."""
    return {
        "auc": float(roc_auc_score(target, probability)),
        "average_precision": float(average_precision_score(target, probability)),
        "log_loss": float(log_loss(target, probability)),
        "ece": expected_calibration_error(target, probability),
        "lift_top_decile": lift(target, probability, 0.1),
    }


def expected_calibration_error(target: Floats, probability: Floats) -> float:
    """Mean |probability − frequency| over 10 bins of (nearly) equal count, weighted by their rows.

    >>> expected_calibration_error(np.array([0.0, 1.0]), np.array([0.5, 0.5]))
    0.0
    """
    order = np.argsort(probability, kind="stable")
    gap = (probability - tie_mean(target, probability))[order]
    return float(sum(abs(part.sum()) for part in np.array_split(gap, BINS)) / len(gap))


def lift(target: Floats, score: Floats, share: float) -> float:
    """Rate among the `share` of the rows with the highest score, over the rate among all rows.

    >>> lift(np.array([1.0, 0, 0, 0]), np.array([0.9, 0.1, 0.2, 0.3]), 0.25)
    4.0
    """
    return float(_top(score, share, tie_mean(target, score)).mean() / target.mean())


def uplift_at(share: float, outcome: Floats, treated: Floats, score: Floats) -> float:
    """Treated rate minus control rate among the `share` with the highest score; NaN where an arm is missing there."""
    columns = (treated, 1 - treated, outcome * treated, outcome * (1 - treated))
    n_treated, n_control, y_treated, y_control = (_top(score, share, tie_mean(c, score)).sum() for c in columns)
    return float(y_treated / n_treated - y_control / n_control) if n_treated and n_control else float("nan")


def qini(outcome: Floats, treated: Floats, score: Floats) -> float:
    """Area between the score's Qini curve and the random line, over the area between the perfect curve and that line.

    Radcliffe 2007; the perfect order puts treated responders first and control responders last. A constant score has 0.
    """
    perfect = _qini_area(outcome, treated, outcome * (2 * treated - 1))
    return _qini_area(outcome, treated, score) / perfect if perfect else float("nan")


def _qini_area(outcome: Floats, treated: Floats, score: Floats) -> float:
    order = np.argsort(-score, kind="stable")
    last_of_tie = np.append(np.diff(score[order]) != 0, True)
    columns = (treated, 1 - treated, outcome * treated, outcome * (1 - treated))
    n_treated, n_control, y_treated, y_control = (np.cumsum(c[order])[last_of_tie] for c in columns)
    ratio = np.divide(n_treated, n_control, out=np.zeros_like(n_treated), where=n_control > 0)
    gained = np.append(0.0, y_treated - y_control * ratio)
    rows = np.append(0.0, n_treated + n_control)
    return float(np.trapezoid(gained, rows) - gained[-1] * rows[-1] / 2)


def tie_mean(values: Floats, score: Floats) -> Floats:
    """Each value replaced by the mean over the rows of the same score: what any order within a tie gives on average."""
    _, tie = np.unique(score, return_inverse=True)
    return np.asarray((np.bincount(tie, values) / np.bincount(tie))[tie])


def _top(score: Floats, share: float, values: Floats) -> Floats:
    return values[np.argsort(-score, kind="stable")[: max(1, round(share * len(score)))]]
