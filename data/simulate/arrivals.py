"""When people call: the rate of each queue, centre and interval, and the times of single contacts drawn from it.

mean rate = base x day profile x weekday x bill day x holidays x growth + the calls of events and what follows them;
rate = mean rate x day factor (of all queues x of the queue, both autocorrelated) x gamma noise of the interval.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.simulate.calendar import MINUTE_US, Calendar, day_of_month
from data.simulate.causes import CAUSES, OF_CUSTOMERS, EventCalls, Grid, echo, event_calls
from data.simulate.event_parameters import EventParameters
from data.simulate.happenings import QUEUES, Happenings, is_day_off
from data.simulate.kinds import Floats, Ints
from data.simulate.service_parameters import CallParameters
from data.simulate.setting import CENTRE_SHARES, CENTRES


@dataclass(frozen=True)
class Arrivals:
    """Rates per interval with shape (intervals, queues, centres), by cause with the causes in front.

    The day factor has shape (days, queues); `events` are the calls of single events.
    """

    calendar: Calendar
    interval_min: int
    by_cause: Floats
    mean_rate: Floats
    day_factor: Floats
    rate: Floats
    events: list[EventCalls]

    @property
    def per_day(self) -> int:
        """Intervals in a day."""
        return 24 * 60 // self.interval_min

    def interval_of(self, at_us: Ints) -> Ints:
        """The interval's index of each moment."""
        return np.asarray((at_us - self.calendar.start_us) // (self.interval_min * MINUTE_US), dtype=np.int64)

    def starts_us(self) -> Ints:
        """The start of each interval."""
        steps = np.arange(self.rate.shape[0], dtype=np.int64)
        return self.calendar.start_us + steps * self.interval_min * MINUTE_US

    def own_rate(self) -> Floats:
        """The rate of what customers do by themselves, without events."""
        own = sum(self.by_cause[CAUSES.index(name)] for name in OF_CUSTOMERS)
        return np.asarray(self.rate * own / np.maximum(self.mean_rate, 1e-12))

    def draw_times(self, rng: np.random.Generator, rate: Floats, first_day: Ints, end_day: Ints) -> tuple[Ints, Ints]:
        """A moment in [first_day, end_day) and a centre for each row, from a queue's `rate` (intervals, centres)."""
        flat = np.concatenate([[0.0], np.cumsum(rate.ravel())])
        per_day = self.per_day * len(CENTRES)
        low, high = (flat[(day - self.calendar.day(0)) * per_day] for day in (first_day, end_day))
        place = np.searchsorted(flat, low + rng.random(low.size) * (high - low), side="right") - 1
        place = np.clip(place, 0, flat.size - 2)
        interval, centre = place // len(CENTRES), place % len(CENTRES)
        within = rng.random(low.size) * self.interval_min * MINUTE_US
        return self.starts_us()[interval] + within.astype(np.int64), centre


def draw_arrivals(
    rng: np.random.Generator, calendar: Calendar, happenings: Happenings, calls: CallParameters, events: EventParameters
) -> Arrivals:
    """The rates of the whole window."""
    grid = Grid(calendar, calls.interval_min, _profile(calls))
    brought = event_calls(rng, grid, happenings, calls, events)
    by_cause = _by_cause(grid, brought, calls, events)
    mean = by_cause.sum(axis=0)
    factor = _day_factor(rng, grid.intervals // grid.profile.shape[0], calls)
    noise = rng.gamma(calls.interval_shape, 1.0 / calls.interval_shape, mean.shape)
    by_interval = np.repeat(factor, grid.profile.shape[0], axis=0)
    rate = mean * by_interval[:, :, None] * noise
    return Arrivals(calendar, calls.interval_min, by_cause, mean, factor, rate, brought)


def _by_cause(grid: Grid, brought: list[EventCalls], calls: CallParameters, events: EventParameters) -> Floats:
    """Mean rates, shape (causes, intervals, queues, centres)."""
    plain, billed, level = _day_levels(grid, calls)
    shape = grid.profile[None, :, :, None] * np.array(CENTRE_SHARES) * np.array(calls.busy_calls)[:, None]
    rates = np.zeros((len(CAUSES), grid.intervals, len(QUEUES), len(CENTRES)))
    parts = {"normal": plain, "bill_day": billed - plain, "holiday": level - billed}
    for name, daily in parts.items():
        rates[CAUSES.index(name)] = (daily[:, None, :, None] * shape).reshape(rates.shape[1:])
    for event in brought:
        rates[event.cause, event.span] += event.calls
    events_alone = rates[len(OF_CUSTOMERS) :].sum(axis=(0, 2))
    rates[CAUSES.index("complaints"), :, QUEUES.index("complaints")] = echo(grid, events_alone, events)
    _add_pitches(rates, grid, events)
    return rates


def _add_pitches(rates: Floats, grid: Grid, events: EventParameters) -> None:
    """Call-backs of the operator's other callers, on the tariff queue."""
    tariff = QUEUES.index("tariff")
    profile = grid.profile[:, tariff] / grid.profile[:, tariff].sum()
    whole = np.tile(profile, grid.intervals // profile.size) * events.pitch_calls_a_day
    rates[CAUSES.index("pitches"), :, tariff] = whole[:, None] * np.array(CENTRE_SHARES)


def _profile(calls: CallParameters) -> Floats:
    """Share of the busiest interval, shape (intervals a day, queues): two peaks and an evening shoulder."""
    hour = (np.arange(24 * 60 // calls.interval_min) + 0.5) * calls.interval_min / 60.0
    curve = np.full(hour.size, calls.night_level)
    for peak, width, height in calls.peaks:
        curve += height * np.exp(-(((hour - peak) / width) ** 2))
    opened = np.array([[start <= moment < end for start, end in calls.open_hours] for moment in hour])
    return curve[:, None] * opened / curve.max()


def _day_levels(grid: Grid, calls: CallParameters) -> tuple[Floats, Floats, Floats]:
    """Level of each day and queue by weekday alone, with the bill, with holidays too; each of shape (days, queues)."""
    calendar = grid.calendar
    days = calendar.end_day - calendar.day(0)
    day = calendar.day(0) + np.arange(days)
    off = is_day_off(calendar, calendar.day(0), days)
    weekday = (day + 3) % 7
    growth = np.exp(calls.growth_a_month * np.arange(days) / 30.44)[:, None]
    plain = growth * _week(weekday, (weekday >= 5).astype(np.float64), calls)
    bill = _bill_lift(day, calls)
    holiday = off * (weekday < 5)
    after = (off == 0) & (np.roll(off, 1) == 1) & (np.roll(holiday, 1) + np.roll(holiday, 2) > 0)
    true = growth * _week(weekday, off, calls)
    true *= np.where(holiday == 1, calls.holiday_factor / np.mean(calls.weekend), 1.0)[:, None]
    true *= np.where(after, calls.after_holiday_factor, 1.0)[:, None]
    return plain, plain * bill, true * bill


def _week(weekday: Ints, off: Floats, calls: CallParameters) -> Floats:
    """Level by day of the week, shape (days, queues)."""
    level = np.where(off[:, None] == 1, np.array(calls.weekend), 1.0)
    return level * np.where(((weekday == 0) & (off == 0))[:, None], np.array(calls.monday), 1.0)


def _bill_lift(day: Ints, calls: CallParameters) -> Floats:
    """Factor of the bill SMS and the days after it, shape (days, queues)."""
    since_sms = day_of_month(day) - calls.bill_sms_day
    lift = np.where(since_sms >= 0, calls.bill_sms_lift * np.exp(-np.maximum(since_sms, 0) / 2.0), 0.0)
    factor = np.ones((day.size, len(QUEUES)))
    factor[:, QUEUES.index("billing")] += lift
    factor[:, QUEUES.index("tariff")] += 0.3 * lift
    return factor


def _day_factor(rng: np.random.Generator, days: int, calls: CallParameters) -> Floats:
    """Stationary log-normal first-order processes with mean 1, shape (days, queues)."""
    shared, own = calls.day_sd, np.array(calls.queue_day_sd)
    log = _process(rng, days, 1, calls.day_memory) * shared + _process(rng, days, own.size, calls.day_memory) * own
    return np.asarray(np.exp(log - (shared**2 + own**2) / 2.0), dtype=np.float64)


def _process(rng: np.random.Generator, days: int, columns: int, memory: float) -> Floats:
    """Autocorrelated normal columns of standard deviation 1, shape (days, columns)."""
    shocks = rng.standard_normal((days, columns))
    shocks[1:] *= np.sqrt(1.0 - memory**2)
    for day in range(1, days):
        shocks[day] += memory * shocks[day - 1]
    return shocks
