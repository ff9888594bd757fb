"""A million cells of calls, handle time and target staffed by Erlang C and A, one thread; a sample is counted out."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
import pandas as pd

from data.console import print_table
from models.erlang import Queue
from models.staffing import agents_at

CELLS, CHECKED = 1_000_000, 1_000
QUEUES = {"Erlang C, 20 s": Queue(20.0), "Erlang A, 20 s, patience 180 s": Queue(20.0, 180.0)}


def measured(name: str, queue: Queue) -> dict[str, object]:
    """Seconds for all cells; in how many of the checked ones plain counting up finds another number (must be 0)."""
    random = np.random.default_rng(1)
    handle_s, share = random.uniform(120.0, 400.0, CELLS), random.uniform(0.6, 0.95, CELLS)
    load = random.gamma(1.2, 80.0, CELLS) * handle_s / 1800.0
    started, cpu = time.perf_counter(), time.process_time()
    agents = agents_at(load, handle_s, share, queue)
    wall, seconds = time.perf_counter() - started, time.process_time() - cpu
    few = slice(0, CHECKED)
    counted = np.arange(1, int(agents[few].max()) + 2)[:, None]
    levels = queue.line(counted, load[few], handle_s[few]).service_level
    wrong = int((counted[(levels >= share[few]).argmax(axis=0), 0] != agents[few]).sum())
    return {"line": name, "cells": CELLS, "seconds": round(wall, 2), "cpu_seconds": round(seconds, 2), "wrong": wrong}


def main() -> None:
    """Measure, print, write JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    rows = [measured(name, queue) for name, queue in QUEUES.items()]
    print_table(pd.DataFrame(rows), f"{CELLS:,} cells staffed")
    if asked.json:
        asked.json.write_text(json.dumps({"table": rows}, indent=1))


if __name__ == "__main__":
    main()
