"""The context weight of every pair from the request, and the lever weights of the settings."""

from __future__ import annotations

import numpy as np

from data.settings import Settings
from models.arbitration import Floats
from models.context_weights import covered_share, intent_weights, projected_use
from serving.layout import Lines
from serving.situation import Situation

USES = (  # so far this month, usual month, quota of plans and packs, what held packs add
    ("data_mb", "data_mb_mean_3m", "quota_mb", "packs_data_mb"),
    ("voice_min", "voice_min_mean_3m", "quota_min", ""),
)


def context_weights(lines: Lines, situation: Situation, settings: Settings) -> Floats:
    """(lines, offers), 1 without a request side: the intent's weight x the weight of use that runs past the quota."""
    kinds = [offer.kind for offer in lines.layout.offers]
    by_intent = intent_weights(kinds, situation.intent, settings.context.intents)
    by_use = 1.0 + settings.context.overage_weight * _covered(lines, situation)
    return np.asarray(np.broadcast_to(by_intent * by_use, (len(lines), len(kinds))))


def lever_weights(lines: Lines, settings: Settings) -> Floats:
    """(1, offers): the operator's weight of the offer's kind x of the offer itself."""
    of_kind, of_offer = settings.arbitration.kind_levers, settings.arbitration.offer_levers
    pairs = [(offer.kind, offer.offer_id) for offer in lines.layout.offers]
    return np.array([[dict(of_kind).get(kind, 1.0) * of_offer.get(offer, 1.0) for kind, offer in pairs]])  # type: ignore[call-overload] # a lake's kinds are the contract's


def _covered(lines: Lines, situation: Situation) -> Floats:
    """(lines, offers): the larger of the shares of data and of voice that the offer would cover."""
    used = situation.month_to_date
    if used is None:
        return np.zeros((1, len(lines.layout.offers)))
    shares = []
    for so_far, usual, quota, held in USES:
        mean = lines.label(usual)
        projected = projected_use(getattr(used, so_far), situation.elapsed, mean)
        added = np.nan_to_num(lines.label(held)) if held else 0.0
        now = lines.of_plan(quota) + added
        brought = np.array([getattr(offer, quota) for offer in lines.layout.offers])
        replaces = np.array([offer.kind == "plan" for offer in lines.layout.offers])
        then = np.where(replaces, brought + np.reshape(added, (-1, 1)), now[:, None] + brought)
        shares.append(covered_share(projected[:, None], mean[:, None], now[:, None], then))
    return np.maximum(*shares)
