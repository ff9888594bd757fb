"""What became of stored decisions: outcomes by customer, acceptances by offer, whole decisions with their outcomes."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from data.store import CHUNK, Store
from data.store_tables import DECISIONS, OUTCOMES


class Told(NamedTuple):
    """One outcome of a stored decision."""

    customer_id: str
    decision_id: str
    offer_id: str
    stage: str
    at: dt.datetime


def told(store: Store, customers: Sequence[str] | None = None) -> list[Told]:
    """The outcomes of stored decisions, of these customers or of all, in the order in which they happened."""
    query = _TOLD if customers is None else _TOLD.where(DECISIONS.c.customer_id.in_(customers))
    with store.engine.connect() as con:
        return [Told(*row) for row in con.execute(query)]


def accepted_between(store: Store, start: dt.datetime, end: dt.datetime) -> dict[str, int]:
    """Acceptances in [start, end) that were not reversed, by offer."""
    o = OUTCOMES.c
    query = sa.select(o.offer_id, sa.func.count(sa.distinct(o.decision_id)))
    query = query.where(o.stage == "accepted", o.at >= start, o.at < end, ~_REVERSAL).group_by(o.offer_id)
    with store.engine.connect() as con:
        return {row[0]: row[1] for row in con.execute(query)}


def decisions(store: Store) -> Iterator[dict[str, Any]]:
    """Every stored decision by decision_id: `record`, and `outcomes` (stage, at, agent_id, reason) by offer_id."""
    after, d = "", DECISIONS.c
    while True:
        query = sa.select(d.decision_id, d.record).where(d.decision_id > after).order_by(d.decision_id).limit(CHUNK)
        with store.engine.connect() as con:
            found = con.execute(query).all()
            if not found:
                return
            after, first = found[-1][0], found[0][0]
            outcomes = con.execute(_BETWEEN, {"first": first, "last": after}).mappings().all()
        by_decision: dict[str, dict[str, list[Any]]] = {}
        for row in outcomes:
            by_decision.setdefault(row["decision_id"], {}).setdefault(row["offer_id"], []).append(row)
        for decision_id, record in found:
            yield {"record": json.loads(record), "outcomes": by_decision.get(decision_id, {})}


_REVERSED = OUTCOMES.alias()
_REVERSAL = sa.exists().where(
    _REVERSED.c.decision_id == OUTCOMES.c.decision_id,
    _REVERSED.c.offer_id == OUTCOMES.c.offer_id,
    _REVERSED.c.stage == "reversed",
)
_TOLD = (
    sa.select(DECISIONS.c.customer_id, OUTCOMES.c.decision_id, OUTCOMES.c.offer_id, OUTCOMES.c.stage, OUTCOMES.c.at)
    .join(OUTCOMES, OUTCOMES.c.decision_id == DECISIONS.c.decision_id)
    .order_by(OUTCOMES.c.at, OUTCOMES.c.idempotency_key)
)
_BETWEEN = (
    sa.select(OUTCOMES)
    .where(OUTCOMES.c.decision_id >= sa.bindparam("first"), OUTCOMES.c.decision_id <= sa.bindparam("last"))
    .order_by(OUTCOMES.c.at, OUTCOMES.c.idempotency_key)
)
