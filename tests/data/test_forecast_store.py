"""Forecast versions: what was written comes back, and nothing changes it afterwards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from data.errors import BadInput, WorkFailed
from data.forecast_store import VERSIONS, ForecastStore, VersionHead

HEAD = VersionHead("春节", dt.datetime(2026, 1, 1, 8), "王", dt.date(2026, 1, 1), "nextcall-volume/3", {"days": 2}, 2)
ROWS = pd.DataFrame(
    {
        "queue": ["账单", "ALL"],
        "starts_at": pd.to_datetime(["2026-01-01 09:00", "2026-01-01 09:30"]).astype("datetime64[us]"),
        "mean": [0.1, 2.0],
        "agents_scheduled": pd.array([1, None], dtype="Int64"),
    }
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ForecastStore]:
    store = ForecastStore(f"sqlite:///{tmp_path / 'below' / 'nextcall.db'}")
    yield store
    store.close()


def test_a_version_comes_back_as_it_was_written(store: ForecastStore) -> None:
    number = store.add(HEAD, ROWS).version_id
    head, rows = store.version(number)
    assert head == VersionHead(**(vars(HEAD) | {"version_id": number}))
    pd.testing.assert_frame_equal(rows, ROWS)


def test_versions_are_numbered_and_listed_newest_first(store: ForecastStore) -> None:
    numbers = [store.add(HEAD, ROWS).version_id for _ in range(3)]
    assert numbers == [1, 2, 3]
    assert [head.version_id for head in store.heads()] == [3, 2, 1]


@pytest.mark.parametrize("change", [VERSIONS.update().values(head="{}"), VERSIONS.delete()], ids=["update", "delete"])
def test_the_database_refuses_to_change_a_version(store: ForecastStore, change: sa.Executable) -> None:
    number = store.add(HEAD, ROWS).version_id
    with pytest.raises(sa.exc.IntegrityError, match="never changed"), store.engine.begin() as con:
        con.execute(change)
    assert store.version(number)[0].made_by == "王"


def test_a_version_that_was_tampered_with_is_not_used(store: ForecastStore) -> None:
    number = store.add(HEAD, ROWS).version_id
    with store.engine.begin() as con:
        con.exec_driver_sql("DROP TRIGGER forecast_versions_no_update")
        con.execute(VERSIONS.update().values(head=HEAD.to_text().replace("王", "李")))
    with pytest.raises(WorkFailed, match="changed after it was made"):
        store.version(number)


def test_a_version_that_is_not_there_is_told(store: ForecastStore) -> None:
    with pytest.raises(BadInput, match="version 7: there is none"):
        store.version(7)
