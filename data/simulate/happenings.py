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
Row = tuple[int, int, int, float, int, int, int]  # in the order of `Happenings`


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

    @classmethod
    def of(cls, rows: list[Row]) -> Happenings:
        """In the order of their start."""
        table = pd.DataFrame(rows, columns=["kind", "area", "queue", "size", "start", "end", "announced"])
        table = table.sort_values(["start", "kind", "area", "end"], kind="stable")
        whole = {name: table[name].to_numpy(np.int64) for name in table.columns if name != "size"}
        return cls(
            whole["kind"],
            whole["area"],
            whole["queue"],
            table["size"].to_numpy(np.float64),
            whole["start"],
            whole["end"],
            whole["announced"],
        )


def area_names() -> list[str]:
    """The operator's areas in their order."""
    return fact_table("areas")["area"].tolist()


def is_day_off(calendar: Calendar, first_day: int, days: int) -> Floats:
    """1 for weekend days and public holidays, 0 for working days and make-up workdays; shape (days,)."""
    years = range(calendar.year(0), calendar.year(calendar.months) + 1)
    china = holidays.country_holidays("CN", years=years)
    dates = [date.fromordinal(EPOCH_ORDINAL + first_day + offset) for offset in range(days)]
    return np.array([not china.is_working_day(day) for day in dates], dtype=np.float64)


def midnight(day: date) -> int:
    """The start of a day in microseconds since 1970."""
    return (day.toordinal() - EPOCH_ORDINAL) * DAY_US


def calendar_rows(calendar: Calendar, calls: CallParameters, until_us: int) -> list[Row]:
    """Holidays, bill days, bill SMS and the yearly events of the fact table that start before `until_us`."""
    rows = [*_holidays(calendar), *_monthly(calendar, calls), *_facts(calendar)]
    return [row for row in rows if calendar.start_us <= row[4] < until_us]


def _row(kind: str, start: int, hours: float, announced: int, queue: int = NONE) -> Row:
    return KINDS.index(kind), NONE, queue, np.nan, start, start + int(hours * HOUR_US), announced


def _years(calendar: Calendar) -> range:
    return range(calendar.year(0), calendar.year(calendar.months + 2) + 1)


def _holidays(calendar: Calendar) -> list[Row]:
    """Official public holidays; the arrangement is announced in November of the year before."""
    days = sorted(holidays.country_holidays("CN", years=_years(calendar)))
    return [_row("holiday", midnight(day), 24, midnight(date(day.year - 1, 11, 12))) for day in days]


def _monthly(calendar: Calendar, calls: CallParameters) -> list[Row]:
    """Bill day (the 1st) and bill SMS (the 3rd)."""
    rows, billing = [], QUEUES.index("billing")
    for month in range(calendar.months + 2):
        first = calendar.day(month) * DAY_US
        sms = first + (calls.bill_sms_day - 1) * DAY_US + 9 * HOUR_US
        rows.append(_row("bill_day", first, 24, first - 60 * DAY_US, billing))
        rows.append(_row("bill_sms", sms, 10, first - 60 * DAY_US, billing))
    return rows


def _facts(calendar: Calendar) -> list[Row]:
    """The yearly events of the fact table, in every year of the window."""
    names, rows = area_names(), []
    for fact in fact_table("events").to_dict("records"):
        for year in _years(calendar):
            start = midnight(date(year, fact["month"], fact["day"])) + fact["hour"] * HOUR_US
            area = names.index(fact["area"]) if isinstance(fact["area"], str) else NONE
            announced = start - fact["announced_days_before"] * DAY_US
            kind, queue = KINDS.index(fact["kind"]), QUEUES.index(fact["queue"])
            rows.append((kind, area, queue, fact["size"], start, start + fact["hours"] * HOUR_US, announced))
    return rows


def event_ids(rows: Ints) -> pa.Array:
    """`event_id` of row numbers; NONE is null."""
    return identifiers("E", rows, 5)


def events_table(events: Happenings, calendar: Calendar) -> pa.Table:
    """The `events` table: what was announced by the window's end, the coming weeks included."""
    row = np.flatnonzero(events.announced_us < calendar.end_us)
    return pa.table(
        {
            "event_id": event_ids(row),
            "kind": codes(events.kind[row], KINDS),
            "area": codes(events.area[row], area_names()),
            "queue": codes(events.queue[row], QUEUES),
            "size": amounts(events.size[row], 0),
            "starts_at": stamps(events.starts_us[row]),
            "ends_at": stamps(events.ends_us[row]),
            "announced_at": stamps(events.announced_us[row]),
        }
    )
