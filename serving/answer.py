"""An answer out of scored arrays: recommendations with their amounts and reasons, what is held back, and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np

from models.arbitration import ratio
from models.reasons import text_of
from serving.clock import cycle_end
from serving.explain import shown_reasons
from serving.layers import PAIR_CODES, layer_of
from serving.layout import MONTHS, Lines, Offer
from serving.scoring import Scored

STALE_DAYS = 35  # a month, and some days for the monthly job to run


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


def offers_of(scored: Scored, offers: Sequence[int], lang: str, instead: str | None = None) -> dict[str, Any]:
    """These offers as recommendations, suppressed offers, and why nothing is recommended (`instead`, if given)."""
    places = np.array(offers, dtype=np.intp)
    reasons = shown_reasons(scored, np.zeros_like(places), places)
    shown = zip(offers, reasons, strict=True)
    factors = factors_of(scored)
    recommendations = [
        _recommendation(scored, (rank, place), (why, lang), factors[place])
        for rank, (place, why) in enumerate(shown, start=1)
    ]
    return {
        "recommendations": recommendations,
        "suppressed": [] if scored.held.line[0] else _suppressed(scored),
        "no_offer_reason": None if recommendations else instead or scored.no_offer_reason(0),
    }


def _suppressed(scored: Scored) -> list[dict[str, Any]]:
    codes = zip(scored.lines.layout.offers, scored.held.pair[0].tolist(), strict=True)
    found = [(offer.offer_id, PAIR_CODES[code]) for offer, code in codes if code]
    return [{"offer_id": offer, "reason": code, "layer": layer_of(code)} for offer, code in found]


def factors_of(scored: Scored) -> list[dict[str, float | None]]:
    """P, V, C and L of every offer as they counted for the first line, and their product."""
    factors = scored.factors
    columns = (factors.propensity, factors.value, factors.context, factors.lever, factors.priority)
    names = ("propensity", "value_cny", "context", "lever", "priority")
    rows = np.stack([column[0] for column in columns], axis=1).tolist()
    return [dict(zip(names, map(number, row), strict=True)) for row in rows]


def _recommendation(
    scored: Scored, shown: tuple[int, int], why: tuple[list[tuple[str, float]], str], factors: dict[str, float | None]
) -> dict[str, Any]:
    rank, place = shown
    lines, offer = scored.lines, scored.lines.layout.offers[place]
    reasons, lang = why
    current, after = lines.fact("current_total"), lines.pair("total_after")[:, place]
    months = replayed(lines, place)
    return {
        "rank": rank,
        "offer_id": offer.offer_id,
        "name": offer.name,
        "kind": offer.kind,
        "accept_probability": number(scored.probability[0, place]),
        "margin_uplift_cny": number(scored.margin_uplift[0, place]),
        "churn_uplift": number(scored.churn_uplift[0, place]),
        "expected_value_cny": number(scored.expected_value[0, place]),
        "current_total_cny": number(current[0]),
        "expected_total_cny": number(after[0]),
        "months": months,
        "worst_month_cny": max((m["new_cny"] for m in months if m["new_cny"] is not None), default=None),
        "total_fee_ratio": number(ratio(after, current)[0]),
        "rent_ratio": number(ratio(lines.pair("rent_after")[:, place], lines.fact("current_rent"))[0]),
        "effective_on": effective_on(offer, scored.situation.day).isoformat(),
        "popup_priority": scored.levels[place],
        "script": offer.script,
        "factors": factors,
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
    return None if value != value else float(value)
