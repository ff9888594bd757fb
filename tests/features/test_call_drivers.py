"""Calls that follow on something: only the surplus over what comes anyway counts; and how long callers hold on."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.known import as_known
from data.lake import open_lake
from data.settings import Settings
from features.call_drivers import Drivers, read_drivers
from features.patience import mean_patience_s
from tests.tiny_lake import small_tables, write_lake

DAY = dt.datetime(2025, 11, 3, 10)
AS_OF = dt.date(2026, 1, 1)


def _contact(number: int, customer: int, day: int, resolved: bool | None, **more: object) -> dict[str, object]:
    at = DAY + dt.timedelta(days=day)
    facts = {"contact_id": f"k{number}", "customer_id": f"c{customer}", "channel": "hotline", "started_at": at}
    return facts | {"queue": "billing", "abandoned": False, "transfers": 0, "resolved": resolved} | more


def _customers(names: list[str]) -> pd.DataFrame:
    frame = pd.DataFrame({"customer_id": names, "joined_on": dt.date(2024, 1, 1)})
    return frame.assign(marketing_consent=True, personalisation_consent=True)


def _drivers(tmp_path: Path, contacts: list[dict[str, object]], **tables: pd.DataFrame) -> Drivers:
    people = sorted({str(row["customer_id"]) for row in contacts})
    lake = small_tables() | {"contacts": pd.DataFrame(contacts)} | tables
    lake["customers"] = _customers(people)
    lake = {name: lake[name] for name in ("customers", "contacts", *tables)}
    folder = write_lake(tmp_path / "lake", lake)
    return read_drivers(as_known(open_lake(folder, Settings(var=tmp_path)), AS_OF))


def _share(drivers: Drivers, cause: str) -> float:
    rows = drivers.followers
    return float(rows[rows["cause"] == cause]["share"].sum())


def test_calls_after_unresolved_contacts_count_beyond_those_after_resolved_ones(tmp_path: Path) -> None:
    unresolved = [_contact(n, n, 0, False) for n in range(10)] + [_contact(100 + n, n, 2, None) for n in range(6)]
    resolved = [_contact(50 + n, 50 + n, 0, True) for n in range(10)] + [_contact(200, 50, 3, None)]
    drivers = _drivers(tmp_path, unresolved + resolved)
    assert _share(drivers, "complaints") == pytest.approx((0.6 - 0.1) / (1 - 0.1) * 10 / 27)


def test_a_call_that_follows_is_found_behind_the_calls_that_come_anyway(tmp_path: Path) -> None:
    random, contacts = np.random.default_rng(0), []
    for customer in range(4_000):
        resolved = bool(random.random() < 0.6)
        contacts.append(_contact(2 * customer, customer, 0, resolved))
        later = [day for day, chance in ((3, 0.3), (1, 0.0 if resolved else 0.25)) if random.random() < chance]
        contacts += [_contact(2 * customer + 1, customer, min(later), None)] if later else []
    followers = 0.25 * sum(row["resolved"] is False for row in contacts)
    assert _share(_drivers(tmp_path, contacts), "complaints") * len(contacts) == pytest.approx(followers, rel=0.1)


def test_a_call_weeks_later_follows_on_nothing(tmp_path: Path) -> None:
    contacts = [_contact(n, n, 0, False) for n in range(4)] + [_contact(10 + n, n, 20, None) for n in range(4)]
    contacts += [_contact(30 + n, 30 + n, 0, True) for n in range(4)]
    assert _share(_drivers(tmp_path, contacts), "complaints") == 0


def test_call_backs_count_beyond_the_calls_after_windows_that_were_not_pitched(tmp_path: Path) -> None:
    contacts = [_contact(n, n, 2, True) for n in range(8)] + [_contact(20 + n, n, -2, True) for n in range(12)]
    windows = pd.DataFrame({"exposure_id": [f"x{n}" for n in range(20)], "customer_id": [f"c{n}" for n in range(20)]})
    windows = windows.assign(channel="outbound", decided_at=DAY, randomised=False, popped_up=False, accepted=False)
    windows["pitched"] = [n < 5 for n in range(20)]
    found = _share(_drivers(tmp_path, contacts, exposures=windows), "pitches")
    assert found == pytest.approx((5 - 3 * 5 / 15) / 20)


def test_a_lake_without_contacts_and_events_has_no_drivers(tmp_path: Path) -> None:
    lake = open_lake(write_lake(tmp_path / "lake", small_tables()), Settings(var=tmp_path))
    drivers = read_drivers(as_known(lake, AS_OF))
    assert drivers.events.empty
    assert drivers.followers.empty


def test_patience_is_all_waiting_over_all_hang_ups(tmp_path: Path) -> None:
    waits = [_contact(n, n, 0, None, wait_s=60.0, abandoned=n % 4 == 0) for n in range(400)]
    people = _customers([f"c{n}" for n in range(400)])
    folder = write_lake(tmp_path / "lake", {"customers": people, "contacts": pd.DataFrame(waits)})
    known = as_known(open_lake(folder, Settings(var=tmp_path)), AS_OF)
    assert mean_patience_s(known, dt.date(2025, 11, 1)) == pytest.approx(240.0)
    assert mean_patience_s(known, dt.date(2025, 12, 1)) is None
