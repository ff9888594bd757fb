"""The day level: weekdays, months and holidays are learnt; outliers and new levels; no later day matters."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.day_level import PRIOR, DayLevel, DayVariances
from features.intervals import Grid
from features.origins import Calendar, Pairs, pairs_from_origin, pairs_within

CALENDAR = Calendar("IL")
DAYS = pd.date_range("2024-01-01", periods=150)


def grid_of(totals: np.ndarray, days: pd.DatetimeIndex = DAYS) -> Grid:
    """(series, days) totals, spread evenly over four intervals."""
    counts = np.repeat(np.atleast_2d(totals)[:, :, None] / 4, 4, axis=2)
    return Grid(pd.DataFrame({"queue": range(len(counts))}), days, 360, counts)


def noisy(mean: np.ndarray, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).poisson(mean).astype(float)


def expected(grid: Grid, pairs: Pairs) -> np.ndarray:
    return DayLevel(grid, CALENDAR, DayVariances.fit(grid, CALENDAR)).expected(pairs)


def ahead(grid: Grid, known: int, days: int) -> Pairs:
    return pairs_from_origin(grid, known, grid.days[known : known + days])


def test_weekdays_and_places_in_the_month_are_learnt() -> None:
    truth = 1000 * np.where(DAYS.weekday < 5, 1.0, 0.3) * np.where(DAYS.day <= 5, 1.4, 1.0)
    grid = grid_of(noisy(truth))
    found = expected(grid, ahead(grid, 120, 30))[0]
    assert np.abs(found - truth[120:]).sum() / truth[120:].sum() < 0.08


def test_a_level_falls_back_with_the_lead() -> None:
    drift = np.random.default_rng(3).normal(0, 0.15, 150)
    level = np.zeros(150)
    for day in range(1, 150):
        level[day] = 0.8 * level[day - 1] + drift[day]
    level[110:119] = 0.7
    grid = grid_of(noisy(1000 * np.exp(level)))
    found = np.log(expected(grid, ahead(grid, 119, 30))[0] / np.exp(np.log(grid.counts.sum(2))[0, :110].mean()))
    assert found[0] > 2 * abs(found[-1])


@settings(max_examples=15, deadline=None)
@given(known=st.integers(30, 140), seed=st.integers(0, 99))
def test_later_days_change_nothing(known: int, seed: int) -> None:
    totals = noisy(np.full(150, 400.0), seed)
    variances = DayVariances(PRIOR[None], np.ones(7))
    other = totals.copy()
    other[known:] = noisy(np.full(150 - known, 5000.0), seed + 1)
    pairs = ahead(grid_of(totals), known, 10)
    first, second = (DayLevel(grid_of(one), CALENDAR, variances).expected(pairs) for one in (totals, other))
    np.testing.assert_allclose(first, second, rtol=1e-9)


def test_all_origins_at_once_are_each_origin_by_itself() -> None:
    grid = grid_of(noisy(np.linspace(300, 600, 150)))
    variances = DayVariances(PRIOR[None], np.ones(7))
    targets = np.arange(60, 120, 7)
    together = DayLevel(grid, CALENDAR, variances).expected(pairs_within(grid, targets, np.full(len(targets), 3)))
    alone = [
        DayLevel(grid.until(day - 2), CALENDAR, variances).expected(ahead(grid, day - 2, 3))[0, -1]
        for day in targets.tolist()
    ]
    np.testing.assert_allclose(together[0], alone, rtol=1e-8)


def test_one_wild_day_moves_little_and_is_named() -> None:
    totals = noisy(np.full(150, 1000.0))
    totals[139] = 9000.0
    grid = grid_of(totals)
    level = DayLevel(grid, CALENDAR, DayVariances.fit(grid, CALENDAR))
    assert level.outlying[0, 139] and level.outlying[0, 30:139].sum() <= 8
    assert level.expected(ahead(grid, 140, 3))[0] == pytest.approx(1000, rel=0.15)


def test_a_new_level_is_followed_within_two_weeks() -> None:
    totals = noisy(np.where(np.arange(150) < 120, 1000.0, 2500.0))
    grid = grid_of(totals)
    assert expected(grid, ahead(grid, 134, 3))[0] == pytest.approx(2500, rel=0.15)


def test_a_series_without_a_count_on_a_day_is_not_taken_for_zero() -> None:
    totals = np.vstack([noisy(np.full(150, 500.0)), noisy(np.full(150, 800.0), 1)])
    grid = grid_of(totals)
    grid.counts[1, 100:110] = np.nan
    assert expected(grid, ahead(grid, 112, 2))[1] == pytest.approx(800, rel=0.1)


def test_holidays_get_their_own_level_and_can_be_switched_off() -> None:
    holiday = ~CALENDAR.regular(DAYS)
    grid = grid_of(noisy(np.where(holiday, 60.0, 1000.0)))
    level = DayLevel(grid, CALENDAR, DayVariances.fit(grid, CALENDAR))
    day = np.flatnonzero(holiday)[-1]
    pairs = pairs_within(grid, np.array([day]), np.array([1]))
    assert level.expected(pairs)[0, 0] < 250
    assert level.expected(pairs, {"holiday", "one_holiday", "before_holiday", "after_holiday"})[0, 0] > 600


def test_variances_survive_json_and_unknown_series_get_the_prior() -> None:
    found = DayVariances.fit(grid_of(noisy(np.full(150, 300.0))), CALENDAR)
    again = DayVariances.from_json(found.to_json())
    np.testing.assert_array_equal(again.parts, found.parts)
    np.testing.assert_array_equal(again.rows(np.array([-1, 0])).parts, [PRIOR, found.parts[0]])
