"""Handle time by time of day: followed where it truly differs, not where single calls make it look so."""

import numpy as np
import pytest

from models.handle_time import average_handle_time

DAYS, INTERVALS = 80, 24
CALLS_A_CELL = 12.0


def _world(profile: np.ndarray, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """(handle_s, answered) of one series whose calls last `profile` seconds on average (exponential)."""
    random = np.random.default_rng(seed)
    calls = random.poisson(CALLS_A_CELL, (1, DAYS, INTERVALS)).astype(float)
    return random.gamma(np.maximum(calls, 1e-9), profile) * (calls > 0), calls


def _held_out_error(profile: np.ndarray, told: np.ndarray) -> float:
    return float(np.abs(told - profile).mean())


def _plain(handle_s: np.ndarray, answered: np.ndarray) -> np.ndarray:
    return np.full(INTERVALS, handle_s[:, -42:].sum() / answered[:, -42:].sum())


def test_a_profile_is_followed_far_closer_than_by_the_plain_mean() -> None:
    profile = 200 + 60 * np.sin(np.arange(INTERVALS) / 4)
    world = _world(profile)
    error, plain = (_held_out_error(profile, told) for told in (average_handle_time(*world)[0], _plain(*world)))
    assert error < 0.35 * plain


def test_without_a_profile_it_is_hardly_worse_than_the_plain_mean() -> None:
    profile = np.full(INTERVALS, 200.0)
    errors, plain = [], []
    for seed in range(10):
        world = _world(profile, seed)
        errors.append(_held_out_error(profile, average_handle_time(*world)[0]))
        plain.append(_held_out_error(profile, _plain(*world)))
    own_averages = np.sqrt(2 / np.pi) * 200 / np.sqrt(42 * CALLS_A_CELL)
    assert np.mean(errors) < 0.5 * own_averages
    assert np.mean(errors) < np.mean(plain) + 0.25 * own_averages


def test_intervals_that_were_never_answered_take_the_mean_and_silent_series_are_unknown() -> None:
    handle_s, answered = (np.concatenate([one, np.zeros_like(one)]) for one in _world(np.full(INTERVALS, 150.0)))
    handle_s[:, :, 3], answered[:, :, 3] = 0.0, 0.0
    told = average_handle_time(handle_s, answered)
    assert told[0, 3] == pytest.approx(150, rel=0.1)
    assert np.isnan(told[1]).all()


def test_closed_intervals_do_not_disturb() -> None:
    handle_s, answered = _world(np.full(INTERVALS, 150.0))
    handle_s[:, :, 20:], answered[:, :, 20:] = np.nan, np.nan
    assert np.isfinite(average_handle_time(handle_s, answered)).all()
