"""Which offers have been accepted as often this month as there is capacity for (`[capacity] OFFER = N`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from data.outcome_log import accepted_between
from data.store import Store
from serving.clock import cycle_end


def used_up(capacity: Mapping[str, int], store: Store, day: dt.date) -> frozenset[str]:
    """The offers whose acceptances of the day's month, not reversed, have reached their capacity."""
    if not capacity:
        return frozenset()
    start, end = (dt.datetime.combine(first, dt.time()) for first in (day.replace(day=1), cycle_end(day)))
    taken = accepted_between(store, start, end)
    return frozenset(offer for offer, most in capacity.items() if taken.get(offer, 0) >= most)
