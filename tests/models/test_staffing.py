"""Agents per interval: the fewest that reach the expected service level, and no more."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import BadInput
from models.erlang import Queue
from models.staffing import Demand, StaffingGoal, agents_needed, expected, staff

NO_CAP = StaffingGoal(share=0.8, queue=Queue(20), max_occupancy=None)


def _demand(calls: list[list[float]], handle_s: float = 180) -> Demand:
    scenarios = len(calls[0])
    return Demand(np.array(calls), np.full(scenarios, 1 / scenarios), np.full(len(calls), handle_s), 1800)


def test_the_known_case_needs_14_agents_and_20_with_shrinkage() -> None:
    plan = staff(_demand([[100.0]]), NO_CAP).iloc[0]
    assert (plan["agents_on_phone"], plan["agents_scheduled"]) == (14, 20)
    assert plan["service_level"] == pytest.approx(0.8884, abs=1e-4)


def test_no_calls_need_nobody() -> None:
    plan = staff(_demand([[0.0, 0.0]]), NO_CAP).iloc[0]
    assert (plan["agents_on_phone"], plan["service_level"]) == (0, 1)


def test_uncertain_calls_need_more_agents_than_their_mean() -> None:
    certain, uncertain = agents_needed(_demand([[100.0, 100.0], [60.0, 140.0]]), NO_CAP)
    assert uncertain > certain


def test_the_occupancy_cap_binds_where_lines_are_large() -> None:
    goal = StaffingGoal(share=0.8, queue=Queue(20), max_occupancy=0.85)
    demand = _demand([[2000.0]])
    capped = agents_needed(demand, goal)
    assert capped > agents_needed(demand, NO_CAP)
    assert expected(demand, capped, goal.queue)[1][0] <= 0.85


@pytest.mark.parametrize(
    "wrong", [{"share": 1.2}, {"shrinkage": 1.0}, {"max_occupancy": 0.0}, {"queue": Queue(20, -1)}]
)
def test_impossible_goals_say_what_is_wanted(wrong: dict) -> None:
    with pytest.raises(BadInput, match="wanted"):
        StaffingGoal(**wrong)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(st.floats(0, 400), min_size=3, max_size=3), min_size=1, max_size=5),
    st.one_of(st.none(), st.floats(30, 600)),
)
def test_the_plan_meets_the_goal_and_one_agent_fewer_does_not(
    calls: list[list[float]], patience_s: float | None
) -> None:
    goal = StaffingGoal(share=0.8, queue=Queue(30, patience_s), max_occupancy=0.9)
    demand = _demand(calls)
    agents = agents_needed(demand, goal)
    service, occupancy = expected(demand, agents, goal.queue)
    assert ((service >= 0.8) & (occupancy <= 0.9)).all()
    fewer, busier = expected(demand, np.maximum(agents - 1, 0), goal.queue)
    assert ((fewer < 0.8) | (busier > 0.9) | (agents <= 1)).all()
