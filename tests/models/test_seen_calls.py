"""The calls of a day that has begun: what a missing row says, of a whole table and of some queues' own."""

import numpy as np
import pandas as pd
import pytest

from features.intervals import FloatArray
from models.seen_calls import seen_calls

DAY = pd.Timestamp("2026-01-01")
SERIES = pd.DataFrame({"queue": ["billing", "network", "tariff"], "centre": "hz"})


def _seen(rows: list[tuple[str, int, int]], whole: bool) -> FloatArray | None:
    """(3, hours) of rows of queue, hour and calls, at three in the morning."""
    counts = pd.DataFrame(rows, columns=["queue", "hour", "offered"])
    starts = DAY + pd.to_timedelta(counts["hour"], unit="h")
    return seen_calls(counts.assign(centre="hz", starts_at=starts), SERIES, DAY + pd.Timedelta(hours=3), 60, whole)


ROWS = [("billing", 0, 7), ("billing", 2, 5), ("network", 0, 3), ("tariff", 3, 9)]


@pytest.mark.parametrize(("whole", "tariff"), [(True, 0.0), (False, np.nan)])
def test_a_series_without_a_row_had_no_call_only_in_a_whole_table(whole: bool, tariff: float) -> None:
    calls = _seen(ROWS, whole)
    assert calls is not None
    np.testing.assert_array_equal(calls[:2, :3], [[7, np.nan, 5], [3, np.nan, 0]])
    np.testing.assert_array_equal(calls[2, :3], [tariff, np.nan, tariff])
    assert np.isnan(calls[:, 3:]).all(), "the interval has not ended"


@pytest.mark.parametrize("whole", [True, False])
def test_without_a_row_of_the_day_nothing_is_seen(whole: bool) -> None:
    assert _seen([], whole) is None
    assert _seen(ROWS[3:], whole) is None
