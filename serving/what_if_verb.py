"""The `what-if` verb: events from a flag, and what they add to the champion's forecast."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pandas as pd

from data.errors import BadInput
from data.known import as_known
from data.lake import Lake
from features.call_counts import call_counts
from features.call_drivers import read_drivers
from models.forecast_table import Span
from models.staffing import StaffingGoal
from models.volume import VolumeModel
from models.what_if import AskedEvent, what_if
from serving.champions import need_champion
from serving.clock import to_local

FORM = "KIND,START,END,PEOPLE[,CALL_SHARE][,queue=NAME][,area=NAME]"
FIELDS = {"kind", "starts_at", "ends_at", "size", "queue", "area", "call_share"}


def parse_event(text: str) -> AskedEvent:
    """An event as it is typed.

    >>> parse_event("campaign,2026-01-03T09:00,2026-01-06,200000,0.1,queue=tariff").call_share
    0.1
    """
    words = [word.strip() for word in text.split(",")]
    plain = [word for word in words if "=" not in word]
    named = dict(word.split("=", 1) for word in words if "=" in word)
    if not 3 <= len(plain) <= 5 or set(named) - {"queue", "area"}:
        raise BadInput(f"--event came as {text!r}; wanted {FORM}")
    names = ("kind", "starts_at", "ends_at", "size", "call_share")
    return asked_event({**dict(zip(names, plain, strict=False)), **named})


def asked_event(fields: dict[str, Any], timezone: str | None = None) -> AskedEvent:
    """An event from named fields, of a flag or of a request; BadInput names the one that is wrong.

    Times with an offset are read in `timezone`; without one an offset is left out.
    """
    unknown, missing = set(fields) - FIELDS, {"kind", "starts_at", "ends_at"} - set(fields)
    if unknown or missing:
        raise BadInput(f"event: came {', '.join(sorted(fields))}; wanted {', '.join(sorted(FIELDS))}.")
    start, end = (_moment(name, fields[name], timezone) for name in ("starts_at", "ends_at"))
    size, call_share = (_number(name, fields.get(name)) for name in ("size", "call_share"))
    return AskedEvent(str(fields["kind"]), start, end, size, fields.get("queue"), fields.get("area"), call_share)


def what_if_lake(
    lake: Lake, as_of: dt.date, asked: Sequence[AskedEvent], span: Span, goal: StaffingGoal
) -> pd.DataFrame:
    """What the events add to the champion's forecast from what was known at the as-of: `models.what_if`'s columns."""
    model: VolumeModel = need_champion(lake.settings, "volume").model
    known = as_known(lake, as_of)
    model.with_history(call_counts(known), read_drivers(known))
    table = what_if(model, asked, span, goal)
    return table.sort_values(["queue", "centre", "starts_at"], key=_totals_first, ignore_index=True)


def _totals_first(column: pd.Series) -> pd.Series:
    return column.where(column != "ALL", "") if column.dtype == object else column


def _number(name: str, value: Any) -> float | None:
    try:
        return None if value in (None, "") else float(value)
    except (TypeError, ValueError) as error:
        raise BadInput(f"event {name}: came {value!r}, wanted a number.") from error


def _moment(name: str, value: Any, timezone: str | None) -> pd.Timestamp:
    try:
        moment = dt.datetime.fromisoformat(str(value))
        return pd.Timestamp(to_local(moment, timezone) if timezone else moment.replace(tzinfo=None))
    except ValueError as error:
        raise BadInput(f"event {name}: came {value!r}, wanted a time like 2026-01-03T09:00.") from error
