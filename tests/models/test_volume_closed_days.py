"""Series of different calendars in one lake: nothing is told, staffed or summed where a series is closed."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.origins import Calendar
from models.forecast_table import Span, forecast_table
from models.volume import VolumeModel
from models.volume_baselines import ets
from models.volume_totals import ALL
from training.volume_backtest import BacktestPlan, backtest

DAYS = pd.date_range("2025-03-03", "2025-06-29")  # from a Monday to a Sunday
HOURS = np.arange(8, 18)
HOLIDAYS = ~Calendar("CN").regular(DAYS)


def _calls(queue: str, a_day: float, opened: np.ndarray | None = None, *, omit: bool = False) -> pd.DataFrame:
    """Poisson counts by hour on the DAYS that are `opened`; `omit`: hours without calls have no row."""
    days = DAYS if opened is None else DAYS[opened]
    starts = days.repeat(len(HOURS)) + pd.to_timedelta(np.tile(HOURS, len(days)), unit="h")
    offered = np.random.default_rng(len(queue)).poisson(a_day / len(HOURS), len(starts)).astype(float)
    frame = pd.DataFrame({"queue": queue, "centre": "x", "starts_at": starts.astype("datetime64[us]")})
    frame = frame.assign(offered=offered, answered=offered, handle_s=offered * 180.0)
    return frame[offered > 0] if omit else frame


def _fitted(*calls: pd.DataFrame) -> VolumeModel:
    return VolumeModel(Calendar("CN")).fit(pd.concat(calls, ignore_index=True), horizon=7)


def _fortnight(model: VolumeModel, start: str = "2025-06-30") -> pd.DataFrame:
    """The means of a fortnight, a row a day and a column a queue, NaN = no row."""
    table = forecast_table(model, Span(pd.Timestamp(start), 14, "day"))
    return table[table["centre"] == ALL].pivot_table(index="starts_at", columns="queue", values="mean")


@pytest.fixture(scope="module")
def mixed() -> VolumeModel:
    office = (DAYS.weekday < 5) & ~HOLIDAYS | (DAYS == "2025-05-17")  # a Saturday when they worked for once
    return _fitted(_calls("line", 200), _calls("office", 700, office), _calls("tiny", 1.2, omit=True))


def test_an_office_beside_a_round_the_clock_line_has_no_weekend(mixed: VolumeModel) -> None:
    told = _fortnight(mixed)
    weekend = pd.DatetimeIndex(told.index).weekday >= 5
    assert told["office"].isna().tolist() == weekend.tolist()
    assert told.loc[~weekend, "office"].to_numpy() == pytest.approx(700, rel=0.1)
    assert told["line"].to_numpy() == pytest.approx(200, rel=0.1)
    assert told[ALL].to_numpy() == pytest.approx(told.drop(columns=ALL).sum(axis=1).to_numpy())


def test_the_cells_of_a_closed_day_are_no_calls_by_no_cause(mixed: VolumeModel) -> None:
    ahead = mixed.forecast_days(mixed.history_end, 7)
    office = mixed.series["queue"].tolist().index("office")
    assert np.isnan(ahead.median[office, 5:]).all()
    assert all(np.isnan(part[office, 5:]).all() for part in ahead.causes.values())
    table = forecast_table(mixed, Span(mixed.history_end, 7))
    closed = table[(table["queue"] == "office") & (table["starts_at"].dt.weekday >= 5)]
    assert closed.empty


def test_holidays_are_closed_for_the_office_alone(mixed: VolumeModel) -> None:
    told = _fortnight(mixed, "2025-10-01")
    holiday = ~Calendar("CN").regular(pd.DatetimeIndex(told.index))
    assert holiday.any() and told.loc[holiday, "office"].isna().all()
    assert told["line"].notna().all()


def test_a_tiny_queue_with_empty_days_is_told_every_day(mixed: VolumeModel) -> None:
    told = _fortnight(mixed)["tiny"]
    assert told.notna().all()
    assert told.mean() == pytest.approx(1.2, abs=0.6)


def test_a_queue_of_ten_days_does_as_the_others_do() -> None:
    young = _calls("young", 300, DAYS.isin(DAYS[-10:]))
    told = _fortnight(_fitted(_calls("line", 200), _calls("office", 700, DAYS.weekday < 5), young))
    assert told["young"].to_numpy() == pytest.approx(300, rel=0.2)
    assert told["office"].isna().sum() == 4


def test_a_gap_of_one_queue_does_not_lower_it() -> None:
    gap = (DAYS < "2025-06-09") | (DAYS >= "2025-06-19")
    told = _fortnight(_fitted(_calls("line", 200), _calls("gap", 700, gap)))
    assert told["gap"].to_numpy() == pytest.approx(700, rel=0.1)


def test_a_queue_that_ended_is_told_no_more() -> None:
    told = _fortnight(_fitted(_calls("line", 200), _calls("ended", 700, DAYS < "2025-06-01")))
    assert "ended" not in told


def test_a_closed_interval_of_a_begun_day_has_no_row(mixed: VolumeModel) -> None:
    saturday = pd.Timestamp("2025-07-05")
    came = _calls("line", 200).iloc[:10].assign(starts_at=saturday + pd.to_timedelta(HOURS, unit="h"))
    table = forecast_table(mixed, Span(saturday + pd.Timedelta(hours=12), 1, "day", seen=came))
    assert set(table["queue"]) == {"line", "tiny", ALL}


def test_a_saved_model_has_the_same_calendars(mixed: VolumeModel, tmp_path: Path) -> None:
    mixed.save(tmp_path)
    loaded = VolumeModel.load(tmp_path)
    for start in ("2025-06-30", "2025-10-01"):
        pd.testing.assert_frame_equal(_fortnight(loaded, start), _fortnight(mixed, start))


def test_newer_counts_without_holidays_leave_those_that_training_saw(mixed: VolumeModel, tmp_path: Path) -> None:
    mixed.save(tmp_path)
    counts = pd.read_parquet(tmp_path / "history.parquet")
    newer = VolumeModel.load(tmp_path).with_history(counts[counts["starts_at"] >= "2025-06-05"])
    assert _fortnight(newer, "2025-10-01").loc["2025-10-01":"2025-10-03", "office"].isna().all()


def test_the_back_test_scores_no_closed_day(mixed: VolumeModel) -> None:
    judged = backtest(mixed._grid, Calendar("CN"), BacktestPlan(7, every=7, baselines=("average_6_weeks", "ets")))
    last = [parts[1] for parts in judged.by_series["model"]][:2]
    assert [sums.cells for sums in last] == [5 * len(HOURS)] * 2
    assert judged.summary()["model"]["wape"]["mean"] < 0.2


def test_ets_of_a_lake_reads_each_series_own_days(mixed: VolumeModel) -> None:
    known = len(mixed._grid.days)
    told = np.nansum(ets(mixed._past, known, pd.date_range(mixed.history_end, periods=5)), axis=2)
    assert told[1] == pytest.approx(np.full(5, 700.0), rel=0.1)
