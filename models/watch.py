"""Which queues left their band today: alarms with time, size and direction, from the calls that have come so far."""

from __future__ import annotations

import numpy as np
import pandas as pd

from features.call_counts import KEYS
from features.intervals import FloatArray
from models.alarms import departures, expected_calls, expected_scores
from models.forecast_cells import ForecastCells
from models.miss_scores import normal_scores
from models.volume import VolumeModel

COLUMNS = [*KEYS, "starts_at", "seen_at", "direction", "calls", "expected", "excess_share"]


def day_alarms(model: VolumeModel, until: pd.Timestamp, counts: pd.DataFrame | None = None) -> pd.DataFrame:
    """One row per queue, centre and departure of `until`'s day: intervals in a row on one side are one departure.

    starts_at: its first interval; seen_at: when the second of them had ended; calls, expected: of the intervals since
    its start; excess_share = calls / expected − 1. `counts` as in `VolumeModel.seen`; later intervals are not read.
    """
    seen = model.seen(until, counts)
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
