"""The plain LightGBM: it learns what the average cannot, each horizon by itself, from the past alone."""

import numpy as np
import pandas as pd

from features.intervals import Grid
from features.origins import Calendar, pairs_within
from features.volume_history import History
from training.plain_lightgbm import PlainLightGBM
from training.volume_metrics import SHARES

DAYS = pd.date_range("2026-01-01", periods=300)
CALENDAR = Calendar()


def _grid(seed: int = 0) -> Grid:
    shocks, drift = np.random.default_rng(seed).normal(0, 0.15, 300), np.zeros(300)
    for day in range(1, 300):
        drift[day] = 0.85 * drift[day - 1] + shocks[day]
    level = 30 * np.exp(drift)
    counts = np.random.default_rng(seed + 1).poisson(np.repeat(level[None, :, None], 24, axis=2)).astype(float)
    return Grid(pd.DataFrame({"series": ["a"]}), DAYS, 60, counts)


def test_it_follows_a_level_that_the_average_lags_behind() -> None:
    grid = _grid()
    history = History(grid, CALENDAR)
    fitted = PlainLightGBM.fit(grid.until(260), CALENDAR, 1)
    told = np.concatenate([fitted.quantiles(history, k, DAYS[k : k + 1], SHARES)[2] for k in range(260, 300)], axis=1)
    average = history.base(pairs_within(grid, np.arange(260, 300), np.ones(40, dtype=np.int64)))
    came = grid.counts[:, 260:300]
    assert np.abs(told - came).sum() < 0.9 * np.abs(average - came).sum()


def test_quantiles_are_in_order_and_later_days_change_nothing() -> None:
    grid, other = _grid(), _grid()
    other.counts[:, 105:] = 900.0
    fitted = PlainLightGBM.fit(grid.until(100), CALENDAR, 6)
    first, second = (fitted.quantiles(History(one, CALENDAR), 105, DAYS[105:111], SHARES) for one in (grid, other))
    np.testing.assert_array_equal(first, second)
    assert (np.diff(first, axis=0) >= 0).all() and (first >= 0).all()
    assert list(fitted.trees) == [1, 2, 4, 7]
