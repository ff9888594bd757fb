"""The search for the fewest agents: exact, whatever the steps, and quick."""

import time

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from features.intervals import FloatArray, IntArray
from models.erlang import Queue
from models.fewest import fewest
from models.staffing import agents_at


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 500), st.floats(0.1, 3.0), st.integers(0, 600)), min_size=1, max_size=20))
def test_it_finds_the_first_number_that_is_enough(cells: list[tuple[int, float, int]]) -> None:
    first, bend, guess = (np.array(column, dtype=float) for column in zip(*cells, strict=True))

    def margin(rows: IntArray, tried: FloatArray) -> FloatArray:
        over = tried - first[rows]
        return np.sign(over) * np.abs(over) ** bend[rows]

    assert fewest(margin, guess, np.full(len(first), 501.0)).tolist() == first.tolist()


def test_a_certain_load_gets_the_agents_that_a_plain_count_finds() -> None:
    random = np.random.default_rng(2)
    load, share = random.gamma(1.5, 20, 300), random.uniform(0.5, 0.99, 300)
    handle_s = random.uniform(100, 400, 300)
    for queue in (Queue(20), Queue(20, 180)):
        counted = np.arange(1, 260)
        levels = queue.line(counted[:, None], load, handle_s).service_level
        first = counted[(levels >= share).argmax(axis=0)]
        assert agents_at(load, handle_s, share, queue).tolist() == first.tolist()


def test_nobody_is_needed_for_nothing() -> None:
    assert agents_at(np.zeros(2), np.full(2, 180.0), np.full(2, 0.8), Queue(20)).tolist() == [0, 0]


def test_a_hundred_thousand_cells_take_a_tenth_of_what_a_million_may() -> None:
    random = np.random.default_rng(3)
    load, share = random.gamma(1.2, 15, 100_000), random.uniform(0.6, 0.95, 100_000)
    started = time.process_time()
    agents_at(load, random.uniform(120, 400, 100_000), share, Queue(20, 180))
    assert time.process_time() - started < 1.0
