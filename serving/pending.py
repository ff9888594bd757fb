"""Plan changes that customers accepted since the publication, as their outcomes tell: one plan change a month."""

from __future__ import annotations

import numpy as np

from data.store import Store
from serving.clock import cycle_end
from serving.layout import LINE_FACTS, Lines

PLACE = LINE_FACTS.index("plan_change_on")


def with_accepted_plans(lines: Lines, store: Store) -> Lines:
    """The lines with `plan_change_on` moved to the next cycle after an accepted plan that was not reversed."""
    plans = {offer.offer_id for offer in lines.layout.offers if offer.kind == "plan"}
    one = lines.customers[0] if len(lines) == 1 else None
    accepted = [row for row in store.accepted_offers(one) if row[1] in plans]
    places = {customer: place for place, customer in enumerate(lines.customers)} if accepted else {}
    found = [(places[customer], cycle_end(at.date())) for customer, _, at in accepted if customer in places]
    if not found:
        return lines
    numbers = lines.numbers.copy()
    for place, day in found:
        numbers[place, PLACE] = np.nanmax([numbers[place, PLACE], day.toordinal()])
    return Lines(lines.layout, lines.customers, numbers)
