"""The chance of being pitched follows what agents see, and a pilot's is 1."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from training.pitch_chance import FLOOR, pitch_chances

SIZE = 6_000


def windows(rng: np.random.Generator) -> tuple[pd.DataFrame, np.ndarray]:
    """Shown windows of agents with rates of their own who pitch high bills more; and the true chances."""
    agent, bill = rng.integers(0, 20, SIZE), rng.lognormal(4.3, 0.5, SIZE)
    skill = rng.normal(0.0, 0.7, 20)[agent]
    chance = 1 / (1 + np.exp(1.5 - np.log(bill / 75.0) - skill))
    frame = pd.DataFrame(
        {
            "shown": True,
            "pitched": rng.random(SIZE) < chance,
            "randomised": False,
            "agent_id": agent.astype(str),
            "offer_kind": rng.choice(["plan", "data_pack"], SIZE),
            "current_total": bill,
            "saving_cny": rng.normal(0.0, 30.0, SIZE),
        }
    )
    return frame, chance


def test_chances_follow_the_bill_and_the_agent() -> None:
    rng = np.random.default_rng(1)
    frame, true = windows(rng)
    found = pitch_chances(frame, rng.integers(0, 3, SIZE))
    assert np.corrcoef(found, true)[0, 1] > 0.9
    assert found.mean() == pytest.approx(true.mean(), rel=0.05)
    high = true > np.quantile(true, 0.9)
    assert found[high].mean() == pytest.approx(true[high].mean(), rel=0.1)


def test_a_pilot_that_pitches_all_its_windows_is_certain_to_and_tells_nothing_of_other_agents() -> None:
    rng = np.random.default_rng(2)
    frame, _ = windows(rng)
    folds = rng.integers(0, 3, SIZE)
    frame["randomised"] = np.arange(SIZE) < 1_000
    frame.loc[:999, "pitched"] = True
    found = pitch_chances(frame, folds)
    assert (found[:1_000] == 1.0).all()
    assert (found[1_000:] == pitch_chances(frame[1_000:], folds[1_000:])).all()


def test_in_randomised_windows_that_agents_may_pass_over_chances_follow_the_bill_too() -> None:
    rng = np.random.default_rng(6)
    frame, true = windows(rng)
    found = pitch_chances(frame.assign(randomised=True), rng.integers(0, 3, SIZE))
    assert np.corrcoef(found, true)[0, 1] > 0.9


def test_too_few_pitches_to_tell_agents_apart_share_one_rate() -> None:
    rng = np.random.default_rng(3)
    frame = windows(rng)[0].head(60).assign(pitched=np.arange(60) < 6)
    assert len(np.unique(pitch_chances(frame, np.arange(60) % 2).round(12))) <= 2


def test_no_chance_is_so_small_that_one_row_outweighs_the_log() -> None:
    rng = np.random.default_rng(4)
    frame = windows(rng)[0].assign(pitched=False)
    assert pitch_chances(frame, np.zeros(SIZE, dtype=int)).min() >= FLOOR


def test_the_input_is_left_as_it_was() -> None:
    rng = np.random.default_rng(5)
    frame, _ = windows(rng)
    before = frame.copy()
    pitch_chances(frame, rng.integers(0, 3, SIZE))
    pd.testing.assert_frame_equal(frame, before)
