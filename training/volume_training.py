"""Training of the call-volume model on a lake: its back-test against the baselines, and the fit on all counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from features.call_counts import KEYS
from features.call_drivers import Drivers
from features.intervals import own_interval, to_grid
from features.volume_history import Calendar
from models.volume import HORIZON_DAYS, VolumeModel
from models.volume_learning import TreeSettings
from training.paired import gain_columns
from training.volume_backtest import Backtest, BacktestPlan, Contenders
from training.volume_metrics import METRICS

NEXT_DAY_EVERY = 3  # open days between the origins of the day-ahead back-test


def fit_volume(
    counts: pd.DataFrame, calendar: Calendar, drivers: Drivers | None = None, settings: TreeSettings | None = None
) -> VolumeModel:
    """The model of all counts and what drives them (of a lake as known at the as-of)."""
    return VolumeModel(calendar, settings).fit(counts, drivers=drivers)


@dataclass(frozen=True)
class LakeBacktest:
    """The same fits judged over weeks (`ahead`) and for the next open day alone (`next_day`)."""

    ahead: Backtest
    next_day: Backtest

    def table(self) -> pd.DataFrame:
        """One row per contender, the model first: metrics with sd over origins, and what the model gains on each.

        `next_day_` stands before the columns of the day-ahead back-test.
        """
        return described(self.ahead, "").merge(described(self.next_day, "next_day_", ["wape", "wql"]), on="forecast")

    def horizons(self) -> pd.DataFrame:
        """Model and six-week average per series and days ahead; the next day from its own, closer origins."""
        next_day, ahead = self.next_day.horizons(), self.ahead.horizons()
        rows = pd.concat([next_day, ahead[ahead["days_ahead"] != "1"]], ignore_index=True)
        return rows.sort_values(KEYS, kind="stable", ignore_index=True)


def described(judged: Backtest, prefix: str, metrics: Sequence[str] = METRICS) -> pd.DataFrame:
    """The table of one back-test with its paired gains in WAPE."""
    columns = ["forecast", *(f"{name}{end}" for name in metrics for end in ("", "_sd"))]
    found = judged.table()[columns].merge(gain_columns(judged.overall), on="forecast", how="left")
    return found.rename(columns={name: f"{prefix}{name}" for name in found if name != "forecast"})


def backtest_volume(
    counts: pd.DataFrame, calendar: Calendar, plan: BacktestPlan | None = None, settings: TreeSettings | None = None
) -> LakeBacktest:
    """The same loop as `nextcall bench volume`, over the lake's queues and centres.

    Default: the last fifth of the open days; every 14th is an origin for 28 open days, every third for the next one;
    refitted every 56.
    """
    grid = to_grid(counts, KEYS, own_interval(counts["starts_at"]))
    plan = plan or BacktestPlan(HORIZON_DAYS, every=14, refit_days=56)
    contenders, origins = Contenders(grid, calendar, plan, settings or TreeSettings()), plan.origins(grid)
    every_third = range(origins[0], len(grid.days), NEXT_DAY_EVERY)
    return LakeBacktest(contenders.judge(origins, plan.horizon), contenders.judge(every_third, 1))
