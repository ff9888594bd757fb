"""How long the call forecast takes: 30 queues with two years of half-hours, and a thousand with one, in one model.

Counts are made (gamma day factors, Poisson cells), since speed does not depend on what they say. CPU seconds stand
beside the clock: on a shared machine only they can be compared.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.console import print_table, say
from data.errors import WorkFailed
from features.origins import Calendar
from models.forecast_table import Span, forecast_table
from models.volume import VolumeModel
from training.volume_training import backtest_volume

CALENDAR = Calendar("CN")
A_DAY = 48  # half-hours


def made_counts(queues: int, days: int) -> pd.DataFrame:
    """Calls of every half-hour around the clock: queue, centre, starts_at, offered, answered, handle_s."""
    starts = pd.date_range("2024-01-01", periods=days * A_DAY, freq="30min")
    random = np.random.default_rng(1)
    hour = starts.hour.to_numpy() + starts.minute.to_numpy() / 60
    shape = (2 + 30 * np.exp(-(((hour - 13) / 4) ** 2))) * np.where(starts.weekday < 5, 1.0, 0.5)
    size = np.exp(random.normal(0, 1, queues))[:, None]
    factor = np.repeat(random.gamma(50, 1 / 50, (queues, days)), A_DAY, axis=1)
    offered = random.poisson(size * factor * shape).astype(float).reshape(-1)
    names = np.repeat([f"queue {number:04d}" for number in range(queues)], len(starts))
    frame = pd.DataFrame({"queue": names, "centre": "one", "starts_at": np.tile(starts.to_numpy(), queues)})
    frame["starts_at"] = frame["starts_at"].astype("datetime64[us]")
    return frame.assign(offered=offered, answered=offered, handle_s=offered * 180.0)


def timed(step: str, work: Callable[[], Any], rows: list[dict[str, object]]) -> Any:
    """What `work` gives; its clock and CPU seconds go to `rows`."""
    clock, cpu = time.perf_counter(), time.process_time()
    result = work()
    seconds, cpu_seconds = time.perf_counter() - clock, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    rows.append({"step": step, "seconds": seconds, "cpu_seconds": cpu_seconds, "peak_gb": peak})
    say(f"{step}: {seconds:.1f} s, {cpu_seconds:.1f} CPU seconds, {peak:.1f} GB at most so far")
    return result


def measure(queues: int, days: int, *, back_test: bool) -> list[dict[str, object]]:
    """One row a step; WorkFailed where no trees were learnt: the average alone would be fast for nothing."""
    counts, rows = made_counts(queues, days), list[dict[str, object]]()
    if back_test:
        timed("back-test", lambda: backtest_volume(counts, CALENDAR), rows)
    model = timed("fit", lambda: VolumeModel(CALENDAR).fit(counts), rows)
    if not model.trees.boosters:
        raise WorkFailed(f"{queues} queues with {days} days: the six-week average stands alone, no trees were learnt")
    start = model.history_end
    timed("28 days, medians", lambda: model.forecast_days(start, 28), rows)
    timed("28 days, table with quantiles and agents", lambda: forecast_table(model, Span(start, 28)), rows)
    return rows


def main() -> None:
    """The command of the experiment."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--queues", type=int, default=30)
    parser.add_argument("--days", type=int, default=730)
    parser.add_argument("--no-back-test", action="store_true")
    parser.add_argument("--json", type=Path, required=True)
    options = parser.parse_args()
    rows = measure(options.queues, options.days, back_test=not options.no_back_test)
    print_table(pd.DataFrame(rows), f"{options.queues} queues, {options.days} days")
    options.json.write_text(json.dumps({"table": rows}), encoding="utf-8")


if __name__ == "__main__":
    main()
