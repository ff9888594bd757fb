"""The ordinary load of past days: a week's shape and a slow level are found, and the level of holidays."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.event_calendar import CAUSES
from features.intervals import Grid
from models.event_effects import Lift
from models.event_load import day_levels, ordinary_load

DAYS = pd.date_range("2025-01-06", periods=210)
WEEK = np.array([1.3, 1.1, 1.0, 1.0, 0.9, 0.6, 0.5])
LEVEL = np.exp(0.3 * np.sin(np.arange(len(DAYS)) / 60.0))
SHAPE = np.array([2.0, 5.0, 3.0])
ORDINARY = np.zeros(len(DAYS), dtype=np.int64)


def _grid(counts: np.ndarray) -> Grid:
    series = pd.DataFrame({"queue": ["billing", "billing"], "centre": ["hz", "wh"]})
    return Grid(series, DAYS, 480, counts)


def _true() -> np.ndarray:
    """(series, days, intervals) calls without noise."""
    days = 200.0 * WEEK[DAYS.weekday] * LEVEL
    return np.stack([part * days[:, None] * SHAPE for part in (0.6, 0.4)])


def _load(counts: np.ndarray, unusual: np.ndarray = ORDINARY) -> np.ndarray:
    nothing = np.zeros(counts.shape)
    return ordinary_load(_grid(counts), unusual, nothing > 0, nothing)


def test_a_weeks_shape_and_a_slow_level_are_found_through_the_noise() -> None:
    factor = np.random.default_rng(4).gamma(60, 1 / 60, len(DAYS))
    load = _load(_true() * factor[:, None])
    inner = slice(20, -20)
    apart = load[:, inner] / _true()[:, inner] - 1
    assert np.abs(apart).mean() < 0.6 * np.abs(factor - 1).mean()
    assert np.abs(apart).max() < 0.2


def test_a_day_hardly_serves_its_own_load_and_an_unusual_one_serves_none() -> None:
    busy = _true()
    busy[:, 100] *= 3.0
    unusual = ORDINARY.copy()
    unusual[100] = 1
    assert _load(busy)[:, 100] == pytest.approx(_load(_true())[:, 100], rel=0.02)  # through its neighbours' level
    assert _load(busy, unusual) == pytest.approx(_load(_true(), unusual))


def test_closed_cells_have_no_load() -> None:
    counts = _true()
    counts[0, 5, 1] = np.nan
    assert np.isnan(_load(counts)[0, 5, 1])
    assert np.isfinite(_load(counts)).sum() == counts.size - 1


def test_the_level_of_holidays_is_told_apart_from_the_calls_of_events() -> None:
    unusual = ORDINARY.copy()
    unusual[[30, 60, 61, 90, 120]] = 1
    nothing = np.zeros((2, len(DAYS), 3))
    lift = Lift(dict.fromkeys(CAUSES, nothing) | {"outage": nothing.copy(), "bill_day": nothing.copy()}, nothing)
    lift.causes["outage"][:, 60] = 0.8  # comes whatever the day
    lift.causes["bill_day"][:, 90] = 0.4  # stays away on holidays like other calls
    level = np.broadcast_to(np.where(unusual == 1, 0.6, 1.0), (2, len(DAYS)))
    counts = _true() * (level[:, :, None] + lift.at(level))
    assert day_levels(_grid(counts), unusual, _true(), lift) == pytest.approx(level)
