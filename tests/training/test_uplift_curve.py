"""Uplift curves: an effect that is there is found where the score says, one that is not stays within its spread."""

from __future__ import annotations

import numpy as np
import pytest

from training.uplift_curve import uplift_row

SIZE = 2_000


def made(rng: np.random.Generator, effect: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Outcome, treated, score: treatment adds `effect` to those whose score is above the median."""
    score, treated = rng.random(SIZE), (rng.random(SIZE) < 0.5).astype(float)
    chance = 0.2 + effect * treated * (score > 0.5)
    return (rng.random(SIZE) < chance).astype(float), treated, score


def test_an_effect_is_found_where_the_score_is_high() -> None:
    outcome, treated, score = made(np.random.default_rng(1), effect=0.2)
    row = uplift_row(outcome, treated, score, np.arange(SIZE))
    assert row["qini"] > 3 * row["qini_sd"]
    assert row["uplift_30"] == pytest.approx(0.2, abs=3 * row["uplift_30_sd"])
    assert row["uplift_100"] == pytest.approx(0.1, abs=3 * row["uplift_100_sd"])
    assert row["treated"] + row["controls"] == SIZE


def test_without_an_effect_nothing_is_claimed() -> None:
    outcome, treated, score = made(np.random.default_rng(2), effect=0.0)
    row = uplift_row(outcome, treated, score, np.arange(SIZE))
    assert abs(row["qini"]) < 3 * row["qini_sd"]
    assert abs(row["uplift_100"]) < 3 * row["uplift_100_sd"]


def test_the_spread_is_over_persons() -> None:
    rng = np.random.default_rng(3)
    outcome, treated, score = (np.repeat(values, 4) for values in made(rng, effect=0.1))
    own = uplift_row(outcome, treated, score, np.arange(4 * SIZE))["uplift_100_sd"]
    shared = uplift_row(outcome, treated, score, np.repeat(np.arange(SIZE), 4))["uplift_100_sd"]
    assert shared == pytest.approx(2 * own, rel=0.25)
