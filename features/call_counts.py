"""Calls per queue, centre and interval: the table `call_volumes`, or counted from hotline contacts where missing."""

from __future__ import annotations

from typing import Any, Protocol

import ibis
import pandas as pd

from data.errors import BadInput

KEYS = ["queue", "centre"]
COUNTED_MINUTES = 30
UNNAMED = "unnamed"  # contacts that name no queue or centre


class Tables(Protocol):
    """A lake, or a lake as it was known at a moment."""

    def has(self, name: str) -> bool:
        """Whether the table exists."""
        ...

    def __getitem__(self, name: str) -> Any:
        """The table."""
        ...


def call_counts(tables: Tables) -> pd.DataFrame:
    """Columns queue, centre, starts_at, offered, answered, handle_s (sum over answered), sorted by key.

    BadInput where neither table is there, or no call in it.
    """
    if not tables.has("call_volumes") and not tables.has("contacts"):
        raise BadInput("no calls to forecast from: wanted the table call_volumes or contacts in the lake.")
    counts = _given(tables["call_volumes"]) if tables.has("call_volumes") else _counted(tables["contacts"])
    if counts.empty:
        raise BadInput("no calls to forecast from: call_volumes (or the hotline's contacts) is empty before the as-of.")
    return counts.sort_values([*KEYS, "starts_at"], ignore_index=True)


def _given(volumes: Any) -> pd.DataFrame:
    frame = volumes.select(*KEYS, "starts_at", "offered", "answered", "handle_s").to_pandas()
    frame["answered"] = frame["answered"].astype(float).fillna(frame["offered"])
    return _typed(frame)


def _counted(contacts: Any) -> pd.DataFrame:
    calls = contacts.filter(contacts.channel == "hotline")
    calls = calls.mutate(some_s=ibis.coalesce(calls.talk_s, calls.hold_s, calls.after_call_s))
    pieces = [calls[name] for name in ("talk_s", "hold_s", "after_call_s")]
    handle_s = sum((piece.fill_null(0.0) for piece in pieces[1:]), pieces[0].fill_null(0.0))
    minute = calls.started_at.hour() * 60 + calls.started_at.minute()
    answered = ~calls.abandoned
    timed = answered & ~calls.some_s.isnull()
    frame = (
        calls.group_by(
            queue=calls.queue.fill_null(UNNAMED),
            centre=calls.centre.fill_null(UNNAMED),
            day=calls.started_at.date(),
            slot=(minute // COUNTED_MINUTES).cast("int64"),
        )
        .agg(
            offered=calls.count(),
            answered=answered.cast("int64").sum(),
            timed=timed.cast("int64").sum(),
            handle_s=ibis.ifelse(timed, handle_s, 0.0).sum(),
        )
        .to_pandas()
    )
    # an answered call of unknown length took as long as the others of its interval, not no time at all
    untimed = (frame["answered"] > 0) & (frame["timed"] == 0)
    whole = frame["handle_s"] * frame["answered"] / frame["timed"].clip(lower=1)
    frame["handle_s"] = whole.mask(untimed)
    offset = pd.to_timedelta(frame["slot"] * COUNTED_MINUTES, unit="min")
    frame["starts_at"] = pd.to_datetime(frame["day"]) + offset
    return _typed(frame)


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    numbers = dict.fromkeys(("offered", "answered", "handle_s"), float)
    return frame[[*KEYS, "starts_at", *numbers]].astype({**numbers, "starts_at": "datetime64[us]"})
