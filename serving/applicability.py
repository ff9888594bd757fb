"""The second layer: can the offer be made here and now? In force, on this channel, capacity left, agents free."""

from __future__ import annotations

import datetime as dt

import numpy as np

from data.decision_settings import ChannelSettings
from models.arbitration import Flags
from serving.eligibility import of_offers
from serving.layout import Lines, Offer
from serving.situation import Situation


def line_conditions(lines: Lines, situation: Situation, channel: ChannelSettings) -> dict[str, Flags]:
    """(lines,) by code: nothing can be offered in this situation."""
    return {
        "QUEUE_BUSY": np.full(len(lines), situation.busy and channel.agent),
        "NO_INTEREST": ~lines.flag("interest") & channel.own_interest,
    }


def pair_conditions(lines: Lines, situation: Situation, channel: ChannelSettings) -> dict[str, Flags]:
    """(1, offers) by code."""
    offers = lines.layout.offers
    kinds = channel.kinds
    return {
        "NOT_VALID": of_offers([not _valid(offer, situation.day) for offer in offers]),
        "NOT_ON_CHANNEL": of_offers([kinds is not None and offer.kind not in kinds for offer in offers]),
        "CAPACITY": of_offers([offer.offer_id in situation.full for offer in offers]),
    }


def _valid(offer: Offer, day: dt.date) -> bool:
    text = day.isoformat()
    return offer.valid_from <= text and (offer.valid_to is None or text < offer.valid_to)
