"""What happens to the whole operator: holidays, bill days, campaigns, outages; the `events` table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import holidays
import numpy as np
import pandas as pd
import pyarrow as pa

from data.simulate.calendar import DAY_US, MINUTE_US, Calendar
from data.simulate.catalogue import fact_table
from data.simulate.kinds import NONE, Floats, Ints
from data.simulate.rows import amounts, codes, identifiers, stamps
from data.simulate.service_parameters import CallParameters

HOUR_US = 60 * MINUTE_US
EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
QUEUES = ("billing", "tariff", "network", "complaints")
KINDS = (
    "holiday",
    "bill_day",
    "bill_sms",
    "campaign",
    "outage",
    "launch",
    "price_change",
    "school_start",
    "big_event",
    "maintenance",
    "weather",
    "other",
)


@dataclass(frozen=True)
class Happenings:
    """Events in rows: kind, area and queue by index (NONE: all), size in people, times in microseconds."""

    kind: Ints
    area: Ints
    queue: Ints
    size: Floats
    starts_us: Ints
    ends_us: Ints
    announced_us: Ints

    def of_kind(self, kind: str) -> Ints:
        """Row numbers of a kind."""
        return np.flatnonzero(self.kind == KINDS.index(kind))


def area_names() -> list[str]:
    """The operator's areas in their order."""
    return fact_table("areas")["area"].tolist()


def is_day_off(calendar: Calendar, first_day: int, days: int) -> Floats:
    """1 for weekend days and public holidays, 0 for working days and make-up workdays; shape (days,)."""
    years = range(calendar.year(0), calendar.year(calendar.months) + 1)
    china = holidays.country_holidays("CN", years=years)
    dates = [date.fromordinal(EPOCH_ORDINAL + first_day + offset) for offset in range(days)]
    return np.array([not china.is_working_day(day) for day in dates], dtype=np.float64)


def draw_happenings(rng: np.random.Generator, calendar: Calendar, calls: CallParameters) -> Happenings:
    """All events of the window, in the order of their start."""
    rows = [*_holidays(calendar), *_monthly(calendar, calls), *_outages(rng, calendar, calls), *_facts(calendar)]
    table = pd.DataFrame(rows, columns=["kind", "area", "queue", "size", "start", "end", "announced"])
    table = table[table["start"] < calendar.end_us].sort_values(["start", "kind", "area"], kind="stable")
    whole = table.drop(columns="size").astype(np.int64)
    return Happenings(
        whole["kind"].to_numpy(),
        whole["area"].to_numpy(),
        whole["queue"].to_numpy(),
        table["size"].to_numpy(np.float64),
        whole["start"].to_numpy(),
        whole["end"].to_numpy(),
        whole["announced"].to_numpy(),
    )


def _midnight(day: date) -> int:
    return (day.toordinal() - EPOCH_ORDINAL) * DAY_US


Row = tuple[int, int, int, float, int, int, int]


def _row(kind: str, start: int, hours: float, announced: int, queue: int = NONE) -> Row:
    return KINDS.index(kind), NONE, queue, np.nan, start, start + int(hours * HOUR_US), announced


def _holidays(calendar: Calendar) -> list[Row]:
    """Official public holidays; the arrangement is announced in November of the year before."""
    years = range(calendar.year(0), calendar.year(calendar.months) + 1)
    rows = []
    for day in sorted(holidays.country_holidays("CN", years=years)):
        start = _midnight(day)
        announced = _midnight(date(day.year - 1, 11, 12))
        if start >= calendar.start_us:
            rows.append(_row("holiday", start, 24, announced))
    return rows


def _monthly(calendar: Calendar, calls: CallParameters) -> list[Row]:
    """Bill day (the 1st), bill SMS (the 3rd), and a campaign whose days move."""
    rows = []
    for month in range(calendar.months):
        first = calendar.day(month) * DAY_US
        sms = first + (calls.bill_sms_day - 1) * DAY_US + 9 * HOUR_US
        campaign = first + (8 + 5 * (month % 3)) * DAY_US + 9 * HOUR_US
        rows.append(_row("bill_day", first, 24, first - 60 * DAY_US, QUEUES.index("billing")))
        rows.append(_row("bill_sms", sms, 10, first - 60 * DAY_US, QUEUES.index("billing")))
        rows.append(_row("campaign", campaign, calls.campaign_days * 24, campaign - 7 * DAY_US, QUEUES.index("tariff")))
    return rows


def _outages(rng: np.random.Generator, calendar: Calendar, calls: CallParameters) -> list[Row]:
    """Outages per area, announced when they start; the worse an area's weight, the more people they touch."""
    areas = fact_table("areas")
    days = calendar.end_day - calendar.day(0)
    number = rng.poisson(calls.outages_per_area_month * calendar.months, len(areas))
    area = np.repeat(np.arange(len(areas)), number)
    start = calendar.start_us + (rng.random(area.size) * days * DAY_US).astype(np.int64)
    hours = np.clip(rng.gamma(2.0, 1.8, area.size), 0.7, 30.0)
    people = areas["weight"].to_numpy()[area] * rng.uniform(0.2, 0.9, area.size) * 2_000_000
    end = start + (hours * HOUR_US).astype(np.int64)
    kind = KINDS.index("outage")
    network = QUEUES.index("network")
    columns = (area.tolist(), people.round(-2).tolist(), start.tolist(), end.tolist())
    return [(kind, place, network, size, begin, stop, begin) for place, size, begin, stop in zip(*columns, strict=True)]


def _facts(calendar: Calendar) -> list[Row]:
    """The yearly events of the fact table, in every year of the window."""
    names, rows = area_names(), []
    for fact in fact_table("events").to_dict("records"):
        for year in range(calendar.year(0), calendar.year(calendar.months) + 1):
            day = date(year, fact["month"], fact["day"])
            start = _midnight(day) + fact["hour"] * HOUR_US
            area = names.index(fact["area"]) if isinstance(fact["area"], str) else NONE
            announced = start - fact["announced_days_before"] * DAY_US
            end = start + fact["hours"] * HOUR_US
            if start >= calendar.start_us:
                kind, queue = KINDS.index(fact["kind"]), QUEUES.index(fact["queue"])
                rows.append((kind, area, queue, fact["size"], start, end, announced))
    return rows


def events_table(events: Happenings) -> pa.Table:
    """The `events` table."""
    size = events.kind.size
    return pa.table(
        {
            "event_id": identifiers("E", np.arange(size), 5),
            "kind": codes(events.kind, KINDS),
            "area": codes(events.area, area_names()),
            "queue": codes(events.queue, QUEUES),
            "size": amounts(events.size, 0),
            "starts_at": stamps(events.starts_us),
            "ends_at": stamps(events.ends_us),
            "announced_at": stamps(events.announced_us),
        }
    )
