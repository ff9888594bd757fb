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
