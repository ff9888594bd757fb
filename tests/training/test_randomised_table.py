"""Randomised pitches of a simulated operator: the truth is calibrated on them, and their features are complete."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.lake import open_lake
from data.settings import Settings
from features.request_features import REQUEST_FEATURES
from training.effect_table import Decisions, drawn_decisions, effect_table
from training.randomised_table import randomised_rows, randomised_table

Drawn = tuple[pd.DataFrame, pd.DataFrame]


@pytest.fixture(scope="module")
def drawn(operator: Path, operator_settings: Settings) -> Drawn:  # the lake behind the settings
    lake = open_lake(operator_settings.lake, operator_settings)
    return randomised_rows(lake, lake.default_as_of(), 20_000, seed=3)


def test_the_answers_follow_the_truth_and_the_contract(drawn: Drawn) -> None:
    rows, features = drawn
    assert len(rows) == len(features) > 15_000
    assert rows["y"].mean() == pytest.approx(0.93 * rows["accept_probability"].mean(), rel=0.06)
    assert features[list(REQUEST_FEATURES)].notna().mean().min() > 0.9
    assert features["saving_cny"].notna().mean() > 0.9


def test_the_truth_is_calibrated_and_a_constant_has_no_slope() -> None:
    rng = np.random.default_rng(0)
    truth = rng.beta(2, 18, 40_000)
    y = (rng.random(len(truth)) < truth).astype(float)
    found = {"truth": truth, "twice": np.minimum(2 * truth, 0.99), "constant": np.full(len(truth), y.mean())}
    table = randomised_table(y, found).set_index("policy")
    loss, ratio, slope = (table[name].to_dict() for name in ("log_loss", "mean_ratio", "slope"))
    assert slope["truth"] == pytest.approx(1.0, abs=0.06)
    assert ratio["truth"] == pytest.approx(1.0, abs=0.04)
    assert loss["truth"] < loss["constant"] < loss["twice"]
    assert ratio["twice"] == pytest.approx(2.0, abs=0.1)
    assert np.isnan(slope["constant"])


def test_decisions_are_half_controls_and_leave_as_the_truth_says(drawn: Drawn) -> None:
    rows, features = drawn
    decisions = drawn_decisions(rows, features, seed=1)
    assert decisions.treated.mean() == pytest.approx(0.5, abs=0.02)
    control = decisions.treated == 0
    assert decisions.left[control].mean() == pytest.approx(rows["churn90_without"].mean(), rel=0.15)


def test_an_effect_that_is_there_is_found_and_beats_saying_zero() -> None:
    rng = np.random.default_rng(2)
    rows = 12_000
    frame = pd.DataFrame({"x": rng.normal(size=rows), "noise": rng.normal(size=rows)})
    treated = rng.integers(0, 2, rows).astype(float)
    effect = np.where(frame["x"] > 0, -0.2, 0.0)
    left = (rng.random(rows) < 0.3 + treated * effect).astype(float)
    table = effect_table(Decisions(frame, treated, left, effect), [8000], 4000).set_index("learner")
    assert table["mean_effect"].to_dict()["truth"] == pytest.approx(-0.1, abs=0.01)
    beside_zero, correlation = table["rmse_over_zero"].to_dict(), table["correlation"].to_dict()
    for name in ("s_learner", "t_learner", "x_learner", "dr_learner"):
        assert beside_zero[name] < 1
        assert correlation[name] > 0.5
    assert max(beside_zero[name] for name in ("t_learner", "x_learner", "dr_learner")) < beside_zero["mean"]
