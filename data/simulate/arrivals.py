"""When people call: the rate of each queue, centre and interval, and the times of single contacts drawn from it.

rate = base x day profile x weekday x bill day x holidays x events x growth (the mean rate of the truth)
       x day factor (shared by all queues of a day, autocorrelated) x gamma noise of the interval.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.simulate.calendar import MINUTE_US, Calendar, day_of_month
from data.simulate.happenings import KINDS, QUEUES, Happenings, is_day_off
from data.simulate.kinds import NONE, Floats, Ints
from data.simulate.service_parameters import CallParameters
from data.simulate.setting import CENTRE_SHARES, CENTRES


@dataclass(frozen=True)
class Arrivals:
    """Rates per interval with shape (intervals, queues, centres); the day factor has shape (days,)."""

    calendar: Calendar
    interval_min: int
    mean_rate: Floats
    day_factor: Floats
    rate: Floats

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

    def draw_times(self, rng: np.random.Generator, queue: int, first_day: Ints, end_day: Ints) -> tuple[Ints, Ints]:
        """A moment in [first_day, end_day) and a centre for each row, from the rate of `queue`."""
        flat = np.concatenate([[0.0], np.cumsum(self.rate[:, queue, :].ravel())])
        per_day = self.per_day * len(CENTRES)
        low, high = (flat[(day - self.calendar.day(0)) * per_day] for day in (first_day, end_day))
        place = np.searchsorted(flat, low + rng.random(low.size) * (high - low), side="right") - 1
        place = np.clip(place, 0, flat.size - 2)
        interval, centre = place // len(CENTRES), place % len(CENTRES)
        within = rng.random(low.size) * self.interval_min * MINUTE_US
        return self.starts_us()[interval] + within.astype(np.int64), centre


def draw_arrivals(rng: np.random.Generator, calendar: Calendar, events: Happenings, calls: CallParameters) -> Arrivals:
    """The rates of the whole window."""
    days = calendar.end_day - calendar.day(0)
    daily = _day_level(calendar, days, calls)[:, None, :, None]
    shape = _profile(calls)[None, :, :, None] * np.array(CENTRE_SHARES)
    mean = (daily * shape * np.array(calls.busy_calls)[:, None]).reshape(-1, len(QUEUES), len(CENTRES))
    mean = mean * _event_lift(calendar, events, mean.shape[0], calls)
    factor = _day_factor(rng, days, calls)
    noise = rng.gamma(calls.interval_shape, 1.0 / calls.interval_shape, mean.shape)
    by_interval = np.repeat(factor, mean.shape[0] // days)
    return Arrivals(calendar, calls.interval_min, mean, factor, mean * by_interval[:, None, None] * noise)


def _profile(calls: CallParameters) -> Floats:
    """Share of the busiest interval, shape (intervals a day, queues): two peaks and an evening shoulder."""
    hour = (np.arange(24 * 60 // calls.interval_min) + 0.5) * calls.interval_min / 60.0
    curve = np.full(hour.size, calls.night_level)
    for peak, width, height in calls.peaks:
        curve += height * np.exp(-(((hour - peak) / width) ** 2))
    opened = np.array([[start <= moment < end for start, end in calls.open_hours] for moment in hour])
    return curve[:, None] * opened / curve.max()


def _day_level(calendar: Calendar, days: int, calls: CallParameters) -> Floats:
    """Level of each day and queue before events, shape (days, queues)."""
    day = calendar.day(0) + np.arange(days)
    off = is_day_off(calendar, calendar.day(0), days)
    weekday = (day + 3) % 7
    holiday = off * (weekday < 5)
    after = (off == 0) & (np.roll(off, 1) == 1) & (np.roll(holiday, 1) + np.roll(holiday, 2) > 0)
    busy_monday = (weekday == 0) & (off == 0)
    level = np.where(off[:, None] == 1, np.array(calls.weekend), 1.0)
    level *= np.where(busy_monday[:, None], np.array(calls.monday), 1.0)
    level *= np.where(holiday == 1, calls.holiday_factor / np.mean(calls.weekend), 1.0)[:, None]
    level *= np.where(after, calls.after_holiday_factor, 1.0)[:, None]
    level *= np.exp(calls.growth_a_month * np.arange(days) / 30.44)[:, None]
    since_sms = day_of_month(day) - calls.bill_sms_day
    lift = np.where(since_sms >= 0, calls.bill_sms_lift * np.exp(-np.maximum(since_sms, 0) / 2.0), 0.0)
    level[:, QUEUES.index("billing")] *= 1.0 + lift
    level[:, QUEUES.index("tariff")] *= 1.0 + 0.3 * lift
    return level


def _event_lift(calendar: Calendar, events: Happenings, intervals: int, calls: CallParameters) -> Floats:
    """Factor per interval, queue and centre; one pass over a few hundred events."""
    lift = np.ones((intervals, len(QUEUES), len(CENTRES)))
    size_us = calls.interval_min * MINUTE_US
    strengths = {"campaign": calls.campaign_lift, "outage": calls.outage_lift, "bill_sms": 0.0, "bill_day": 0.0}
    for kind, area, queue, start, end in zip(
        events.kind, events.area, events.queue, events.starts_us, events.ends_us, strict=True
    ):
        strength = strengths.get(KINDS[kind], calls.event_lift)
        if queue == NONE or strength == 0.0:
            continue
        first, last = (start - calendar.start_us) // size_us, -(-(end - calendar.start_us) // size_us)
        there = int(area >= calls.second_centre_areas)
        centres = slice(None) if area == NONE else slice(there, there + 1)
        lift[first:last, queue, centres] += strength
    return lift


def _day_factor(rng: np.random.Generator, days: int, calls: CallParameters) -> Floats:
    """A stationary log-normal first-order process with mean 1, shape (days,)."""
    shocks = rng.standard_normal(days) * calls.day_sd * np.sqrt(1.0 - calls.day_memory**2)
    log = np.empty(days)
    log[0] = rng.standard_normal() * calls.day_sd
    for day in range(1, days):
        log[day] = calls.day_memory * log[day - 1] + shocks[day]
    return np.exp(log - calls.day_sd**2 / 2.0)
