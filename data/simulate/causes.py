"""Why people call: the mean rate of the hotline by cause, and how many calls each event brings.

A cause's calls add to the others': normal + bill_day + ... = the mean rate. Holidays take calls away, so their part is
negative on the day and positive on the first working day after.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.simulate.calendar import DAY_US, MINUTE_US, Calendar
from data.simulate.event_parameters import EventKind, EventParameters
from data.simulate.happenings import HOUR_US, KINDS, QUEUES, Happenings
from data.simulate.kinds import NONE, Floats, Ints
from data.simulate.service_parameters import CallParameters
from data.simulate.setting import CENTRE_SHARES

CAUSES = (
    "normal",
    "bill_day",
    "holiday",
    "campaign",
    "price_change",
    "launch",
    "outage",
    "big_event",
    "other",
    "complaints",
    "pitches",
)
OF_CUSTOMERS = ("normal", "bill_day", "holiday")  # what customers do by themselves
UNPLANNED = ("outage", "complaints")
_OTHER_NAMES = {"maintenance": "outage", "weather": "outage", "school_start": "other"}
REFERENCE_HOURS = (8, 22)


def cause_of(kind: str) -> int:
    """The cause that an event's calls count to."""
    return CAUSES.index(_OTHER_NAMES.get(kind, kind))


@dataclass(frozen=True)
class Grid:
    """The hotline's intervals: `profile` has shape (intervals a day, queues), 0 where a queue is closed."""

    calendar: Calendar
    interval_min: int
    profile: Floats

    @property
    def size_us(self) -> int:
        """Length of an interval."""
        return self.interval_min * MINUTE_US

    @property
    def intervals(self) -> int:
        """Intervals of the window."""
        return (self.calendar.end_day - self.calendar.day(0)) * self.profile.shape[0]


@dataclass(frozen=True)
class EventCalls:
    """Calls of one event in the intervals from `first` on; shape (intervals, queues, centres)."""

    row: int
    cause: int
    first: int
    calls: Floats

    @property
    def span(self) -> slice:
        """Its intervals in the window."""
        return slice(self.first, self.first + self.calls.shape[0])


def event_calls(
    rng: np.random.Generator, grid: Grid, events: Happenings, calls: CallParameters, world: EventParameters
) -> list[EventCalls]:
    """Mean calls of every event that falls into the window; some events of a kind bring more calls than others."""
    of_kind = {KINDS.index(kind.kind): kind for kind in world.kinds}
    effect = np.exp(rng.normal(0.0, world.effect_sd, events.kind.size) - world.effect_sd**2 / 2.0)
    brought = []
    for row in np.flatnonzero(np.isin(events.kind, list(of_kind)) & (events.starts_us < grid.calendar.end_us)):
        kind = of_kind[int(events.kind[row])]
        first, curve = _curve(grid, int(events.starts_us[row]), int(events.ends_us[row]), kind, world.tail_hours)
        total = events.size[row] * kind.calls_per_person * effect[row]
        spread = _spread(kind, int(events.area[row]), calls, world)
        brought.append(EventCalls(int(row), cause_of(kind.kind), first, total * curve[:, :, None] * spread))
    return brought


def _curve(grid: Grid, start: int, end: int, kind: EventKind, tail_hours: float) -> tuple[int, Floats]:
    """First interval, and the share of the calls in each from there on, shape (intervals, queues).

    Fading kinds sum to 1 per queue; the others would if all their hours were working hours.
    """
    steady = kind.fade_days == 0.0
    last_us = end + (4.0 * tail_hours * HOUR_US if steady else 0.0)
    first = (start - grid.calendar.start_us) // grid.size_us
    last = min(int(-(-(last_us - grid.calendar.start_us) // grid.size_us)), grid.intervals)
    step = np.arange(first, last)
    at = grid.calendar.start_us + (step + 0.5) * grid.size_us
    profile = grid.profile[step % grid.profile.shape[0]]
    if not steady:
        weight = np.exp(-(at - start) / (kind.fade_days * DAY_US))[:, None] * profile
        return first, weight / _whole(grid, start, end, kind.fade_days)
    inside = np.exp(-np.maximum(at - end, 0.0) / (tail_hours * HOUR_US))
    hours = slice(*(hour * 60 // grid.interval_min for hour in REFERENCE_HOURS))
    length = max((end - start) / grid.size_us, 1.0)
    return first, inside[:, None] / length * profile / grid.profile[hours].mean(axis=0)


def _whole(grid: Grid, start: int, end: int, fade_days: float) -> Floats:
    """Sum of a fading event's weights, also where it outlasts the window; shape (queues,)."""
    step = np.arange((start - grid.calendar.start_us) // grid.size_us, (end - grid.calendar.start_us) // grid.size_us)
    at = grid.calendar.start_us + (step + 0.5) * grid.size_us
    weight = np.exp(-(at - start) / (fade_days * DAY_US))[:, None] * grid.profile[step % grid.profile.shape[0]]
    return np.asarray(weight.sum(axis=0), dtype=np.float64)


def _spread(kind: EventKind, area: int, calls: CallParameters, world: EventParameters) -> Floats:
    """Share of the calls by queue and centre, shape (queues, centres), sum 1."""
    base = np.array(calls.busy_calls)
    main = np.array([name == kind.queue for name in QUEUES])
    others = np.where(main, 0.0, base) / base[~main].sum()
    queues = (1.0 - world.spill) * main + world.spill * others
    there = int(area >= calls.second_centre_areas)
    centres = np.array(CENTRE_SHARES) if area == NONE else np.arange(len(CENTRE_SHARES)) == there
    return queues[:, None] * centres[None, :]


def echo(grid: Grid, brought: Floats, world: EventParameters) -> Floats:
    """Calls that come again in the days after, in the complaints queue; `brought` has shape (intervals, centres)."""
    per_day = grid.profile.shape[0]
    profile = grid.profile[:, QUEUES.index("complaints")]
    daily = brought.reshape(-1, per_day, brought.shape[1]).sum(axis=1)
    again, kept = np.zeros_like(daily), np.exp(-1.0 / world.echo_days)
    for day in range(1, daily.shape[0]):
        again[day] = kept * again[day - 1] + (1.0 - kept) * world.echo * daily[day - 1]
    return (again[:, None, :] * (profile / profile.sum())[None, :, None]).reshape(-1, brought.shape[1])


def shares_of(by_cause: Floats, place: tuple[Ints, Ints, Ints], names: tuple[str, ...]) -> Floats:
    """How the mean rate at (interval, queue, centre) divides among causes, shape (rows, causes), sum 1.

    Negative parts count as 0.
    """
    rates = np.maximum(by_cause[([CAUSES.index(name) for name in names],)][(slice(None), *place)], 0.0)
    return np.asarray((rates / np.maximum(rates.sum(axis=0), 1e-12)).T, dtype=np.float64)
