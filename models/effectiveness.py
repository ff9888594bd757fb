"""How much of an Erlang agent a real agent is: learned from what a centre answered with how many, queue by queue.

Lines are not Erlang's to the letter: agents log in late, calls come in bursts, skills differ. Agents are worth the
factor at which Erlang answers as many calls in time as the queue did over the days given.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from features.intervals import FloatArray
from models.erlang import Queue

LEAST, MOST = 0.4, 1.5
STEPS = 24
TRUSTED_CALLS = 2000  # fewer calls tell too little: agents then count as they are


def effectiveness(rows: pd.DataFrame, queue: Queue, interval_s: float) -> dict[str, float]:
    """Factor by queue from rows of `call_volumes` (offered, answered, handle_s, answered_in_target, agents)."""
    usable = rows.dropna(subset=["answered", "handle_s", "answered_in_target", "agents"])
    usable = usable[(usable[["answered", "agents", "handle_s"]] > 0).all(axis=1)]
    return {str(name): _factor(part, queue, interval_s) for name, part in usable.groupby("queue")}


def _factor(rows: pd.DataFrame, queue: Queue, interval_s: float) -> float:
    calls, agents = rows["offered"].to_numpy(float), rows["agents"].to_numpy(float)
    if calls.sum() < TRUSTED_CALLS:
        return 1.0
    handle_s = rows["handle_s"].to_numpy(float) / rows["answered"].to_numpy(float)
    wanted = float(rows["answered_in_target"].sum() / calls.sum())
    low, high = LEAST, MOST
    for _ in range(STEPS):
        middle = (low + high) / 2
        reached = _level(calls, handle_s, agents * middle, queue, interval_s)
        low, high = (middle, high) if reached < wanted else (low, middle)
    return (low + high) / 2


def _level(calls: FloatArray, handle_s: FloatArray, agents: FloatArray, queue: Queue, interval_s: float) -> float:
    line = queue.line(agents, calls * handle_s / interval_s, handle_s)
    return float(np.average(line.service_level, weights=np.maximum(calls, 1e-12)))
