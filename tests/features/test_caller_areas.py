"""Contacts by the caller's area: what is known as they come in, and the events that an area has by a moment."""

from __future__ import annotations

import ibis
import pandas as pd

from features.caller_areas import area_contacts, area_events, outages_of
from features.event_calendar import tidy_events

DAY = pd.Timestamp("2025-12-01")


def _at(hour: float) -> pd.Timestamp:
    return DAY + pd.Timedelta(minutes=int(60 * hour))


def test_contacts_are_counted_by_area_queue_and_interval() -> None:
    rows = [
        ("u1", "hotline", "network", 9.1),
        ("u2", "hotline", "network", 9.4),
        ("u1", "app", None, 9.6),
        ("u3", "hotline", "network", 9.2),  # lives nowhere
        (None, "hotline", "network", 9.2),  # nobody knows
        ("u1", "hotline", "network", 10.0),  # at the span's end
    ]
    contacts = pd.DataFrame(rows, columns=["customer_id", "channel", "queue", "started_at"])
    contacts["started_at"] = contacts["started_at"].map(_at)
    homes = pd.DataFrame({"customer_id": ["u1", "u2", "u3"], "area": ["east", "east", None]})
    found = area_contacts(ibis.memtable(contacts), ibis.memtable(homes), (DAY, _at(10)), 30)
    assert list(found.itertuples(index=False, name=None)) == [
        ("east", "app", _at(9.5), 1.0),
        ("east", "network", _at(9), 2.0),
    ]


def test_events_of_areas_are_known_from_their_announcement_and_end_when_they_do() -> None:
    outage = {"event_id": "E1", "kind": "outage", "area": "east", "starts_at": _at(8), "announced_at": _at(9)}
    fair = {"event_id": "E2", "kind": "big_event", "area": "west", "starts_at": _at(7), "announced_at": _at(-99)}
    everywhere = {"event_id": "E3", "kind": "outage", "starts_at": _at(7), "announced_at": _at(7)}
    events = tidy_events(pd.DataFrame([outage, fair, everywhere]).assign(ends_at=_at(20)))
    assert area_events(events, _at(8.9))["event_id"].tolist() == ["E2"]
    later = area_events(events, _at(9))
    assert later["event_id"].tolist() == ["E2", "E1"]
    assert later["ends_at"].tolist() == [_at(20), _at(9)], "nobody knows when an outage will end"
    assert outages_of(later)["event_id"].tolist() == ["E1"]
