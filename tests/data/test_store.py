"""The store: a publication counts once it is whole; decisions and outcomes are stored once and stay."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from data.store import KEEP, Store

DAY = dt.date(2026, 1, 1)
AT = dt.datetime(2026, 1, 5, 10, 0)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path / 'below' / 'store.db'}")
    yield store
    store.close()


def outcome(key: str) -> dict[str, object]:
    return {"idempotency_key": key, "decision_id": "d", "offer_id": "o", "stage": "pitched", "at": AT}


def rows(*customers: str) -> Iterator[tuple[list[str], np.ndarray]]:
    for i, customer in enumerate(customers):
        yield [customer], np.array([[float(i), np.nan]])


def test_lines_come_back_by_customer_bit_for_bit(store: Store) -> None:
    number = store.publish(DAY, "f", {"名": 1}, rows("b", "a", "c")).publication_id
    pieces = list(store.lines(number))
    assert [customer for ids, _ in pieces for customer in ids] == ["a", "b", "c"]
    assert np.frombuffer(store.line(number, "b") or b"").tolist()[0] == 0.0
    assert store.line(number, "z") is None
    assert store.newest(DAY, "f") is not None
    assert store.newest(DAY, "other data") is None


def test_a_publication_that_broke_off_is_never_served(store: Store) -> None:
    whole = store.publish(DAY, "f", {}, rows("a"))

    def broken() -> Iterator[tuple[list[str], np.ndarray]]:
        yield from rows("a", "b")
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        store.publish(DAY, "g", {}, broken())
    assert store.newest() == whole
    assert store.newest_id() == whole.publication_id


def test_only_the_last_publications_keep_their_rows(store: Store) -> None:
    numbers = [store.publish(DAY, str(i), {}, rows("a")).publication_id for i in range(KEEP + 2)]
    assert [store.line(number, "a") is not None for number in numbers] == [False] * 2 + [True] * KEEP


def test_an_outcome_is_stored_once_however_often_and_however_many_at_a_time(store: Store) -> None:
    with ThreadPoolExecutor(8) as threads:
        stored = list(threads.map(lambda _: store.add_outcome(outcome("k")), range(24)))
    assert stored.count(True) == 1
    assert (store.outcome("k") or {})["stage"] == "pitched"


def test_outcomes_and_decisions_are_there_after_opening_the_store_again(store: Store, tmp_path: Path) -> None:
    decision = {"decision_id": "d", "request_id": "r", "customer_id": "c", "at": AT, "publication_id": 1}
    assert store.add_decision({**decision, "labels": b"", "record": '{"answer": "套餐"}'})
    assert not store.add_decision({**decision, "decision_id": "other", "labels": b"", "record": "{}"})
    assert store.add_outcome(outcome("k"))
    again = Store(str(store.engine.url))
    assert again.decision_of_request("r") == again.decision("d") == {"answer": "套餐"}
    assert again.outcome("k") is not None
    again.close()


def test_outcomes_are_written_through_to_the_disk_and_decisions_with_the_next_of_them(store: Store) -> None:
    for engine, synchronous in ((store.engine, 2), (store.decisions, 1)):  # FULL, NORMAL
        with engine.connect() as con:
            assert con.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
            assert con.exec_driver_sql("PRAGMA synchronous").scalar() == synchronous


def test_the_log_can_be_emptied_while_others_read(store: Store) -> None:
    number = store.publish(DAY, "f", {}, rows("a"), [("a", "p"), ("b", "p")]).publication_id
    with store.engine.connect() as con:
        con.exec_driver_sql("SELECT count(*) FROM lines").scalar()
        store.add_outcome(outcome("k"))
        store.checkpoint()
    assert store.person_lines(number, "a") == ["a", "b"]
    assert store.person_lines(number, "c") == ["c"]
    assert store.people(number) == {"a": "p", "b": "p"}
