"""Operating indicators against plain counts; small groups withheld; what cannot be had is left out or refused."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from data.errors import BadInput
from features.indicators.definition import DIMENSIONS
from features.indicators.table import Wanted, indicator_catalogue, indicators, left_out, wanted_of
from tests.features.lakes import lake_of
from tests.features.random_lake import random_tables
from tests.tiny_lake import small_tables

FIRST, END = dt.date(2025, 10, 1), dt.date(2025, 11, 1)


@pytest.fixture(scope="module")
def tables():
    return random_tables(seed=5, customers=300)


@pytest.fixture(scope="module")
def lake(tables, tmp_path_factory):
    return lake_of(tmp_path_factory.mktemp("indicators") / "lake", tables)


@pytest.fixture(scope="module")
def month(lake):
    return indicators(lake, Wanted(FIRST, END)).to_pandas().set_index("indicator")


def within(frame, column):
    return frame[(frame[column] >= pd.Timestamp(FIRST)) & (frame[column] < pd.Timestamp(END))]


def test_calls_waits_and_handling(tables, month):
    calls = within(tables["contacts"], "started_at").query("channel == 'hotline'")
    answered = calls[~calls.abandoned]
    assert month.value["calls_offered"] == len(calls)
    assert month.value["answer_rate"] == pytest.approx(len(answered) / len(calls))
    assert month.value["answered_in_20s_rate"] == pytest.approx((answered.wait_s <= 20).sum() / len(calls))
    assert month.value["asa_s"] == pytest.approx(answered.wait_s.mean())
    assert month.value["aht_s"] == pytest.approx((answered.talk_s + answered.hold_s + answered.after_call_s).mean())
    assert month.value["abandon_rate"] == pytest.approx(1 - month.value["answer_rate"])
    assert month.value["satisfaction_mean"] == pytest.approx(answered.satisfaction.dropna().astype(float).mean())


def test_repeat_calls_and_first_contact_resolution(tables, month):
    calls = tables["contacts"].query("channel == 'hotline' and customer_id.notna()").sort_values("started_at")
    gap = calls.groupby("customer_id").started_at.diff()
    following = calls.groupby("customer_id").started_at.shift(-1) - calls.started_at
    calls = calls.assign(repeated=gap < pd.Timedelta(days=7), followed=following < pd.Timedelta(days=7))
    now = within(calls, "started_at")
    assert month.value["repeat_call_rate"] == pytest.approx(now.repeated.mean())
    judged = now[~now.abandoned & now.resolved.notna()]
    solved = judged.resolved.astype(bool) & ~judged.followed
    assert month.value["first_contact_resolution"] == pytest.approx(solved.mean())


def test_the_marketing_funnel(tables, month):
    shown = within(tables["exposures"][tables["exposures"].offer_id.notna()], "decided_at")
    assert month.value["popup_rate"] == pytest.approx(shown.popped_up.mean())
    assert month.value["pitch_rate"] == pytest.approx(shown.pitched.sum() / shown.popped_up.sum())
    assert month.value["success_rate"] == pytest.approx(shown.accepted.sum() / shown.pitched.sum())
    reasons = shown.reject_reason.dropna()
    assert month.value["rejected_too_dear_share"] == pytest.approx((reasons == "too_dear").mean())
    assert month.value["rejected_other_share"] == 0.0


def test_complaints_for_ten_thousand_lines(tables, month):
    made = within(tables["complaints"], "opened_at")
    gone = tables["departures"]
    before = set(gone.customer_id[[day < FIRST for day in gone.left_on]])
    joined = tables["customers"].customer_id[[day < END for day in tables["customers"].joined_on]]
    assert month.value["complaints_per_10000_lines"] == pytest.approx(1e4 * len(made) / len(set(joined) - before))
    hours = (made.handled_at - made.opened_at).dropna() / pd.Timedelta(hours=1)
    assert month.value["complaint_handling_h"] == pytest.approx(hours.mean())


def test_self_service_that_needed_no_person(tables, month):
    contacts = tables["contacts"].dropna(subset="customer_id")
    calls = contacts[contacts.channel == "hotline"].groupby("customer_id").started_at.apply(list).to_dict()
    ivr = within(contacts[contacts.channel == "ivr"], "started_at")
    day = pd.Timedelta(days=1)
    alone = [
        not any(at < call < at + day for call in calls.get(who, []))
        for who, at in zip(ivr.customer_id, ivr.started_at, strict=True)
    ]
    assert month.value["ivr_containment"] == pytest.approx(np.mean(alone))


def test_occupancy_uses_the_length_of_the_interval(lake, tables):
    rows = indicators(lake, Wanted(dt.date(2025, 11, 1), dt.date(2025, 12, 1))).to_pandas().set_index("indicator")
    volumes = tables["call_volumes"]
    assert rows.value["occupancy"] == pytest.approx(volumes.handle_s.sum() / (volumes.agents.sum() * 1800))
    assert rows.value["service_level"] == pytest.approx(volumes.answered_in_target.sum() / volumes.offered.sum())


@pytest.mark.parametrize("by", [("queue", "centre"), ("team",), ("area",), ("offer",)])
def test_parts_add_up_to_the_whole(lake, month, by):
    parts = indicators(lake, Wanted(FIRST, END, by, minimum_group=1)).to_pandas()
    sums = parts[parts.indicator.isin(["calls_answered", "orders"])].groupby("indicator").numerator.sum()
    assert len(sums) and all(total == pytest.approx(month.numerator[name]) for name, total in sums.items())


def test_small_groups_are_withheld(lake):
    rows = indicators(lake, Wanted(FIRST, END, ("agent", "queue"))).to_pandas()
    withheld = rows[rows.suppressed]
    assert len(withheld) and withheld[["persons", "numerator", "denominator", "value"]].isna().all(axis=None)
    shown = rows[~rows.suppressed & rows.persons.notna()]
    assert ((shown.persons >= 10) | (shown.persons == 0)).all()


def test_months_are_cut_to_the_span(lake):
    rows = indicators(lake, Wanted(dt.date(2025, 9, 16), dt.date(2025, 10, 11))).to_pandas()
    spans = rows[["period_start", "period_end"]].drop_duplicates().astype(str).sort_values("period_start")
    assert spans.to_numpy().tolist() == [["2025-09-16", "2025-10-01"], ["2025-10-01", "2025-10-11"]]


def test_a_denominator_of_zero_gives_null(tables, tmp_path):
    quiet = tables["contacts"].assign(satisfaction=None)
    lake = lake_of(tmp_path / "lake", {"customers": tables["customers"], "contacts": quiet})
    rows = indicators(lake, Wanted(FIRST, END)).to_pandas().set_index("indicator")
    assert rows.denominator["satisfied_rate"] == 0 and pd.isna(rows.value["satisfied_rate"])


def test_what_a_lake_lacks_is_left_out_and_named(tmp_path):
    tables = small_tables()
    lake = lake_of(tmp_path / "lake", tables | {"complaints": random_tables(1)["complaints"].assign(contact_id=None)})
    assert {"answer_rate", "success_rate", "occupancy"} <= set(left_out(lake, ()))
    assert set(left_out(lake, ())).isdisjoint(indicators(lake, Wanted(FIRST, END)).to_pandas().indicator)
    with pytest.raises(BadInput, match="no indicator can be had by offer"):
        indicators(lake, Wanted(FIRST, END, ("offer",)))


@pytest.mark.parametrize(
    "wanted, message",
    [(Wanted(FIRST, END, ("city",)), "--by came with city; wanted any of queue"), (Wanted(END, FIRST), "holds no day")],
)
def test_bad_requests_are_refused_by_name(lake, wanted, message):
    with pytest.raises(BadInput, match=message):
        indicators(lake, wanted)


def test_the_default_span_is_the_last_closed_month(lake):
    wanted = wanted_of(lake, (None, None), [], 10)
    assert (wanted.first, wanted.end) == (dt.date(2026, 1, 1), dt.date(2026, 2, 1))


def test_the_catalogue_describes_at_least_thirty_indicators():
    table = indicator_catalogue()
    assert len(table) >= 30 and table["name"].is_unique and table["中文名"].is_unique
    assert table["中文名"].str.contains(r"[\u4e00-\u9fff]").all()
    assert all(set(grain.split(", ")) <= set(DIMENSIONS) for grain in table["grain"])
    assert table[["numerator", "denominator", "unit", "sources"]].map(len).gt(0).all(axis=None)
