"""A promise over the day: met, with as few agents as trying everything would find."""

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.erlang import Queue
from models.staffing import Demand, StaffingGoal, agents_needed, expected
from models.staffing_day import agents_together

GOAL = StaffingGoal(0.8, Queue(20, 180), None, 0.0)


def _demand(calls: np.ndarray) -> Demand:
    return Demand(calls, np.full(calls.shape[1], 1 / calls.shape[1]), np.full(len(calls), 180.0), 1800.0)


def _level(demand: Demand, agents: np.ndarray) -> float:
    calls = demand.calls.mean(axis=1)
    return float((expected(demand, agents, GOAL.queue)[0] * calls).sum() / max(calls.sum(), 1e-9))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(5, 300), min_size=3, max_size=3), st.floats(0.05, 0.5))
def test_it_is_within_one_agent_of_trying_everything(levels: list[float], spread: float) -> None:
    demand = _demand(np.array(levels)[:, None] * np.array([1 - spread, 1.0, 1 + spread]))
    found = agents_together(demand, GOAL, np.zeros(3, dtype=np.int64))
    own = agents_needed(demand, GOAL)
    assert _level(demand, found) >= 0.8 - 1e-9
    assert found.sum() <= own.sum()
    around = [np.maximum(own + np.array(step), 0) for step in product(range(-4, 3), repeat=3)]
    levels_around = [expected(demand, agents, GOAL.queue)[0].min() for agents in around]
    good = [a.sum() for a, low in zip(around, levels_around, strict=True) if low >= 0.4 and _level(demand, a) >= 0.8]
    assert found.sum() <= min(good) + 1


def test_groups_keep_their_own_promise_and_empty_cells_need_nobody() -> None:
    demand = _demand(np.array([[40.0], [50.0], [0.0], [200.0], [10.0]]))
    group = np.array([7, 7, 7, 2, 2])
    agents = agents_together(demand, GOAL, group)
    assert agents[2] == 0
    for one in (7, 2):
        assert _level(demand.part(np.flatnonzero(group == one)), agents[group == one]) >= 0.8


def test_the_occupancy_cap_holds_in_every_interval() -> None:
    goal = StaffingGoal(0.8, Queue(20, 180), 0.8, 0.0)
    demand = _demand(np.array([[900.0], [40.0]]))
    agents = agents_together(demand, goal, np.zeros(2, dtype=np.int64))
    assert (expected(demand, agents, goal.queue)[1] <= 0.8).all()
