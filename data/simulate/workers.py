"""Chunks on several cores: each process makes the same world from the seed and writes its chunks' part files."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

from data.console import track
from data.simulate.calendar import Calendar
from data.simulate.chunk_months import Where, simulate_chunk
from data.simulate.hotline import Tally
from data.simulate.parameters import Parameters
from data.simulate.world import World, make_world

Asked = tuple[int, Calendar, Parameters, Path]  # seed, window, parameters, folder


def simulate_chunks(setup: World, asked: Asked, chunks: Sequence[Where], workers: int | None) -> Tally:
    """All chunks' hotline contacts, added in the order of the chunks: the same on any number of `workers`.

    None: as many as there are cores for this process.
    """
    total = Tally.like(setup.desk.arrivals.rate)
    number = min(workers or len(os.sched_getaffinity(0)), len(chunks))
    for tally in _in_processes(asked, chunks, number) if number > 1 else _here(setup, asked, chunks):
        total.add(tally)
    return total


def _here(setup: World, asked: Asked, chunks: Sequence[Where]) -> Iterator[Tally]:
    seed, calendar, _, out = asked
    for where in chunks:
        months = track(range(calendar.months), f"simulating customers, month by month ({where[0] + 1}/{len(chunks)})")
        yield simulate_chunk(setup, seed, where, out, months)


def _in_processes(asked: Asked, chunks: Sequence[Where], number: int) -> Iterator[Tally]:
    """A chunk is handed out when a worker is free; what comes back early waits for its turn."""
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(number, mp_context=fresh) as pool:
        done = pool.map(_in_worker, [asked] * len(chunks), chunks)
        yield from track(done, f"simulating customers on {number} cores", len(chunks))


def _in_worker(asked: Asked, where: Where) -> Tally:
    seed, calendar, world, out = asked
    return simulate_chunk(_world_of_worker(seed, calendar, world), seed, where, out, range(calendar.months))


@cache
def _world_of_worker(seed: int, calendar: Calendar, world: Parameters) -> World:
    return make_world(seed, calendar, world)
