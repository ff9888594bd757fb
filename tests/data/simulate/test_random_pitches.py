"""Randomised pitches follow the truth, cost no larger lake, and are the same for the same seed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.errors import BadInput
from data.simulate.random_pitches import Truth, randomised_pitches, read_pitch_truth
from tests.data.simulate.simulated import Operator

NUMBER = 60_000


@pytest.fixture(scope="module")
def truth(operator: Operator) -> Truth:
    return read_pitch_truth(operator.folder)


@pytest.fixture(scope="module")
def pitches(truth: Truth) -> pd.DataFrame:
    return randomised_pitches(truth, NUMBER, seed=1)


def test_offers_are_drawn_uniformly_from_each_lines_menu(truth: Truth, pitches: pd.DataFrame) -> None:
    menus = truth.pairs.groupby("customer_id").size()
    assert (1 / pitches["propensity"]).to_numpy() == pytest.approx(menus[pitches["customer_id"]].to_numpy())
    of_pair = pd.Series(NUMBER / len(menus) / menus[truth.pairs["customer_id"]].to_numpy())
    expected = of_pair.groupby(truth.pairs["offer_id"]).sum()
    seen = pitches["offer_id"].value_counts().reindex(expected.index).to_numpy()
    assert (np.abs(seen - expected) < 4.5 * np.sqrt(expected)).all()


def test_answers_follow_their_probability(pitches: pd.DataFrame) -> None:
    by_tenth = pitches.groupby(pd.qcut(pitches["accept_probability"], 10, duplicates="drop"), observed=True)
    told, seen = by_tenth["accept_probability"].mean(), by_tenth["accepted"].mean()
    error = np.sqrt(told * (1 - told) / by_tenth.size())
    assert ((seen - told).abs() < 4.5 * error).all()


def test_over_all_calls_acceptance_is_that_of_the_pair(truth: Truth, pitches: pd.DataFrame) -> None:
    pair = truth.pairs.set_index(["customer_id", "offer_id"])["accept_probability"]
    of_pairs = pair.loc[pd.MultiIndex.from_frame(pitches[["customer_id", "offer_id"]])]
    assert pitches["accept_probability"].mean() == pytest.approx(of_pairs.mean(), rel=0.08)
    assert np.corrcoef(pitches["accept_probability"], of_pairs)[0, 1] > 0.7


def test_the_context_matters(pitches: pd.DataFrame) -> None:
    plans = pitches[pitches["kind"] == "plan"].groupby("intent")["accept_probability"].mean()
    assert plans["plan_change"] > plans["other"] > plans["complaint"]
    days = pitches[pitches["kind"] == "plan"].groupby(pitches["decided_at"].dt.day > 14)["accept_probability"].mean()
    assert days[True] > days[False]


def test_only_lines_with_consent_are_pitched(operator: Operator, pitches: pd.DataFrame) -> None:
    consent = operator.sql("select customer_id, marketing_consent and not do_not_market as ok from customers")
    assert consent.set_index("customer_id")["ok"].loc[pitches["customer_id"]].all()


def test_the_same_seed_gives_the_same_pitches(truth: Truth) -> None:
    first, again, other = (randomised_pitches(truth, 500, seed) for seed in (4, 4, 5))
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(other)


def test_without_a_truth_there_is_nothing_to_draw_from(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="holds no truth"):
        read_pitch_truth(tmp_path)
