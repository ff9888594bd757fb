"""Metrics against slow and obvious versions of themselves."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.metrics import expected_calibration_error, lift, probability_metrics, qini, tie_mean, uplift_at


def slow_qini_area(outcome: list[int], treated: list[int], score: list[float]) -> float:
    """Point by point over the thresholds, as Radcliffe draws it, less the triangle under the random line."""
    points = [(0.0, 0.0)]
    for threshold in sorted(set(score), reverse=True):
        chosen = [(y, t) for y, t, s in zip(outcome, treated, score, strict=True) if s >= threshold]
        n_treated = sum(t for _, t in chosen)
        n_control = len(chosen) - n_treated
        responders = sum(y for y, t in chosen if t), sum(y for y, t in chosen if not t)
        points.append((len(chosen), responders[0] - (responders[1] * n_treated / n_control if n_control else 0)))
    trapezoids = [(b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in pairwise(points)]
    return sum(trapezoids) - points[-1][0] * points[-1][1] / 2


rows = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1), st.integers(0, 5)), min_size=8, max_size=60)


@given(rows)
def test_qini_is_the_ratio_of_two_areas_over_the_random_line(given_rows: list[tuple[int, int, int]]) -> None:
    outcome, treated, score = map(list, zip(*given_rows, strict=True))
    perfect = slow_qini_area(outcome, treated, [y * (2 * t - 1) for y, t in zip(outcome, treated, strict=True)])
    fast = qini(*(np.array(column, dtype=float) for column in (outcome, treated, score)))
    if perfect == pytest.approx(0, abs=1e-9):
        return
    assert fast == pytest.approx(slow_qini_area(outcome, treated, score) / perfect)


def test_qini_of_the_perfect_order_is_one_and_of_a_constant_zero() -> None:
    outcome, treated = np.array([1.0, 1, 0, 0, 1, 0]), np.array([1.0, 0, 1, 0, 1, 0])
    assert qini(outcome, treated, outcome * (2 * treated - 1)) == pytest.approx(1)
    assert qini(outcome, treated, np.full(6, 0.3)) == pytest.approx(0)


def test_uplift_at_a_share_is_the_difference_of_rates_among_the_highest() -> None:
    outcome, treated = np.array([1.0, 0, 1, 1, 0, 0]), np.array([1.0, 0, 1, 0, 1, 0])
    score = np.array([0.9, 0.8, 0.7, 0.3, 0.2, 0.1])
    assert uplift_at(0.5, outcome, treated, score) == pytest.approx(2 / 2 - 0 / 1)
    assert uplift_at(0.5, outcome, treated, np.zeros(6)) == pytest.approx(2 / 3 - 1 / 3)


@given(st.permutations(range(12)))
def test_no_metric_depends_on_the_order_of_the_rows(order: list[int]) -> None:
    target = np.array([1.0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0])
    probability = np.round(np.linspace(0.9, 0.1, 12), 1)
    shuffled = probability_metrics(target[order], probability[order])
    assert shuffled == pytest.approx(probability_metrics(target, probability))


def test_calibration_error_is_the_mean_gap_of_ten_bins() -> None:
    random = np.random.default_rng(0)
    probability = np.sort(random.random(1000))
    target = (random.random(1000) < probability**2).astype(float)
    bins = zip(np.split(probability, 10), np.split(target, 10), strict=True)
    assert expected_calibration_error(target, probability) == pytest.approx(
        np.mean([abs(p.mean() - y.mean()) for p, y in bins])
    )


def test_lift_of_everybody_is_one_and_of_a_perfect_decile_is_one_over_the_rate() -> None:
    target = np.repeat([1.0, 0.0], [10, 90])
    assert lift(target, np.arange(100.0), 1.0) == pytest.approx(1)
    assert lift(target, target, 0.1) == pytest.approx(10)
    assert lift(target, np.zeros(100), 0.1) == pytest.approx(1)


def test_tied_rows_share_their_mean() -> None:
    assert tie_mean(np.array([1.0, 0.0, 1.0]), np.array([0.5, 0.5, 0.9])).tolist() == [0.5, 0.5, 1.0]
