"""What is announced to move calls, and when: the events of a lake, cut to what was known, and laid over days.

An event has phases: while it runs, by its age in days; after its end, by the hours and then by the days since. A piece
is one phase of one event on one day, as a range of intervals. Kinds are told apart here only by which cause they are
booked under.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from features.call_counts import Tables
from features.intervals import MINUTES_A_DAY, IntArray

CAUSE_OF = {  # the cause under which planners find an event of each kind; holidays come from the calendar
    "campaign": "campaign",
    "price_change": "price_change",
    "launch": "launch",
    "outage": "outage",
    "maintenance": "outage",
    "weather": "outage",
    "big_event": "big_event",
    "school_start": "other",
    "other": "other",
    "bill_day": "bill_day",
    "bill_sms": "bill_day",
    "pitches": "pitches",
}
CAUSES = tuple(dict.fromkeys(CAUSE_OF.values()))
LIKE_OTHER_CALLS = ("bill_day",)  # causes whose calls a holiday keeps away too; those of other events come as they are
UNPLANNED = ("outage", "weather")  # their end is not known while they last
RUNNING = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 18, 22)  # first day of each phase while an event runs
SOON = (0, 2, 4)  # first hour of each phase right after its end: calls about an outage come for hours, not for days
SOON_HOURS = 8  # so long these last
AFTER = (0, 1, 2, 3, 4, 5, 6)  # first day of each phase after that; 0 = the rest of the day on which it ends
TAIL_DAYS = 7  # so long after its end an event may still be felt
PHASES = len(RUNNING) + len(SOON) + len(AFTER)
COLUMNS = ["event_id", "kind", "area", "queue", "size", "starts_at", "ends_at", "announced_at"]


def read_events(tables: Tables) -> pd.DataFrame:
    """The events of a lake that are no holidays, by start; empty where it has none. Times are datetime64[us]."""
    if not tables.has("events"):
        return no_events()
    events = tables["events"]
    return tidy_events(events.filter(events.kind != "holiday").select(*COLUMNS).to_pandas())


def no_events() -> pd.DataFrame:
    """A table of no events."""
    return tidy_events(pd.DataFrame(columns=COLUMNS))


def tidy_events(events: pd.DataFrame) -> pd.DataFrame:
    """The columns in their order and types, by start; a kind that nobody knows counts as `other`."""
    times = dict.fromkeys(("starts_at", "ends_at", "announced_at"), "datetime64[us]")
    events = events.reindex(columns=COLUMNS).astype({**times, "size": float, "kind": object})
    kind = events["kind"].where(events["kind"].isin(list(CAUSE_OF)), "other")
    texts = {name: events[name].astype(object).where(events[name].notna(), None) for name in ("area", "queue")}
    return events.assign(kind=kind, **texts).sort_values(["starts_at", "event_id"], ignore_index=True)


def announced_by(events: pd.DataFrame, moment: pd.Timestamp) -> pd.DataFrame:
    """The events as they were known at `moment`; the end of an outage that lasts is not one of the things known.

    >>> events = tidy_events(pd.DataFrame({"kind": ["campaign"], "announced_at": ["2026-01-05"]}))
    >>> len(announced_by(events, pd.Timestamp("2026-01-04"))), len(announced_by(events, pd.Timestamp("2026-01-05")))
    (0, 1)
    """
    known = events[events["announced_at"] <= moment].reset_index(drop=True)
    unknown_end = known["kind"].isin(UNPLANNED) & (known["ends_at"] > moment)
    return known.assign(ends_at=known["ends_at"].mask(unknown_end))


def with_likely_ends(events: pd.DataFrame, moment: pd.Timestamp) -> pd.DataFrame:
    """Events that last at `moment` without a known end get the median length of their kind, but end no sooner."""
    length = (events["ends_at"] - events["starts_at"]).groupby(events["kind"]).transform("median")
    likely = (events["starts_at"] + length).fillna(moment)
    likely = likely.where(likely > moment, moment).astype("datetime64[us]")
    return events.assign(ends_at=events["ends_at"].fillna(likely))


@dataclass(frozen=True)
class Pieces:
    """Arrays of one length: the event's row, the day's row, the phase, and the intervals [first, last)."""

    event: IntArray
    day: IntArray
    phase: IntArray
    first: IntArray
    last: IntArray

    def __len__(self) -> int:
        return len(self.event)


def pieces_of(events: pd.DataFrame, days: pd.DatetimeIndex, interval_min: int) -> Pieces:
    """The pieces of all events (with known ends) on these days."""
    start, end = (events[name].to_numpy("datetime64[m]").astype(np.int64) for name in ("starts_at", "ends_at"))
    end = np.maximum(end, start + 1)
    first_day, last_day = start // MINUTES_A_DAY, (end - 1) // MINUTES_A_DAY
    hours = [end + 60 * hour for hour in (*SOON, SOON_HOURS)]
    whole = (last_day + 1 + TAIL_DAYS) * MINUTES_A_DAY
    ranges = [(start // interval_min * interval_min, end), *pairwise(hours), (hours[-1], whole)]
    event, side, begin, until = (np.concatenate(part) for part in zip(*map(_numbered, enumerate(ranges)), strict=True))
    piece, day = _days_of(begin, until)
    event, side, midnight = event[piece], side[piece], day * MINUTES_A_DAY
    first, last = np.maximum(begin[piece] - midnight, 0), np.minimum(until[piece] - midnight, MINUTES_A_DAY)
    phase = np.where(
        side == 0,
        _bucket(day - first_day[event], RUNNING),
        len(RUNNING) + side - 1 + np.where(side > len(SOON), _bucket(day - last_day[event], AFTER), 0),
    )
    row = days.get_indexer(pd.DatetimeIndex(day.astype("datetime64[D]"))).astype(np.int64)
    first, last = -(-first // interval_min), -(-last // interval_min)
    kept = (row >= 0) & (first < last)
    return Pieces(event[kept], row[kept], phase[kept], first[kept], last[kept])


def _numbered(numbered: tuple[int, tuple[IntArray, IntArray]]) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Of one range an event: the event's row, the range's number, begin and end."""
    number, (begin, until) = numbered
    return np.arange(len(begin)), np.full(len(begin), number), begin, until


def _days_of(begin: IntArray, until: IntArray) -> tuple[IntArray, IntArray]:
    """Each range of minutes on each day that it meets: the range's number, the day."""
    first = begin // MINUTES_A_DAY
    spans = np.maximum(-(-until // MINUTES_A_DAY) - first, 0)
    piece = np.repeat(np.arange(len(begin)), spans)
    return piece, first[piece] + np.arange(len(piece)) - np.repeat(np.cumsum(spans) - spans, spans)


def _bucket(days: IntArray, edges: tuple[int, ...]) -> IntArray:
    return np.searchsorted(np.array(edges), np.maximum(days, 0), side="right").astype(np.int64) - 1
