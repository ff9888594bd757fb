"""One decision: `decide(request, room)`, free of transport. What was decided is stored before it is answered.

The record keeps all candidates with their probabilities and values, what was suppressed, the arm and its propensity,
the labels as they were, and the versions of the models.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from dataclasses import dataclass
from typing import Any

import numpy as np

from data.contact_text import mask
from features.contact_terms import PORT_CODE_INTENTS
from models.arbitration import ratio
from models.reasons import text_of
from serving.clock import cycle_end, local_now, to_local, to_outside
from serving.explain import shown_reasons
from serving.layout import MONTHS, Lines, Offer
from serving.pending import with_accepted_plans
from serving.room import Published, Room
from serving.schemas import OfferRequest
from serving.scoring import PAIR_CODES, Scored, score_lines

NAMESPACE = uuid.UUID("6f6c3c5e-1d1c-5f8e-9d5f-0a1f2b3c4d5e")  # of decision ids
STALE_DAYS = 35  # a month, and some days for the monthly job to run
EXPLOIT, PROPENSITY = "exploit", 1.0  # the order is fixed in this version: what is shown is shown for certain


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
    line = with_accepted_plans(line, room.store)
    if (request.intent or "").upper() in PORT_CODE_INTENTS:
        line = line.with_fact("port_out_requested", 1.0)
    at = to_local(request.at, room.settings.timezone) if request.at else local_now(room.settings)
    scored = score_lines(line, at.date(), published.uptake, room.settings, request.personalised)
    answer = {
        "decision_id": str(uuid.uuid5(NAMESPACE, f"{request_id}\n{request.customer_id}")),
        "request_id": request_id,
        "customer_id": request.customer_id,
        "at": to_outside(at, room.settings.timezone),
        "valid_until": to_outside(dt.datetime.combine(cycle_end(at.date()), dt.time()), room.settings.timezone),
        "model_versions": room.versions,
        "arm": EXPLOIT,
        "degraded": degraded(line, at.date()),
        **offers_of(scored, request.limit, request.lang),
    }
    return _record(answer, scored, published), {
        "decision_id": answer["decision_id"],
        "request_id": request_id,
        "customer_id": request.customer_id,
        "at": at,
        "publication_id": published.publication.publication_id,
        "labels": line.labels.tobytes(),
    }


def _record(answer: dict[str, Any], scored: Scored, published: Published) -> dict[str, Any]:
    return {
        "answer": answer,
        "as_of": published.layout.as_of.isoformat(),
        "label_hash": published.layout.label_hash,
        "propensity": PROPENSITY,
        "candidates": [
            {
                "offer_id": offer.offer_id,
                "accept_probability": number(scored.probability[0, i]),
                "value_cny": number(scored.value[0, i]),
                "expected_total_cny": number(scored.lines.pair("total_after")[0, i]),
                "suppressed": PAIR_CODES[scored.pair_code[0, i]] or None,
            }
            for i, offer in enumerate(published.layout.offers)
        ],
    }


def degraded(line: Lines, day: dt.date) -> list[str]:
    """What the answer lacks."""
    layout = line.layout
    found = {
        "LABELS_STALE": (day - layout.as_of).days > STALE_DAYS,
        "LABELS_LATER": day < layout.as_of,
        "NO_USAGE": not layout.has_usage or not line.fact("months_counted")[0] > 0,
        "NO_BILLS": not layout.has_bills,
    }
    return [code for code, holds in found.items() if holds]


def offers_of(scored: Scored, limit: int, lang: str) -> dict[str, Any]:
    """Recommendations, suppressed offers and, where nothing is recommended, why; of the first line."""
    owners, ranks, offers = scored.shown(limit)
    reasons = shown_reasons(scored, owners, offers)
    shown = zip(ranks.tolist(), offers.tolist(), reasons, strict=True)
    recommendations = [_recommendation(scored, rank, offer, why, lang) for rank, offer, why in shown]
    pairs = zip(scored.lines.layout.offers, scored.pair_code[0].tolist(), strict=True)
    closed = bool(scored.line_code[0])
    return {
        "recommendations": recommendations,
        "suppressed": [] if closed else [{"offer_id": o.offer_id, "reason": PAIR_CODES[c]} for o, c in pairs if c],
        "no_offer_reason": None if recommendations else scored.no_offer_reason(0),
    }


def _recommendation(
    scored: Scored, rank: int, place: int, reasons: list[tuple[str, float]], lang: str
) -> dict[str, Any]:
    lines, offer = scored.lines, scored.lines.layout.offers[place]
    current, after = lines.fact("current_total"), lines.pair("total_after")[:, place]
    months = replayed(lines, place)
    return {
        "rank": rank,
        "offer_id": offer.offer_id,
        "name": offer.name,
        "kind": offer.kind,
        "accept_probability": number(scored.probability[0, place]),
        "margin_uplift_cny": number(scored.margin_uplift[0, place]),
        "churn_uplift": None,
        "expected_value_cny": number(scored.expected_value[0, place]),
        "current_total_cny": number(current[0]),
        "expected_total_cny": number(after[0]),
        "months": months,
        "worst_month_cny": max((m["new_cny"] for m in months if m["new_cny"] is not None), default=None),
        "total_fee_ratio": number(ratio(after, current)[0]),
        "rent_ratio": number(ratio(lines.pair("rent_after")[:, place], lines.fact("current_rent"))[0]),
        "effective_on": effective_on(offer, scored.day).isoformat(),
        "popup_priority": scored.levels[place],
        "script": offer.script,
        "reasons": [{"code": code, "text": text_of(code, lang), "weight": weight} for code, weight in reasons],
    }


def replayed(lines: Lines, place: int) -> list[dict[str, Any]]:
    """The last closed months of the first line, the earliest first: what was paid, and what the offer would have cost.

    Months on another plan are left out: they do not count.
    """
    months = []
    for i, month in reversed(list(enumerate(lines.layout.months[:MONTHS]))):
        current, new = lines.fact(f"current_cny_m{i}")[0], lines.pair(f"new_cny_m{i}")[0, place]
        if not np.isnan(current):
            months.append({"month": month.isoformat(), "current_cny": number(current), "new_cny": number(new)})
    return months


def effective_on(offer: Offer, day: dt.date) -> dt.date:
    """The day from which an offer is in force: that day, or the first of the next month."""
    return day if offer.starts_now else cycle_end(day)


def number(value: float) -> float | None:
    """A JSON number: null for NaN."""
    return None if np.isnan(value) else float(value)


def warm_up(room: Room) -> None:
    """Answer for one line without storing it: what is loaded on first use is loaded before the first caller."""
    if room.missing() is not None:
        return
    published = room.published()
    customers, raw = next(room.store.lines(published.publication.publication_id))
    layout = published.layout
    line = Lines.read(layout, customers[:1], raw[: layout.width * 8])
    offers_of(score_lines(line, layout.as_of, published.uptake, room.settings), limit=0, lang="zh")
    published.churn.risk(line)
