"""A verdict says wins, losses and noise alike."""

from __future__ import annotations

import numpy as np
import pytest

from training.bench_report import BenchReport


def report(model: list[float], logistic: list[float]) -> BenchReport:
    return BenchReport(100, {"split": "5-fold x 1"}, {"model": {"auc": model}, "logistic": {"auc": logistic}})


@pytest.mark.parametrize(
    ("difference", "verdict"),
    [(0.05, "better beyond noise"), (0.001, "no difference beyond noise"), (-0.05, "worse beyond noise")],
)
def test_a_difference_counts_only_beyond_the_spread_of_its_folds(difference: float, verdict: str) -> None:
    spread = np.array([-0.01, 0.01, 0.0, 0.005, -0.005])
    assert report(list(0.7 + difference + spread), [0.7] * 5).verdict.endswith(verdict)


def trial(qini: float, response: float, sd: float, passes: int = 1) -> BenchReport:
    """Five folds a pass with that mean and spread; the response model's spread is its own."""
    spread, other = (np.tile(values, passes) for values in ([-2.0, 1, 0, 2, -1], [1.0, 2, -2, 0, -1]))
    spread, other = (values / values.std(ddof=1) * sd for values in (spread, other))
    scores = {
        "model": {"qini": list(qini + spread)},
        "response_model": {"qini": list(response + other)},
        "plain_s_learner": {"qini": list(qini + other)},
    }
    return BenchReport(100, {"split": f"5-fold x {passes}"}, scores)


@pytest.mark.parametrize(
    ("qini", "response", "sd", "passes", "found", "beside"),
    [
        (0.18, 0.18, 0.07, 1, "ranks whom the treatment moves above chance", "no better beyond noise than a response"),
        (0.18, 0.40, 0.05, 1, "ranks whom the treatment moves above chance", "worse than a response model alone"),
        (0.0608, 0.0206, 0.0097, 5, "finds whom the treatment moves", "better than a response"),  # Hillstrom womens
        (0.0147, 0.0263, 0.0104, 5, "nothing to learn", "not above 0 beyond noise"),  # Hillstrom mens
        (0.01, -0.30, 0.05, 1, "nothing to learn", "not above 0 beyond noise"),
    ],
)
def test_an_uplift_verdict_says_whether_qini_is_above_0_and_whether_above_the_response_model(
    qini: float, response: float, sd: float, passes: int, found: str, beside: str
) -> None:
    verdict = trial(qini, response, sd, passes).verdict
    assert found in verdict
    assert beside in verdict
    assert ("nothing to learn" in verdict) == (found == "nothing to learn")


def test_splitting_the_same_rows_again_adds_no_certainty_about_the_level_of_qini() -> None:
    widths = [trial(0.05, 0.0, 0.02, passes).level("qini")[1] for passes in (1, 20)]
    assert widths[1] == pytest.approx(widths[0])


def test_folds_that_share_rows_count_for_less_than_independent_ones() -> None:
    once = report([0.70, 0.72, 0.71, 0.73, 0.69], [0.7] * 5)
    often = report([0.70, 0.72, 0.71, 0.73, 0.69] * 100, [0.7] * 500)
    noise_once, noise_often = once.gain("auc", "logistic")[1], often.gain("auc", "logistic")[1]
    assert noise_once is not None
    assert noise_often is not None
    assert noise_once > noise_often > 0.4 * noise_once


def test_what_is_not_a_number_is_null_in_the_document() -> None:
    document = report([float("nan")] * 5, [0.7] * 5).to_json()
    assert document["model"]["auc"] == {"mean": None, "sd": None}
    assert document["baselines"]["logistic"]["auc"] == {"mean": pytest.approx(0.7), "sd": pytest.approx(0)}
