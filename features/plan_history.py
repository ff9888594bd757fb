"""Which plan a line was on: as of a day, and on the last day of each month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir

from data.known import Known
from features.plan_terms import in_force

DATE_LENGTH = len("2026-01-01")


def plan_on(subscriptions: ir.Table, day: dt.date) -> ir.StringValue:
    """Aggregate: `starts_on` and plan_id in one string, of the latest subscription in force on `day`; null for none.

    One string makes the choice the same on every engine where two plans start on one day: the higher plan_id stays.
    """
    return _dated_plan(subscriptions).max(where=in_force(subscriptions.starts_on, subscriptions.ends_on, day))


def _dated_plan(subscriptions: ir.Table) -> ir.StringValue:
    return subscriptions.starts_on.cast("string") + subscriptions.plan_id


def plans_on(known: Known, days: Mapping[str, dt.date]) -> ir.Table:
    """One row a customer: for each named day the plan in force (null for none), and `<name>_starts_on` (ISO text)."""
    subscriptions = known["subscriptions"]
    subscriptions = subscriptions.filter(subscriptions.customer_id.notnull())
    keys = subscriptions.group_by("customer_id").agg(
        **{name: plan_on(subscriptions, day) for name, day in days.items()}
    )
    return keys.select(
        "customer_id",
        **{name: keys[name].substr(DATE_LENGTH) for name in days},
        **{f"{name}_starts_on": keys[name].substr(0, DATE_LENGTH) for name in days},
    )


def present_lines(known: Known, days: Mapping[str, dt.date]) -> ir.Table:
    """Lines with a plan in force at as-of, not departed: customer_id, current_plan_id, a plan column a named day."""
    lines = plans_on(known, {"current_plan_id": known.as_of, **days})
    lines = lines.filter(lines.current_plan_id.notnull())
    if known.has("departures"):
        lines = _without_departed(lines, known["departures"], known.as_of)
    return lines.select("customer_id", "current_plan_id", *days)


def _without_departed(lines: ir.Table, departures: ir.Table, as_of: dt.date) -> ir.Table:
    left = departures.filter(departures.left_on <= ibis.literal(as_of, type="date"))
    last = left.group_by("customer_id").agg(left_on=left.left_on.max().cast("string"))
    gone = lines.join(
        last, [lines.customer_id == last.customer_id, last.left_on >= lines.current_plan_id_starts_on], how="inner"
    )
    return lines.anti_join(gone.select("customer_id"), "customer_id")


def each_month(table: ir.Table, months: Sequence[dt.date]) -> ir.Table:
    """Every row once a month: `table` with the column `month`."""
    return table.mutate(month=ibis.array([ibis.literal(month, type="date") for month in months]).unnest())


def in_force_within(starts_on: ir.DateValue, ends_on: ir.DateValue, month: ir.DateValue) -> ir.BooleanValue:
    """Whether [starts_on, ends_on) holds any day of the month that begins on `month`; a null end is open."""
    next_month = (month + ibis.interval(months=1)).cast("date")
    return (starts_on < next_month) & (ends_on > month).fill_null(True)


def plans_by_month(known: Known, months: Sequence[dt.date]) -> ir.Table:
    """(customer_id, month, plan_id, whole): the latest plan in force within each month.

    `whole`: it was in force before the month began too, so that what rolled over was not lost.
    """
    table = each_month(known["subscriptions"], months)
    held = table.filter(in_force_within(table.starts_on, table.ends_on, table.month))
    latest = held.group_by("customer_id", "month").agg(dated_plan=_dated_plan(held).max())
    starts_on = latest.dated_plan.substr(0, DATE_LENGTH)
    return latest.select(
        "customer_id",
        "month",
        plan_id=latest.dated_plan.substr(DATE_LENGTH),
        whole=starts_on < latest.month.cast("string"),
    )
