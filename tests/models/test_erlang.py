"""Erlang C and A against published values, an event simulation, and the laws of waiting lines."""

import heapq

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import BadInput
from models.erlang import Queue, erlang_a, erlang_b, erlang_c

KNOWN_C = {11: (0.6821, 0.3896), 12: (0.4494, 0.6402), 13: (0.2853, 0.7956), 14: (0.1741, 0.8884), 15: (0.1020, 0.9415)}


def test_erlang_c_gives_the_published_table() -> None:
    line = erlang_c(list(KNOWN_C), 10, 180, 20)
    assert np.allclose(np.stack([line.waiting, line.service_level], axis=1), list(KNOWN_C.values()), atol=5e-5)


def test_an_overloaded_line_without_abandonment_answers_nobody_in_time() -> None:
    line = erlang_c([9, 10], 10, 180, 20)
    assert line.service_level.tolist() == [0, 0]
    assert line.waiting.tolist() == [1, 1]
    assert np.isinf(line.asa_s).all()


@pytest.mark.parametrize(
    ("definition", "level"), [("of_offered", 0.640), ("of_answered", 0.742), ("answered_or_abandoned", 0.705)]
)
def test_the_three_service_levels_differ_and_are_named(definition: str, level: float) -> None:
    line = erlang_a(10, 10, 180, Queue(20, 120, definition))  # type: ignore[arg-type] # parametrised text
    assert float(line.service_level) == pytest.approx(level, abs=5e-4)


@pytest.mark.parametrize(
    ("agents", "load", "patience_s", "abandoned", "level"),
    [(14, 10, 120, 0.0228, 0.933), (100, 108, 300, 0.0817, 0.416), (100, 108, 120, 0.0896, 0.722)],
)
def test_erlang_a_gives_the_published_cases(
    agents: int, load: float, patience_s: float, abandoned: float, level: float
) -> None:
    line = erlang_a(agents, load, 180, Queue(20, patience_s))
    assert float(line.abandoned) == pytest.approx(abandoned, abs=1e-4)
    assert float(line.service_level) == pytest.approx(level, abs=6e-4)


def test_erlang_a_agrees_with_a_simulation_within_three_standard_errors() -> None:
    calls = 60_000
    answered_in_time, abandoned = _simulate(calls, agents=10, load=10.5, handle_s=180, patience_s=150, within_s=20)
    line = erlang_a(10, 10.5, 180, Queue(20, 150))
    batches = 30
    for simulated, exact in ((answered_in_time, line.service_level), (abandoned, line.abandoned)):
        means = simulated[: calls // batches * batches].reshape(batches, -1).mean(axis=1)
        assert abs(means.mean() - float(exact)) < 3 * means.std(ddof=1) / np.sqrt(batches)


def test_erlang_b_equals_its_recursion() -> None:
    load, blocked = 37.0, 1.0
    for agents in range(1, 60):
        blocked = load * blocked / (agents + load * blocked)
        assert float(erlang_b(agents, load)) == pytest.approx(blocked, rel=1e-9)


def test_extreme_loads_stay_finite() -> None:
    line = erlang_a([300, 5000, 1, 1000], [100, 60, 5, 5000], 180, Queue(20, 3000))
    shares = np.stack([line.waiting, line.abandoned, line.service_level])
    assert np.isfinite(shares).all()
    assert line.abandoned[3] == pytest.approx(0.8, abs=1e-6), "the fluid limit: 1 - agents / load"


def test_patience_without_end_is_erlang_c() -> None:
    patient = erlang_a(14, 10, 180, Queue(20, 1e7))
    endless = erlang_c(14, 10, 180, 20)
    assert float(patient.service_level) == pytest.approx(float(endless.service_level), abs=1e-3)


def test_erlang_a_wants_a_patience() -> None:
    with pytest.raises(BadInput, match="patience"):
        erlang_a(10, 9, 180, Queue(20))


@settings(max_examples=60, deadline=None)
@given(st.floats(0.1, 400), st.integers(1, 450), st.floats(10, 900), st.floats(0, 120))
def test_one_more_agent_never_hurts_and_shares_are_shares(
    load: float, agents: int, patience_s: float, within_s: float
) -> None:
    line = erlang_a([agents, agents + 1], load, 200, Queue(within_s, patience_s))
    for share in (line.waiting, line.abandoned, line.service_level, line.occupancy):
        assert ((share >= 0) & (share <= 1 + 1e-12)).all()
    assert line.service_level[1] >= line.service_level[0] - 1e-9
    assert line.abandoned[1] <= line.abandoned[0] + 1e-9


def _simulate(
    calls: int, agents: int, load: float, handle_s: float, patience_s: float, within_s: float
) -> tuple[np.ndarray, np.ndarray]:
    """A first-come line: each caller takes the agent who is free first, or hangs up before."""
    random = np.random.default_rng(3)
    arrival = random.exponential(handle_s / load, calls).cumsum()
    patience, handle = random.exponential(patience_s, calls), random.exponential(handle_s, calls)
    free = [0.0] * agents
    wait = np.zeros(calls)
    for call in range(calls):
        wait[call] = max(free[0] - arrival[call], 0.0)
        if wait[call] < patience[call]:
            heapq.heapreplace(free, arrival[call] + wait[call] + handle[call])
    gone = wait >= patience
    return ~gone & (wait <= within_s), gone
