"""A model learns from a label of a year only where the lake had seen a year on most of the rows."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.lake import Lake, open_lake
from data.settings import Settings
from features.examples import Examples
from features.held_windows import learnable, long_windows, partly_seen
from features.windows import add_months
from tests.tiny_lake import small_tables, write_lake

FIRST = dt.date(2024, 1, 1)
NAMES = ["bill_max_cny_12m", "contacts_90d", "data_peak_ratio", "saving_cny", "wait_s_max_12m"]
OF_A_YEAR = ["bill_max_cny_12m", "data_peak_ratio", "wait_s_max_12m"]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    usage = small_tables()["usage"]
    usage = usage.drop_duplicates("customer_id").assign(month=FIRST)
    folder = write_lake(tmp_path / "lake", {"usage": usage})
    settings = Settings(lake=folder, var=tmp_path / "var", today=dt.date(2026, 1, 1))
    return open_lake(settings.lake, settings, uses=("usage",))


def _rows(months: list[int]) -> Examples:
    as_of = np.array([add_months(FIRST, n) for n in months], dtype="datetime64[D]")
    features = pd.DataFrame(1.0, range(len(months)), NAMES)
    return Examples(features[[]], features, np.ones(len(months)), as_of, as_of, np.arange(len(months)))


@pytest.mark.parametrize(
    ("months", "left_out"),
    [([1, 2, 3, 11], OF_A_YEAR), ([5, 11, 12], OF_A_YEAR), ([11, 12, 13], []), ([12, 24], []), ([1, 1, 30, 31], [])],
)
def test_labels_of_a_year_wait_until_most_rows_have_a_year_behind_them(
    lake: Lake, months: list[int], left_out: list[str]
) -> None:
    rows = _rows(months)
    assert partly_seen(lake, rows) == left_out
    assert list(learnable(lake, rows)) == [name for name in NAMES if name not in left_out]


def test_windows_of_half_a_year_and_less_are_never_asked_about() -> None:
    found = long_windows()
    assert set(OF_A_YEAR) <= set(found)
    assert not {"contacts_90d", "data_slope_mb_per_month", "tenure_months", "bill_cny_mean_3m"} & set(found)
    assert min(found.values()) > 360
