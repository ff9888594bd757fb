"""Latency of a served process: requests at a fixed rate from another process, each timed from when it was due.

A request that waits because the one before it is late counts its waiting (no coordinated omission). Serves what is
published below the settings' `var` with its champions: run `nextcall run` first.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
import pandas as pd

from data.console import print_table
from data.errors import WorkFailed
from data.settings import Settings, load_settings
from data.store import Store
from serving.launch import start, stop, wait_until_up

LINES = 2_000  # distinct customers that are asked for
WARM_UP = 20
CALL = {
    "channel": "hotline",
    "intent": "overage",
    "queue": "tariff",
    "month_to_date": {"data_mb": 300.0, "voice_min": 50.0},
}


def main() -> None:
    """Start the service, ask, stop it, write the report."""
    given = _arguments()
    settings = load_settings()
    customers = _customers(settings)
    port = _free_port()
    process = start(settings, port)
    try:
        if not wait_until_up(process, port):
            raise WorkFailed("the service is not ready; run: nextcall run --lake DIR")
        times = _ask(f"http://127.0.0.1:{port}/next_best_offer", customers, given.rate, given.seconds)
    finally:
        stop(process)
    given.json.write_text(json.dumps(_report(times, given), indent=1), "utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=20.0, help="requests a second")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--json", type=Path, required=True)
    return parser.parse_args()


def _customers(settings: Settings) -> list[str]:
    store = Store(settings.store_url)
    publication = store.newest()
    if publication is None:
        raise WorkFailed("nothing is published yet; run: nextcall run --lake DIR")
    ids = next(store.lines(publication.publication_id))[0]
    store.close()
    return ids[:LINES]


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _ask(url: str, customers: list[str], rate: float, seconds: float) -> np.ndarray:
    """Milliseconds from when each request was due to its answer."""
    with httpx.Client(timeout=30) as client, ThreadPoolExecutor(16) as threads:

        def call(due: float, customer: str) -> float:
            time.sleep(max(0.0, due - time.perf_counter()))
            client.post(url, json={"customer_id": customer, **CALL}).raise_for_status()
            return (time.perf_counter() - due) * 1000.0

        for customer in customers[:WARM_UP]:
            call(time.perf_counter(), customer)
        first = time.perf_counter() + 0.1
        asked = [customers[i % len(customers)] for i in range(int(rate * seconds))]
        return np.array(list(threads.map(call, [first + i / rate for i in range(len(asked))], asked)))


def _report(times: np.ndarray, given: argparse.Namespace) -> dict[str, object]:
    p50, p95, p99 = np.quantile(times, [0.5, 0.95, 0.99])
    row = {"requests": len(times), "per_second": given.rate, "p50_ms": p50, "p95_ms": p95, "p99_ms": p99}
    row |= {"max_ms": times.max(), "target_p99_ms": 50.0, "load_average": os.getloadavg()[0], "cores": os.cpu_count()}
    table = [{name: round(float(value), 2) for name, value in row.items()}]
    print_table(pd.DataFrame(table), "Latency of /next_best_offer")
    return {"table": table}


if __name__ == "__main__":
    main()
