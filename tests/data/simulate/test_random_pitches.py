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


@pytest.mark.parametrize("callers", [True, False])
def test_lines_are_met_as_they_call_and_offers_drawn_uniformly_from_their_menus(truth: Truth, callers: bool) -> None:
    pitches = randomised_pitches(truth, NUMBER, seed=2, callers=callers)
    menus = truth.pairs.groupby("customer_id").size()
    assert (1 / pitches["propensity"]).to_numpy() == pytest.approx(menus[pitches["customer_id"]].to_numpy())
    chance = 1 - np.exp(-truth.calls["calls"].loc[menus.index]) if callers else menus * 0.0 + 1.0
    of_pair = NUMBER * (chance / chance.sum() / menus).loc[truth.pairs["customer_id"]].to_numpy()
    expected = pd.Series(of_pair).groupby(truth.pairs["offer_id"]).sum()
    seen = pitches["offer_id"].value_counts().reindex(expected.index).to_numpy()
    assert (np.abs(seen - expected) < 4.5 * np.sqrt(expected)).all()


def test_answers_follow_their_probability(pitches: pd.DataFrame) -> None:
    by_tenth = pitches.groupby(pd.qcut(pitches["accept_probability"], 10, duplicates="drop"), observed=True)
    told, seen = by_tenth["accept_probability"].mean(), by_tenth["accepted"].mean()
    error = np.sqrt(told * (1 - told) / by_tenth.size())
    assert ((seen - told).abs() < 4.5 * error).all()


def test_a_trial_on_callers_is_accepted_as_in_the_months_before(truth: Truth, operator: Operator) -> None:
    told = operator.sql(
        "select avg(accept_probability) as mean, stddev_samp(accept_probability) / sqrt(count(*)) as error "
        "from exposures join truth_exposures using (exposure_id) where pitched and randomised"
    ).iloc[0]
    callers, lines = (
        randomised_pitches(truth, NUMBER, seed=3, callers=callers)["accept_probability"].mean()
        for callers in (True, False)
    )
    assert callers < lines
    assert abs(callers - told["mean"]) < 4.5 * told["error"]


def test_the_pilot_team_alone_sells_by_its_own_skill(truth: Truth, pitches: pd.DataFrame) -> None:
    pilot = truth.of_pilot()
    own = randomised_pitches(pilot, NUMBER, seed=1)
    assert set(own["agent_id"]) == set(pilot.agents["agent_id"]) < set(pitches["agent_id"])
    sold = [np.exp(truth.weights.skill * agents["skill"]).mean() for agents in (pilot.agents, truth.agents)]
    found = own["accept_probability"].mean() / pitches["accept_probability"].mean()
    assert found - 1 == pytest.approx(0.9 * (sold[0] / sold[1] - 1), abs=0.04)


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
