"""A better ranking is told from an equal one; customers, not rows, are drawn again."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from training.paired_gain import paired_auc_gain


def rows(noise: float, seed: int, repeats: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=400)
    y = (rng.random(400) < 1 / (1 + np.exp(-truth))).astype(float)
    frame = pd.DataFrame({"customer_id": np.arange(400), "y": y, "good": truth})
    frame["other"] = truth + noise * rng.normal(size=400)
    return pd.concat([frame] * repeats, ignore_index=True)


def test_a_better_ranking_is_better_beyond_noise_and_an_equal_one_is_not() -> None:
    better = paired_auc_gain([rows(3.0, seed) for seed in range(3)], "good", "other")
    assert 0 < better.low < better.mean < better.high
    equal = paired_auc_gain([rows(0.0, seed) for seed in range(3)], "good", "other")
    assert (equal.low, equal.mean, equal.high) == (0.0, 0.0, 0.0)


def test_the_other_way_round_is_the_negative() -> None:
    parts = [rows(1.0, 5)]
    one, other = paired_auc_gain(parts, "good", "other"), paired_auc_gain(parts, "other", "good")
    assert one.mean == pytest.approx(-other.mean)
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low))


def test_rows_of_one_customer_say_no_more_than_one_row() -> None:
    once, often = (paired_auc_gain([rows(1.0, 5, repeats)], "good", "other") for repeats in (1, 6))
    assert often.high - often.low == pytest.approx(once.high - once.low, rel=0.05)
