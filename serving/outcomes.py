"""What became of an offer: stored once, whatever is retried, and on the disk before it is acknowledged."""

from __future__ import annotations

from typing import Any

from serving.clock import to_local
from serving.decide import RequestReused
from serving.room import Room
from serving.schemas import OutcomeRequest


class NotDecided(Exception):
    """The outcome names an offer that its decision did not weigh."""


def record_outcome(outcome: OutcomeRequest, room: Room) -> dict[str, Any]:
    """Store an outcome; the same key with the same content is answered as `repeated`.

    An outcome of a decision that is not in the store (one of a bulk list) is stored too. Raises RequestReused where the
    key came with another content, NotDecided where the decision is known and has no such offer.
    """
    row = outcome.model_dump() | {"at": to_local(outcome.at, room.settings.timezone)}
    decision = room.store.decision(outcome.decision_id)
    if decision and outcome.offer_id not in {candidate["offer_id"] for candidate in decision["candidates"]}:
        raise NotDecided(f"offer_id {outcome.offer_id} is no candidate of decision {outcome.decision_id}")
    repeated = not room.store.add_outcome(row)
    if repeated and not _same(room.store.outcome(outcome.idempotency_key), row):
        raise RequestReused(f"idempotency_key {outcome.idempotency_key} was used for another outcome; send a new one")
    kept = {name: row[name] for name in ("idempotency_key", "decision_id", "offer_id", "stage")}
    return kept | {"stored": True, "repeated": repeated}


def _same(stored: dict[str, Any] | None, row: dict[str, Any]) -> bool:
    return stored is not None and all(stored[name] == value for name, value in row.items())
