"""Forecast versions: what was answered, when, by whom and with which model; kept as it was, whatever comes later."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from data.errors import BadInput
from data.forecast_store import ForecastStore, VersionHead
from data.person import current_user
from data.settings import Settings
from features.call_counts import KEYS
from features.intervals import own_interval
from models.erlang import Queue
from models.forecast_table import Span
from models.staffing import StaffingGoal
from serving.champions import champion_versions

AT = [*KEYS, "starts_at"]
NOTICED = 1e-9  # calls; less is rounding


@dataclass(frozen=True)
class Asked:
    """What a forecast was asked for: from when, how far, staffed to which goal; as of which day."""

    as_of: dt.date
    span: Span
    goal: StaffingGoal


def save_version(settings: Settings, table: pd.DataFrame, asked: Asked, name: str | None = None) -> VersionHead:
    """Keep the champion's answer (`models.forecast_table`'s rows) as a version."""
    head = VersionHead(
        name=name,
        made_at=now(),
        made_by=current_user(),
        as_of=asked.as_of,
        model_version=champion_versions(settings).get("volume", "none"),
        settings=_settings_of(table, asked),
        row_count=len(table),
    )
    return with_store(settings).add(head, table)


def with_store(settings: Settings) -> ForecastStore:
    """The versions of this installation."""
    return ForecastStore(settings.store_url)


def now() -> dt.datetime:
    """The moment in UTC, naive, to the second."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=0)


def goal_of(head: VersionHead) -> StaffingGoal:
    """The staffing goal that a version was made with."""
    goal = dict(head.settings["goal"])
    return StaffingGoal(**(goal | {"queue": Queue(**goal["queue"])}))


def interval_of(head: VersionHead) -> int:
    """Minutes of a version's interval; BadInput for months."""
    interval = head.settings["interval"]
    if interval == "month":
        raise BadInput(f"forecast version {head.version_id} holds months; wanted one of intervals or days.")
    return 1440 if interval == "day" else int(interval)


def chosen(store: ForecastStore, numbers: list[str]) -> list[VersionHead]:
    """The versions of these numbers, all where there are none given; BadInput names what is no version."""
    heads = {str(head.version_id): head for head in store.heads()}
    unknown = [number for number in numbers if number not in heads]
    if unknown or not heads:
        named = f"--versions {', '.join(unknown)}: none such" if unknown else "there are no forecast versions yet"
        raise BadInput(f"{named}; make one: nextcall forecast --days 28 --save NAME; see nextcall forecasts list.")
    return [heads[number] for number in numbers] if numbers else list(heads.values())


def version_list(heads: list[VersionHead]) -> pd.DataFrame:
    """One row a version, the newest first."""
    return pd.DataFrame([_row(head) for head in heads], columns=[*_row(_NOTHING)])


def difference(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """The rows in which two versions differ: calls and scheduled agents of both; null = a row that one has not."""
    names = {"mean": "calls", "agents_scheduled": "agents"}
    old, new = (table[[*AT, *names]].rename(columns=names).astype({"agents": float}) for table in (old, new))
    both = old.merge(new, on=AT, how="outer", suffixes=("_old", "_new"))
    for name in names.values():
        both[f"{name}_more"] = both[f"{name}_new"].fillna(0.0) - both[f"{name}_old"].fillna(0.0)
    differ = both[["calls_more", "agents_more"]].abs().max(axis=1) > NOTICED
    return both[differ].sort_values(AT, ignore_index=True)


def _settings_of(table: pd.DataFrame, asked: Asked) -> dict[str, Any]:
    interval = asked.span.interval or own_interval(table["starts_at"])
    return {
        "start": f"{asked.span.start:%Y-%m-%dT%H:%M}",
        "days": asked.span.days,
        "interval": interval,
        "goal": asdict(asked.goal),
    }


def _row(head: VersionHead) -> dict[str, object]:
    return {
        "version": head.version_id,
        "parent": head.parent_id,
        "name": head.name,
        "made_at": head.made_at,
        "made_by": head.made_by,
        "as_of": head.as_of,
        "start": head.settings.get("start"),
        "days": head.settings.get("days"),
        "interval": head.settings.get("interval"),
        "rows": head.row_count,
        "model": head.model_version,
        "reason": head.reason,
    }


_NOTHING = VersionHead(None, dt.datetime.min, "", dt.date.min, "", {}, 0)
