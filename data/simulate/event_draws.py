"""Events by chance: campaigns, price changes, launches, big events, weather, and outages, which nobody announces."""

from __future__ import annotations

import numpy as np

from data.simulate.calendar import DAY_US, MINUTE_US, Calendar
from data.simulate.catalogue import fact_table
from data.simulate.event_parameters import EventKind, EventParameters
from data.simulate.happenings import HOUR_US, KINDS, QUEUES, Happenings, Row, calendar_rows
from data.simulate.kinds import NONE
from data.simulate.service_parameters import CallParameters


def draw_happenings(
    rng: np.random.Generator, calendar: Calendar, calls: CallParameters, events: EventParameters
) -> Happenings:
    """All events of the window and of the weeks after it, in the order of their start."""
    until = calendar.end_us + events.ahead_days * DAY_US
    rows = calendar_rows(calendar, calls, until)
    for kind in events.kinds:
        rows += _spread(rng, kind, calendar.start_us, until)
    return Happenings.of(rows + _outages(rng, calendar, events))


def _spread(rng: np.random.Generator, kind: EventKind, start_us: int, until_us: int) -> list[Row]:
    """Drawn events of a kind, one in each of equal stretches of the window, so that no year goes without."""
    span_days = (until_us - start_us) / DAY_US
    number = int(kind.a_year * span_days / 365.25 + rng.random())
    day = np.floor((np.arange(number) + rng.random(number)) * span_days / max(number, 1))
    start = start_us + (day * DAY_US).astype(np.int64) + int(kind.start_hour * HOUR_US)
    low, high = np.log(np.maximum(kind.people, 1.0))
    size = np.round(np.exp(rng.uniform(low, high, number)), -3)
    end = start + (rng.uniform(*kind.days, number) * DAY_US).astype(np.int64)
    announced = start - rng.integers(kind.announced_days[0], kind.announced_days[1] + 1, number) * DAY_US
    weights = fact_table("areas")["weight"].to_numpy()
    drawn = rng.choice(weights.size, number, p=weights / weights.sum())
    area = drawn if kind.local else np.full(number, NONE)
    codes = KINDS.index(kind.kind), QUEUES.index(kind.queue)
    columns = (values.tolist() for values in (area, size, start, end, announced))
    return [(codes[0], place, codes[1], people, *times) for place, people, *times in zip(*columns, strict=True)]


def _outages(rng: np.random.Generator, calendar: Calendar, events: EventParameters) -> list[Row]:
    """Outages per area, announced after they start; the larger an area, the more people they touch."""
    areas = fact_table("areas")
    days = calendar.end_day - calendar.day(0)
    number = rng.poisson(events.outages_per_area_month * calendar.months, len(areas))
    area = np.repeat(np.arange(len(areas)), number)
    start = calendar.start_us + (rng.random(area.size) * days * DAY_US).astype(np.int64)
    hours = np.clip(rng.gamma(2.0, 1.8, area.size), 0.7, 30.0)
    share = events.outage_share * np.exp(rng.normal(0.0, events.outage_share_sd, area.size))
    people = areas["weight"].to_numpy()[area] * np.clip(share, 0.02, 0.9) * events.operator_lines
    end = start + (hours * HOUR_US).astype(np.int64)
    told = np.minimum(start + (rng.uniform(*events.told_minutes, area.size) * MINUTE_US).astype(np.int64), end)
    kind, network = KINDS.index("outage"), QUEUES.index("network")
    columns = (values.tolist() for values in (area, people.round(-2), start, end, told))
    return [(kind, place, network, size, *times) for place, size, *times in zip(*columns, strict=True)]
