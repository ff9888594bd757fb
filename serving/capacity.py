"""How often each offer can still be accepted this month (`[capacity] OFFER = N`), and which cannot be any more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from data.outcome_log import accepted_between
from data.store import Store
from serving.clock import cycle_end


def left_over(capacity: Mapping[str, int], store: Store, day: dt.date) -> dict[str, int]:
    """Of each offer with a capacity what the acceptances of the day's month, not reversed, have left; at least 0."""
    if not capacity:
        return {}
    start, end = (dt.datetime.combine(first, dt.time()) for first in (day.replace(day=1), cycle_end(day)))
    taken = accepted_between(store, start, end)
    return {offer: max(most - taken.get(offer, 0), 0) for offer, most in capacity.items()}


def used_up(capacity: Mapping[str, int], store: Store, day: dt.date) -> frozenset[str]:
    """The offers of which nothing is left."""
    return frozenset(offer for offer, left in left_over(capacity, store, day).items() if not left)
