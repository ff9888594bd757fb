"""Erlang C and A against published values, an event simulation, and the laws of waiting lines."""

import heapq
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from data.errors import BadInput
from models.erlang import Queue, erlang_a, erlang_b, erlang_c

KNOWN_C = {
    11: (0.6821, 0.3896),
    12: (0.4494, 0.6402),
    13: (0.2853, 0.7956),
    14: (0.1741, 0.8884),
    15: (0.1020, 0.9415),
    16: (0.0573, 0.9706),
}


def test_erlang_c_gives_the_published_table() -> None:
    line = erlang_c(list(KNOWN_C), 10, 180, 20)
    assert np.allclose(np.stack([line.waiting, line.service_level], axis=1), list(KNOWN_C.values()), atol=5e-5)
    fourteen = list(KNOWN_C).index(14)
    assert float(line.asa_s[fourteen]) == pytest.approx(7.84, abs=0.005)
    assert float(line.occupancy[fourteen]) == pytest.approx(0.714, abs=5e-4)


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
    [
        (10, 10, 120, 0.1375, 0.640),
        (14, 10, 120, 0.0228, 0.933),
        (100, 108, 300, 0.0817, 0.416),
        (100, 108, 120, 0.0896, 0.722),
    ],
)
def test_erlang_a_gives_the_published_cases(
    agents: int, load: float, patience_s: float, abandoned: float, level: float
) -> None:
    line = erlang_a(agents, load, 180, Queue(20, patience_s))
    assert float(line.abandoned) == pytest.approx(abandoned, abs=1e-4)
    assert float(line.service_level) == pytest.approx(level, abs=6e-4)


@dataclass(frozen=True)
class Case:
    agents: int
    load: float
    patience_s: float
    within_s: float = 20.0
    handle_s: float = 180.0


@pytest.mark.parametrize("case", [Case(10, 10.0, 120), Case(14, 10.0, 120), Case(10, 10.5, 150), Case(30, 33.0, 300)])
def test_erlang_a_agrees_with_a_simulation_within_three_standard_errors(case: Case) -> None:
    wait, gone = _simulate(60_000, case)
    short = wait <= case.within_s
    for definition, simulated in {
        "of_offered": _share(~gone & short, np.ones_like(gone)),
        "of_answered": _share(~gone & short, ~gone),
        "answered_or_abandoned": _share(short, np.ones_like(gone)),
    }.items():
        queue = Queue(case.within_s, case.patience_s, definition)  # type: ignore[arg-type] # one of the three by name
        _agree(simulated, float(erlang_a(case.agents, case.load, case.handle_s, queue).service_level))
    line = erlang_a(case.agents, case.load, case.handle_s, Queue(case.within_s, case.patience_s))
    _agree(_share(gone, np.ones_like(gone)), float(line.abandoned))
    _agree(_share(wait > 0, np.ones_like(gone)), float(line.waiting))
    _agree(wait.reshape(BATCHES, -1).mean(axis=1), float(line.asa_s))


def test_erlang_c_agrees_with_a_simulation_within_three_standard_errors() -> None:
    wait, _ = _simulate(60_000, Case(13, 10.0, patience_s=1e12))
    line = erlang_c(13, 10, 180, 20)
    _agree(_share(wait <= 20, np.ones_like(wait)), float(line.service_level))
    _agree(_share(wait > 0, np.ones_like(wait)), float(line.waiting))
    _agree(wait.reshape(BATCHES, -1).mean(axis=1), float(line.asa_s))


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


@settings(max_examples=60, deadline=None)
@given(st.floats(0.2, 2.0), st.floats(5_000, 50_000))
def test_large_lines_wait_as_the_square_root_rule_says(beta: float, load: float) -> None:
    """Halfin & Whitt 1981: with load + beta · sqrt(load) agents, P(wait) → 1 / (1 + beta Φ(beta) / φ(beta))."""
    limit = 1 / (1 + beta * norm.cdf(beta) / norm.pdf(beta))
    assert float(erlang_c(load + beta * np.sqrt(load), load, 180, 20).waiting) == pytest.approx(limit, abs=0.01)


@settings(max_examples=60, deadline=None)
@given(st.floats(-2.0, 2.0), st.floats(5_000, 50_000), st.floats(0.3, 3.0))
def test_large_impatient_lines_wait_as_the_square_root_rule_says(beta: float, load: float, patience: float) -> None:
    """Garnett, Mandelbaum & Reiman 2002, theorem 2: patience in handle times, h = hazard of the normal."""
    root = np.sqrt(patience)
    hazards = norm.pdf(beta * root) / norm.sf(beta * root) / (norm.pdf(beta) / norm.cdf(beta))
    line = erlang_a(load + beta * np.sqrt(load), load, 180, Queue(20, 180 * patience))
    assert float(line.waiting) == pytest.approx(1 / (1 + hazards / root), abs=0.015)


@settings(max_examples=60, deadline=None)
@given(st.floats(1.1, 3.0), st.integers(3_000, 20_000), st.floats(60, 900))
def test_an_overloaded_large_line_loses_the_excess(overload: float, agents: int, patience_s: float) -> None:
    """The fluid limit (Whitt 2004): what agents cannot serve is abandoned, whatever the patience."""
    line = erlang_a(agents, overload * agents, 180, Queue(20, patience_s))
    assert float(line.abandoned) == pytest.approx(1 - 1 / overload, abs=0.005)


BATCHES = 30


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """(batches,) of successive calls."""
    return part.reshape(BATCHES, -1).sum(axis=1) / whole.reshape(BATCHES, -1).sum(axis=1)


def _agree(simulated: np.ndarray, exact: float) -> None:
    assert abs(simulated.mean() - exact) < 3 * simulated.std(ddof=1) / np.sqrt(BATCHES)


def _simulate(calls: int, case: Case) -> tuple[np.ndarray, np.ndarray]:
    """A first-come line, event by event: each caller takes the agent who is free first, or hangs up before.

    (calls,) seconds in the line until an agent or the end of patience, and who hung up.
    """
    random = np.random.default_rng(3)
    arrival = random.exponential(case.handle_s / case.load, calls).cumsum()
    patience, handle = random.exponential(case.patience_s, calls), random.exponential(case.handle_s, calls)
    free = [0.0] * case.agents
    wait = np.zeros(calls)
    for call in range(calls):
        wait[call] = max(free[0] - arrival[call], 0.0)
        if wait[call] < patience[call]:
            heapq.heapreplace(free, arrival[call] + wait[call] + handle[call])
    return np.minimum(wait, patience), wait >= patience
