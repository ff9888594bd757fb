"""Where callers live: contacts by area, queue (or channel) and interval; all of it known as a contact comes in.

What a contact is about is known only a day later (contract, "What is known when"), so an alarm within the day cannot
use it; the queue that was chosen and the caller's area can be used at once.
"""

from __future__ import annotations

import ibis.expr.types as ir
import pandas as pd

from features.event_calendar import CAUSE_OF, announced_by, with_likely_ends

COLUMNS = ["area", "kind", "starts_at", "contacts"]


def area_contacts(
    contacts: ir.Table, customers: ir.Table, span: tuple[pd.Timestamp, pd.Timestamp], interval_min: int
) -> pd.DataFrame:
    """Columns area, kind (the queue, elsewhere the channel), starts_at (of the interval), contacts; no zeros.

    Contacts of customers without an area do not count; span = [from, until).
    """
    since, until = (moment.to_pydatetime() for moment in span)
    inside = contacts.filter(contacts.started_at >= since, contacts.started_at < until)
    homes = customers.filter(~customers.area.isnull()).select("customer_id", "area")
    both = inside.select("customer_id", "started_at", kind=inside.queue.fill_null(inside.channel))
    both = both.inner_join(homes, "customer_id")
    minute = both.started_at.hour() * 60 + both.started_at.minute()
    slots = both.group_by("area", "kind", day=both.started_at.date(), slot=(minute // interval_min).cast("int64"))
    found = slots.agg(contacts=lambda t: t.count()).to_pandas()
    found["starts_at"] = pd.to_datetime(found["day"]) + pd.to_timedelta(found["slot"] * interval_min, unit="min")
    types = {"area": object, "kind": object, "starts_at": "datetime64[us]", "contacts": float}
    return found[COLUMNS].astype(types).sort_values(COLUMNS[:3], ignore_index=True)


def area_events(events: pd.DataFrame, moment: pd.Timestamp) -> pd.DataFrame:
    """The events of single areas that were announced and had begun by `moment`; ends not known are guessed."""
    events = announced_by(events, moment)
    here = events["area"].notna() & (events["starts_at"] <= moment)
    return with_likely_ends(events[here].reset_index(drop=True), moment)


def outages_of(events: pd.DataFrame) -> pd.DataFrame:
    """Outages, and what is booked like them: storms, maintenance."""
    return events[events["kind"].map(CAUSE_OF) == "outage"].reset_index(drop=True)
