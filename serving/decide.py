"""One decision: `decide(request, room)`, free of transport. What was decided is stored before it is answered.

The record keeps all candidates with their probabilities and values, what was suppressed, the arm, its propensity and
whether it was drawn, the labels as they were, and the versions of the models.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from dataclasses import dataclass
from typing import Any

import numpy as np

from data.contact_text import mask
from serving.answer import degraded, factors_of, number, offers_of
from serving.choice import Choice, choose
from serving.clock import cycle_end, local_now, to_local, to_outside
from serving.layers import layer_of
from serving.layout import Lines
from serving.news import line_news
from serving.room import PUBLICATION, Published, Room
from serving.schemas import OfferRequest
from serving.scoring import Scored, score_lines
from serving.situation import MonthToDate, Situation

NAMESPACE = uuid.UUID("6f6c3c5e-1d1c-5f8e-9d5f-0a1f2b3c4d5e")  # of decision ids


class RequestReused(Exception):
    """A request_id came again with another content."""


@dataclass(frozen=True)
class Decision:
    """The answer as it is sent, and whether it had been given before."""

    answer: dict[str, Any]
    repeated: bool = False


def decide(request: OfferRequest, room: Room) -> Decision:
    """Decide on the offers of one line; the same request_id gives the same decision.

    Raises UnknownCustomer, RequestReused, and BadInput where no champion or nothing published is there.
    """
    request_id = request.request_id or str(uuid.uuid4())
    asked = request.model_dump(mode="json", exclude={"request_id"}) | {"text": mask(request.text or "") or None}
    before = room.store.decision_of_request(request_id) if request.request_id else None
    if before is None:
        record, row = _decide(request, request_id, room)
        if room.store.add_decision({**row, "record": json.dumps({**record, "asked": asked}, ensure_ascii=False)}):
            return Decision(record["answer"])
        before = room.store.decision_of_request(request_id)
    if before is None or before["asked"] != asked:
        raise RequestReused(f"request_id {request_id} was used for another request; send a new one")
    return Decision(before["answer"], repeated=True)


def _decide(request: OfferRequest, request_id: str, room: Room) -> tuple[dict[str, Any], dict[str, Any]]:
    published, line = room.line(request.customer_id)
    line = line_news(line, room.store, published.publication.publication_id)
    situation = situation_of(request, room)
    scored = score_lines(line, situation, published.uptake, room.settings)
    decision_id = str(uuid.uuid5(NAMESPACE, f"{request_id}\n{request.customer_id}"))
    choice = choose(scored, request.limit, room.settings, decision_id)
    day_end = dt.datetime.combine(cycle_end(situation.day), dt.time())
    answer = {
        "decision_id": decision_id,
        "request_id": request_id,
        "customer_id": request.customer_id,
        "at": to_outside(situation.at, room.settings.timezone),
        "valid_until": to_outside(day_end, room.settings.timezone),
        "model_versions": room.versions,
        "arm": choice.arm,
        "degraded": degraded(line, situation.day),
        **offers_of(scored, choice.offers, request.lang, choice.instead),
    }
    return _record(answer, scored, published, choice), {
        "decision_id": decision_id,
        "request_id": request_id,
        "customer_id": request.customer_id,
        "at": situation.at,
        "publication_id": published.publication.publication_id,
        "labels": line.labels.tobytes(),
    }


def situation_of(request: OfferRequest, room: Room) -> Situation:
    """The request as a situation: its moment in local time, whether its queue is busy, which offers are used up."""
    settings = room.settings
    at = to_local(request.at, settings.timezone) if request.at else local_now(settings)
    used = request.month_to_date
    return Situation(
        at=at,
        channel=request.channel,
        personalised=request.personalised,
        intent=request.intent,
        queue=request.queue,
        month_to_date=MonthToDate(used.data_mb, used.voice_min) if used else None,
        busy=room.is_busy(request.queue, at),
        full=room.used_up(at.date()),
    )


def _record(answer: dict[str, Any], scored: Scored, published: Published, choice: Choice) -> dict[str, Any]:
    offers = published.layout.offers
    return {
        "answer": answer,
        "as_of": published.layout.as_of.isoformat(),
        "label_hash": published.layout.label_hash,
        "propensity": choice.propensity,
        "drawn": choice.drawn,
        "propensities": {offers[place].offer_id: chance for place, chance in choice.propensities.items()},
        "busy": scored.situation.busy,
        "candidates": _candidates(scored),
    }


def _candidates(scored: Scored) -> list[dict[str, Any]]:
    """Every offer of the publication: what it would be worth, or which code of which layer holds it back."""
    columns = (scored.probability, scored.value, scored.lines.pair("total_after"))
    names = ("accept_probability", "value_cny", "expected_total_cny")
    numbers = np.stack([column[0] for column in columns], axis=1).tolist()
    codes = [scored.held.pair_code(0, place) for place in range(len(numbers))]
    rows = zip(scored.lines.layout.offers, numbers, factors_of(scored), codes, strict=True)
    return [
        {
            "offer_id": offer.offer_id,
            **dict(zip(names, map(number, row), strict=True)),
            "factors": None if code else factors,
            "suppressed": code or None,
            "layer": layer_of(code),
        }
        for offer, row, factors, code in rows
    ]


def warm_up(room: Room) -> None:
    """Answer for one line without storing it: what is loaded on first use is loaded before the first caller."""
    if room.missing((PUBLICATION,)) is not None:
        return
    published = room.published()
    customers, raw = next(room.store.lines(published.publication.publication_id))
    layout = published.layout
    line = Lines.read(layout, customers[:1], raw[: layout.width * 8])
    if room.missing(("uptake", PUBLICATION)) is None:
        situation = Situation(dt.datetime.combine(layout.as_of, dt.time()))
        scored = score_lines(line_news(line, room.store, 0), situation, published.uptake, room.settings)
        offers_of(scored, range(len(layout.offers)), lang="zh")
    if room.missing(("churn", PUBLICATION)) is None:
        published.churn.risk(line)
