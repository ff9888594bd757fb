"""Training of the call-volume model on a lake: its back-test against the baselines, and the fit on all counts."""

from __future__ import annotations

import pandas as pd

from features.call_counts import KEYS
from features.call_drivers import Drivers
from features.intervals import own_interval, to_grid
from features.volume_history import Calendar
from models.volume import HORIZON_DAYS, VolumeModel
from models.volume_trees import TreeSettings
from training.volume_backtest import Backtest, BacktestPlan, backtest


def fit_volume(
    counts: pd.DataFrame, calendar: Calendar, drivers: Drivers | None = None, settings: TreeSettings | None = None
) -> VolumeModel:
    """The model of all counts and what drives them (of a lake as known at the as-of)."""
    return VolumeModel(calendar, settings).fit(counts, drivers=drivers)


def backtest_volume(
    counts: pd.DataFrame, calendar: Calendar, plan: BacktestPlan | None = None, settings: TreeSettings | None = None
) -> Backtest:
    """The same loop as `nextcall bench volume`, over the lake's queues and centres.

    Default: every 14th open day of the last fifth is an origin, 28 open days ahead, refitted every 56.
    """
    grid = to_grid(counts, KEYS, own_interval(counts["starts_at"]))
    return backtest(grid, calendar, plan or BacktestPlan(HORIZON_DAYS, every=14, refit_days=56), settings)
