"""What is known of the call: one request and a table of past calls say the same, and nothing is known in bulk."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from features.request_features import (
    ASKED_FOR,
    ASKS,
    CALL_FEATURES,
    CATEGORIES,
    CHINESE,
    MONOTONE,
    REQUEST_FEATURES,
    Call,
    asks_for,
    call_values,
    request_features,
    without_request,
)

INTENTS = ["overage", "plan_change", "data_pack", "cancel", "something else", None]
CALLS = st.tuples(
    st.sampled_from(INTENTS),
    st.sampled_from(["tariff", "billing", None]),
    st.datetimes(dt.datetime(2024, 1, 1), dt.datetime(2026, 1, 1)),
    st.sampled_from([*ASKED_FOR, "a new kind"]),
)


@given(st.lists(CALLS, min_size=1, max_size=8))
def test_a_request_says_what_the_table_of_past_calls_says(calls: list[tuple[str, str, dt.datetime, str]]) -> None:
    table = request_features(pd.DataFrame(calls, columns=["intent", "queue", "at", "offer_kind"]))
    assert tuple(table.columns) == REQUEST_FEATURES
    for (intent, queue, at, kind), row in zip(calls, table.to_dict("records"), strict=True):
        wanted = call_values(Call(intent, queue, at)) | {ASKS: asks_for(intent, [kind])[0]}
        assert {name: None if pd.isna(value) else value for name, value in row.items()} == wanted


def test_a_request_without_reason_and_queue_is_bulk() -> None:
    assert set(call_values(Call(at=dt.datetime(2026, 1, 5, 9))).values()) == {None}
    assert asks_for(None, ["plan", "handset"]) == [None, None]


def test_the_request_side_can_be_taken_away() -> None:
    frame = pd.DataFrame({"intent": ["overage"], "queue": ["tariff"], "at": ["2026-01-05"], "offer_kind": ["plan"]})
    known = request_features(frame).assign(fee_cny=58.0)
    bulk = without_request(known)
    assert bulk[list(REQUEST_FEATURES)].isna().all(axis=None)
    assert list(bulk.columns) == list(known.columns)
    assert bulk["fee_cny"].tolist() == [58.0]
    assert [bulk[name].dtype == "category" for name in REQUEST_FEATURES] == [n in CATEGORIES for n in REQUEST_FEATURES]
    assert known["call_day"].tolist() == [5.0]


def test_every_feature_has_a_chinese_name_and_every_sign_a_number() -> None:
    assert set(CHINESE) == set(REQUEST_FEATURES) == {*CALL_FEATURES, ASKS}
    assert set(MONOTONE) <= set(REQUEST_FEATURES) - set(CATEGORIES)
    assert np.isin(list(MONOTONE.values()), (-1, 1)).all()
