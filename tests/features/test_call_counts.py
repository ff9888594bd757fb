"""Where calls are counted from, and what of a contact counts."""

from collections.abc import Mapping

import ibis
import pandas as pd
import pytest

from data.errors import BadInput
from features.call_counts import call_counts


class _Tables:
    def __init__(self, frames: Mapping[str, pd.DataFrame]) -> None:
        self.con = ibis.duckdb.connect()
        self.tables = {name: self.con.create_table(name, frame) for name, frame in frames.items()}

    def has(self, name: str) -> bool:
        return name in self.tables

    def __getitem__(self, name: str) -> ibis.Table:
        return self.tables[name]


def _contacts() -> pd.DataFrame:
    at = pd.to_datetime(["2026-01-05 09:05:00", "2026-01-05 09:29:59", "2026-01-05 09:30:00", "2026-01-05 09:31:00"])
    return pd.DataFrame(
        {
            "channel": ["hotline", "hotline", "hotline", "app"],
            "started_at": at,
            "queue": ["a", "a", None, "a"],
            "centre": "hz",
            "talk_s": [100.0, None, 60.0, 10.0],
            "hold_s": [20.0, None, None, 0.0],
            "after_call_s": [30.0, None, 5.0, 0.0],
            "abandoned": [False, True, False, False],
        }
    )


def test_hotline_contacts_are_counted_by_half_hour() -> None:
    counts = call_counts(_Tables({"contacts": _contacts()})).set_index(["queue", "starts_at"])
    early = counts.loc[("a", pd.Timestamp("2026-01-05 09:00"))]
    assert early[["offered", "answered", "handle_s"]].tolist() == [2, 1, 150]
    late = counts.loc[("unnamed", pd.Timestamp("2026-01-05 09:30"))]
    assert late[["offered", "answered", "handle_s"]].tolist() == [1, 1, 65]


def test_a_call_of_unknown_length_is_not_one_of_no_length() -> None:
    contacts = _contacts().assign(abandoned=False)
    early = call_counts(_Tables({"contacts": contacts})).query("queue == 'a'").iloc[0]
    assert early[["answered", "handle_s"]].tolist() == [2, 300]
    lengths = ["talk_s", "hold_s", "after_call_s"]
    untold = contacts.assign(**dict.fromkeys(lengths, pd.array([None] * 4, dtype="Float64")))
    assert call_counts(_Tables({"contacts": untold}))["handle_s"].isna().all()


def test_the_volumes_table_goes_first_and_missing_answers_count_as_answered() -> None:
    volumes = pd.DataFrame({"queue": ["a"], "centre": ["hz"], "starts_at": [pd.Timestamp("2026-01-05")]})
    volumes = volumes.assign(offered=7, answered=pd.array([None], dtype="Int64"), handle_s=[1400.0])
    counts = call_counts(_Tables({"call_volumes": volumes, "contacts": _contacts()}))
    assert counts[["offered", "answered", "handle_s"]].to_numpy().tolist() == [[7, 7, 1400]]


@pytest.mark.parametrize("frames", [{}, {"contacts": _contacts().tail(1)}])
def test_a_lake_without_calls_says_so(frames: dict) -> None:
    with pytest.raises(BadInput, match="no calls to forecast from"):
        call_counts(_Tables(frames))
