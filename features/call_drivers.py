"""What drives calls beside the calendar: events, and what makes people call again.

A follower is a call that something earlier brought about: a contact that was not resolved (cause `complaints`), or a
pitch of ours (cause `pitches`). Only the surplus counts: calls that follow within days, less those that come anyway
(after resolved contacts; after windows that were not pitched).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir
import pandas as pd

from features.call_counts import UNNAMED, Tables
from features.event_calendar import no_events, read_events

USES = ("events", "exposures", "contacts")
FOLLOW_DAYS = 7
FOLLOWERS = ("complaints", "pitches")
COLUMNS = ["cause", "queue", "share"]


def no_followers() -> pd.DataFrame:
    """A table of no followers."""
    return pd.DataFrame(columns=COLUMNS).astype({"share": float})


@dataclass(frozen=True)
class Drivers:
    """Events (`features.event_calendar.COLUMNS`), and followers: share of a queue's calls by cause."""

    events: pd.DataFrame = field(default_factory=no_events)
    followers: pd.DataFrame = field(default_factory=no_followers)


def read_drivers(tables: Tables) -> Drivers:
    """What a lake knows of them; nothing where it lacks the tables."""
    if not tables.has("contacts"):
        return Drivers(read_events(tables))
    contacts = tables["contacts"]
    calls = contacts.filter(contacts.channel == "hotline").mutate(queue=lambda t: t.queue.fill_null(UNNAMED))
    again = _after_unresolved(contacts)
    pitched = _after_pitches(tables["exposures"], calls) if tables.has("exposures") else None
    whole = calls.group_by("queue").agg(calls=calls.count()).to_pandas().set_index("queue")["calls"]
    found = {"complaints": again.to_pandas(), "pitches": pitched.to_pandas() if pitched is not None else None}
    parts = [_shares(cause, more, whole) for cause, more in found.items() if more is not None and len(more)]
    followers = pd.concat([no_followers(), *parts], ignore_index=True) if parts else no_followers()
    return Drivers(read_events(tables), followers)


def _after_unresolved(contacts: ir.Table) -> ir.Table:
    """queue, more: hotline calls after unresolved contacts beyond the rate after resolved ones.

    Only the next contact is looked at, and a call that follows comes before one that would have come anyway: the
    surplus is that of those whom nothing else would have brought (p_bad - p_good) / (1 - p_good).
    """
    t = contacts.filter(~contacts.customer_id.isnull())
    after = ibis.window(group_by="customer_id", order_by=["started_at", "contact_id"])
    t = t.mutate(
        next_at=t.started_at.lead().over(after),
        queue=ibis.ifelse(t.channel == "hotline", t.queue.fill_null(UNNAMED), ibis.null()).lead().over(after),
    ).filter(lambda f: ~f.resolved.isnull())
    gone = t.next_at.cast("date").delta(t.started_at.cast("date"), unit="day")
    t = t.mutate(
        queue=ibis.ifelse(gone <= FOLLOW_DAYS, t.queue, ibis.null()), came=(gone <= FOLLOW_DAYS).fill_null(False)
    )
    whole = t.aggregate(
        good=t.resolved.cast("int64").sum(),
        bad=(~t.resolved).cast("int64").sum(),
        quiet=(t.resolved & ~t.came).cast("int64").sum(),
    )
    by_queue = (
        t.filter(~t.queue.isnull())
        .group_by("queue")
        .agg(after_good=lambda f: f.resolved.cast("int64").sum(), after_bad=lambda f: (~f.resolved).cast("int64").sum())
    )
    both = by_queue.cross_join(whole)
    more = both.after_bad - both.after_good * both.bad / both.good.nullif(0)
    return both.select("queue", more=more * both.good / both.quiet.nullif(0))


def _after_pitches(exposures: ir.Table, calls: ir.Table) -> ir.Table:
    """queue, more: hotline calls in the days after pitches beyond the rate after windows that were not pitched."""
    shown = exposures.select("customer_id", "decided_at", "pitched", window_call="contact_id")
    whole = shown.aggregate(yes=shown.pitched.cast("int64").sum(), no=(~shown.pitched).cast("int64").sum())
    both = shown.inner_join(calls.select("customer_id", "contact_id", "started_at", "queue"), "customer_id")
    both = both.filter(both.window_call.isnull() | (both.window_call != both.contact_id))
    days = both.started_at.cast("date").delta(both.decided_at.cast("date"), unit="day")
    both = both.filter((both.started_at > both.decided_at) & (days <= FOLLOW_DAYS))
    by_queue = both.group_by("queue").agg(
        after_yes=lambda f: f.pitched.cast("int64").sum(), after_no=lambda f: (~f.pitched).cast("int64").sum()
    )
    found = by_queue.cross_join(whole)
    return found.select("queue", more=found.after_yes - found.after_no * found.yes / found.no.nullif(0))


def _shares(cause: str, more: pd.DataFrame, whole: pd.Series) -> pd.DataFrame:
    share = (more["more"].astype(float) / more["queue"].map(whole)).clip(lower=0.0, upper=0.5)
    return pd.DataFrame({"cause": cause, "queue": more["queue"], "share": share.fillna(0.0)})
