"""Usage by customer and month as pricing wants it.

A plan may round each call up to a whole multiple of minutes: that needs single calls, so every multiple that some plan
uses has a column of its own. Without records the month's total is taken as it is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from data.errors import BadInput
from data.known import Known
from features.rating import rounded_up
from features.windows import add_months


def voice_column(position: int | None) -> str:
    """The voice column for the multiple at `position` of `voice_rounds`; None: minutes as they were spoken.

    >>> voice_column(None), voice_column(0)
    ('voice_min', 'voice_min_rounded_0')
    """
    return "voice_min" if position is None else f"voice_min_rounded_{position}"


def monthly_usage(known: Known, first: dt.date, last: dt.date, rounds: Sequence[float]) -> ir.Table:
    """(customer_id, month, data_mb, sms, rollover_mb, voice_min, voice_min_rounded_…) of the months first … last."""
    if not known.has("usage"):
        raise BadInput("neither usage nor usage_records came; pricing wants one of them: add it to the lake")
    usage = _stated(known, first, last)
    if not known.has("usage_records") or not rounds:
        return usage.mutate(**{voice_column(i): usage.voice_min for i in range(len(rounds))})
    return _with_rounded_calls(usage, _rounded_calls(known, first, last, rounds), len(rounds))


def _stated(known: Known, first: dt.date, last: dt.date) -> ir.Table:
    usage = known["usage"]
    window = usage.filter(usage.customer_id.notnull(), usage.month >= first, usage.month <= last)
    return window.select(
        "customer_id",
        "month",
        data_mb=window.data_mb.fill_null(0.0),
        sms=window.sms.fill_null(0).cast("float64"),
        rollover_mb=window.rollover_mb,
        voice_min=window.voice_min.fill_null(0.0),
    )


def _rounded_calls(known: Known, first: dt.date, last: dt.date, rounds: Sequence[float]) -> ir.Table:
    records = known["usage_records"]
    begin, end = ibis.literal(first).cast("timestamp"), ibis.literal(add_months(last, 1)).cast("timestamp")
    window = records.filter(records.customer_id.notnull(), records.at >= begin, records.at < end)
    dated = window.mutate(month=window.at.truncate("M").cast("date"))
    voice = dated.kind == "voice"
    rounded = {
        voice_column(i): rounded_up(dated.amount, ibis.literal(multiple)).sum(where=voice).fill_null(0.0)
        for i, multiple in enumerate(rounds)
    }
    return dated.group_by("customer_id", "month").agg(**rounded)


def _with_rounded_calls(usage: ir.Table, counted: ir.Table, rounds: int) -> ir.Table:
    names = [voice_column(i) for i in range(rounds)]
    calls = counted.select("month", *names, record_customer_id=counted.customer_id)
    joined = usage.left_join(
        calls, [usage.customer_id == calls.record_customer_id, usage.month == calls.month], rname="record_{name}"
    )
    return joined.select(*usage.columns, **{name: joined[name].fill_null(joined.voice_min) for name in names})
