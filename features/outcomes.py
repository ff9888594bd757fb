"""What models learn to foresee, exactly as the contract's "Outcomes" say: accepted, left; immature ones are null."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ibis
from ibis import _

from data.departures import recorded_on
from data.errors import BadInput
from data.known import Known, as_known
from data.lake import Lake
from features.label_table import lines_present
from features.windows import last_closed_month

CHURN_KINDS = ("port_out", "cancelled", "silent")
SUSPENDED = ("suspended_arrears", "suspended_request")
SILENT_KNOWN_DAYS = 180  # a silent line is recorded 90 days after it left, so the last of 90 days is known after 180


def accepted_known_after_days(lake: Lake) -> int:
    """Days after a pitch until its outcome is known: the time to accept plus the time to reverse (7 + 30)."""
    return lake.settings.outcomes.accept_days + lake.settings.outcomes.reversal_days


def accepted(lake: Lake, known_at: dt.date) -> ibis.Table:
    """One row a pitch: exposure_id, customer_id, offer_id, contact_id, decided_at, accepted, mature_on.

    Accepted (1 or 0) = yes within `accept_days` of the pitch, confirmed where this lake confirms, not reversed within
    `reversal_days`. Null (censored) where it matures after the start of `known_at`.
    """
    exposures = lake["exposures"].filter(_.pitched, _.offer_id.notnull())
    confirms = lake["exposures"].confirmed_at.notnull().any().fill_null(False).as_scalar()
    limits = lake.settings.outcomes
    said_yes = _.accepted & _within(_.accepted_at, _.decided_at, limits.accept_days)
    confirmed = ~confirms | (_.confirmed_at.cast("date") < _.mature_on).fill_null(False)
    reversed_early = (_.reversed_at.notnull()) & _within(_.reversed_at, _.accepted_at, limits.reversal_days)
    wait = ibis.interval(days=accepted_known_after_days(lake))
    outcome = exposures.mutate(mature_on=(_.decided_at.cast("date") + wait).cast("date")).mutate(
        outcome=(said_yes & confirmed & ~reversed_early).fill_null(False).cast("int64")
    )
    return outcome.select(
        "exposure_id",
        "customer_id",
        "offer_id",
        "contact_id",
        "decided_at",
        accepted=ibis.ifelse(_.mature_on <= _day(known_at), _.outcome, None),
        mature_on=_.mature_on,
    )


def _within(later: Any, earlier: Any, days: int) -> Any:
    """Whether `later` follows within so many days; an undated one counts as prompt."""
    return ((later.epoch_seconds() - earlier.epoch_seconds()) <= days * 86_400).fill_null(True)


def left_known_after_days(lake: Lake) -> int:
    """Days after an as-of date until who left is known: 90, or 180 where silent departures occur in the lake."""
    days = lake.settings.outcomes.churn_days
    has_silent = (lake["departures"].kind == "silent").any().to_pandas()
    return days + SILENT_KNOWN_DAYS - 90 if has_silent else days


def left(lake: Lake, as_of: dt.date, known_at: dt.date) -> ibis.Table:
    """One row a line of the churn population: customer_id, as_of, left, left_arrears (1, 0, null), mature_on.

    left: port_out, cancelled or silent in [as_of, as_of + 90 days) by left_on; left_arrears: arrears, its own target (0
    in left). Null where the outcome matures after the start of `known_at`.
    """
    days = lake.settings.outcomes.churn_days
    mature_on = as_of + dt.timedelta(days=left_known_after_days(lake))
    gone = lake["departures"].filter(recorded_on(lake["departures"]) < _day(known_at))
    gone = gone.filter(_.left_on >= _day(as_of), _.left_on < _day(as_of + dt.timedelta(days=days)))
    kinds = gone.group_by("customer_id").aggregate(
        chosen=_.kind.isin(CHURN_KINDS).any(), arrears=(_.kind == "arrears").any()
    )
    rows = churn_population(as_known(lake, as_of)).left_join(kinds, "customer_id")
    is_mature = ibis.literal(mature_on <= known_at)
    return rows.select(
        "customer_id",
        as_of=_day(as_of),
        left=ibis.ifelse(is_mature, _.chosen.fill_null(False).cast("int64"), None),
        left_arrears=ibis.ifelse(is_mature, _.arrears.fill_null(False).cast("int64"), None),
        mature_on=_day(mature_on),
    )


def churn_population(known: Known) -> ibis.Table:
    """customer_id of every line used or billed in the last closed month, not suspended and not departed."""
    month = _day(last_closed_month(known.as_of, known.settings.bill_delay_days))
    active = [
        known[name].filter(_.month == month).filter(rule).select("customer_id")
        for name, rule in _ACTIVE.items()
        if known.has(name)
    ]
    if not active:
        raise BadInput("who can leave is told by usage or bills; the lake has neither")
    lines = lines_present(known).semi_join(ibis.union(*active) if len(active) > 1 else active[0], "customer_id")
    return lines.anti_join(_suspended(known), "customer_id") if known.has("statuses") else lines


_USED = (_.voice_min > 0) | (_.data_mb > 0) | (_.sms > 0)
_BILLED = _.total_cny.isnull() | (_.total_cny != 0)  # a refund, nulled at the door, is a bill too
_ACTIVE = {"usage": _USED, "bills": _BILLED}


def _suspended(known: Known) -> ibis.Table:
    latest = known["statuses"].group_by("customer_id").aggregate(status=_.status.argmax(_.starts_on))
    return latest.filter(_.status.isin(SUSPENDED)).select("customer_id")


def _day(day: dt.date) -> Any:
    return ibis.literal(day).cast("date")
