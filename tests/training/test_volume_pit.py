"""The PIT of quiet intervals: uniform for the true law and for it alone, with a noise that knows what a day shares."""

import numpy as np
import pytest
from scipy import stats

from models.volume_bands import QUANTILE_GRID
from training.pit import poisson_pit
from training.volume_metrics import BUSY_CALLS, MEDIAN, SHARES
from training.volume_pit import EMPTY, OFF, UNIFORM, QuietPits, gap_noise, uniform_gap

DAYS, INTERVALS, RATE = 60, 30, 6.0


def _law(shares: np.ndarray, rate: float, size: float = 5.0) -> np.ndarray:
    """(shares, 1, DAYS, INTERVALS) continuous quantiles of gamma–Poisson counts, whole calls spread over their half."""
    calls = np.arange(0, 200)
    told = np.interp(shares, stats.nbinom.cdf(calls, size, size / (size + rate)), calls + 0.5)
    return np.broadcast_to(told[:, None, None, None], (len(shares), 1, DAYS, INTERVALS))


def _counts(rate: float = RATE, size: float = 5.0, seed: int = 4) -> np.ndarray:
    drawn = np.random.default_rng(seed).negative_binomial(size, size / (size + rate), (1, DAYS, INTERVALS))
    return drawn.astype(float)


def _pits(actual: np.ndarray, rate: float = RATE, size: float = 5.0) -> QuietPits:
    pits = QuietPits(DAYS, 1)
    pits.add("model", 0, actual, _law(SHARES, rate, size), _law(QUANTILE_GRID, rate, size))
    pits.add_poisson("poisson", 0, actual, _law(SHARES, rate, size))
    return pits


def test_the_true_law_is_uniform_and_a_poisson_one_is_not() -> None:
    pits = _pits(_counts())
    table = pits.table().set_index("forecast")
    assert table["verdict"].to_dict() == {"model": UNIFORM, "poisson": OFF}
    assert table["cells"].tolist() == [DAYS * INTERVALS] * 2
    assert pits.tenths()["model"].to_numpy() == pytest.approx(0.1, abs=0.03)
    assert pits.tenths()["poisson"].iloc[[0, 9]].min() > 0.15, "too narrow: calls pile up at both ends"


def test_a_forecast_that_tells_too_many_calls_is_not_uniform() -> None:
    shifted = _pits(_counts(rate=4.0))
    assert shifted.table()["verdict"].iloc[0] == OFF
    assert shifted.tenths()["model"].iloc[0] > 0.15 > 0.08 > shifted.tenths()["model"].iloc[9]


def test_poisson_counts_have_a_uniform_transform_under_their_means() -> None:
    random = np.random.default_rng(2)
    means = random.uniform(0, 15, 5000)
    pit = poisson_pit(means, random.poisson(means).astype(float))
    assert stats.kstest(pit, "uniform").pvalue > 0.01


def test_only_known_intervals_below_the_line_are_counted() -> None:
    actual = _counts()
    actual[0, :, :10] = np.nan
    told, law = _law(SHARES, RATE).copy(), _law(QUANTILE_GRID, RATE)
    told[MEDIAN, 0, :, 10:15] = BUSY_CALLS
    pits = QuietPits(DAYS + 3, 1)
    pits.add("model", 3, actual, told, law)
    assert pits.counts["model"].sum(axis=1).tolist() == [0] * 3 + [INTERVALS - 15] * DAYS


def test_a_bench_without_such_intervals_says_so() -> None:
    pits = _pits(_counts(rate=60.0), rate=60.0)
    assert pits.table()["verdict"].tolist() == [EMPTY, EMPTY]
    assert pits.table()["gap"].isna().all()
    assert pits.tenths()["model"].isna().all()


def test_a_uniform_transform_is_called_off_as_rarely_as_promised_though_a_day_shares_its_luck() -> None:
    random, called, plain = np.random.default_rng(3), 0, 0
    for _ in range(200):
        luck = random.normal(size=(60, 1)) * 0.7 + random.normal(size=(60, 30)) * np.sqrt(1 - 0.7**2)
        pit = stats.norm.cdf(luck)
        days = np.stack([np.histogram(day, bins=100, range=(0, 1))[0] for day in pit])
        called += uniform_gap(days) > gap_noise(days)
        plain += stats.kstest(pit.ravel(), "uniform").pvalue < 0.05
    assert called / 200 < 0.1, "promised 0.05"
    assert plain / 200 > 0.5, "as if each interval were alone"
