"""Tables that people read: what does not fit a line is turned, and a spread stands beside its number."""

from __future__ import annotations

import pandas as pd
import pytest

from data.console import MOST_COLUMNS, print_table


def metrics(count: int) -> pd.DataFrame:
    """Two learners, so many metrics, each with its spread."""
    numbers = {f"metric_{n}{end}": [0.25 + n, 0.5 + n] for n in range(count) for end in ("", "_sd")}
    return pd.DataFrame({"learner": ["ours", "theirs"]} | numbers)


def test_a_table_that_fits_has_a_row_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(metrics(2))
    printed = capsys.readouterr().out.splitlines()
    assert any("learner" in line and "metric_1_sd" in line for line in printed)


def test_a_table_too_wide_has_a_row_a_metric_with_its_spread(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(metrics(MOST_COLUMNS))
    printed = capsys.readouterr().out.splitlines()
    assert any("learner" in line and "ours" in line and "theirs" in line for line in printed)
    assert any("metric_3 " in line and "3.25 (sd 3.25)" in line for line in printed)
    assert not any("metric_3_sd" in line for line in printed)
