"""Which queues left their band today: alarms with time, size and direction, from the calls that have come so far."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from features.call_counts import KEYS
from features.intervals import FloatArray
from models.alarms import departures, expected_calls, expected_scores
from models.forecast_cells import ForecastCells
from models.miss_scores import normal_scores
from models.volume import VolumeModel
from models.volume_totals import ALL

COLUMNS = [*KEYS, "starts_at", "seen_at", "direction", "calls", "expected", "excess_share"]
WATCHED = [*KEYS, "area", *COLUMNS[2:], "about"]
TOGETHER = pd.Timedelta(hours=2)  # a queue's alarm is about what began no further from it


def day_alarms(
    model: VolumeModel, until: pd.Timestamp, counts: pd.DataFrame | None = None, whole: bool = True
) -> pd.DataFrame:
    """One row per queue, centre and departure of `until`'s day: intervals in a row on one side are one departure.

    starts_at: its first interval; seen_at: when the second of them had ended; calls, expected: of the intervals since
    its start; excess_share = calls / expected − 1. `counts` and `whole` as in `VolumeModel.seen`; later intervals are
    not read.
    """
    seen = model.seen(until, counts, whole)
    if seen is None or np.isnan(seen).all():
        return pd.DataFrame(columns=COLUMNS)
    if model.open_days(until, 1).empty:
        return pd.DataFrame(columns=COLUMNS)
    days = model.forecast_days(until.normalize(), 1)
    spread = model.spread()
    cells = ForecastCells(days, spread)
    curves = cells.outlook().curves[:, :, 0]
    beyond = departures(curves[:, :, None], seen[:, None], spread.alarms, spread.dependence)[:, :, 0]
    scores = normal_scores(curves, seen)[..., None]
    rows = _runs(beyond >= spread.alarms.limit[:, None, None])
    told = [_told(row, curves, seen, expected_scores(scores, spread.dependence, row[2])[..., 0]) for row in rows]
    width = pd.Timedelta(minutes=model.interval_min)
    frame = pd.DataFrame(told, columns=["series", "first", "direction", "calls", "expected"])
    keys = model.series.iloc[frame["series"].astype(int)][KEYS].reset_index(drop=True)
    starts = until.normalize() + frame["first"].astype(int) * width
    frame = keys.assign(starts_at=starts, seen_at=starts + 2 * width, **frame[["direction", "calls", "expected"]])
    frame["excess_share"] = frame["calls"] / frame["expected"].clip(lower=1e-9) - 1
    return frame[COLUMNS].sort_values(["starts_at", *KEYS], ignore_index=True)


def watched(alarms: pd.DataFrame, areas: pd.DataFrame, outages: pd.DataFrame) -> pd.DataFrame:
    """One table of a day: queues that left their band, areas that call more than others, outages that were announced.

    alarms as `day_alarms`; areas as `models.area_watch`; outages: the day's events. The last two have ALL as centre;
    `about` says what else is known: an outage that was announced, the area that the callers are from.
    """
    told = outages[["area", "starts_at"]].assign(
        queue=outages["queue"].fillna(ALL),
        seen_at=outages["announced_at"],
        direction="announced",
        about=[_of_outage(event) for event in outages.to_dict("records")],
    )
    more = areas[["queue", "area", "starts_at", "seen_at", "expected"]].assign(
        calls=areas["contacts"],
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


def _told(
    row: tuple[int, int, int, int], curves: FloatArray, seen: FloatArray, scores: FloatArray
) -> tuple[int, int, str, float, float]:
    side, series, first, last = row
    span = slice(first, last + 1)
    expected = expected_calls(curves[:, series, span], scores[series, span])
    direction = ("more", "fewer")[side]
    return series, first, direction, float(np.nansum(seen[series, span])), float(np.nansum(expected))
