"""Which days each series answers: by its own weeks, a young one by the others', a small one not closed by chance."""

import numpy as np
import pandas as pd
import pytest

from features.intervals import Grid, to_grid
from features.open_days import OpenDays
from features.origins import Calendar

DAYS = pd.date_range("2025-06-02", periods=84)  # from a Monday, twelve whole weeks
NEXT = pd.date_range(DAYS[-1] + pd.Timedelta(days=1), periods=7)
ALL_WEEK, OFFICE, SATURDAY = [True] * 7, [True] * 5 + [False] * 2, np.arange(7) == 5
Calls = dict[str, np.ndarray]  # queue -> calls a day, below 0 = no row


def _grid(calls: Calls, days: pd.DatetimeIndex = DAYS) -> Grid:
    frames = [
        pd.DataFrame({"queue": queue, "starts_at": days + pd.Timedelta(hours=9), "offered": daily})[daily >= 0]
        for queue, daily in calls.items()
    ]
    return to_grid(pd.concat(frames), ["queue"], 60)


def _every_day(size: float = 300, days: pd.DatetimeIndex = DAYS) -> np.ndarray:
    return np.full(len(days), size)


def _weekdays(size: float = 300, days: pd.DatetimeIndex = DAYS) -> np.ndarray:
    return np.where(days.weekday < 5, size, -1.0)


def _open(calls: Calls, country: str | None = None) -> dict[str, list[bool]]:
    """Of the week after DAYS, by queue."""
    opened = OpenDays.of(_grid(calls), Calendar(country)).on(NEXT)
    return dict(zip(sorted(calls), opened.tolist(), strict=True))


def test_each_series_keeps_its_own_week() -> None:
    assert _open({"line": _every_day(), "office": _weekdays()}) == {"line": ALL_WEEK, "office": OFFICE}


@pytest.mark.parametrize("size", [300.0, 5.0])
def test_a_weekday_with_rows_once_is_closed_and_its_absent_dates_are_unknown(size: float) -> None:
    office = _weekdays(size)
    office[DAYS == "2025-07-12"] = size
    calls = {"line": _every_day(), "office": office}
    assert _open(calls)["office"] == OFFICE
    saturdays = _grid(calls).counts[1, DAYS.weekday == 5, 9]
    assert np.isnan(saturdays).sum() == len(saturdays) - 1


@pytest.mark.parametrize(("dates", "opened"), [(1, False), (2, True)])
def test_two_saturdays_in_a_row_open_a_weekday(dates: int, opened: bool) -> None:
    office = _weekdays()
    office[np.flatnonzero(DAYS.weekday == 5)[-dates:]] = 300
    assert _open({"line": _every_day(), "office": office})["office"][5] == opened


def test_three_saturdays_without_rows_close_a_weekday() -> None:
    for dates, opened in ((2, True), (3, False)):
        shop = _every_day()
        shop[np.flatnonzero(DAYS.weekday == 5)[-dates:]] = -1
        assert _open({"line": _every_day(), "shop": shop})["shop"][5] == opened


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("size", [0.2, 0.7, 2.0])
def test_a_small_queue_whose_empty_days_have_no_row_is_open_every_day(size: float, seed: int) -> None:
    daily = np.random.default_rng(seed).poisson(size, len(DAYS)).astype(float)
    calls = {"line": _every_day(), "small": np.where(daily > 0, daily, -1.0)}
    assert _open(calls)["small"] == ALL_WEEK
    begun = np.flatnonzero(daily > 0)[0]
    assert (np.nan_to_num(_grid(calls).counts[1, begun:, 9]) == daily[begun:]).all()


def test_a_small_queue_alone_in_its_lake_is_open_every_day() -> None:
    daily = np.random.default_rng(3).poisson(0.5, len(DAYS)).astype(float)
    assert _open({"small": np.where(daily > 0, daily, -1.0)})["small"] == ALL_WEEK


def test_a_lake_that_opened_one_saturday_is_closed_on_saturdays() -> None:
    office = _weekdays()
    office[DAYS == "2025-07-12"] = 300
    assert _open({"office": office})["office"] == OFFICE


def test_ten_days_of_history_do_as_the_others_until_they_say_otherwise() -> None:
    young = np.where(np.arange(len(DAYS)) >= len(DAYS) - 10, _weekdays(), -1.0)
    ten_days_to_friday = pd.DatetimeIndex(DAYS[:-2])
    for most, saturday in ((_every_day(), True), (_weekdays(), False)):
        calls = {"most": most[:-2], "young": young[:-2]}
        opened = OpenDays.of(_grid(calls, ten_days_to_friday), Calendar()).on(NEXT)
        assert opened[1, 5] == saturday
        assert opened[1, :5].all()
    both_weekends = {"most": _every_day(), "young": young}
    assert _open(both_weekends)["young"][5:] == [False, False]


def test_a_new_round_the_clock_queue_beside_offices_is_open_on_the_weekend_it_has_shown() -> None:
    young = np.where(np.arange(len(DAYS)) >= len(DAYS) - 8, 300.0, -1.0)
    assert _open({"office": _weekdays(), "young": young}) == {"office": OFFICE, "young": ALL_WEEK}


def test_weeks_without_any_row_are_a_gap_and_close_nothing() -> None:
    gap = np.where((np.arange(len(DAYS)) >= 63) & (np.arange(len(DAYS)) < 77), -1.0, 300.0)
    calls = {"gap": gap, "line": _every_day()}
    assert _open(calls)["gap"] == ALL_WEEK
    assert np.isnan(_grid(calls).counts[0, 63:77]).all()


@pytest.mark.parametrize(("silent", "opened"), [(6, True), (7, False)])
def test_a_queue_without_rows_for_a_week_has_gone(silent: int, opened: bool) -> None:
    ended = _every_day()
    ended[-silent:] = -1
    assert any(_open({"ended": ended, "line": _every_day()})["ended"]) == opened


def test_a_queue_that_dwindles_is_followed_to_zero() -> None:
    dwindling = np.random.default_rng(2).poisson(60 * 0.9 ** np.arange(len(DAYS))).astype(float)
    calls = {"dwindling": np.where(dwindling > 0, dwindling, -1.0), "line": _every_day()}
    assert _open(calls)["dwindling"] == ALL_WEEK
    assert _grid(calls).counts[0, -5:, 9].tolist() == dwindling[-5:].tolist()


def test_each_series_keeps_its_own_holidays() -> None:
    days = pd.date_range("2025-01-06", "2025-06-29")
    holiday = ~Calendar("CN").regular(days)
    for size in (300.0, 5.0):
        shop = np.where(holiday, -1.0, _every_day(size, days))
        opened = OpenDays.of(_grid({"line": _every_day(days=days), "shop": shop}, days), Calendar("CN"))
        assert opened.holidays.tolist() == [True, False]
        assert opened.on(pd.DatetimeIndex(["2025-10-01", "2025-10-15"])).tolist() == [[True, True], [False, True]]


def test_holidays_before_the_grid_and_those_of_others_serve_where_it_has_none() -> None:
    grid = _grid({"a": _every_day(days=NEXT), "b": _every_day(days=NEXT)}, NEXT)
    assert OpenDays.of(grid, Calendar()).holidays.tolist() == [True, True]
    assert OpenDays.of(grid, Calendar(), np.array([0.0, np.nan])).holidays.tolist() == [False, False]


def test_makeup_workdays_open_a_closed_weekday_where_they_did_before() -> None:
    days = pd.date_range("2025-01-06", "2025-09-21")
    makeup = Calendar("CN").facts(days)["is_makeup_workday"].to_numpy(bool)
    office = np.where(makeup, 300.0, _weekdays(days=days))
    grid = _grid({"line": _every_day(days=days), "office": office, "strict": _weekdays(days=days)}, days)
    opened = OpenDays.of(grid, Calendar("CN")).on(pd.DatetimeIndex(["2025-09-27", "2025-09-28"]))  # make-up: the 28th
    assert opened.tolist() == [[True, True], [False, True], [False, False]]
