"""Pitches that were unlikely to happen weigh more, within limits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.lake import Lake, open_lake
from data.settings import Settings
from features.uptake_rows import known_pitches
from training.selection_weights import MOST, selection_weights, stabilised


@pytest.fixture(scope="module")
def lake(operator: Path, operator_settings: Settings) -> Lake:  # the lake behind the settings
    return open_lake(operator_settings.lake, operator_settings)


@given(st.lists(st.floats(1.0, 1e6), min_size=1, max_size=50))
def test_weights_have_mean_one_and_keep_their_order(inverse: list[float]) -> None:
    given_ = np.array(inverse)
    weights = stabilised(given_)
    assert weights.mean() == pytest.approx(1.0)
    assert (np.diff(weights[np.argsort(given_)]) >= -1e-12).all()
    assert weights.max() <= MOST * weights.min() * max(1.0, given_.max() / given_.min())


def test_every_known_pitch_has_a_weight_and_those_of_agents_who_pitch_little_weigh_more(lake: Lake) -> None:
    as_of = lake.default_as_of()
    weights = selection_weights(lake, as_of)
    pitches = known_pitches(lake, as_of)
    assert weights.index.is_unique
    assert pitches["exposure_id"].isin(weights.index).mean() > 0.95
    assert weights.mean() == pytest.approx(1.0)
    log = lake["exposures"].select("exposure_id", "randomised", "propensity").to_pandas().set_index("exposure_id")
    own = log.loc[weights.index]
    unlikely = own["randomised"] & (own["propensity"] < own.loc[own["randomised"], "propensity"].median())
    likely = own["randomised"] & (own["propensity"] > own.loc[own["randomised"], "propensity"].median())
    assert weights[unlikely].mean() > weights[likely].mean()
