"""What is known when: every rule of the contract's paragraph, one by one."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from data.known import as_known
from data.lake import open_lake
from data.settings import load_settings
from tests.tiny_lake import small_tables, write_lake

T = dt.date(2025, 12, 1)
BEFORE, AT, AFTER = dt.datetime(2025, 11, 20, 9), dt.datetime(2025, 12, 1), dt.datetime(2025, 12, 9, 9)


def known(folder: Path, name: str, rows: list[dict[str, Any]], **flags: Any) -> pd.DataFrame:
    """The table `name` as known at T, when the lake holds `rows` of it."""
    write_lake(folder, {**small_tables(), name: pd.DataFrame(rows)})
    lake = open_lake(folder, load_settings(**flags))
    return as_known(lake, T)[name].to_pandas()


@pytest.mark.parametrize("name", ["usage", "bills"])
def test_a_month_is_known_from_the_first_day_of_the_next(tmp_path: Path, name: str) -> None:
    rows = small_tables()[name].to_dict("records")
    assert sorted({str(m)[:7] for m in known(tmp_path, name, rows).month}) == ["2025-10", "2025-11"]


def test_bills_may_come_late_by_a_setting(tmp_path: Path) -> None:
    rows = small_tables()["bills"].to_dict("records")
    assert {str(m)[:7] for m in known(tmp_path, "bills", rows, bill_delay_days=3).month} == {"2025-10"}


def test_a_payment_after_the_moment_has_not_been_made(tmp_path: Path) -> None:
    rows = small_tables()["bills"].assign(paid_on=dt.date(2025, 12, 5)).to_dict("records")
    assert known(tmp_path, "bills", rows).paid_on.isna().all()


def test_a_contact_is_known_at_once_but_what_it_was_about_only_a_day_later(tmp_path: Path) -> None:
    told = {
        "customer_id": "c1",
        "channel": "hotline",
        "abandoned": False,
        "intent": "bill",
        "text": "查账单",
        "satisfaction": 5,
        "resolved": True,
    }
    times = {"old": BEFORE, "fresh": dt.datetime(2025, 11, 30, 12), "future": AT}
    seen = known(
        tmp_path, "contacts", [{"contact_id": k, "started_at": at, **told} for k, at in times.items()]
    ).set_index("contact_id")
    assert set(seen.index) == {"old", "fresh"}
    assert seen.loc["old", ["intent", "satisfaction"]].tolist() == ["bill", 5]
    assert seen.loc["fresh", ["intent", "text", "satisfaction", "resolved"]].isna().all()


def test_a_complaint_closed_later_is_open(tmp_path: Path) -> None:
    row = {
        "complaint_id": "k",
        "customer_id": "c1",
        "area": "A",
        "category": "network",
        "opened_at": BEFORE,
        "handled_at": BEFORE,
        "handled_by": "x",
        "closed_at": AFTER,
        "closed_by": "y",
        "status": "closed",
        "revisit_satisfaction": 1,
        "revisited_at": AFTER,
    }
    seen = known(tmp_path, "complaints", [row]).iloc[0]
    assert seen.handled_by == "x"
    assert seen[["closed_at", "closed_by", "status", "revisit_satisfaction", "revisited_at"]].isna().all()


def test_an_offer_accepted_later_is_not_yet_accepted(tmp_path: Path) -> None:
    row = {
        "exposure_id": "e",
        "customer_id": "c1",
        "channel": "hotline",
        "decided_at": BEFORE,
        "randomised": False,
        "popped_up": True,
        "pitched": True,
        "accepted": True,
        "accepted_at": AFTER,
        "confirmed_at": AFTER,
        "effective_on": dt.date(2026, 1, 1),
    }
    seen = known(tmp_path, "exposures", [row]).iloc[0]
    assert not seen.accepted
    assert seen[["accepted_at", "confirmed_at", "effective_on"]].isna().all()


@pytest.mark.parametrize(
    ("row", "rows"),
    [
        ({"kind": "port_out", "left_on": dt.date(2025, 11, 30)}, 1),
        ({"kind": "port_out", "left_on": dt.date(2025, 11, 30), "recorded_on": T}, 0),
        ({"kind": "silent", "left_on": dt.date(2025, 9, 3)}, 0),
        ({"kind": "silent", "left_on": dt.date(2025, 9, 1)}, 1),
    ],
)
def test_a_departure_is_known_when_it_is_recorded(tmp_path: Path, row: dict[str, Any], rows: int) -> None:
    assert len(known(tmp_path, "departures", [{"customer_id": "c1", **row}])) == rows


def test_a_subscription_is_in_force_from_its_first_day_and_its_later_end_is_unknown(tmp_path: Path) -> None:
    periods = {
        "ended": (dt.date(2025, 1, 1), T),
        "ends later": (dt.date(2025, 2, 1), dt.date(2026, 1, 1)),
        "starts today": (T, None),
        "starts later": (dt.date(2025, 12, 2), None),
    }
    rows = [{"customer_id": "c1", "plan_id": "fx58", "starts_on": a, "ends_on": b} for a, b in periods.values()]
    seen = known(tmp_path, "subscriptions", rows).sort_values("starts_on")
    assert [str(d)[:10] for d in seen.starts_on] == ["2025-01-01", "2025-02-01", "2025-12-01"]
    assert seen.ends_on.isna().tolist() == [False, True, True]


def test_an_event_counts_from_its_announcement_and_an_outage_has_no_known_end(tmp_path: Path) -> None:
    def event(name: str, kind: str, announced: dt.datetime) -> dict[str, Any]:
        return {"event_id": name, "kind": kind, "starts_at": BEFORE, "ends_at": AFTER, "announced_at": announced}

    rows = [
        event("outage", "outage", BEFORE),
        event("campaign", "campaign", BEFORE),
        event("secret", "campaign", AFTER),
    ]
    seen = known(tmp_path, "events", rows).set_index("event_id")
    assert set(seen.index) == {"outage", "campaign"}
    assert seen.ends_at.isna().to_dict() == {"outage": True, "campaign": False}


def test_of_a_customers_versions_the_last_known_one_counts(tmp_path: Path) -> None:
    base = {
        "customer_id": "c1",
        "joined_on": dt.date(2020, 1, 5),
        "marketing_consent": True,
        "personalisation_consent": True,
    }
    rows = [
        {**base, "brand": b, "valid_from": d}
        for b, d in [("old", dt.date(2020, 1, 5)), ("now", dt.date(2025, 11, 1)), ("next", T)]
    ]
    tables = {
        **small_tables(),
        "customers": pd.DataFrame([*rows, {**base, "customer_id": "c2", "valid_from": dt.date(2020, 1, 5)}]),
    }
    seen = as_known(open_lake(write_lake(tmp_path, tables), load_settings()), T)["customers"].to_pandas()
    assert dict(zip(seen.customer_id, seen.brand, strict=True)) == {"c1": "now", "c2": None}
