"""Labels against a slow and obvious count over plain rows, customer by customer."""

import datetime as dt
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from features.labels.activity import PARTS
from tests.features.lakes import labels_of, lake_of
from tests.features.random_lake import T, random_tables

START = pd.Timestamp(T)
CYCLE = dt.date(2025, 11, 1)
CLOSED = [pd.Timestamp(T) - pd.DateOffset(months=n + 1) for n in range(12)]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    tables = random_tables(seed=11, customers=50)
    labels = labels_of(lake_of(tmp_path_factory.mktemp("oracle") / "lake", tables))
    return tables, labels


def months_of(frame, customer):
    own = frame[frame.customer_id == customer].assign(month=lambda f: pd.to_datetime(f.month))
    return {ago: own[own.month == month].iloc[0] for ago, month in enumerate(CLOSED) if (own.month == month).any()}


def run(flags):
    length = 0
    while flags.get(length, False):
        length += 1
    return length


def close(labels, customer, name, expected):
    came = labels.loc[customer, name]
    assert (pd.isna(came) and pd.isna(expected)) or came == pytest.approx(expected, rel=1e-9, abs=1e-9), (
        customer,
        name,
    )


def test_months_of_usage_and_bills(world):
    tables, labels = world
    for customer in labels.index:
        usage, bills = months_of(tables["usage"], customer), months_of(tables["bills"], customer)
        last_three = [row.data_mb for ago, row in usage.items() if ago < 3]
        close(labels, customer, "data_mb_mean_3m", np.mean(last_three) if last_three else np.nan)
        close(
            labels,
            customer,
            "idle_run_months",
            run({ago: row.data_mb == 0 and row.voice_min == 0 for ago, row in usage.items()}),
        )
        over = {ago: row.voice_overage_cny + row.data_overage_cny > 0 for ago, row in bills.items()}
        close(labels, customer, "overage_fee_run_months", run(over))
        close(labels, customer, "overage_fee_share_12m", np.mean(list(over.values())))
        half = [(-ago, row.data_mb) for ago, row in usage.items() if ago < 6]
        if len(half) > 1:
            close(labels, customer, "data_slope_mb_per_month", np.polyfit(*zip(*half, strict=True), 1)[0])
            values = [value for _, value in half]
            close(labels, customer, "data_variation", np.std(values) / np.mean(values) if np.mean(values) else np.nan)


def test_quota_of_the_plan_in_force_in_each_month(world):
    tables, labels = world
    quotas = tables["plans"].set_index("plan_id").data_mb
    for customer in labels.index:
        plans = tables["subscriptions"][tables["subscriptions"].customer_id == customer]
        over = {}
        for ago, row in months_of(tables["usage"], customer).items():
            month = CLOSED[ago].date()
            held = plans[
                [a <= month and (b is None or b > month) for a, b in zip(plans.starts_on, plans.ends_on, strict=True)]
            ]
            over[ago] = bool(row.data_mb > quotas[held.plan_id.iloc[0]])
        close(labels, customer, "data_over_run_months", run(over))


def test_contacts_and_repeat_calls(world):
    tables, labels = world
    contacts = tables["contacts"].sort_values(["started_at", "contact_id"])
    for customer in labels.index:
        own = contacts[(contacts.customer_id == customer) & (contacts.started_at < START)]
        inbound = own[(own.channel != "outbound") & (own.started_at >= START - pd.Timedelta(days=365))]
        quarter = inbound[inbound.started_at >= START - pd.Timedelta(days=90)]
        close(labels, customer, "contacts_90d", len(quarter))
        calls = own[own.channel == "hotline"].started_at.tolist()
        repeats = [b for a, b in pairwise(calls) if b - a < pd.Timedelta(days=7)]
        close(labels, customer, "repeat_calls_90d", sum(at >= START - pd.Timedelta(days=90) for at in repeats))
        answered = inbound[(inbound.channel == "hotline") & ~inbound.abandoned]
        close(labels, customer, "handle_s_mean_12m", (answered.talk_s + answered.hold_s + answered.after_call_s).mean())
        known = quarter[quarter.started_at <= START - pd.Timedelta(hours=24)]
        close(labels, customer, "unresolved_contacts_90d", sum(value is False for value in known.resolved))
        counts = inbound.channel.value_counts()
        best = sorted(counts[counts == counts.max()].index)[0] if len(counts) else None
        assert labels.loc[customer, "preferred_channel"] == best


def test_complaints_by_stage_as_they_stood(world):
    tables, labels = world
    for customer in labels.index:
        own = tables["complaints"][tables["complaints"].customer_id == customer]
        own = own[(own.opened_at < START) & (own.opened_at >= START - pd.Timedelta(days=365))]
        handled, closed = own.handled_at < START, own.closed_at < START
        close(labels, customer, "complaints_open", int((~handled).sum()))
        close(labels, customer, "complaints_in_handling", int((handled & ~closed).sum()))
        close(labels, customer, "complaints_closed_12m", int(closed.sum()))
        ages = [(START - at.normalize()).days for at in own.opened_at[~closed]]
        close(labels, customer, "complaint_open_days_max", max(ages, default=0))


def test_marketing_history_as_it_stood(world):
    tables, labels = world
    exposures = tables["exposures"].merge(tables["offers"][["offer_id", "kind"]], how="left")
    for customer in labels.index:
        own = exposures[(exposures.customer_id == customer) & (exposures.decided_at < START)]
        own = own[own.decided_at >= START - pd.Timedelta(days=365)]
        accepted = own.accepted & (own.accepted_at < START)
        close(labels, customer, "plan_accepted_12m", int((accepted & (own.kind == "plan")).sum()))
        close(labels, customer, "acceptance_share_12m", accepted[own.pitched].mean() if own.pitched.any() else np.nan)
        rejected = own[own.rejected_at < START].sort_values(["decided_at", "exposure_id"], ascending=[False, True])
        assert labels.loc[customer, "last_reject_reason"] == (rejected.reject_reason.iloc[0] if len(rejected) else None)


def test_days_of_the_cycle_after_the_quota_of_its_plan_ran_out(world):
    tables, labels = world
    quotas = tables["plans"].set_index("plan_id").data_mb
    for customer in labels.index:
        plans = tables["subscriptions"].query("customer_id == @customer and starts_on < @T")
        quota = quotas[plans.sort_values("starts_on").plan_id.iloc[-1]]
        days = tables["usage_days"].query("customer_id == @customer and @CYCLE <= day < @T").sort_values("day")
        close(labels, customer, "cycle_days_without_quota", int((days.data_mb.cumsum() > quota).sum()))


def test_the_activity_index_is_the_documented_formula(world):
    _, labels = world
    assert sum(part.weight for part in PARTS) == pytest.approx(1.0)
    x = labels[[part.label for part in PARTS]].fillna(0.0)
    expected = sum(100 * part.weight * x[part.label] / (x[part.label] + part.half) for part in PARTS)
    assert np.allclose(labels.activity_index, expected)
    assert labels.activity_index.between(0, 100, inclusive="left").all()
