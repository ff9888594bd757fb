"""How unsure a day's handle time is: the day's part is found, the chance of few calls is not taken for it."""

import numpy as np
import pytest

from models.handle_spread import day_spread, handle_scenarios


@pytest.mark.parametrize("day_sd", [0.0, 0.1, 0.2])
def test_the_spread_of_the_day_factor_is_found_under_the_noise_of_single_calls(day_sd: float) -> None:
    random = np.random.default_rng(8)
    calls = random.poisson(12.0, (40, 42, 16)).astype(float)
    factor = np.exp(random.normal(0, day_sd, (40, 42, 1)))
    seconds = random.gamma(np.maximum(calls, 1e-9), 200.0) * factor
    found = day_spread(seconds, calls, np.full((40, 16), 200.0))
    assert np.sqrt((found**2).mean()) == pytest.approx(day_sd, abs=0.03)


def test_scenarios_have_mean_one_and_the_spread() -> None:
    factors, weights = handle_scenarios(np.array([0.0, 0.15]))
    assert factors @ weights == pytest.approx([1.0, 1.0])
    assert np.sqrt(((factors - 1) ** 2) @ weights) == pytest.approx([0.0, 0.15], abs=0.01)


def test_without_answered_calls_nothing_is_unsure() -> None:
    assert day_spread(np.zeros((1, 30, 4)), np.zeros((1, 30, 4)), np.full((1, 4), np.nan)).tolist() == [0.0]
