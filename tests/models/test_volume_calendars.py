"""Forecasts on every kind of calendar: closed days, half days, gaps, nights without calls, queues that come and go."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from features.intervals import FloatArray, Grid, to_grid
from features.origins import Calendar
from features.volume_history import History
from models.volume import VolumeModel
from models.volume_trees import Forecaster

DAYS = pd.date_range("2025-09-01", periods=140)
HOURS = np.arange(24)
Rate = Callable[[pd.DatetimeIndex, FloatArray], FloatArray]


def _counts(rate: Rate, days: pd.DatetimeIndex = DAYS, queue: str = "a") -> pd.DataFrame:
    """Poisson counts by hour; a rate below 0 = closed, no row."""
    starts = days.repeat(24) + pd.to_timedelta(np.tile(HOURS, len(days)), unit="h")
    mean = np.asarray(rate(starts, starts.hour.to_numpy(float)), dtype=float)
    offered = np.random.default_rng(4).poisson(np.maximum(mean, 0)).astype(float)
    frame = pd.DataFrame({"queue": queue, "centre": "x", "starts_at": starts.astype("datetime64[us]")})
    return frame.assign(offered=offered, answered=offered, handle_s=offered * 180.0)[mean >= 0]


def _day_shape(hour: FloatArray) -> FloatArray:
    return 40 * np.exp(-(((hour - 13) / 4) ** 2))


def _always(starts: pd.DatetimeIndex, hour: FloatArray) -> FloatArray:
    return _day_shape(hour) + 2


def _office(starts: pd.DatetimeIndex, hour: FloatArray) -> FloatArray:
    open_now = (starts.weekday < 5) & (hour >= 8) & (hour < 18)
    return np.where(open_now, _day_shape(hour), -1.0)


def _half_saturdays(starts: pd.DatetimeIndex, hour: FloatArray) -> FloatArray:
    saturday, sunday = starts.weekday == 5, starts.weekday == 6
    open_now = ~sunday & (hour >= 8) & (hour < np.where(saturday, 12, 18))
    return np.where(open_now, _day_shape(hour), -1.0)


def _silent_nights(starts: pd.DatetimeIndex, hour: FloatArray) -> FloatArray:
    return np.where((hour >= 7) & (hour < 23), _day_shape(hour), 0.0)


def _with_a_gap(starts: pd.DatetimeIndex, hour: FloatArray) -> FloatArray:
    missing = (starts >= pd.Timestamp("2025-11-10")) & (starts < pd.Timestamp("2025-11-24"))
    return np.where(missing, -1.0, _always(starts, hour))


def _cut_weeks(starts: pd.DatetimeIndex, hour: FloatArray) -> FloatArray:
    week = starts.isocalendar().week.to_numpy(dtype=int)
    return np.where((week % 3 == 0) & (starts.weekday > 2), -1.0, _always(starts, hour))


RATES = [_always, _office, _half_saturdays, _silent_nights, _with_a_gap, _cut_weeks]


@pytest.mark.parametrize("rate", RATES, ids=lambda rate: rate.__name__.strip("_"))
def test_two_weeks_ahead_are_as_many_as_truly_come(rate: Rate) -> None:
    model = VolumeModel(Calendar("CN")).fit(_counts(rate), horizon=14)
    ahead = model.forecast_days(DAYS[-1] + pd.Timedelta(days=1), 14)
    starts = ahead.pairs.target.repeat(24) + pd.to_timedelta(np.tile(HOURS, len(ahead.pairs)), unit="h")
    truth = rate(starts, starts.hour.to_numpy(float)).reshape(len(ahead.pairs), 24)
    told = ahead.median[0]
    ordinary = Calendar("CN").regular(ahead.pairs.target)
    came = np.maximum(truth, 0)[ordinary]
    assert np.abs(np.nan_to_num(told[ordinary]) - came).sum() < 0.2 * came.sum()
    assert (told[~np.isnan(told)] >= 0).all()


def test_a_closed_weekday_has_no_forecast() -> None:
    model = VolumeModel(Calendar("CN")).fit(_counts(_office), horizon=14)
    ahead = model.forecast_days(DAYS[-1] + pd.Timedelta(days=1), 14)
    assert (ahead.pairs.target.weekday < 5).all()
    assert np.isnan(ahead.median[0, :, :8]).all()


@pytest.mark.parametrize("days", [3, 8, 20, 36, 60])
def test_any_length_of_history_gives_a_forecast(days: int) -> None:
    model = VolumeModel(Calendar()).fit(_counts(_always, DAYS[:days]), horizon=28)
    ahead = model.forecast_days(DAYS[days - 1] + pd.Timedelta(days=1), 7)
    told = np.nansum(ahead.median[0], axis=1)
    assert told == pytest.approx(_always(DAYS, HOURS.astype(float)).sum(), rel=0.25)


def test_a_new_queue_beside_an_old_one_gets_its_own_size() -> None:
    young = _counts(lambda starts, hour: 5 * _always(starts, hour), DAYS[-12:], queue="b")
    model = VolumeModel(Calendar()).fit(pd.concat([_counts(_always), young], ignore_index=True), horizon=7)
    ahead = model.forecast_days(DAYS[-1] + pd.Timedelta(days=1), 7)
    daily = np.nansum(ahead.median, axis=2).mean(axis=1)
    assert daily[1] / daily[0] == pytest.approx(5, rel=0.3)


def _forecast_totals(level: FloatArray) -> FloatArray:
    """(days,) totals told of the week after 140 days of a level."""
    counts = _counts(lambda starts, hour: level[(starts.normalize() - DAYS[0]).days] * _always(starts, hour))
    grid: Grid = to_grid(counts, ["queue"], 60)
    history = History(grid, Calendar())
    targets = pd.date_range(DAYS[-1] + pd.Timedelta(days=1), periods=7)
    forecast, _ = Forecaster.fit(grid, Calendar(), 7).forecast(history, len(grid.days), targets)
    return np.asarray(np.nansum(forecast[0], axis=1))


def test_a_dying_queue_is_followed_down() -> None:
    before = _always(DAYS, HOURS.astype(float)).sum()
    dying = 0.97 ** np.maximum(np.arange(140) - 60, 0)
    told = _forecast_totals(dying)
    assert (told < 2.0 * dying[-1] * before).all() and (told > 0.5 * dying[-1] * before * 0.97**7).all()


def test_a_queue_that_doubled_four_weeks_ago_is_told_at_its_new_size() -> None:
    before = _always(DAYS, HOURS.astype(float)).sum()
    told = _forecast_totals(np.where(np.arange(140) < 112, 1.0, 2.0))
    assert told == pytest.approx(2 * before, rel=0.2)


def test_thirteen_weeks_and_fifteen_months_can_be_told() -> None:
    from models.forecast_table import Span, forecast_table

    model = VolumeModel(Calendar("CN")).fit(_counts(_always), horizon=28)
    start = DAYS[-1] + pd.Timedelta(days=1)
    quarter = forecast_table(model, Span(start, 91, "day"))
    assert quarter["starts_at"].nunique() == 91
    months = forecast_table(model, Span(start, 450, "month"))
    one = months[(months["queue"] == "a") & (months["centre"] == "x")]
    a_day = _always(DAYS, HOURS.astype(float)).sum()
    assert len(one) >= 15
    assert one["mean"].iloc[1:-1].to_numpy() / 30.4 == pytest.approx(a_day, rel=0.25)
    assert (one["q10"] < one["q50"]).all() and (one["q50"] < one["q90"]).all()
