"""Accepted and left, clause by clause of the contract's "Outcomes"."""

import datetime as dt

import pandas as pd
import pytest

from data.errors import BadInput
from features.outcomes import accepted, accepted_known_after_days, left, left_known_after_days
from tests.features.lakes import lake_of
from tests.features.random_lake import random_tables
from tests.tiny_lake import small_tables

PITCH = pd.Timestamp("2025-11-03 10:00")
AS_OF = dt.date(2026, 1, 1)
LATER = dt.date(2026, 6, 1)


def pitch(folder, known_at=LATER, other_confirms=False, **changes):
    """The outcome of one pitch whose row has these changes."""
    row = {
        "exposure_id": "e1", "customer_id": "c1", "offer_id": "o_plan", "channel": "hotline", "decided_at": PITCH,
        "randomised": False, "popped_up": True, "pitched": True, "accepted": True,
        "accepted_at": PITCH + pd.Timedelta(days=2), "confirmed_at": pd.NaT, "reversed_at": pd.NaT,
    } | changes  # fmt: skip
    confirmed = row | {"exposure_id": "e2", "confirmed_at": PITCH + pd.Timedelta(days=2)}
    offers = random_tables(1)["offers"].assign(plan_id=None)
    rows = [row, confirmed] if other_confirms else [row]
    lake = lake_of(folder / "lake", small_tables() | {"offers": offers, "exposures": pd.DataFrame(rows)})
    outcome = accepted(lake, known_at).to_pandas().set_index("exposure_id")
    return outcome.accepted.get("e1", "no pitch")


@pytest.mark.parametrize(
    "changes, expected",
    [
        ({}, 1),
        ({"accepted": False, "accepted_at": pd.NaT}, 0),
        ({"accepted_at": PITCH + pd.Timedelta(days=7)}, 1),
        ({"accepted_at": PITCH + pd.Timedelta(days=7, seconds=1)}, 0),
        ({"reversed_at": PITCH + pd.Timedelta(days=32)}, 0),
        ({"reversed_at": PITCH + pd.Timedelta(days=32, seconds=1)}, 1),
        ({"pitched": False}, "no pitch"),
        ({"offer_id": None}, "no pitch"),
        ({"other_confirms": True}, 0),
        ({"other_confirms": True, "confirmed_at": PITCH + pd.Timedelta(days=3)}, 1),
    ],
)
def test_accepted_is_prompt_confirmed_where_the_lake_confirms_and_not_reversed(tmp_path, changes, expected):
    assert pitch(tmp_path, **changes) == expected


@pytest.mark.parametrize("known_at, is_censored", [(dt.date(2025, 12, 9), True), (dt.date(2025, 12, 10), False)])
def test_a_pitch_younger_than_37_days_is_censored_and_not_negative(tmp_path, known_at, is_censored):
    assert pd.isna(pitch(tmp_path, known_at=known_at)) == is_censored


def departures(*rows):
    return {"departures": pd.DataFrame(rows, columns=["customer_id", "left_on", "kind"])}


def leavers(folder, tables, known_at=LATER, as_of=AS_OF):
    return left(lake_of(folder / "lake", small_tables() | tables), as_of, known_at).to_pandas().set_index("customer_id")


@pytest.mark.parametrize(
    "left_on, kind, expected",
    [
        (dt.date(2026, 1, 1), "port_out", (1, 0)),
        (dt.date(2026, 3, 31), "cancelled", (1, 0)),
        (dt.date(2026, 4, 1), "cancelled", (0, 0)),
        (dt.date(2026, 2, 1), "silent", (1, 0)),
        (dt.date(2026, 2, 1), "arrears", (0, 1)),
    ],
)
def test_left_counts_chosen_departures_within_ninety_days_and_arrears_apart(tmp_path, left_on, kind, expected):
    rows = leavers(tmp_path, departures(("c1", left_on, kind)), known_at=dt.date(2026, 7, 1))
    assert (rows.left["c1"], rows.left_arrears["c1"]) == expected and rows.left["c2"] == 0


@pytest.mark.parametrize("kind, days", [("port_out", 90), ("silent", 180)])
def test_who_left_is_known_after_ninety_days_or_a_hundred_and_eighty_where_lines_go_silent(tmp_path, kind, days):
    tables = departures(("c1", dt.date(2025, 6, 1), kind))
    lake = lake_of(tmp_path / "lake", small_tables() | tables)
    assert left_known_after_days(lake) == days and accepted_known_after_days(lake) == 37
    mature = AS_OF + dt.timedelta(days=days)
    assert left(lake, AS_OF, mature).to_pandas().left.notna().all()
    assert left(lake, AS_OF, mature - dt.timedelta(days=1)).to_pandas().left.isna().all()


def test_a_line_not_yet_recorded_as_silent_is_still_there(tmp_path):
    rows = leavers(
        tmp_path, departures(("c1", dt.date(2025, 12, 20), "silent"), ("c2", dt.date(2025, 12, 20), "cancelled"))
    )
    assert list(rows.index) == ["c1"]


def test_only_lines_used_or_billed_in_the_last_closed_month_can_leave(tmp_path):
    base = small_tables()
    december = base["usage"].month == dt.date(2025, 12, 1)
    idle = base["usage"].assign(
        voice_min=base["usage"].voice_min.where(~december, 0.0),
        sms=base["usage"].sms.where(~december, 0),
        data_mb=base["usage"].data_mb.where(~december, 0.0),
    )
    unbilled = base["bills"][~((base["bills"].customer_id == "c1") & (base["bills"].month == dt.date(2025, 12, 1)))]
    rows = leavers(tmp_path, departures(("c9", dt.date(2024, 1, 1), "cancelled")) | {"usage": idle, "bills": unbilled})
    assert list(rows.index) == ["c2"]


def test_suspended_lines_are_left_out_until_they_are_active_again(tmp_path):
    spells = [("c1", dt.date(2025, 12, 1), "suspended_arrears"), ("c2", dt.date(2025, 11, 1), "suspended_request"),
              ("c2", dt.date(2025, 12, 1), "active")]  # fmt: skip
    statuses = pd.DataFrame(spells, columns=["customer_id", "starts_on", "status"])
    rows = leavers(tmp_path, departures(("c9", dt.date(2024, 1, 1), "cancelled")) | {"statuses": statuses})
    assert list(rows.index) == ["c2"]


def test_without_usage_and_bills_nobody_can_be_said_to_leave(tmp_path):
    tables = {"customers": small_tables()["customers"]} | departures(("c1", dt.date(2026, 1, 2), "cancelled"))
    lake = lake_of(tmp_path / "lake", tables)
    with pytest.raises(BadInput, match="usage or bills"):
        left(lake, AS_OF, LATER)
