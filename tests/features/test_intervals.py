"""From rows to a regular grid: open days, open hours, what an absent row means."""

import numpy as np
import pandas as pd
import pytest

from data.errors import BadInput
from features.intervals import own_interval, to_grid


def _rows(*rows: tuple[str, str, float]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["queue", "starts_at", "offered"])
    return frame.assign(starts_at=pd.to_datetime(frame["starts_at"]))


def test_an_absent_interval_inside_the_weekdays_hours_is_zero_and_outside_unknown() -> None:
    grid = to_grid(
        _rows(
            ("a", "2026-01-05 09:00", 3), ("a", "2026-01-05 11:00", 2), ("a", "2026-01-12 10:00", 1)
        ), ["queue"], 60
    )  # fmt: skip
    assert grid.counts[0, 1, 9:12].tolist() == [0, 1, 0]
    assert np.isnan(grid.counts[0, 1, [8, 12]]).all()


def test_a_day_without_any_row_is_closed() -> None:
    grid = to_grid(_rows(("a", "2026-01-05 09:00", 3), ("b", "2026-01-07 09:00", 2)), ["queue"], 60)
    assert grid.days.strftime("%d").tolist() == ["05", "07"]


def test_an_open_day_of_another_series_is_zero_for_a_series_that_exists() -> None:
    grid = to_grid(
        _rows(("a", "2026-01-05 09:00", 3), ("b", "2026-01-12 09:00", 2), ("b", "2026-01-05 09:00", 1)), ["queue"], 60
    )
    assert grid.counts[0, 1, 9] == 0


def test_a_series_is_unknown_before_its_first_row() -> None:
    grid = to_grid(
        _rows(("a", "2026-01-05 09:00", 3), ("a", "2026-01-12 09:00", 3), ("b", "2026-01-12 09:00", 2)), ["queue"], 60
    )
    assert np.isnan(grid.counts[1, 0, 9])


def test_finer_rows_are_summed_and_repeated_ones_too() -> None:
    rows = _rows(("a", "2026-01-05 09:00", 3), ("a", "2026-01-05 09:30", 2), ("a", "2026-01-05 09:30", 4))
    assert to_grid(rows, ["queue"], 60).counts[0, 0, 9] == 9


def test_an_interval_that_does_not_divide_the_day_is_bad_input() -> None:
    with pytest.raises(BadInput, match="divisor"):
        to_grid(_rows(("a", "2026-01-05 09:00", 3)), ["queue"], 7)


def test_daily_data_have_an_interval_of_a_day() -> None:
    assert own_interval(pd.Series(pd.date_range("2026-01-01", periods=4))) == 1440
