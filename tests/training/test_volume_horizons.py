"""The verdict per series and days ahead: right on known gains, honest about overlapping origins, held by a loop."""

import numpy as np
import pandas as pd
import pytest

from features.intervals import to_grid
from features.volume_history import Calendar
from tests.models.volume_counts import made_counts
from training.volume_backtest import BacktestPlan, backtest
from training.volume_horizons import AVERAGE, NOISE, UNKNOWN, WORSE, Misses, by_horizon, standard_error, worse_by_chance

ONE = pd.DataFrame({"queue": ["a"]})


def _misses(model: np.ndarray, average: np.ndarray, every: int = 1) -> Misses:
    return Misses({"model": model, AVERAGE: average}, np.full(model.shape, 100.0), every)


def test_a_model_that_is_worse_only_far_ahead_is_called_worse_only_there() -> None:
    random = np.random.default_rng(3)
    average = 10 + random.normal(0, 0.5, (60, 1, 14))
    model = average + random.normal(0, 0.5, average.shape)
    model[:, :, 7:] += 2
    model[:, :, 0] -= 2
    table = by_horizon(_misses(model, average), ONE).set_index("days_ahead")
    assert table["verdict"].to_dict() == {"1": "better", "2-7": NOISE, "8-14": WORSE}
    assert table.loc["8-14", "gain"] == pytest.approx(-0.02, abs=0.002)
    assert table.loc["8-14", "wape"] - table.loc["8-14", "wape_average"] == pytest.approx(0.02, abs=0.002)


def test_equal_forecasts_are_called_worse_as_rarely_as_promised_though_origins_overlap() -> None:
    random, called = np.random.default_rng(4), 0
    for _ in range(400):
        day_gain = random.normal(0, 1, 60 + 13)
        gains = np.lib.stride_tricks.sliding_window_view(day_gain, 14)[:60]
        model = np.full((60, 1, 14), 10.0) - gains[:, None]
        table = by_horizon(_misses(model, np.full(model.shape, 10.0)), ONE)
        called += (table.loc[table["days_ahead"] == "8-14", "verdict"] == WORSE).sum()
    assert called / 400 < 0.06  # promised 0.025 for many origins; plain errors would call a fifth


def test_overlapping_origins_are_less_sure_than_apart_ones() -> None:
    alike = np.repeat(np.random.default_rng(5).normal(0, 1, 20), 5)
    assert standard_error(alike, 4) > 1.5 * standard_error(alike, 0)


def test_too_few_origins_say_nothing_and_count_for_no_chance() -> None:
    table = by_horizon(_misses(np.full((3, 1, 1), 9.0), np.full((3, 1, 1), 8.0)), ONE)
    assert table["verdict"].tolist() == [UNKNOWN]
    assert worse_by_chance(table) == 0.0


def test_the_back_test_sums_are_those_of_its_own_metrics() -> None:
    grid = to_grid(made_counts(120), ["queue", "centre"], 60)
    plan = BacktestPlan(14, every=3, refit_days=50, baselines=(AVERAGE,))
    judged = backtest(grid, Calendar("CN"), plan)
    for name, error in judged.misses.error.items():
        sums = [[origin[row].error for row in range(3)] for origin in judged.by_series[name]]
        assert np.nansum(error, axis=2) == pytest.approx(np.array(sums))
    table = judged.horizons()
    assert table["queue"].tolist() == [q for q in [*grid.series["queue"], "ALL"] for _ in range(3)]
    whole = table[table["queue"] == "ALL"]
    assert set(whole["days_ahead"]) == {"1", "2-7", "8-14"}
    assert whole["origins"].max() == len(judged.origins)
