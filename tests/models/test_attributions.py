"""Contributions sum to the score, by feature and by group."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest

from models.attributions import PlainBoosters, attribute
from models.boosted import BoostedClassifier, BoostSettings


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    draw = np.random.default_rng(3)
    return pd.DataFrame(
        {"fee": draw.normal(80, 20, 600), "noise": draw.normal(size=600), "brand": draw.choice(["a", "b", None], 600)}
    )


@pytest.fixture(scope="module")
def model(frame: pd.DataFrame) -> BoostedClassifier:
    target = (frame.fee + 30 * (frame.brand == "a") + np.random.default_rng(4).normal(0, 10, 600) > 90).astype(int)
    return BoostedClassifier(BoostSettings(max_rounds=60)).fit(frame, target)


def test_contributions_and_base_sum_to_the_raw_score(model: BoostedClassifier, frame: pd.DataFrame) -> None:
    found = attribute(model, frame)
    np.testing.assert_allclose(found.base + found.by_feature.sum(axis=1), found.raw, atol=1e-9)
    assert found.residual < 1e-9


def test_groups_sum_their_features_with_signs(model: BoostedClassifier, frame: pd.DataFrame) -> None:
    found = attribute(model, frame)
    groups = found.by_group({"fee": "bills", "brand": "bills"})
    np.testing.assert_allclose(groups.bills, found.by_feature.fee + found.by_feature.brand)
    np.testing.assert_allclose(groups.sum(axis=1), found.by_feature.sum(axis=1))
    assert groups.columns.tolist() == ["bills", "other"]


def test_what_decides_nothing_comes_last(model: BoostedClassifier, frame: pd.DataFrame) -> None:
    assert attribute(model, frame).importance().index[-1] == "noise"
    assert attribute(model, frame).group_importance({"noise": "n"}).index.tolist() == ["other", "n"]


def test_the_mean_of_bare_boosters_is_explained_in_its_own_unit(frame: pd.DataFrame) -> None:
    numbers = frame[["fee", "noise"]]
    parameters = {"verbosity": -1, "deterministic": True, "force_row_wise": True, "num_threads": 1}
    boosters = [lgb.train(parameters, lgb.Dataset(numbers, numbers.fee * k), num_boost_round=20) for k in (1, 2)]
    found = attribute(PlainBoosters(boosters), numbers)
    np.testing.assert_allclose(found.raw, (boosters[0].predict(numbers) + boosters[1].predict(numbers)) / 2)
    assert found.residual < 1e-9
