"""The lake as it was known at the start of a day: the only file that cuts time (contract, "What is known when").

Rows dated before the moment exist; of an older row only what had been filled in by then; a month's usage and bills from
the first day of the next month on (plus `bill_delay_days`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import ibis
import ibis.expr.types as ir

from data.departures import recorded_on
from data.lake import Lake

CONTACT_DELAY = dt.timedelta(hours=24)  # satisfaction, resolved, intent and text come later than the contact


class Known:
    """A lake seen from the start of `as_of`; tables have the same columns as in the lake."""

    def __init__(self, lake: Lake, as_of: dt.date) -> None:
        self.lake = lake
        self.as_of = as_of
        self.settings = lake.settings
        self.con = lake.con
        self._cut: dict[str, ibis.Table] = {}

    def has(self, name: str) -> bool:
        """Whether the table is in the lake."""
        return self.lake.has(name)

    def __getitem__(self, name: str) -> ibis.Table:
        """The table as it was known."""
        if name not in self._cut:
            self._cut[name] = cut(name, self.lake[name], self.as_of, self.settings.bill_delay_days)
        return self._cut[name]

    def optional(self, name: str) -> ibis.Table:
        """The table as it was known, or an empty one with its columns."""
        return self[name] if self.has(name) else self.lake.optional(name)


def as_known(lake: Lake, as_of: dt.date) -> Known:
    """The lake as it was known at the start of the day `as_of`."""
    return Known(lake, as_of)


def cut(name: str, t: ibis.Table, as_of: dt.date, bill_delay_days: int = 0) -> ibis.Table:
    """The rows and values of table `name` that were known at the start of `as_of`."""
    moment = Moment(as_of, bill_delay_days)
    rule = _CUTS.get(name)
    return rule(t, moment) if rule else t


class Moment:
    """The moment T as Ibis literals."""

    def __init__(self, as_of: dt.date, bill_delay_days: int) -> None:
        self.day = ibis.literal(as_of, type="date")
        self.start = ibis.literal(dt.datetime.combine(as_of, dt.time()), type="timestamp(6)")
        self.contacts_filled = ibis.literal(dt.datetime.combine(as_of, dt.time()) - CONTACT_DELAY, type="timestamp(6)")
        delayed = as_of - dt.timedelta(days=bill_delay_days)
        self.open_month = ibis.literal(delayed.replace(day=1), type="date")

    def before(self, value: ir.Value) -> ir.BooleanValue:
        """Dated before T."""
        return value < (self.start if value.type().is_timestamp() else self.day)


def _unless(known: ir.BooleanValue, value: ir.Value) -> ir.Value:
    return ibis.ifelse(known.fill_null(False), value, ibis.null().cast(value.type()))


def _keep_past(t: ibis.Table, moment: Moment, *columns: str) -> ibis.Table:
    """Null each of `columns` (dates) where it lies at or after T."""
    return t.mutate(**{name: _unless(moment.before(t[name]), t[name]) for name in columns})


def _dated(column: str) -> Callable[[ibis.Table, Moment], ibis.Table]:
    return lambda t, moment: t.filter(moment.before(t[column]))


def _customers(t: ibis.Table, moment: Moment) -> ibis.Table:
    t = t.filter(moment.before(t.joined_on) | t.joined_on.isnull())
    t = t.filter(t.valid_from.isnull() | moment.before(t.valid_from))
    latest = ibis.row_number().over(group_by="customer_id", order_by=ibis.desc(t.valid_from))
    return t.mutate(__version=latest).filter(lambda f: f["__version"] == 0).drop("__version")


def _in_force(t: ibis.Table, moment: Moment) -> ibis.Table:
    """Periods that have begun by T's day; an end after it is not yet known."""
    t = t.filter(t.starts_on <= moment.day)
    return t.mutate(ends_on=_unless(t.ends_on <= moment.day, t.ends_on))


def _offers(t: ibis.Table, moment: Moment) -> ibis.Table:
    return t.filter(t.valid_from <= moment.day)


def _plans(t: ibis.Table, moment: Moment) -> ibis.Table:
    return t.filter(t.valid_from.isnull() | (t.valid_from <= moment.day))


def _closed_month(t: ibis.Table, moment: Moment) -> ibis.Table:
    return t.filter(t.month < moment.open_month)


def _bills(t: ibis.Table, moment: Moment) -> ibis.Table:
    return _keep_past(_closed_month(t, moment), moment, "paid_on")


def _contacts(t: ibis.Table, moment: Moment) -> ibis.Table:
    t = t.filter(moment.before(t.started_at))
    filled = t.started_at <= moment.contacts_filled
    return t.mutate(**{name: _unless(filled, t[name]) for name in ("satisfaction", "resolved", "intent", "text")})


def _complaints(t: ibis.Table, moment: Moment) -> ibis.Table:
    t = t.filter(moment.before(t.opened_at))
    stages = {
        "handled": ("handled_by",),
        "closed": ("closed_by",),
        "revisited": ("revisited_by", "revisit_satisfaction"),
    }
    changes: dict[str, ir.Value] = {}
    later = ibis.literal(False)
    for stage, names in stages.items():
        past = moment.before(t[f"{stage}_at"])
        later = later | (~past).fill_null(False)
        changes |= {name: _unless(past, t[name]) for name in (f"{stage}_at", *names)}
    changes |= {name: _unless(~later, t[name]) for name in ("status", "owner_department")}
    return t.mutate(**changes)


def _exposures(t: ibis.Table, moment: Moment) -> ibis.Table:
    t = t.filter(moment.before(t.decided_at))
    accepted = moment.before(t.accepted_at) | (t.accepted_at.isnull() & t.accepted)
    rejected = moment.before(t.rejected_at).fill_null(False)
    known = accepted.fill_null(False)
    t = t.mutate(
        accepted=t.accepted & known,
        effective_on=_unless(known, t.effective_on),
        reject_reason=_unless(rejected, t.reject_reason),
    )
    return _keep_past(t, moment, "accepted_at", "rejected_at", "confirmed_at", "reversed_at")


def _departures(t: ibis.Table, moment: Moment) -> ibis.Table:
    return t.filter(moment.before(recorded_on(t)))


def _events(t: ibis.Table, moment: Moment) -> ibis.Table:
    t = t.filter(t.announced_at <= moment.start)
    unplanned = t.kind.isin(["outage", "weather"])
    return t.mutate(ends_at=_unless(~unplanned | (t.ends_at <= moment.start), t.ends_at))


_CUTS: dict[str, Callable[[ibis.Table, Moment], ibis.Table]] = {
    "customers": _customers,
    "plans": _plans,
    "offers": _offers,
    "holdings": _in_force,
    "subscriptions": _in_force,
    "statuses": _dated("starts_on"),
    "usage": _closed_month,
    "bills": _bills,
    "usage_days": _dated("day"),
    "usage_records": _dated("at"),
    "contacts": _contacts,
    "complaints": _complaints,
    "exposures": _exposures,
    "targets": _dated("scored_on"),
    "departures": _departures,
    "call_volumes": _dated("starts_at"),
    "events": _events,
    "posts": _dated("posted_at"),
    "payments": _dated("paid_at"),
    "model_labels": _dated("known_at"),
}
