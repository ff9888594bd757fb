"""Calibration repairs what is wrong, leaves alone what is right, and never changes an order."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit
from sklearn.metrics import log_loss

from models.calibration import Calibration, calibration_line, fit_calibration

positive = st.floats(0.05, 20)


def outcomes(probability: np.ndarray, seed: int) -> np.ndarray:
    return (np.random.default_rng(seed).random(len(probability)) < probability).astype(float)


@given(positive, positive, st.floats(-3, 3), st.lists(st.floats(0.001, 0.999), min_size=2, max_size=20, unique=True))
def test_the_order_of_probabilities_never_changes(a: float, b: float, c: float, given_: list[float]) -> None:
    calibrated = Calibration(a, b, c).apply(np.sort(given_))
    assert (np.diff(calibrated) >= 0).all()
    assert ((calibrated >= 0) & (calibrated <= 1)).all()


def test_probabilities_that_are_right_are_left_as_they_are() -> None:
    probability = np.random.default_rng(0).beta(2, 5, 20_000)
    assert fit_calibration(probability, outcomes(probability, 1)) == Calibration()


def test_overconfident_probabilities_are_drawn_in() -> None:
    true = np.random.default_rng(0).beta(2, 5, 20_000)
    told = expit(2 * logit(true) + 0.7)
    calibrated = fit_calibration(told, outcomes(true, 1)).apply(told)
    assert np.abs(calibrated - true).mean() < 0.01 < 0.07 < np.abs(told - true).mean()
    assert log_loss(outcomes(true, 2), calibrated) < log_loss(outcomes(true, 2), told) - 0.02


def test_too_few_rows_teach_nothing() -> None:
    assert fit_calibration(np.full(80, 0.01), np.repeat([1.0, 0.0], 40)) == Calibration()


def test_zero_and_one_stay_within_bounds() -> None:
    assert np.isfinite(logit(Calibration(2, 2, 1).apply(np.array([1e-9, 0.5])))).all()
    assert (Calibration().apply(np.array([0.0, 1.0])) == np.array([0, 1])).sum() == 0


def test_the_line_tells_what_was_done_to_calibrated_probabilities() -> None:
    truth = np.random.default_rng(1).beta(2, 12, 50_000)
    target = outcomes(truth, 2)
    assert np.allclose(calibration_line(target, truth), (1, 0), atol=0.05)
    too_far_apart = expit(2 * logit(truth) + 1)
    assert np.allclose(calibration_line(target, too_far_apart), (0.5, -0.5), atol=0.05)
