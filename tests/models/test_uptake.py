"""Uptake: monotone in the saving, no offer id, calibrated with and without a call, the Cartesian saving as a ranker."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from data.errors import BadInput
from features.offer_features import MONOTONE, NUMBERS, OFFER_FEATURES
from features.request_features import ASKS, REQUEST_FEATURES, request_features, without_request
from models.attributions import attribute
from models.bill_response import BillResponse, KindResponse
from models.calibration import calibration_line
from models.uptake import UPTAKE_SETTINGS, CartesianSaving, UptakeModel


def pitches(rows: int = 800, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Offers whose acceptance grows with the saving and in calls that ask for them; a label says nothing."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({name: rng.normal(size=rows) for name in NUMBERS})
    frame["saving_cny"] = rng.normal(0, 20, rows)
    frame["offer_kind"] = rng.choice(["plan", "data_pack"], rows)
    frame["tenure_months"] = rng.integers(1, 200, rows).astype(float)
    reasons = rng.choice(["plan_change", "data_pack", "balance"], rows)
    calls = frame.assign(intent=reasons, queue="tariff", at=pd.Timestamp("2026-01-05 10:00"))
    frame = frame.join(request_features(calls))
    logit = frame["saving_cny"] / 15 + 2.0 * frame[ASKS] - 2.0
    target = (rng.random(rows) < 1 / (1 + np.exp(-logit))).astype(float)
    return frame[["tenure_months", *OFFER_FEATURES, *REQUEST_FEATURES]], target.to_numpy()


@pytest.fixture(scope="module")
def model() -> UptakeModel:
    return UptakeModel().fit(*pitches(2400))


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


def test_a_call_that_asks_for_the_offer_raises_the_probability(model: UptakeModel) -> None:
    frame, _ = pitches(500, 3)
    asking = frame.assign(**{ASKS: 1.0})
    assert (model.predict(asking) >= model.predict(frame.assign(**{ASKS: 0.0})) - 1e-12).all()
    assert model.predict(asking).mean() > 1.3 * model.predict(frame.assign(**{ASKS: 0.0})).mean()


def test_one_model_is_calibrated_with_the_call_and_without_it(model: UptakeModel) -> None:
    frame, target = pitches(4000, 4)
    for features in (frame, without_request(frame)):
        probability = model.predict(features)
        slope, intercept = calibration_line(target, probability)
        assert probability.mean() == pytest.approx(target.mean(), rel=0.15)
        assert slope == pytest.approx(1.0, abs=0.3)
        assert intercept == pytest.approx(0.0, abs=0.3)
    assert roc_auc_score(target, model.predict(frame)) > roc_auc_score(target, model.predict(without_request(frame)))


def test_rows_without_any_call_are_learnt_once() -> None:
    frame, target = pitches(400)
    quick = replace(UPTAKE_SETTINGS, max_rounds=30, folds=2, ensemble=1)
    bulk = UptakeModel(quick).fit(without_request(frame), target)
    np.testing.assert_array_equal(bulk.predict(frame), bulk.predict(without_request(frame)))


def test_labels_that_say_nothing_are_left_alone(model: UptakeModel) -> None:
    importance = attribute(model, pitches(500, 5)[0]).importance()
    assert importance["tenure_months"] < 0.1 * importance["saving_cny"]
    assert importance.index[0] == "saving_cny"


def test_what_the_curve_and_the_trees_add_sums_to_the_score(model: UptakeModel) -> None:
    assert attribute(model, pitches(200, 6)[0]).residual < 1e-9


def test_savings_that_never_came_true_persuade_nobody() -> None:
    """Overage that re-rating saves and bills never showed: who knows the bills does not count on it."""
    frame, target = pitches(2400)
    frame = frame.assign(overage_saved_cny=np.abs(frame["saving_cny"]), offer_kind="plan")
    told = BillResponse({"plan": KindResponse(0.0, 1.0, 0.0, 0.0)})
    quick = replace(UPTAKE_SETTINGS, max_rounds=1, folds=2, ensemble=1)
    knows = UptakeModel(quick, told).fit(frame, target)
    more = frame.assign(saving_cny=frame["saving_cny"] + 30.0, overage_saved_cny=frame["overage_saved_cny"] + 30.0)
    np.testing.assert_allclose(knows.predict(more), knows.predict(frame), rtol=0.05)
    believes = UptakeModel(quick).fit(frame, target)
    assert (believes.predict(more) > believes.predict(frame)).mean() > 0.9


def test_a_model_that_was_saved_keeps_the_response_of_bills(tmp_path: Path) -> None:
    told = BillResponse({"plan": KindResponse(0.5, 0.9, 0.2, 0.1, 70, (1.0, 0.1, 0.2, 0.3))})
    quick = replace(UPTAKE_SETTINGS, max_rounds=5, folds=2, ensemble=1)
    frame, target = pitches(400)
    UptakeModel(quick, told).fit(frame, target).save(tmp_path)
    assert UptakeModel.load(tmp_path).response == told


def test_a_model_of_before_the_curve_says_what_to_run(model: UptakeModel, tmp_path: Path) -> None:
    model.save(tmp_path)
    document = json.loads((tmp_path / "model.json").read_text(encoding="utf-8"))
    del document["state"]["curve"]
    (tmp_path / "model.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(BadInput, match="older version and has no saving curve; run: nextcall train uptake"):
        UptakeModel.load(tmp_path)


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
