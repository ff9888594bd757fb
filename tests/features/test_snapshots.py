"""Label snapshots are built once from the same data; which labels a model may use; where training months begin."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from data.errors import BadInput
from data.lake import Lake, open_lake
from data.settings import Settings
from features.fingerprint import cache_key, data_fingerprint
from features.snapshots import Snapshots, feature_labels, training_as_ofs
from tests.tiny_lake import small_tables, write_lake

AS_OF = dt.date(2026, 1, 1)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(lake=write_lake(tmp_path / "lake", small_tables()), var=tmp_path / "var", today=AS_OF)


def opened(settings: Settings) -> Lake:
    return open_lake(settings.lake, settings)


def test_a_snapshot_is_built_once_and_read_from_then_on(settings: Settings) -> None:
    path = Snapshots(opened(settings)).path(AS_OF)
    written = path.stat().st_mtime_ns
    again = Snapshots(opened(settings))
    assert again.path(AS_OF) == path
    assert path.stat().st_mtime_ns == written
    assert again.table([AS_OF]).count().to_pandas() == 2


def test_other_data_have_another_fingerprint_and_another_cache(settings: Settings) -> None:
    before = opened(settings)
    told = (data_fingerprint(before), cache_key(before))
    tables = small_tables()
    write_lake(settings.lake, {"usage": tables["usage"].head(5)})
    after = opened(settings)
    assert data_fingerprint(after) != told[0]
    assert cache_key(after) != told[1]


def test_the_same_data_have_the_same_fingerprint_wherever_they_lie(settings: Settings, tmp_path: Path) -> None:
    elsewhere = settings.model_copy(update={"lake": write_lake(tmp_path / "copy", small_tables())})
    assert data_fingerprint(opened(elsewhere)) == data_fingerprint(opened(settings))


def test_sensitive_labels_are_no_features_unless_their_purpose_names_churn() -> None:
    uptake, churn = feature_labels("marketing"), feature_labels("churn")
    assert not {"age_years", "gender", "handset_months", "days_since_port_signal"} & set(uptake)
    assert not {"age_years", "gender", "handset_months"} & set(churn)
    assert "days_since_port_signal" in churn
    assert {"bill_cny_mean_3m", "tenure_months"} <= set(uptake)


def test_training_months_begin_where_a_month_of_usage_is_closed(settings: Settings) -> None:
    assert training_as_ofs(opened(settings), AS_OF) == [dt.date(2025, 11, 1), dt.date(2025, 12, 1), AS_OF]


def test_a_lake_without_usage_and_bills_says_what_is_needed(settings: Settings, tmp_path: Path) -> None:
    tables = {name: t for name, t in small_tables().items() if name not in ("usage", "bills")}
    bare = settings.model_copy(update={"lake": write_lake(tmp_path / "bare", tables)})
    with pytest.raises(BadInput, match="neither usage nor bills"):
        training_as_ofs(opened(bare), AS_OF)
