"""What must be true of every model of a table, whatever it is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss

from data.errors import BadInput
from models.base import ProbabilityModel, Rows
from models.baselines import BaseRate, Logistic
from models.boosted import BoostedClassifier, BoostSettings
from models.boosted_numbers import BoostedNumber
from models.meta_learners import DRLearner, TLearner, XLearner
from models.metrics import qini
from models.uplift import UpliftModel

QUICK = BoostSettings(max_rounds=60, patience=10, folds=2, num_threads=1, min_data_in_leaf=20)

MODELS: dict[str, Callable[[], ProbabilityModel]] = {
    "dummy": BaseRate,
    "logistic": Logistic,
    "boosted": lambda: BoostedClassifier(QUICK),
    "uplift": lambda: UpliftModel(QUICK),
    "t_learner": lambda: TLearner(QUICK),
    "x_learner": lambda: XLearner(QUICK),
    "dr_learner": lambda: DRLearner(QUICK),
}
EFFECTS: dict[str, type[UpliftModel | TLearner]] = {
    model.name: model for model in (UpliftModel, TLearner, XLearner, DRLearner)
}
every_model = pytest.mark.parametrize("name", MODELS)


def customers(rows: int, seed: int) -> tuple[pd.DataFrame, np.ndarray, Rows]:
    """Customers who say yes the more the higher their fee and in one brand; a treatment helps those of brand b."""
    random = np.random.default_rng(seed)
    fee = random.gamma(4, 25, rows)
    brand = random.choice(["a", "b", "c"], rows)
    treated = random.integers(0, 2, rows)
    logit = (fee - 100) / 40 + (brand == "a") + 1.5 * treated * (brand == "b") - 1
    frame = pd.DataFrame({"fee_cny": np.where(random.random(rows) < 0.1, np.nan, fee), "brand": brand})
    frame["vip"] = random.random(rows) < 0.3
    frame["calls"] = pd.array(random.poisson(2, rows), dtype="Int64")
    return frame, (random.random(rows) < 1 / (1 + np.exp(-logit))).astype(float), Rows(treated=treated)


def fitted(name: str, seed: int = 1) -> ProbabilityModel:
    return MODELS[name]().fit(*customers(1200, seed))


@every_model
def test_fitting_again_gives_the_same_model(name: str) -> None:
    frame, *_ = customers(300, seed=2)
    assert np.array_equal(fitted(name).predict(frame), fitted(name).predict(frame))


@every_model
def test_a_model_that_was_saved_and_loaded_predicts_the_same_to_the_last_bit(name: str, tmp_path: Path) -> None:
    model, (frame, *_) = fitted(name), customers(300, seed=2)
    model.save(tmp_path / "model")
    loaded = type(model).load(tmp_path / "model")
    assert np.array_equal(loaded.predict(frame), model.predict(frame))
    assert loaded.schema == model.schema


@every_model
def test_a_model_saved_twice_is_the_same_text(name: str, tmp_path: Path) -> None:
    model = fitted(name)
    model.save(tmp_path / "first")
    type(model).load(tmp_path / "first").save(tmp_path / "second")
    for path in (tmp_path / "first").iterdir():
        assert path.read_text() == (tmp_path / "second" / path.name).read_text()


@every_model
def test_each_row_is_predicted_for_itself(name: str) -> None:
    model, (frame, *_) = fitted(name), customers(300, seed=2)
    shuffled = frame.sample(frac=1, random_state=0)
    expected = pd.Series(model.predict(frame)).loc[shuffled.index]
    assert np.allclose(model.predict(shuffled), expected, rtol=0, atol=1e-12)


@every_model
def test_the_order_of_columns_and_columns_beside_do_not_matter(name: str) -> None:
    model, (frame, *_) = fitted(name), customers(300, seed=2)
    other = frame[frame.columns[::-1]].assign(customer_id="c1")
    assert np.array_equal(model.predict(other), model.predict(frame))


@every_model
def test_the_matrix_that_serving_keeps_gives_what_the_frame_gives(name: str) -> None:
    model, (frame, *_) = fitted(name), customers(300, seed=2)
    assert np.array_equal(model.predict_matrix(model.schema.encode(frame)), model.predict(frame))


@every_model
def test_what_is_given_is_left_untouched(name: str) -> None:
    frame, target, rows = customers(400, seed=3)
    before, target_before = frame.copy(deep=True), target.copy()
    MODELS[name]().fit(frame, target, rows).predict(frame)
    pd.testing.assert_frame_equal(frame, before)
    assert np.array_equal(target, target_before)


@every_model
def test_nulls_and_levels_never_seen_get_a_number(name: str) -> None:
    frame, *_ = customers(3, seed=2)
    strange = frame.assign(brand=["new", None, "a"], fee_cny=[None, None, None])
    assert np.isfinite(fitted(name).predict(strange)).all()


@every_model
def test_wrong_columns_are_shown_as_a_difference(name: str) -> None:
    frame, *_ = customers(5, seed=2)
    wrong = frame.drop(columns="fee_cny").assign(vip="yes", fee=1.0)
    with pytest.raises(BadInput) as raised:
        fitted(name).predict(wrong)
    lines = [line.strip() for line in str(raised.value).splitlines()]
    assert "- fee_cny: missing (number)" in lines
    assert any(line.startswith("~ vip: wanted a number, came category") for line in lines)
    assert "+ fee: came, but was not fitted on" in lines


@every_model
def test_the_target_must_be_yes_and_no(name: str) -> None:
    frame, target, rows = customers(50, seed=2)
    with pytest.raises(BadInput, match="both 0 and 1"):
        MODELS[name]().fit(frame, np.ones(50), rows)
    with pytest.raises(BadInput, match="1 nulls in 50 rows"):
        MODELS[name]().fit(frame, np.append(target[:-1], np.nan), rows)
    with pytest.raises(BadInput, match="50 rows of features, 49 of target"):
        MODELS[name]().fit(frame, target[:-1], rows)


@every_model
def test_a_model_that_is_not_fitted_says_so(name: str) -> None:
    frame, *_ = customers(5, seed=2)
    with pytest.raises(BadInput, match="not fitted yet"):
        MODELS[name]().predict(frame)


@every_model
def test_a_folder_that_is_not_whole_is_refused(name: str, tmp_path: Path) -> None:
    model = fitted(name)
    with pytest.raises(BadInput, match=r"no model\.json"):
        type(model).load(tmp_path)
    model.save(tmp_path)
    for tree in tmp_path.glob("*.txt"):
        tree.write_text(tree.read_text()[:-100])
        with pytest.raises(BadInput, match="missing or was changed after saving"):
            type(model).load(tmp_path)
    other = UpliftModel if name != "uplift" else Logistic
    with pytest.raises(BadInput, match=f"holds a {name} model"):
        other.load(tmp_path)


@pytest.mark.parametrize("name", ["logistic", "boosted"])
def test_a_model_beats_the_base_rate_on_customers_it_has_not_seen(name: str) -> None:
    frame, target, _ = customers(2000, seed=9)
    assert log_loss(target, fitted(name).predict(frame)) < 0.95 * log_loss(target, fitted("dummy").predict(frame))


def effect_model(name: str) -> UpliftModel | TLearner:
    """With as many trees as the inner folds want."""
    return EFFECTS[name](replace(QUICK, max_rounds=400, patience=20))


@pytest.mark.parametrize("name", EFFECTS)
def test_a_model_of_effects_finds_whom_the_treatment_moves(name: str) -> None:
    frame, target, rows = customers(3000, seed=9)
    treated = np.asarray(rows.treated, dtype=float)
    effects = effect_model(name).fit(*customers(6000, seed=8))
    response = MODELS["boosted"]().fit(*customers(3000, seed=8)[:2])
    found = effects.predict(frame)
    assert found[frame["brand"] == "b"].mean() > 0.15 > 0.1 > found[frame["brand"] != "b"].mean()
    assert qini(target, treated, found) > qini(target, treated, response.predict(frame)) + 0.05


@pytest.mark.parametrize("name", EFFECTS)
def test_the_mean_effect_is_the_true_one(name: str) -> None:
    frame, *_ = customers(3000, seed=9)
    logit = (frame["fee_cny"].fillna(100.0) - 100) / 40 + (frame["brand"] == "a") - 1
    p = [1 / (1 + np.exp(-logit - 1.5 * arm * (frame["brand"] == "b"))) for arm in (0, 1)]
    found = effect_model(name).fit(*customers(6000, seed=8)).predict(frame)
    assert found.mean() == pytest.approx((p[1] - p[0]).mean(), abs=0.03)


@pytest.mark.parametrize("name", EFFECTS)
def test_an_effect_needs_both_arms(name: str) -> None:
    frame, target, _ = customers(300, seed=2)
    with pytest.raises(BadInput, match=r"both 0 \(control\) and 1 \(treated\)"):
        MODELS[name]().fit(frame, target, Rows(treated=np.ones(300)))


def test_numbers_are_learnt_and_a_mean_stands_where_there_is_nothing_to_learn() -> None:
    frame, target, _ = customers(2000, seed=3)
    signal = frame["fee_cny"].fillna(100.0).to_numpy() / 50 + target
    model = BoostedNumber(QUICK).fit(frame, signal)
    assert np.corrcoef(model.predict(frame), signal)[0, 1] > 0.8
    noise = np.random.default_rng(0).normal(3.0, 1.0, 400)
    bland = BoostedNumber(QUICK).fit(frame.head(400)[["vip"]], noise)
    assert bland.predict(frame.head(5)[["vip"]]) == pytest.approx(np.full(5, noise.mean()), abs=0.2)
