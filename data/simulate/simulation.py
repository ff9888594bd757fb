"""From customers, months and a seed to a lake and its truth."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np

from data.errors import BadInput
from data.simulate.calendar import Calendar
from data.simulate.happenings import events_table
from data.simulate.hotline import Tally, call_volumes, others_offered
from data.simulate.parameters import Parameters
from data.simulate.rows import write_parquet
from data.simulate.tables import agents_table, offers_table, packs_table, plans_table
from data.simulate.truth import agents_truth, write_cause_truth, write_rate_truth, write_readme
from data.simulate.workers import simulate_chunks
from data.simulate.world import World, make_world

FOLDERS = ("lake", "truth")


def simulate(
    customers: int,
    months: int,
    seed: int,
    out: Path,
    *,
    last_month: str = "2025-12",
    world: Parameters | None = None,
    workers: int | None = 1,
) -> None:
    """Write `out/lake` and `out/truth`; the same arguments give the same bytes on any clock and number of `workers`.

    `customers` counts all lines that ever exist, those that join within the window included. Several workers are new
    processes that import the program's main module: a script that asks for them runs under `if __name__ == "__main__"`.
    """
    if customers < 1 or months < 1:
        raise BadInput(f"simulate: {customers} customers, {months} months; both must be at least 1")
    world = world or Parameters()
    calendar = Calendar(last_month, months)
    setup = make_world(seed, calendar, world)
    _clear(out)
    said = {"customers": customers, "months": months, "seed": seed, "last_month": last_month}
    write_readme(out / "truth", world, said)
    firsts = enumerate(range(0, customers, world.chunk))
    chunks = [(number, first, min(world.chunk, customers - first)) for number, first in firsts]
    tally = simulate_chunks(setup, (seed, calendar, world, out), chunks, workers)
    _write_once(np.random.default_rng([seed, 2]), setup, tally, out)


def _clear(out: Path) -> None:
    """Make room for a new simulation; only a simulated lake is ever removed."""
    if any((out / folder).exists() for folder in FOLDERS) and not (out / "truth" / "README.json").exists():
        raise BadInput(f"{out} holds a lake that was not simulated; it stays: choose another --out")
    for folder in FOLDERS:
        shutil.rmtree(out / folder, ignore_errors=True)
        (out / folder).mkdir(parents=True)


def _write_once(rng: np.random.Generator, setup: World, tally: Tally, out: Path) -> None:
    desk, calls = setup.desk, setup.setting.world.calls
    offered = others_offered(rng, desk.arrivals)
    tables = {
        "plans": plans_table(),
        "packs": packs_table(),
        "offers": offers_table(setup.setting),
        "agents": agents_table(setup.setting),
        "events": events_table(setup.events, setup.setting.calendar),
        "call_volumes": call_volumes(rng, (desk.arrivals, desk.load, tally), offered, calls),
    }
    for name, table in tables.items():
        write_parquet(table, out / "lake" / f"{name}.parquet")
    write_parquet(write_rate_truth(desk.arrivals), out / "truth" / "call_rates.parquet")
    write_parquet(agents_truth(setup.setting), out / "truth" / "agents.parquet")
    causes = write_cause_truth(rng, desk.arrivals, offered, tally)
    write_parquet(causes, out / "truth" / "call_causes.parquet")
