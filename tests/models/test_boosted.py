"""What boosted trees promise beyond what every model does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from data.errors import BadInput
from models.attributions import attribute
from models.base import Rows
from models.boosted import UNVALIDATED_ROUNDS, BoostedClassifier, BoostSettings
from tests.models.test_every_model import QUICK, customers

FRAME, TARGET, _ = customers(1500, seed=4)


def test_contributions_add_up_to_the_log_odds() -> None:
    model = BoostedClassifier(replace(QUICK, ensemble=2)).fit(FRAME, TARGET)
    matrix = model.schema.encode(FRAME.head(20))
    contributions = model.contributions_matrix(matrix)
    assert contributions.shape == (20, FRAME.shape[1] + 1)
    assert np.allclose(contributions.sum(axis=1), model.raw_matrix(matrix), atol=1e-9)
    assert np.allclose(model.calibration.apply(expit(model.raw_matrix(matrix))), model.predict_matrix(matrix))


def test_the_number_of_threads_does_not_change_the_model() -> None:
    one = BoostedClassifier(QUICK).fit(FRAME, TARGET)
    two = BoostedClassifier(replace(QUICK, num_threads=2)).fit(FRAME, TARGET)
    assert np.array_equal(one.predict(FRAME), two.predict(FRAME))


def test_a_monotone_column_never_turns_the_other_way() -> None:
    model = BoostedClassifier(replace(QUICK, monotone={"fee_cny": 1})).fit(FRAME, TARGET)
    fees = pd.concat([FRAME.head(1)] * 100).assign(fee_cny=np.linspace(1, 300, 100))
    assert (np.diff(model.predict(fees)) >= 0).all()


@pytest.mark.parametrize("monotone", [{"brand": 1}, {"nothing": 1}, {"fee_cny": 2}])
def test_a_monotone_column_must_be_a_number_with_a_sign(monotone: dict[str, int]) -> None:
    with pytest.raises(BadInput, match="numeric columns"):
        BoostedClassifier(replace(QUICK, monotone=monotone)).fit(FRAME, TARGET)


def test_settings_and_the_validated_loss_survive_saving(tmp_path: Path) -> None:
    model = BoostedClassifier(replace(QUICK, monotone={"fee_cny": 1})).fit(FRAME, TARGET)
    model.save(tmp_path)
    loaded = BoostedClassifier.load(tmp_path)
    assert (loaded.settings, loaded.rounds) == (model.settings, model.rounds)
    assert loaded.inner_log_loss == model.inner_log_loss
    assert 0.3 < (loaded.inner_log_loss or 0) < 0.7


def test_too_few_rows_for_inner_folds_still_give_a_model() -> None:
    model = BoostedClassifier(QUICK).fit(FRAME.head(30), np.append(np.zeros(29), 1.0))
    assert (model.rounds, model.inner_log_loss) == (UNVALIDATED_ROUNDS, None)


def test_weights_count_as_repeated_rows() -> None:
    heavy = np.where(TARGET == 1, 5.0, 1.0)
    plain, weighted = BoostedClassifier(QUICK).fit(FRAME, TARGET), BoostedClassifier(QUICK)
    weighted.fit(FRAME, TARGET, Rows(weights=heavy))
    assert weighted.predict(FRAME).mean() == pytest.approx(np.average(TARGET, weights=heavy), abs=0.05)
    assert plain.predict(FRAME).mean() == pytest.approx(TARGET.mean(), abs=0.03)


def test_importance_names_the_columns_that_matter() -> None:
    importance = attribute(BoostedClassifier(QUICK).fit(FRAME, TARGET), FRAME).importance()
    assert set(importance.index[:2]) == {"fee_cny", "brand"}


def test_an_identifier_in_disguise_does_not_hurt() -> None:
    random = np.random.default_rng(0)
    area = [f"area {i}" for i in random.integers(0, 700, len(FRAME))]
    settings = BoostSettings(max_rounds=200, num_threads=1)
    plain = BoostedClassifier(settings).fit(FRAME, TARGET)
    disturbed = BoostedClassifier(settings).fit(FRAME.assign(area=area), TARGET)
    new, truth, _ = customers(4000, seed=5)
    with_area = new.assign(area=[f"area {i}" for i in random.integers(0, 700, len(new))])
    assert roc_auc_score(truth, disturbed.predict(with_area)) > roc_auc_score(truth, plain.predict(new)) - 0.005
