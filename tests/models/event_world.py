"""A made hotline with campaigns of known effect: two queues in two centres, a day factor that all share."""

from __future__ import annotations

import numpy as np
import pandas as pd

from features.call_drivers import Drivers
from features.event_calendar import tidy_events
from features.intervals import Grid
from models.volume import counts_grid

LEVEL = {("billing", "hz"): 40.0, ("billing", "wh"): 20.0, ("tariff", "hz"): 30.0, ("tariff", "wh"): 15.0}
CALLS_PER_PERSON = 0.01
FADE_DAYS = 1.5
DAYS, START = 180, pd.Timestamp("2025-03-01")
END = START + pd.Timedelta(days=DAYS)


def campaign(day: pd.Timestamp, size: float, name: str, days: float = 4.0) -> dict[str, object]:
    """A campaign on the tariff queue from nine o'clock, announced a week before."""
    facts: dict[str, object] = {"event_id": name, "kind": "campaign", "area": None, "queue": "tariff", "size": size}
    end, announced = day + pd.Timedelta(days=days), day - pd.Timedelta(days=7)
    return facts | {"starts_at": day + pd.Timedelta(hours=9), "ends_at": end, "announced_at": announced}


def campaigns() -> pd.DataFrame:
    """Ten campaigns of 50,000 to 150,000 people."""
    days = START + pd.to_timedelta(np.arange(12, DAYS - 10, 16), unit="D")
    sizes = 50_000.0 + 25_000.0 * (np.arange(len(days)) * 3 % 5)
    return tidy_events(
        pd.DataFrame([campaign(d, s, f"c{n}") for n, (d, s) in enumerate(zip(days, sizes, strict=True))])
    )


def brought(events: pd.DataFrame) -> np.ndarray:
    """(days, intervals of 30 min) true calls of the events in the tariff queue of both centres."""
    calls = np.zeros((DAYS, 20))
    for event in events.to_dict("records"):
        first = (event["starts_at"].normalize() - START).days
        last = (event["ends_at"] - START).days
        ages = np.arange(max(min(last, DAYS) - first, 0))
        weight = np.exp(-ages / FADE_DAYS) / np.exp(-np.arange(20) / FADE_DAYS).sum()
        calls[first + ages] += event["size"] * CALLS_PER_PERSON * weight[:, None] * _shape()
    return calls


def world(events: pd.DataFrame, seed: int = 3, off: pd.DatetimeIndex | None = None) -> tuple[pd.DataFrame, np.ndarray]:
    """Counts as of a lake, open 09:00 to 19:00, and the true calls of the events (days, intervals).

    On days `off` half of the calls that no event brings stay away.
    """
    random = np.random.default_rng(seed)
    days = pd.date_range(START, periods=DAYS)
    factor = random.gamma(80, 1 / 80, DAYS) * np.where(days.weekday >= 5, 0.7, 1.0)
    extra, frames = brought(events), []
    kept = np.where(days.isin([] if off is None else off), 0.5, 1.0)[:, None]
    for (queue, centre), level in LEVEL.items():
        share = level / 45.0 if queue == "tariff" else 0.0
        rate = (level * 20 * _shape() * kept + share * extra) * factor[:, None]
        starts = days.to_numpy()[:, None] + (np.timedelta64(540, "m") + np.arange(20) * np.timedelta64(30, "m"))
        frame = pd.DataFrame({"queue": queue, "centre": centre, "starts_at": starts.reshape(-1)})
        frames.append(frame.assign(offered=random.poisson(rate).astype(float).reshape(-1)))
    counts = pd.concat(frames, ignore_index=True)
    return counts.assign(answered=counts["offered"], handle_s=counts["offered"] * 200.0), extra * factor[:, None]


def grid_of(counts: pd.DataFrame) -> Grid:
    """The counts as a grid of half hours."""
    return counts_grid(counts, 30)


def drivers(events: pd.DataFrame) -> Drivers:
    """The events and nothing else."""
    return Drivers(events)


def _shape() -> np.ndarray:
    shape = np.exp(-(((np.arange(20) - 6) / 6.0) ** 2)) + 0.4
    return np.asarray(shape / shape.sum())
