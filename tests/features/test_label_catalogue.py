"""The catalogue says what each label is, in a form that people and machines can rely on."""

import re

import pytest

from data.schema import TABLES
from features.label_table import LABELS, label_catalogue, label_schema_hash
from features.labels import GROUPS
from features.pages import DOCS, indicators_page, labels_page

CATALOGUE = label_catalogue()
WINDOW = re.compile(r"_(m\d|\d+[dm])\b")
UNITS_IN_NAMES = {"MB": "mb", "CNY": "cny", "min": "min", "months": "month", "s": "_s", "h": "_h"}
DOMAIN_A13 = {
    "plan and usage": ["plan_id", "plan_fee_cny", "plan_voice_quota_min", "plan_data_quota_mb", "data_saturation_3m",
                       "data_overage_cny_mean_3m", "voice_overage_cny_mean_3m", "upgrade_pack_cny_mean_3m",
                       "overage_fee_run_months", "rollover_mb_m0", "services_held", "sms_mean_3m"],
    "value": ["bill_cny_m0", "bill_cny_m3", "bill_slope_cny_per_month", "bill_variation", "payments_3m", "paid_cny_3m",
              "balance_cny_m0", "late_share_12m", "bill_min_cny_12m"],
    "lifecycle": ["tenure_months", "brand", "contract_months_left", "handset_generation", "is_port_risk"],
    "service and contact": ["complaints_12m", "complaint_level_max", "hotline_calls_90d", "top_intent",
                            "satisfaction_mean_12m", "days_since_contact", "repeat_calls_90d"],
    "marketing": ["plan_pitched_12m", "plan_accepted_12m", "plan_rejected_12m", "days_since_pitch"],
    "channel and device": ["preferred_channel", "handset_model", "handset_months", "is_4g_capable"],
    "activity": ["activity_index"],
    "derived by text": ["text_topic_last", "text_sentiment_mean"],
}  # fmt: skip


def test_names_are_unique_snake_case():
    names = CATALOGUE["name"]
    assert names.is_unique and names.str.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*").all()


def test_there_are_at_least_eighty_definitions_however_many_windows_each_has():
    assert len({WINDOW.sub("", name) for name in CATALOGUE["name"]}) >= 80


@pytest.mark.parametrize("column", ["中文名", "definition", "window", "sources", "sensitivity", "purpose"])
def test_every_label_is_described(column):
    assert CATALOGUE[column].str.len().gt(0).all()


def test_chinese_names_are_chinese_and_tell_labels_apart():
    names = CATALOGUE["中文名"]
    assert names.str.contains(r"[\u4e00-\u9fff]").all() and names.is_unique


@pytest.mark.parametrize("unit, word", UNITS_IN_NAMES.items())
def test_units_stand_in_names(unit, word):
    assert CATALOGUE.loc[CATALOGUE["unit"] == unit, "name"].str.contains(word).all()


def test_sources_are_tables_of_the_lake():
    assert {source for group in GROUPS for source in group.sources} <= set(TABLES)


@pytest.mark.parametrize("row", DOMAIN_A13)
def test_every_row_of_the_label_dictionary_is_covered(row):
    assert set(DOMAIN_A13[row]) <= set(CATALOGUE["name"])


def test_location_tracks_are_no_labels():
    assert not CATALOGUE["name"].str.contains("track|cell_id|home_|work_").any()


def test_the_schema_hash_follows_the_names_in_their_order():
    assert label_schema_hash() == label_schema_hash() and len(LABELS) == len(CATALOGUE)


@pytest.mark.parametrize("name, page", [("labels.md", labels_page), ("indicators.md", indicators_page)])
def test_the_docs_page_is_fresh(name, page):
    assert (DOCS / name).read_text(encoding="utf-8") == page(), "run: python -m features.pages"
