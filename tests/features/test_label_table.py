"""One row a line present; nulls where a source is missing, zeros where it is silent; snapshots tell nothing."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from features.label_table import LABELS, label_summary
from features.labels import GROUPS
from tests.features.lakes import labels_of, lake_of
from tests.features.random_lake import T, random_tables
from tests.tiny_lake import small_tables


@pytest.fixture(scope="module")
def tables():
    return random_tables(seed=7, customers=40)


@pytest.fixture(scope="module")
def labels(tables, tmp_path_factory):
    return labels_of(lake_of(tmp_path_factory.mktemp("labels") / "lake", tables))


def test_every_line_present_has_one_row_with_every_label_in_order(tables, labels):
    gone = tables["departures"]
    recorded = [
        day + dt.timedelta(days=90 if kind == "silent" else 0)
        for day, kind in zip(gone.left_on, gone.kind, strict=True)
    ]
    left = set(gone.customer_id[[day < T for day in recorded]])
    assert list(labels.index) == sorted(set(tables["customers"].customer_id) - left)
    assert list(labels.columns) == ["as_of", *(label.name for label in LABELS)]


def test_labels_have_the_type_of_their_kind(labels):
    kinds = {label.name: label.kind for label in LABELS}
    assert all(labels[name].dtype == np.float64 for name, kind in kinds.items() if kind == "numeric")
    words = labels[[name for name, kind in kinds.items() if kind == "category"]]
    assert words.map(lambda value: value is None or isinstance(value, str)).all(axis=None)


def test_a_missing_source_gives_nulls_and_a_silent_one_zeros(tmp_path):
    quiet = small_tables() | {"contacts": random_tables(1)["contacts"].iloc[:0]}
    without = labels_of(lake_of(tmp_path / "a", small_tables()), dt.date(2026, 1, 1))
    silent = labels_of(lake_of(tmp_path / "b", quiet), dt.date(2026, 1, 1))
    assert without.contacts_90d.isna().all() and without.days_since_contact.isna().all()
    assert silent.contacts_90d.eq(0).all() and silent.days_since_contact.isna().all()


def test_labels_of_each_group_are_null_exactly_where_its_source_is_missing(tmp_path):
    labels = labels_of(lake_of(tmp_path / "lake", {"customers": small_tables()["customers"]}), dt.date(2026, 1, 1))
    there = {label.name for group in GROUPS if set(group.sources) <= {"customers"} for label in group.labels}
    assert not labels.drop(columns=["as_of", *there]).notna().any(axis=None)
    assert labels.tenure_months.notna().all()


def test_a_snapshot_of_customers_tells_nothing_that_may_have_changed(tables, labels, tmp_path):
    changed = tables["customers"].assign(
        vip=~tables["customers"].vip,
        fixed_mobile_bundle=~tables["customers"].fixed_mobile_bundle,
        contract_ends_on=dt.date(2030, 1, 1),
        marketing_consent=False,
    )
    pd.testing.assert_frame_equal(labels, labels_of(lake_of(tmp_path / "lake", tables | {"customers": changed})))


def test_an_undated_handset_is_no_label_and_a_later_one_neither(tables, tmp_path):
    customers = tables["customers"].assign(handset_since=[None, dt.date(2025, 12, 2)] * 20)
    labels = labels_of(lake_of(tmp_path / "lake", tables | {"customers": customers}))
    assert labels[["handset_model", "handset_generation", "handset_months"]].isna().all(axis=None)


def test_versioned_customers_give_their_contract_as_of_the_day(tmp_path):
    base = small_tables()
    versions = base["customers"].assign(
        contract_starts_on=dt.date(2025, 1, 1), contract_ends_on=dt.date(2027, 1, 1), valid_from=dt.date(2025, 1, 1)
    )
    offers = random_tables(1)["offers"].assign(plan_id=None)
    lake = base | {"customers": versions, "offers": offers, "exposures": random_tables(1)["exposures"].iloc[:0]}
    labels = labels_of(lake_of(tmp_path / "lake", lake), dt.date(2026, 1, 1))
    assert labels.contract_months_left.round(1).eq(12.0).all()


def test_the_summary_says_how_much_is_known_of_each_label(labels):
    summary = label_summary(labels.reset_index()).set_index("name")
    assert summary.loc["tenure_months", "known"] == 1.0 and summary.loc["text_topic_last", "typical"] == "–"
