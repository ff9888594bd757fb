"""The rolling-origin back-test of call forecasts: one loop for anybody's series (bench) and for a lake (train).

An origin is the end of the open day before a test day; whole days are forecast, only days before them are seen.
The trees are refitted when `refit_days` open days have passed since the last fit; the days up to each origin are
always known to the features.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from data.console import track
from data.errors import BadInput
from features.intervals import FloatArray, Grid
from features.volume_history import Calendar, History
from models.volume_bands import QUANTILE_GRID, Bands
from models.volume_baselines import BASELINES, Baseline, baseline_bands, seasonal_naive
from models.volume_learning import TreeSettings
from models.volume_trees import Forecaster
from training.paired import paired_gains
from training.plain_lightgbm import PlainLightGBM
from training.volume_horizons import AVERAGE, Misses, by_horizon, day_misses
from training.volume_metrics import MEDIAN, SHARES, Cells, Sums, pooled, sums_of
from training.volume_pit import QuietPits

MIN_HISTORY_DAYS = 10
MIN_PLAIN_DAYS = 40  # open days before the first origin, for a plain LightGBM
TOLD = np.concatenate([SHARES, QUANTILE_GRID])  # what is asked of every contender
POISSON = f"{AVERAGE}_poisson"  # in the table of the PIT alone: the average, spread like a Poisson count


@dataclass(frozen=True)
class BacktestPlan:
    """Test days from `test_from` (default: the last fifth of the open days), every N-th, `horizon` open days each."""

    horizon: int
    test_from: dt.date | None = None
    every: int = 1
    refit_days: int = 5
    beside_plain: bool = False  # a plain LightGBM stands beside the model
    baselines: tuple[str, ...] = tuple(BASELINES)

    def origins(self, grid: Grid) -> list[int]:
        """How many open days are known at each origin; BadInput where there is too little to learn from or to test."""
        days = len(grid.days)
        first = int(days * 0.8) if self.test_from is None else grid.known_before(pd.Timestamp(self.test_from))
        if first >= days:
            raise BadInput(f"test-from {self.test_from}: no open day on or after it; the last is {grid.days[-1]:%F}.")
        if first < MIN_HISTORY_DAYS:
            raise BadInput(
                f"{first} open days before the first test day, wanted {MIN_HISTORY_DAYS}: "
                f"the series begins on {grid.days[0]:%F}; give a longer one or a later test-from."
            )
        return list(range(first, days, self.every))


@dataclass(frozen=True)
class Backtest:
    """Sums per contender (`model` and the baselines), origin and series; `series` are the keys of the grid."""

    series: pd.DataFrame
    origins: pd.DatetimeIndex
    overall: dict[str, list[Sums]]
    by_series: dict[str, list[list[Sums]]]
    misses: Misses
    pits: QuietPits

    def summary(self) -> dict[str, dict[str, dict[str, float | None]]]:
        """contender → metric → {mean, sd}, pooled over series, horizons and origins."""
        return {name: pooled(parts) for name, parts in self.overall.items()}

    def series_summary(self, row: int) -> dict[str, dict[str, dict[str, float | None]]]:
        """The same of one series."""
        return {name: pooled([origin[row] for origin in parts]) for name, parts in self.by_series.items()}

    def gains(self) -> pd.DataFrame:
        """`training.paired.paired_gains` over the origins."""
        return paired_gains(self.overall)

    def horizons(self) -> pd.DataFrame:
        """`training.volume_horizons.by_horizon`: the model beside the six-week average, per series and days ahead."""
        return by_horizon(self.misses, self.series)

    def table(self) -> pd.DataFrame:
        """One row per contender, each metric with its spread over origins; the model first."""
        rows = [
            {"forecast": name} | {f"{m}{end}": v[key] for m, v in metrics.items() for key, end in _ENDINGS}
            for name, metrics in self.summary().items()
        ]
        return pd.DataFrame(rows)


_ENDINGS = (("mean", ""), ("sd", "_sd"))


def backtest(grid: Grid, calendar: Calendar, plan: BacktestPlan, settings: TreeSettings | None = None) -> Backtest:
    """Run the model and its baselines over the same origins."""
    return Contenders(grid, calendar, plan, settings or TreeSettings()).judge(plan.origins(grid), plan.horizon)


class Contenders:
    """The model, refitted now and then, and its baselines, with the bands of their misses before the first origin."""

    def __init__(self, grid: Grid, calendar: Calendar, plan: BacktestPlan, settings: TreeSettings) -> None:
        self.grid, self.history = grid, History(grid, calendar)
        first = plan.origins(grid)[0]
        self.scale = _mase_scale(self.history, first)

        def fit(known: int) -> Forecaster:
            return Forecaster.fit(grid.until(known), calendar, plan.horizon, settings)

        self._all: dict[str, Contender] = {"model": Refitted(fit, first, plan.refit_days)}
        self._all |= {name: _Fixed.of(one, self.history, first, plan) for name, one in _chosen(plan)}
        if plan.beside_plain and first >= MIN_PLAIN_DAYS:

            def plain(known: int) -> PlainLightGBM:
                return PlainLightGBM.fit(grid.until(known), calendar, plan.horizon)

            self._all["plain_lightgbm"] = Refitted(plain, first, plan.refit_days)

    def judge(self, origins: Sequence[int], horizon: int) -> Backtest:
        """All of them at these origins, `horizon` open days each."""
        overall: dict[str, list[Sums]] = {name: [] for name in self._all}
        by_series: dict[str, list[list[Sums]]] = {name: [] for name in self._all}
        error = {name: np.full((len(origins), len(self.grid.series), horizon), np.nan) for name in self._all}
        calls = np.full((len(origins), len(self.grid.series), horizon), np.nan)
        pits = QuietPits(len(self.grid.days), horizon)
        for number, known in enumerate(track(origins, "back-test")):
            targets = slice(known, known + horizon)
            for name, contender in self._all.items():
                told = contender.quantiles(self.history, known, self.grid.days[targets])
                cells = Cells(self.grid.counts[:, targets], told[: len(SHARES)], self.scale)
                pits.add(name, known, cells.actual, cells.quantiles, told[len(SHARES) :])
                if name == AVERAGE:
                    pits.add_poisson(POISSON, known, cells.actual, cells.quantiles)
                overall[name].append(sums_of(cells))
                error[name][number], calls[number] = day_misses(cells, horizon)
                by_series[name].append([sums_of(cells.of_series(row)) for row in range(len(self.grid.series))])
        misses = Misses(error, calls, max(int(np.diff(origins).min()), 1) if len(origins) > 1 else 1)
        return Backtest(self.grid.series, self.grid.days[list(origins)], overall, by_series, misses, pits)


class Fitted(Protocol):
    """What a refitted contender is each time."""

    def quantiles(self, history: History, known: int, targets: pd.DatetimeIndex, shares: FloatArray) -> FloatArray:
        """(shares, series, targets, intervals) calls."""
        ...


class Contender(Protocol):
    """A forecaster in the back-test."""

    def quantiles(self, history: History, known: int, targets: pd.DatetimeIndex) -> FloatArray:
        """(TOLD, series, targets, intervals) calls."""
        ...


class Refitted:
    """Fitted anew every `refit_days` open days from the first origin on, on what was known; each fit is kept."""

    def __init__(self, fit: Callable[[int], Fitted], first: int, refit_days: int) -> None:
        self._fit, self._first, self._refit_days = fit, first, refit_days
        self._fitted: dict[int, Fitted] = {}

    def quantiles(self, history: History, known: int, targets: pd.DatetimeIndex) -> FloatArray:
        """By the newest fit that the origin allows."""
        at = known - (known - self._first) % self._refit_days
        if at not in self._fitted:
            self._fitted[at] = self._fit(at)
        return self._fitted[at].quantiles(history, known, targets, TOLD)


@dataclass(frozen=True)
class _Fixed:
    """A baseline with the bands of its misses before the first origin."""

    baseline: Baseline
    bands: Bands

    @classmethod
    def of(cls, baseline: Baseline, history: History, first: int, plan: BacktestPlan) -> _Fixed:
        return cls(baseline, baseline_bands(baseline, history, first, plan.horizon, plan.every))

    def quantiles(self, history: History, known: int, targets: pd.DatetimeIndex) -> FloatArray:
        forecast = self.baseline(history, known, targets)
        quantiles = self.bands.quantiles(forecast, np.arange(1, len(targets) + 1), TOLD)
        quantiles[MEDIAN] = forecast
        quantiles[: len(SHARES)] = np.sort(quantiles[: len(SHARES)], axis=0)
        return quantiles


def _chosen(plan: BacktestPlan) -> list[tuple[str, Baseline]]:
    return [(name, BASELINES[name]) for name in plan.baselines]


def _mase_scale(history: History, first: int) -> FloatArray:
    """(series,): mean |y − same weekday before| over the days before the first origin."""
    days = history.grid.days
    naive = np.concatenate(
        [seasonal_naive(history, known, days[known : known + 1]) for known in range(1, first)], axis=1
    )
    scale = np.nanmean(np.abs(history.grid.counts[:, 1:first] - naive), axis=(1, 2))
    return np.where(scale > 0, scale, 1.0)
