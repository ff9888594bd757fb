"""The bench on the bank's calls and on made series: the protocol's figures, its clauses, its messages."""

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.errors import BadInput
from tests.public_data import public_path
from training.bench_volume import VolumeBenchOptions, bench_volume, print_report
from training.volume_metrics import SHARES, Cells, pooled, sums_of

BANK, TECHNION = "volume/bank_calls_30min.csv", "volume/technion_30min.csv"


def _options(**changes: object) -> VolumeBenchOptions:
    usual = {"time": "ts", "count": "y", "horizon_days": 1, "test_from": dt.date(2003, 9, 1), "country": "US"}
    return VolumeBenchOptions(**{**usual, **changes})


def test_the_banks_day_ahead_row_has_the_known_baselines_and_a_better_model() -> None:
    found = bench_volume(public_path(BANK), _options()).to_json()
    wape = {name: metrics["wape"]["mean"] for name, metrics in found["baselines"].items()}
    assert wape["average_6_weeks"] == pytest.approx(0.0750, abs=5e-5)
    assert wape["seasonal_naive"] == pytest.approx(0.0967, abs=5e-5)
    assert found["origins"] == 38
    assert found["model"]["wape"]["mean"] < 0.0596 * 1.02
    assert found["model"]["wql"]["mean"] < 0.0298 * 1.02


def test_twenty_open_days_ahead_every_fifth_gives_eight_origins_the_last_cut_off() -> None:
    found = bench_volume(public_path(BANK), _options(horizon_days=20, every=5)).to_json()
    assert found["origins"] == 8
    assert found["baselines"]["average_6_weeks"]["wape"]["mean"] == pytest.approx(0.0733, abs=5e-5)
    assert found["baselines"]["seasonal_naive"]["wape"]["mean"] == pytest.approx(0.0907, abs=5e-5)
    assert found["model"]["wql"]["mean"] < 0.0359


@pytest.mark.public_data(TECHNION)
def test_a_round_the_clock_series_with_its_own_holidays() -> None:
    options = _options(country="IL", test_from=dt.date(1999, 12, 28), horizon_days=2, every=9)
    found = bench_volume(public_path(TECHNION), options).to_json()
    assert found["model"]["wape"]["mean"] < found["baselines"]["seasonal_naive"]["wape"]["mean"]


def _series(folder: Path, days: int = 60, **columns: object) -> Path:
    starts = pd.date_range("2026-01-01 09:00", periods=days, freq="D").repeat(4) + pd.to_timedelta(
        np.tile(np.arange(4) * 30, days), unit="min"
    )
    counts = np.random.default_rng(5).poisson(20 + 5 * (starts.weekday < 5))
    frame = pd.DataFrame({"at": starts, "calls": counts, "line": np.where(np.arange(len(starts)) % 2, "x", "y")})
    path = folder / "series.csv"
    frame.assign(**columns).to_csv(path, index=False)
    return path


def _made(**changes: object) -> VolumeBenchOptions:
    return VolumeBenchOptions(**{"time": "at", "count": "calls", "horizon_days": 2, **changes})


def test_each_series_has_its_own_block_and_spread_is_null_for_one_origin(tmp_path: Path) -> None:
    options = _made(series="line", test_from=dt.date(2026, 2, 27), every=30)
    found = bench_volume(_series(tmp_path), options).to_json()
    assert set(found["series"]) == {"x", "y"}
    baselines = {"seasonal_naive", "average_6_weeks", "ets", "plain_lightgbm"}
    assert set(found["series"]["x"]["baselines"]) == baselines
    assert {row["against"] for row in found["paired"]} == baselines
    assert found["model"]["wape"]["sd"] is None
    assert found["rows"] == 240
    quiet = {row["forecast"]: row for row in found["pit"]}
    assert set(quiet) == {"model", "average_6_weeks_poisson"} | baselines
    assert all(0 < row["cells"] <= 2 * 2 * 2 for row in quiet.values() if row["cells"])
    assert sum(row["model"] for row in found["pit_tenths"]) == pytest.approx(1.0)


def test_the_report_prints_one_row_per_contender(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    print_report(bench_volume(_series(tmp_path), _made(test_from=dt.date(2026, 2, 20), every=7)))
    printed = capsys.readouterr().out
    assert all(name in printed for name in ("model", "seasonal_naive", "average_6_weeks", "ets", "randomised PIT"))


def test_counts_after_an_origin_do_not_move_what_was_forecast_before(tmp_path: Path) -> None:
    options = _made(test_from=dt.date(2026, 2, 20), every=100)
    before = bench_volume(_series(tmp_path), options).backtest
    table = pd.read_csv(tmp_path / "series.csv", parse_dates=["at"])
    table.loc[table["at"] >= "2026-02-22", "calls"] = 900
    table.to_csv(tmp_path / "series.csv", index=False)
    assert bench_volume(tmp_path / "series.csv", options).backtest.overall == before.overall


@pytest.mark.parametrize(
    ("columns", "changes", "message"),
    [
        ({}, {"count": "cals"}, "--count cals"),
        ({"calls": -1}, {}, "rows are no count"),
        ({"at": "soon"}, {}, "rows are no time"),
        ({}, {"interval": 15}, "come every 30 minutes"),
        ({}, {"country": "XX"}, "XX"),
        ({}, {"test_from": dt.date(2027, 1, 1)}, "no open day on or after"),
        ({}, {"test_from": dt.date(2026, 1, 4)}, "open days before the first test day"),
    ],
)
def test_wrong_input_says_what_came_and_what_was_wanted(
    tmp_path: Path, columns: dict, changes: dict, message: str
) -> None:
    with pytest.raises(BadInput, match=message):
        bench_volume(_series(tmp_path, **columns), _made(**changes))


def test_metrics_on_a_case_done_by_hand() -> None:
    quantiles = np.array([6.2, 8.0, 10.0, 11.4, 13.0])[:, None, None, None] * np.ones((1, 1, 1, 2))
    cells = Cells(np.array([[[12.0, 5.0]]]), quantiles, np.array([2.0]))
    found = {name: value["mean"] for name, value in pooled([sums_of(cells)]).items()}
    losses = [
        max(q * (y - v), (q - 1) * (y - v)) for y in (12, 5) for q, v in zip(SHARES, quantiles[:, 0, 0, 0], strict=True)
    ]
    assert found["wape"] == pytest.approx(7 / 17)
    assert found["mase"] == pytest.approx((2 / 2 + 5 / 2) / 2)
    assert found["wql"] == pytest.approx(2 * sum(losses) / 5 / 17)
    assert (found["cover_80"], found["cover_95"]) == (0.5, 0.5), "12 ≤ ceil(11.4) is covered, 5 < floor(6.2) is not"
