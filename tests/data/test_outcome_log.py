"""Outcomes of stored decisions: joined by customer, counted by offer, given back whole."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.outcome_log import accepted_between, decisions, told
from data.store import Store
from serving.capacity import left_over, used_up

JANUARY, FEBRUARY = dt.datetime(2026, 1, 1), dt.datetime(2026, 2, 1)
AT = dt.datetime(2026, 1, 5, 10, 0)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path / 'store.db'}")
    for number in range(3):
        record = json.dumps({"number": number})
        row = {"decision_id": f"d{number}", "request_id": f"r{number}", "customer_id": f"c{number}", "at": AT}
        store.add_decision({**row, "publication_id": 1, "labels": b"", "record": record})
    yield store
    store.close()


def tell(store: Store, decision: str, stage: str, at: dt.datetime = AT, key: str = "") -> None:
    row = {"decision_id": decision, "offer_id": "o", "stage": stage, "at": at}
    store.add_outcome({**row, "idempotency_key": f"{decision}{stage}{key}"})


def test_acceptances_count_once_in_their_month_unless_reversed(store: Store) -> None:
    tell(store, "d0", "accepted")
    tell(store, "d0", "accepted", key="again")
    tell(store, "d1", "accepted", FEBRUARY)
    assert accepted_between(store, JANUARY, FEBRUARY) == {"o": 1}
    assert used_up({"o": 1, "other": 0}, store, AT.date()) == {"o", "other"}
    assert used_up({"o": 2}, store, AT.date()) == frozenset()
    assert left_over({"o": 3, "other": 1}, store, AT.date()) == {"o": 2, "other": 1}
    assert left_over({"o": 0}, store, AT.date()) == {"o": 0}
    tell(store, "d0", "reversed", FEBRUARY)
    assert used_up({"o": 1}, store, AT.date()) == frozenset()


def test_outcomes_are_told_by_customer_in_their_order(store: Store) -> None:
    tell(store, "d1", "accepted")
    tell(store, "d1", "pitched", AT - dt.timedelta(minutes=5))
    tell(store, "d2", "pitched")
    tell(store, "of a bulk list", "pitched")
    assert [(row.customer_id, row.stage) for row in told(store, ["c1"])] == [("c1", "pitched"), ("c1", "accepted")]
    assert {row.customer_id for row in told(store)} == {"c1", "c2"}


def test_every_decision_comes_back_with_its_outcomes(store: Store) -> None:
    tell(store, "d1", "pitched")
    found = list(decisions(store))
    assert [row["record"]["number"] for row in found] == [0, 1, 2]
    assert [len(row["outcomes"].get("o", [])) for row in found] == [0, 1, 0]
