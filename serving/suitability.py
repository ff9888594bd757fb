"""The third layer: is the offer good for this customer now? Use, bill rise, tiredness, a complaint, a fresh no."""

from __future__ import annotations

import numpy as np

from data.decision_settings import MOST_PITCHES, SuitabilitySettings
from data.settings import GuardSettings
from models.arbitration import Flags, adds_nothing_used, rises_above
from serving.eligibility import of_offers
from serving.layout import Lines
from serving.situation import MonthToDate, Situation


def line_conditions(lines: Lines, situation: Situation, rules: SuitabilitySettings) -> dict[str, Flags]:
    """(lines,) by code: nothing should be offered."""
    today = situation.day.toordinal()
    quiet = (situation.intent or "").lower() in {intent.lower() for intent in rules.quiet_intents}
    complains = lines.fact("complaint_opened_on") > today - rules.complaint_days
    return {
        "COMPLAINT_CALL": np.full(len(lines), quiet),
        "COMPLAINT_OPEN": complains & (rules.complaint_days > 0),
        "FATIGUE": pitches_since(lines, today - rules.pitch_days) >= (rules.max_pitches or MOST_PITCHES + 1),
    }


def pair_conditions(
    lines: Lines, situation: Situation, rules: SuitabilitySettings, guard: GuardSettings
) -> dict[str, Flags]:
    """(lines, offers) by code."""
    today = situation.day.toordinal()
    current, after = lines.fact("current_total")[:, None], lines.pair("total_after")
    rent = rises_above(lines.fact("current_rent")[:, None], lines.pair("rent_after"), guard.max_rent_ratio)
    return {
        "NOT_RATED": np.isnan(current + after),
        "NOT_USED": _not_used(lines, situation),
        "BILL_RISE": rises_above(current, after, guard.max_total_ratio) | rent,
        "REJECTED_LATELY": (lines.pair("rejected_on") > today - rules.rejected_days) & (rules.rejected_days > 0),
    }


def _not_used(lines: Lines, situation: Situation) -> Flags:
    """(lines, offers): packs of which the line used nothing, in the last three closed months or this month so far."""
    so_far = situation.month_to_date or MonthToDate(0.0, 0.0)
    uses = [lines.label("data_mb_mean_3m") + so_far.data_mb, lines.label("voice_min_mean_3m") + so_far.voice_min]
    offers = lines.layout.offers
    quotas = [np.array([[getattr(offer, name) for offer in offers]]) for name in ("quota_mb", "quota_min")]
    return of_offers([offer.kind == "data_pack" for offer in offers]) & adds_nothing_used(
        quotas, [use[:, None] for use in uses]
    )


def pitches_since(lines: Lines, day: int) -> np.ndarray:
    """(lines,): pitches to the line's person after that day (date.toordinal), at most MOST_PITCHES."""
    days = [lines.fact(f"pitched_on_{i + 1}") > day for i in range(MOST_PITCHES)]
    return np.sum(days, axis=0)
