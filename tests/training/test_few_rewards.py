"""Intervals of sums that few rewards carry."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import poisson

from training.few_rewards import gamma_limits, interval

PERSONS = 2_000


def few(count: int) -> np.ndarray:
    return np.concatenate([np.ones(count), np.zeros(100_000 - count)])


@pytest.mark.parametrize("count", [1, 3, 10, 40])
def test_equal_rewards_have_the_exact_limits_of_a_count(count: int) -> None:
    low, high = gamma_limits(few(count), (1.0, 1.0))
    assert poisson.sf(count - 1, low) == pytest.approx(0.025, rel=1e-2)
    assert poisson.cdf(count, high) == pytest.approx(0.025, rel=1e-2)


def test_where_no_reward_came_the_next_one_bounds_what_may_have_been_missed() -> None:
    assert gamma_limits(few(0), (0.0, 0.0)) == (0.0, 0.0)
    low, high = gamma_limits(few(0), (20.0, 400.0))
    assert low == 0.0
    assert high == pytest.approx(20.0 * 3.689, rel=1e-3)


def test_many_rewards_have_the_usual_interval() -> None:
    rng = np.random.default_rng(0)
    came = (rng.random(PERSONS) < 0.3).astype(float)
    low, high = interval(np.arange(PERSONS), np.zeros(PERSONS), came, (np.full(PERSONS, 0.3), np.ones(PERSONS)))
    usual = 1.96 * np.sqrt(PERSONS) * came.std()
    assert (came.sum() - low, high - came.sum()) == pytest.approx((usual, usual), rel=0.05)


def test_the_interval_holds_rare_gains_and_losses_in_nearly_95_of_100() -> None:
    """Weights of 20, five gains and three losses expected: a bootstrap of persons holds the truth in about 85 %."""
    rng = np.random.default_rng(1)
    chance, worth = np.full(PERSONS, 0.04), np.where(np.arange(PERSONS) % 8 < 5, 1.0, -2.0)
    truth, held = float(chance @ worth), []
    for _ in range(300):
        matched = rng.random(PERSONS) < 0.05
        rewards = np.where(matched & (rng.random(PERSONS) < chance), 20.0 * worth, 0.0)
        low, high = interval(np.arange(PERSONS), np.zeros(PERSONS), rewards, (chance * matched, 20.0 * worth))
        held.append(low <= truth <= high)
    assert 0.90 <= np.mean(held) <= 0.995


def test_the_order_of_decisions_and_the_names_of_persons_change_nothing() -> None:
    rng = np.random.default_rng(2)
    person, model = rng.integers(0, 50, 400), rng.normal(size=400)
    rewards, likely = np.where(rng.random(400) < 0.1, 3.0, 0.0), np.full(400, 0.1)
    order = rng.permutation(400)
    once = interval(person, model, rewards, (likely, np.full(400, 3.0)))
    again = interval(1_000 - person[order], model[order], rewards[order], (likely, np.full(400, 3.0)))
    assert again == pytest.approx(once)
