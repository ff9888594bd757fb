"""The randomised PIT: uniform for the true distribution even at one call an hour, and telling when a band is off."""

import numpy as np
import pytest
from scipy import stats

from training.pit import pit_table, randomised_pit

SHARES = np.linspace(0.01, 0.99, 99)


def _quantiles(rate: np.ndarray, widen: float = 1.0) -> np.ndarray:
    """Of gamma–Poisson counts, continuous: whole calls spread over the half call on each side."""
    grid = np.arange(0, 200)
    reached = np.asarray(stats.nbinom.cdf(grid[:, None], 5, 5 / (5 + rate)))
    told = np.stack([np.interp(SHARES, reached[:, i], grid + 0.5) for i in range(len(rate))], axis=1)
    return rate + (told - rate) * widen


def _counts(rate: np.ndarray) -> np.ndarray:
    return np.random.default_rng(1).negative_binomial(5, 5 / (5 + rate)).astype(float)


@pytest.mark.parametrize("rate", [1.0, 4.0, 30.0])
def test_the_true_distribution_gives_a_uniform_transform(rate: float) -> None:
    rates = np.full(5000, rate)
    shares = pit_table(randomised_pit(_quantiles(rates), SHARES, _counts(rates)))["share"]
    assert shares.to_numpy() == pytest.approx(0.1, abs=0.02)


def test_bands_too_wide_pile_up_in_the_middle_and_too_narrow_at_the_ends() -> None:
    rates = np.full(5000, 30.0)
    wide, narrow = (
        pit_table(randomised_pit(_quantiles(rates, by), SHARES, _counts(rates)))["share"].to_numpy() for by in (2, 0.5)
    )
    assert wide[[4, 5]].mean() > 0.15 > 0.05 > wide[[0, 9]].mean()
    assert narrow[[0, 9]].mean() > 0.18 > narrow[[4, 5]].mean()


def test_values_lie_in_the_unit_interval_whatever_comes() -> None:
    rates = np.full(50, 3.0)
    pit = randomised_pit(_quantiles(rates), SHARES, np.linspace(0, 5000, 50).round())
    assert ((pit >= 0) & (pit <= 1)).all()
