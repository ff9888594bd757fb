"""Which queues left their band today: alarms with time, size and direction, from the calls that have come so far."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from features.call_counts import KEYS
from features.intervals import FloatArray
from models.alarms import AlarmBand, departures, expected_calls, expected_scores
from models.day_level import DayLevel
from models.forecast_cells import ForecastCells
from models.miss_scores import normal_scores
from models.scenarios import Outlook
from models.volume import VolumeModel
from models.volume_totals import ALL

TOLD = ["kind", "direction", "calls", "expected"]
COLUMNS = [*KEYS, "starts_at", "seen_at", *TOLD, "excess_share"]
WATCHED = [*KEYS, "area", *COLUMNS[2:], "about"]
SIDES = ("more", "fewer")
Row = tuple[int, int, str, str, float, float]  # series, first interval, kind, direction, calls, expected
TOGETHER = pd.Timedelta(hours=2)  # a queue's alarm is about what began no further from it


def day_alarms(
    model: VolumeModel, until: pd.Timestamp, counts: pd.DataFrame | None = None, whole: bool = True
) -> pd.DataFrame:
    """One row per queue, centre, kind and departure of `until`'s day; intervals in a row are one departure.

    kind `sudden`: two intervals away from what the day so far let expect (`models.alarms`); `level`: the calls so far
    outside what was told before the day began (`models.day_level`), again only after the day has come back.
    starts_at: its first interval; seen_at: when the second of them had ended; calls, expected: of the intervals since
    its start, for a level since the day's; excess_share = calls / expected − 1. `counts` and `whole` as in
    `VolumeModel.seen`; later intervals are not read.
    """
    seen = model.seen(until, counts, whole)
    if seen is None or np.isnan(seen).all():
        return pd.DataFrame(columns=COLUMNS)
    if model.open_days(until, 1).empty:
        return pd.DataFrame(columns=COLUMNS)
    days = model.forecast_days(until.normalize(), 1)
    spread = model.spread()
    outlook = ForecastCells(days, spread).outlook()
    told = [*_sudden(outlook, seen, spread.alarms), *_of_level(outlook, seen)]
    width = pd.Timedelta(minutes=model.interval_min)
    frame = pd.DataFrame(told, columns=["series", "first", *TOLD])
    keys = model.series.iloc[frame["series"].astype(int)][KEYS].reset_index(drop=True)
    starts = until.normalize() + frame["first"].astype(int) * width
    frame = keys.assign(starts_at=starts, seen_at=starts + 2 * width, **frame[TOLD])
    frame["excess_share"] = frame["calls"] / frame["expected"].clip(lower=1e-9) - 1
    return frame[COLUMNS].sort_values(["starts_at", *KEYS], kind="stable", ignore_index=True)


def watched(alarms: pd.DataFrame, areas: pd.DataFrame, outages: pd.DataFrame) -> pd.DataFrame:
    """One table of a day: queues that left their band, areas that call more than others, outages that were announced.

    alarms as `day_alarms`; areas as `models.area_watch`; outages: the day's events. The last two have ALL as centre;
    `about` says what else is known: an outage that was announced, the area that the callers are from.
    """
    told = outages[["area", "starts_at"]].assign(
        queue=outages["queue"].fillna(ALL),
        seen_at=outages["announced_at"],
        kind="announced",
        direction="announced",
        about=[_of_outage(event) for event in outages.to_dict("records")],
    )
    more = areas[["queue", "area", "starts_at", "seen_at", "expected"]].assign(
        calls=areas["contacts"],
        kind="area",
        direction="more",
        about=[_of_area(area) for area in areas.to_dict("records")],
        excess_share=areas["contacts"] / areas["expected"].clip(lower=1e-9) - 1,
    )
    beside = _together([told, more]).assign(centre=ALL)
    joined = _together([alarms.assign(about=_about(alarms, beside)), beside])
    return joined.reindex(columns=WATCHED).sort_values(["starts_at", *KEYS], ignore_index=True)


def _of_outage(event: dict[Hashable, Any]) -> str:
    return f"{event['kind']} {event['event_id']} in {event['area']}, announced {event['announced_at']:%m-%d %H:%M}"


def _of_area(area: dict[Hashable, Any]) -> str:
    return f"callers from {area['area']}: {area['contacts']:.0f} contacts, {area['expected']:.1f} expected"


def _about(alarms: pd.DataFrame, beside: pd.DataFrame) -> list[str]:
    """What each alarm of more calls may be about: what began near it in its queue."""
    told = []
    for alarm in alarms.to_dict("records") if len(beside) else []:
        near = (beside["starts_at"] - alarm["starts_at"]).abs() <= TOGETHER
        about = beside.loc[near & beside["queue"].isin([alarm["queue"], ALL]), "about"]
        told.append("; ".join(about) if alarm["direction"] == "more" else "")
    return told or [""] * len(alarms)


def _together(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Below each other; empty ones would blur the types."""
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else parts[0]


def _runs(alarmed: np.ndarray) -> list[tuple[int, int, int, int]]:
    """(side, series, first, last) of each run of alarmed pairs (side, series, intervals); first = the pair's first."""
    edge = np.zeros((*alarmed.shape[:2], 1), dtype=bool)
    step = np.diff(np.concatenate([edge, alarmed, edge], axis=2).astype(np.int8), axis=2)
    begun, ended = np.argwhere(step == 1), np.argwhere(step == -1)
    return [(int(a[0]), int(a[1]), int(a[2]) - 1, int(b[2]) - 1) for a, b in zip(begun, ended, strict=True)]


def _sudden(outlook: Outlook, seen: FloatArray, band: AlarmBand) -> list[Row]:
    """Intervals that leave what the day so far lets expect."""
    curves, rooms = outlook.curves[:, :, 0], outlook.dependence
    beyond = departures(outlook.curves[:, :, :1], seen[:, None], band, rooms)[:, :, 0]
    scores = normal_scores(curves, seen)[..., None]
    rows = []
    for side, series, first, last in _runs(beyond >= band.limit[:, None, None]):
        span = slice(first, last + 1)
        told = expected_scores(scores, rooms, first)[series, span, 0]
        expected = float(np.nansum(expected_calls(curves[:, series, span], told)))
        rows.append((series, first, "sudden", SIDES[side], float(np.nansum(seen[series, span])), expected))
    return rows


def _of_level(outlook: Outlook, seen: FloatArray) -> list[Row]:
    """Days that leave what was told before they began."""
    level = DayLevel.of(outlook, seen)
    rows = []
    for side, series, first, last in level.departures(seen):
        counted = ~np.isnan(level.expected[series, : last + 1]) & ~np.isnan(seen[series, : last + 1])
        latest = int(np.flatnonzero(counted)[-1])
        calls = float(seen[series, : last + 1][counted].sum())
        rows.append((series, first, "level", SIDES[side], calls, float(level.expected[series, latest])))
    return rows
