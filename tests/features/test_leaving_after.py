"""Months at risk after a pitch, clause by clause."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from features.leaving_after import leaving_after
from tests.features.lakes import lake_of
from tests.tiny_lake import small_tables

PITCH = dt.datetime(2025, 10, 10, 15)
AS_OF = dt.date(2026, 1, 10)  # 92 days later: three whole months


def periods(folder: Path, *departures: tuple[str, dt.date, str], as_of: dt.date = AS_OF) -> list[tuple[int, float]]:
    """(period, left) of the months at risk of c1, pitched at PITCH."""
    row = {
        "exposure_id": "e1", "customer_id": "c1", "offer_id": None, "channel": "hotline", "decided_at": PITCH,
        "randomised": False, "popped_up": True, "pitched": True, "accepted": False,
    }  # fmt: skip
    gone = pd.DataFrame(departures, columns=["customer_id", "left_on", "kind"])
    tables = small_tables() | {"exposures": pd.DataFrame([row]), "departures": gone}
    found = leaving_after(lake_of(folder / "lake", tables), as_of, pd.Series(["e1"]))
    assert (found["position"] == 0).all()
    return list(zip(found["period"], found["left"], strict=True))


def test_who_stays_is_at_risk_in_every_month_that_is_over(tmp_path: Path) -> None:
    assert periods(tmp_path, ("c2", dt.date(2025, 12, 1), "port_out")) == [(0, 0.0), (1, 0.0), (2, 0.0)]


@pytest.mark.parametrize("day, expected", [(30, [(0, 1.0)]), (31, [(0, 0.0), (1, 1.0)])])
def test_who_leaves_does_so_in_that_month(tmp_path: Path, day: int, expected: list[tuple[int, float]]) -> None:
    left_on = PITCH.date() + dt.timedelta(days=day)
    assert periods(tmp_path, ("c1", left_on, "cancelled")) == expected


def test_leaving_in_arrears_ends_the_risk_and_is_no_leaving(tmp_path: Path) -> None:
    left_on = PITCH.date() + dt.timedelta(days=40)
    assert periods(tmp_path, ("c1", left_on, "arrears")) == [(0, 0.0)]


def test_where_silent_departures_are_recorded_late_the_last_90_days_tell_nothing(tmp_path: Path) -> None:
    silent = ("c2", dt.date(2025, 6, 1), "silent")
    assert periods(tmp_path, silent) == []
    assert periods(tmp_path / "later", silent, as_of=AS_OF + dt.timedelta(days=90)) == [(0, 0.0), (1, 0.0), (2, 0.0)]


def test_a_departure_that_is_not_recorded_yet_has_not_happened(tmp_path: Path) -> None:
    left_on = PITCH.date() + dt.timedelta(days=35)
    assert periods(tmp_path, ("c1", left_on, "port_out"), as_of=left_on) == [(0, 0.0)]


def test_of_somebody_who_came_back_the_first_departure_after_the_pitch_counts(tmp_path: Path) -> None:
    days = [PITCH.date() + dt.timedelta(days=after) for after in (-200, 70, 40)]
    assert periods(tmp_path, *[("c1", day, "port_out") for day in days]) == [(0, 0.0), (1, 1.0)]
