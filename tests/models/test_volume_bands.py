"""Bands: they cover what they promise, follow recent misses and the time of day, and never cross or fall below zero."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.volume_bands import Bands

SHARES = np.array([0.025, 0.1, 0.5, 0.9, 0.975])


def _past(days: int, intervals: int, factor_sd: np.ndarray | float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Forecasts of one series and gamma–Poisson counts, (1, days, intervals); the shared factor's spread is given."""
    random = np.random.default_rng(seed)
    forecast = np.broadcast_to(random.uniform(20, 200, intervals), (1, days, intervals)).copy()
    variance = np.broadcast_to(np.square(factor_sd), (days, intervals)) + 1e-9
    return forecast, random.poisson(forecast * random.gamma(1 / variance, variance)[None]).astype(float)


def _inside(bands: Bands, forecast: np.ndarray, actual: np.ndarray) -> np.ndarray:
    low, high = bands.quantiles(forecast, np.ones(forecast.shape[1], dtype=np.int64), SHARES[[1, 3]])
    return (low <= actual) & (actual <= high)


@pytest.mark.parametrize("intervals", [1, 2, 4, 7, 48])
def test_eighty_in_a_hundred_lie_inside_at_any_number_of_intervals(intervals: int) -> None:
    forecast, actual = _past(400, intervals, 0.2)
    bands = Bands.fit(forecast, actual, np.ones(400, dtype=np.int64), np.arange(400)[::-1])
    assert _inside(bands, forecast, actual).mean() == pytest.approx(0.8, abs=0.06)


def test_recent_misses_count_more() -> None:
    calmer = np.where(np.arange(300) < 200, 0.5, 0.1)[:, None]
    forecast, actual = _past(300, 24, calmer)
    lead = np.ones(300, dtype=np.int64)
    aged, ageless = (Bands.fit(forecast, actual, lead, age) for age in (np.arange(300)[::-1], None))
    late = slice(250, 300)
    covered = [_inside(bands, forecast[:, late], actual[:, late]).mean() for bands in (aged, ageless)]
    assert 0.75 < covered[0] < 0.9 < covered[1]


def test_a_wild_time_of_day_is_wider_than_a_calm_one_of_the_same_size() -> None:
    wild = np.where(np.arange(24) < 12, 0.1, 0.4)[None, :]
    forecast, actual = _past(300, 24, wild)
    bands = Bands.fit(forecast, actual, np.ones(300, dtype=np.int64))
    inside = _inside(bands, forecast, actual)[0]
    assert inside[:, :9].mean() == pytest.approx(0.8, abs=0.08)
    assert inside[:, 15:].mean() == pytest.approx(0.8, abs=0.08)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 999), scale=st.floats(0, 500))
def test_quantiles_never_cross_and_are_never_negative(seed: int, scale: float) -> None:
    forecast, actual = _past(60, 6, 0.3, seed)
    bands = Bands.fit(forecast, actual, np.resize([1, 3, 9, 20], 60))
    told = bands.quantiles(forecast * scale / 100, np.resize([1, 28], 60), SHARES)
    assert (told >= 0).all() and (np.diff(told, axis=0) >= 0).all()


def test_bands_survive_json_and_unknown_series_are_wide() -> None:
    forecast, actual = _past(100, 6, 0.1)
    bands = Bands.fit(forecast, actual, np.ones(100, dtype=np.int64))
    again = Bands.from_json(bands.to_json()).rows(np.array([0, -1]))
    told = again.quantiles(np.repeat(forecast[:, :1], 2, axis=0), np.array([1]), SHARES)
    np.testing.assert_array_equal(told[:, :1], bands.quantiles(forecast[:, :1], np.array([1]), SHARES))
    assert (told[3, 1] > told[3, 0]).all()
