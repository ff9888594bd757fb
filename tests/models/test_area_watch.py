"""Areas that call more: a small outage is seen, busy hours of everybody are not, and the future is not read."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.area_watch import FALSE_ALARMS_A_MONTH, AreaWatch
from models.watch import WATCHED, watched

AREAS = [f"a{number}" for number in range(8)]
START, DAYS, WIDTH = pd.Timestamp("2025-03-01"), 270, pd.Timedelta(minutes=30)
TODAY = START + pd.Timedelta(days=DAYS)
QUEUES = {"network": 0.6, "billing": 1.5}  # contacts of an area in an interval


def _contacts(days: int = DAYS, start: pd.Timestamp = START, seed: int = 1, times: float = 1.0) -> pd.DataFrame:
    """Poisson contacts from 08:00 to 20:00, each day with a factor that all share."""
    random = np.random.default_rng(seed)
    minutes = (np.arange(days)[:, None] * 1440 + np.arange(480, 1200, 30)).reshape(-1)
    starts = start + pd.to_timedelta(minutes, unit="min")
    busy = times * random.gamma(20, 0.05, days).repeat(24)
    parts = [
        pd.DataFrame({"area": area, "kind": kind, "starts_at": starts, "contacts": random.poisson(rate * busy)})
        for area in AREAS
        for kind, rate in QUEUES.items()
    ]
    return pd.concat(parts, ignore_index=True)


def _outages(count: int = 10) -> pd.DataFrame:
    starts = START + pd.to_timedelta(np.arange(count) * 11 + 3, unit="D") + pd.Timedelta(hours=10)
    areas = [AREAS[number % len(AREAS)] for number in range(count)]
    return _events(areas, starts, 3)


def _events(areas: list[str], starts: pd.DatetimeIndex, hours: int) -> pd.DataFrame:
    return pd.DataFrame(
        {"kind": "outage", "area": areas, "starts_at": starts, "ends_at": starts + pd.Timedelta(hours=hours)}
    )


NOTHING = _events([], pd.DatetimeIndex([]), 1)


def _hit(contacts: pd.DataFrame, outages: pd.DataFrame, times: float = 12.0) -> pd.DataFrame:
    """Contacts to the network queue multiplied in the area and time of each outage."""
    contacts, random = contacts.copy(), np.random.default_rng(5)
    for event in outages.to_dict("records"):
        inside = contacts["starts_at"].between(event["starts_at"], event["ends_at"], inclusive="left")
        here = inside & (contacts["area"] == event["area"]) & (contacts["kind"] == "network")
        contacts.loc[here, "contacts"] = random.poisson(QUEUES["network"] * times, here.sum())
    return contacts


@pytest.fixture(scope="module")
def watch() -> AreaWatch:
    learned = AreaWatch.fit(_hit(_contacts(), _outages()), _outages(), 30, queues=2)
    assert learned is not None
    return learned


def _today(area: str = "a3") -> pd.DataFrame:
    return _hit(_contacts(1, TODAY, 9), _outage(area))


def _outage(area: str = "a3") -> pd.DataFrame:
    return _events([area], pd.DatetimeIndex([TODAY + pd.Timedelta(hours=12)]), 2)


def test_the_queue_that_outages_fill_is_learned(watch: AreaWatch) -> None:
    assert watch.kinds.tolist() == ["network"]
    assert 8 < watch.rise[0] < 16


def test_an_outage_is_seen_within_two_intervals(watch: AreaWatch) -> None:
    found = watch.alarms(_today(), TODAY + pd.Timedelta(hours=13), NOTHING).to_dict("records")
    assert [(row["area"], row["queue"]) for row in found] == [("a3", "network")]
    assert found[0]["seen_at"] <= TODAY + pd.Timedelta(hours=13)
    assert found[0]["contacts"] > 4 * found[0]["expected"]


def test_later_contacts_are_not_read(watch: AreaWatch) -> None:
    until = TODAY + pd.Timedelta(hours=12, minutes=50)
    today = _today()
    early = today[today["starts_at"] < TODAY + pd.Timedelta(hours=12, minutes=30)]
    pd.testing.assert_frame_equal(watch.alarms(today, until, NOTHING), watch.alarms(early, until, NOTHING))


def test_what_all_areas_do_is_no_alarm(watch: AreaWatch) -> None:
    assert watch.alarms(_contacts(1, TODAY, 9, times=4.0), TODAY + pd.Timedelta(hours=23), NOTHING).empty


def test_an_area_with_an_announced_event_is_expected_to_call(watch: AreaWatch) -> None:
    assert watch.alarms(_today(), TODAY + pd.Timedelta(hours=16), _outage()).empty


def test_quiet_days_raise_no_more_alarms_than_wanted(watch: AreaWatch) -> None:
    quiet = _contacts(400, TODAY, 12)
    days = [TODAY + pd.Timedelta(days=number) for number in range(400)]
    by_day = dict(iter(quiet.groupby(quiet["starts_at"].dt.normalize())))
    alarms = sum(len(watch.alarms(by_day[day], day + pd.Timedelta(hours=23), NOTHING)) for day in days)
    assert alarms / 400 * 30.4 / 2 < 2 * FALSE_ALARMS_A_MONTH


def test_without_past_outages_there_is_nothing_to_watch_for() -> None:
    assert AreaWatch.fit(_contacts(), _outages(0), 30, queues=2) is None
    assert AreaWatch.fit(_contacts(0), _outages(), 30, queues=2) is None
    assert AreaWatch.fit(_contacts(), _outages(), 30, queues=2) is None, "outages that bring no contacts"


def _alarm(direction: str) -> pd.DataFrame:
    at = TODAY + pd.Timedelta(hours=12)
    row = {"queue": "network", "centre": "one", "starts_at": at, "seen_at": at + 2 * WIDTH, "direction": direction}
    return pd.DataFrame([row | {"calls": 90.0, "expected": 50.0, "excess_share": 0.8}])


@pytest.mark.parametrize(("direction", "told"), [("more", True), ("fewer", False)])
def test_an_alarm_says_what_it_is_about(watch: AreaWatch, direction: str, told: bool) -> None:
    areas = watch.alarms(_today(), TODAY + pd.Timedelta(hours=13), NOTHING)
    at = TODAY + pd.Timedelta(hours=12)
    event = {"event_id": "E1", "kind": "outage", "area": "a3", "queue": "network", "starts_at": at, "size": 900.0}
    table = watched(_alarm(direction), areas, pd.DataFrame([event | {"announced_at": at + WIDTH}]))
    assert table.columns.tolist() == WATCHED
    about = table[table["centre"] == "one"]["about"].item()
    assert ("callers from a3" in about and "E1" in about) is told
    assert sorted(table["direction"]) == sorted([direction, "more", "announced"])
    none = pd.DataFrame(columns=areas.columns), pd.DataFrame(columns=[*event, "announced_at"])
    assert watched(_alarm(direction), *none)["about"].tolist() == [""]
