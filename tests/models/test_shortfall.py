"""A shortfall in parts: Shapley beside all orders, parts that always add up, and who owns what."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.cause_owners import OWNERS, with_owners
from models.erlang import Queue
from models.shortfall import MOST_VOLUMES, OPERATIONS, OTHER_VOLUMES, DayPair, Situation, level, shapley, shortfall

CELLS = 6
PATIENT = Queue(within_s=30.0, patience_s=240.0)


def _situation(random: np.random.Generator, causes: int, shrinkage: float) -> Situation:
    calls = {f"cause{n}": random.uniform(-5, 40, CELLS) for n in range(causes)} | {"normal": np.full(CELLS, 120.0)}
    return Situation(calls, random.uniform(150, 300, CELLS), random.uniform(15, 40, CELLS), shrinkage)


def _pair(seed: int, causes: int = 3) -> DayPair:
    random = np.random.default_rng(seed)
    plan, came = _situation(random, causes, 0.3), _situation(random, causes, 0.35)
    return DayPair(plan, came, PATIENT, 1800.0, np.full(CELLS, 0.9))


@given(st.integers(1, 5), st.integers(0, 10**6))
def test_shapley_is_the_mean_marginal_worth_over_all_orders(players: int, seed: int) -> None:
    worths = np.random.default_rng(seed).normal(size=2**players)

    def worth(inside: np.ndarray) -> np.ndarray:
        return worths[inside @ (1 << np.arange(players))]

    slow = np.zeros(players)
    orders = list(permutations(range(players)))
    for order in orders:
        number = 0
        for player in order:
            slow[player] += (worths[number | 1 << player] - worths[number]) / len(orders)
            number |= 1 << player
    found = shapley(worth, players)
    assert found == pytest.approx(slow)
    assert found.sum() == pytest.approx(worths[-1] - worths[0])


@given(st.integers(0, 10**6), st.integers(0, 12), st.floats(0, 1))
def test_the_parts_add_up_to_the_shortfall_exactly(seed: int, causes: int, observed: float) -> None:
    table = shortfall(_pair(seed, causes), observed, promised=0.8)
    assert table["points"].sum() == pytest.approx(100 * (0.8 - observed), abs=1e-9)
    assert not table["part"].duplicated().any()


def test_without_a_promise_the_plan_itself_is_the_measure() -> None:
    pair = _pair(5)
    expected = level(pair, pair.plan.total, pair.plan.handle_s, pair.plan.scheduled * (1 - pair.plan.shrinkage))
    assert shortfall(pair, 0.5)["points"].sum() == pytest.approx(100 * (float(expected) - 0.5))


def test_what_went_as_planned_has_no_part_in_it() -> None:
    pair = _pair(1)
    same = replace(pair.came, handle_s=pair.plan.handle_s, shrinkage=pair.plan.shrinkage)
    parts = shortfall(replace(pair, came=same), 0.6).set_index("part")["points"]
    assert parts[["handle_time", "shrinkage"]].abs().max() < 1e-9
    assert abs(parts["staffing"]) > 0.01


def test_more_calls_of_one_cause_alone_are_all_of_the_shortfall() -> None:
    pair = _pair(2)
    calls = pair.plan.calls | {"outage": np.zeros(CELLS)}
    came = replace(pair.plan, calls=calls | {"outage": np.full(CELLS, 60.0)})
    pair = replace(pair, plan=replace(pair.plan, calls=calls), came=came)
    levels = [
        float(level(pair, one.total, one.handle_s, one.scheduled * (1 - one.shrinkage))) for one in (pair.plan, came)
    ]
    table = shortfall(pair, levels[1])
    outage = table[table["part"] == "outage"]
    assert outage["points"].sum() == pytest.approx(100 * (levels[0] - levels[1]))
    assert outage["points"].sum() > 1
    assert outage[["calls_planned", "calls_came"]].to_numpy().tolist() == [[0.0, 60.0 * CELLS]]


def test_the_smallest_of_many_causes_are_taken_together() -> None:
    pair = _pair(3, causes=12)
    table = shortfall(pair, 0.7).set_index("part")
    assert len(table) == MOST_VOLUMES + len(OPERATIONS) + 1
    assert OTHER_VOLUMES in table.index
    assert table["calls_came"].sum() == pytest.approx(
        sum(calls.sum() for name, calls in pair.came.calls.items() if name != "normal")
    )


def test_every_part_has_an_owner_and_settings_put_another_in_place() -> None:
    table = with_owners(pd.DataFrame({"part": list(OWNERS), "points": 1.0}), {"outage": "无线中心"})
    assert (table["owner"].str.len() > 0).all()
    assert (table["中文"].str.len() > 0).all()
    assert table.set_index("part").loc["outage", "owner"] == "无线中心"
