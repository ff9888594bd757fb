"""Uptake: monotone in the saving, no offer id, and the Cartesian saving as a ranker."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.offer_features import MONOTONE, NUMBERS, OFFER_FEATURES
from models.uptake import CartesianSaving, UptakeModel


def pitches(rows: int = 800, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Offers whose acceptance grows with the saving, beside a label that says nothing."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({name: rng.normal(size=rows) for name in NUMBERS})
    frame["saving_cny"] = rng.normal(0, 20, rows)
    frame["offer_kind"] = rng.choice(["plan", "data_pack"], rows)
    frame["tenure_months"] = rng.integers(1, 200, rows).astype(float)
    target = (rng.random(rows) < 1 / (1 + np.exp(1.5 - frame["saving_cny"] / 15))).astype(float)
    return frame[["tenure_months", *OFFER_FEATURES]], target.to_numpy()


@pytest.fixture(scope="module")
def model() -> UptakeModel:
    return UptakeModel().fit(*pitches())


@given(seed=st.integers(0, 10_000), more=st.floats(0, 200))
@settings(max_examples=30)
def test_a_bigger_saving_never_lowers_the_probability(model: UptakeModel, seed: int, more: float) -> None:
    frame, _ = pitches(20, seed)
    better = frame.assign(saving_cny=frame["saving_cny"] + more)
    assert (model.predict(better) >= model.predict(frame) - 1e-12).all()


def test_no_offer_id_is_a_feature_and_every_sign_names_a_feature() -> None:
    assert not [name for name in OFFER_FEATURES if name.endswith("_id")]
    assert set(MONOTONE) <= set(NUMBERS)


def test_an_offer_never_seen_in_training_is_scored_by_its_terms(model: UptakeModel) -> None:
    frame, _ = pitches(5, 1)
    new = frame.assign(offer_kind="a_new_kind")
    assert np.isfinite(model.predict(new)).all()


def test_a_saved_model_predicts_the_same(model: UptakeModel, tmp_path: Path) -> None:
    frame, _ = pitches(50, 2)
    model.save(tmp_path)
    np.testing.assert_array_equal(UptakeModel.load(tmp_path).predict(frame), model.predict(frame))


def test_labels_that_say_nothing_are_left_alone(model: UptakeModel) -> None:
    assert model.importance()["tenure_months"] < 0.1
    assert model.importance()["saving_cny"] > 0.5


def test_the_cartesian_baseline_ranks_by_the_saving_alone(tmp_path: Path) -> None:
    frame, target = pitches()
    baseline = CartesianSaving().fit(frame, target)
    order = np.argsort(frame["saving_cny"].to_numpy())
    assert (np.diff(baseline.predict(frame)[order]) >= 0).all()
    baseline.save(tmp_path)
    np.testing.assert_array_equal(CartesianSaving.load(tmp_path).predict(frame), baseline.predict(frame))


def test_the_cartesian_baseline_keeps_its_ranking_where_savings_were_refused() -> None:
    frame, target = pitches()
    baseline = CartesianSaving().fit(frame, 1 - target)
    order = np.argsort(frame["saving_cny"].to_numpy())
    probability = baseline.predict(frame)
    assert (np.diff(probability[order]) >= 0).all()
    assert probability.mean() == pytest.approx((1 - target).mean(), abs=0.01)


def test_a_line_without_a_price_gets_the_median_saving() -> None:
    frame, target = pitches()
    baseline = CartesianSaving().fit(frame, target)
    unknown = frame.head(1).assign(saving_cny=np.nan)
    assert baseline.predict(unknown)[0] == pytest.approx(
        baseline.predict(frame.head(1).assign(saving_cny=frame["saving_cny"].median()))[0]
    )
