"""Contacts of the simulated lines that events bring, and those that a pitch brings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from data.simulate.answers import Answers
from data.simulate.arrivals import Arrivals
from data.simulate.calendar import DAY_US, MINUTE_US
from data.simulate.catalogue import OFFER_KINDS, fact_table
from data.simulate.causes import CAUSES
from data.simulate.chunk import Chunk
from data.simulate.contacts import (
    CHANNELS,
    HOTLINE,
    INTENTS,
    Requests,
    closed,
    drawn_centre,
    drawn_resolved,
)
from data.simulate.event_parameters import EventParameters
from data.simulate.happenings import HOUR_US, KINDS, Happenings
from data.simulate.kinds import NEVER, NONE, Floats, Ints
from data.simulate.sales import Shown

INTENT_OF = {
    "campaign": ("plan_change", "data_pack"),
    "price_change": ("bill_query", "bill_query"),
    "launch": ("plan_change", "contract"),
    "school_start": ("plan_change", "data_pack"),
}
NETWORK = ("network", "network")
_INTENTS = np.array([[INTENTS.index(name) for name in INTENT_OF.get(kind, NETWORK)] for kind in KINDS])
_PITCHED = {"data_pack": "data_pack", "handset": "contract"}
_INTENT_OF_KIND = np.array([INTENTS.index(_PITCHED.get(kind, "plan_change")) for kind in OFFER_KINDS])
APP = CHANNELS.index("app")


def event_requests(chunk: Chunk, arrivals: Arrivals, events: Happenings, month: int) -> Requests:
    """The lines' share of the calls of the month's events, as large as any customer's; one pass over the events."""
    rng, calendar, world = chunk.rng, chunk.setting.calendar, chunk.setting.world.events
    first, last = ((calendar.day(number) - calendar.day(0)) * arrivals.per_day for number in (month, month + 1))
    reached = _people_reached(events, world)
    line, event, at = [np.empty(0, np.int64)], [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for brought in arrivals.events:
        span = slice(max(brought.first, first), min(brought.span.stop, last))
        if span.start < span.stop:
            curve = brought.calls[span.start - brought.first : span.stop - brought.first].sum(axis=(1, 2))
            chance = curve.sum() / reached[brought.row] / world.hotline_share
            line.append(_callers(chunk, int(events.area[brought.row]), chance))
            event.append(np.full(line[-1].size, brought.row))
            at.append(_moments(rng, arrivals, curve, span.start, line[-1].size))
    who, why = np.concatenate(line), np.concatenate(event)
    channel = np.where(rng.random(who.size) < world.hotline_share, HOTLINE, 1 + rng.integers(0, 2, who.size))
    intent = _INTENTS[events.kind[why], rng.integers(0, 2, who.size)]
    cause = _cause_by_row(arrivals, events)[why]
    return _requests(chunk, (who, intent, channel, np.concatenate(at)), calendar.day(month + 1), (cause, why))


def _people_reached(events: Happenings, world: EventParameters) -> Floats:
    """The operator's lines where each event takes place."""
    weights = fact_table("areas")["weight"].to_numpy(np.float64)
    return world.operator_lines * np.where(events.area == NONE, 1.0, (weights / weights.sum())[events.area])


def _cause_by_row(arrivals: Arrivals, events: Happenings) -> Ints:
    causes = np.full(events.kind.size, NONE, dtype=np.int64)
    causes[[brought.row for brought in arrivals.events]] = [brought.cause for brought in arrivals.events]
    return causes


def _callers(chunk: Chunk, area: int, chance: float) -> Ints:
    """Lines of the area (NONE: all) that call, each with `chance` times its own rate."""
    people = chunk.people
    draw = chunk.rng.random(people.size) < chance * people.latent.contact_frailty
    return np.flatnonzero(draw if area == NONE else draw & (people.visible.area == area))


def _moments(rng: np.random.Generator, arrivals: Arrivals, curve: Floats, first: int, size: int) -> Ints:
    """Moments in the intervals from `first` on, as the curve and the days' factors have them."""
    day = np.arange(first, first + curve.size) // arrivals.per_day
    weight = np.cumsum(curve * arrivals.day_factor[day].mean(axis=1))
    step = np.searchsorted(weight, rng.random(size) * weight[-1], side="right").clip(0, curve.size - 1) + first
    within = rng.random(size) * arrivals.interval_min * MINUTE_US
    return arrivals.starts_us()[step] + within.astype(np.int64)


def pitch_requests(chunk: Chunk, shown: Shown, answers: Answers, arrivals: Arrivals, month: int) -> Requests:
    """Who calls back to say yes, and who has questions after a pitch; a closed hotline is answered by the app."""
    rng, sales = chunk.rng, chunk.setting.world.sales
    calls = shown.calls
    back = answers.accepted & (answers.accepted_us > calls.at_us + HOUR_US)
    asks = shown.pitched & ~back & (rng.random(calls.line.size) < sales.question_share)
    later = calls.at_us + ((0.1 + rng.exponential(sales.call_back_days, asks.size)) * DAY_US).astype(np.int64)
    row = np.flatnonzero(back | asks)
    at = np.where(back, answers.accepted_us, later)[row]
    intent = _INTENT_OF_KIND[chunk.setting.catalogue.offers.kind[shown.offer[row]]]
    why = np.full(row.size, CAUSES.index("pitches")), np.full(row.size, NONE)
    end = chunk.setting.calendar.day(month + 1)
    requests = _requests(chunk, (calls.line[row], intent, np.full(row.size, HOTLINE), at), end, why)
    return replace(requests, channel=np.where(closed(requests, arrivals), APP, requests.channel))


def _requests(chunk: Chunk, drawn: tuple[Ints, Ints, Ints, Ints], end_day: int, why: tuple[Ints, Ints]) -> Requests:
    """Requests of lines that are customers at that moment; `drawn` is (line, intent, channel, at)."""
    line, intent, channel, at = drawn
    leaves = chunk.state.leave_day[line]
    limit = np.where(leaves == NEVER, end_day, np.minimum(leaves, end_day)) * DAY_US
    joined = at >= chunk.people.visible.joined_day[line] * DAY_US
    limit = np.where(joined, limit, 0)
    centre = drawn_centre(chunk.rng, line.size)
    return Requests(line, intent, channel, at, centre, limit, drawn_resolved(chunk, line, intent), *why).with_more()
