"""Whatever happens at or after the as-of date, the labels of that date stay the same."""

import datetime as dt

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.features.lakes import labels_of, lake_of
from tests.features.random_lake import T, random_tables

START = pd.Timestamp(T)
DATED = {
    "contacts": "started_at", "complaints": "opened_at", "exposures": "decided_at", "targets": "scored_on",
    "posts": "posted_at", "payments": "paid_at", "events": "announced_at", "usage_days": "day", "statuses": "starts_on",
    "usage": "month", "bills": "month", "departures": "left_on",
}  # fmt: skip
FILLED_LATER = {
    "complaints": {"handled_at": ["handled_by"], "closed_at": ["closed_by"], "revisited_at": ["revisit_satisfaction"]},
    "exposures": {
        "accepted_at": ["effective_on"],
        "rejected_at": ["reject_reason"],
        "confirmed_at": [],
        "reversed_at": [],
    },
    "bills": {"paid_on": []},
    "holdings": {"ends_on": []},
    "events": {"ends_at": []},
}
CONTACT_FILLED_LATER = ["satisfaction", "resolved", "intent"]


def with_another_future(tables, seed):
    """The same past; rows dated from T on are those of another lake, and what was filled in from T on is lost."""
    other = random_tables(seed, customers=len(tables["customers"]))
    changed = {name: _past_and_other(name, frame, other[name]) for name, frame in tables.items() if name in DATED}
    mixed = tables | changed
    for name, columns in FILLED_LATER.items():
        mixed[name] = _unfilled(mixed[name], columns)
    mixed["exposures"] = _not_yet_accepted(mixed["exposures"])
    mixed["contacts"] = _just_called(mixed["contacts"])
    mixed["subscriptions"] = _changed_later(mixed["subscriptions"])
    return mixed


def _past_and_other(name, frame, other):
    column = DATED[name]
    keys = ["customer_id", column] if name in ("departures", "statuses") else None
    past = frame[pd.to_datetime(frame[column]) < START]
    future = other[pd.to_datetime(other[column]) >= START].copy()
    for key in [
        key for key in ("contact_id", "complaint_id", "exposure_id", "post_id", "event_id", "run_id") if key in future
    ]:
        future[key] = "new" + future[key].astype(str)
    joined = pd.concat([past, future], ignore_index=True).astype(frame.dtypes)
    return joined.drop_duplicates(keys) if keys else joined


def _unfilled(frame, columns):
    frame = frame.copy()
    for column, companions in columns.items():
        later = pd.to_datetime(frame[column]) >= START + (
            pd.Timedelta(days=1) if column == "ends_on" else pd.Timedelta(0)
        )
        for name in [column, *[name for name in companions if name in frame]]:
            frame[name] = frame[name].astype(object).where(~later, None)
    return frame


def _not_yet_accepted(exposures):
    open_yet = exposures.accepted_at.isna() & exposures.accepted & (pd.to_datetime(exposures.decided_at) < START)
    return exposures.assign(accepted=exposures.accepted & ~open_yet)


def _just_called(contacts):
    recent = contacts.started_at.between(START - pd.Timedelta(hours=24), START, inclusive="neither")
    return contacts.assign(
        **{name: contacts[name].astype(object).where(~recent, None) for name in CONTACT_FILLED_LATER}
    )


def _changed_later(subscriptions):
    begun = subscriptions[[day <= T for day in subscriptions.starts_on]]
    ends = [None if end is None or end > T else end for end in begun.ends_on]
    begun = begun.assign(ends_on=ends)
    again = begun[[end is None for end in ends]].assign(plan_id="p1", starts_on=T + dt.timedelta(days=31), ends_on=None)
    return pd.concat([begun, again], ignore_index=True)


@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10_000), st.integers(10_001, 20_000))
def test_another_future_leaves_the_labels_as_they_are(tmp_path_factory, seed, other_seed):
    tables = random_tables(seed, customers=15)
    folder = tmp_path_factory.mktemp("future")
    now = labels_of(lake_of(folder / "one", tables))
    then = labels_of(lake_of(folder / "other", with_another_future(tables, other_seed)))
    pd.testing.assert_frame_equal(now, then, check_exact=False, rtol=1e-9, atol=1e-9)


def test_the_other_future_differs_where_it_may(tmp_path):
    tables = random_tables(3, customers=15)
    other = with_another_future(tables, 10_003)
    later = dt.date(2026, 1, 1)
    now, then = (labels_of(lake_of(tmp_path / name, t), later) for name, t in (("a", tables), ("b", other)))
    assert not np.array_equal(now.contacts_90d.to_numpy(), then.reindex(now.index).contacts_90d.to_numpy())
