"""Day factors: eliminating them equals solving for everything at once, and their memory is that of the days."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from models.day_factors import DAY_SD, FREE_SD, DayFactors, Days

COUNT, QUEUES, ROWS = 60, 3, 900
RANDOM = np.random.default_rng(8)
DAY, QUEUE = RANDOM.integers(0, COUNT, ROWS), RANDOM.integers(0, QUEUES, ROWS)
EXPECTED = RANDOM.uniform(5.0, 60.0, ROWS)


def _days(free: tuple[int, ...] = ()) -> Days:
    number = np.arange(COUNT) + np.where(np.arange(COUNT) > 30, 4, 0)  # closed days after the 30th
    return Days(number, np.isin(np.arange(COUNT), free))


def _came(memory: float, seed: int = 1) -> np.ndarray:
    random = np.random.default_rng(seed)
    log = random.normal(0, 0.2, COUNT)
    for day in range(1, COUNT):
        log[day] = memory * log[day - 1] + np.sqrt(1 - memory**2) * log[day]
    return np.asarray(EXPECTED * np.exp(log[DAY]))


def _prior(factors: DayFactors) -> np.ndarray:
    """(days x factors) covariance, from what a memory means: each day is the day before's echo and something new."""
    days, size = factors.sd.shape
    covariance = np.zeros((days, size, days, size))
    for late in range(days):
        for early in range(late + 1):
            kept = np.prod(factors.memory[early + 1 : late + 1])
            for one in range(size):
                value = kept * factors.sd[late, one] * factors.sd[early, one]
                covariance[late, one, early, one] = covariance[early, one, late, one] = value
    return covariance.reshape(days * size, days * size)


@pytest.mark.parametrize("free", [(), (10, 11, 40)])
def test_eliminating_equals_solving_for_all_of_it(free: tuple[int, ...]) -> None:
    came = _came(0.6)
    factors = DayFactors.of(_days(free), DAY, QUEUE, EXPECTED, came)
    assert factors.memory.max() > 0.2
    design = sparse.csr_matrix(RANDOM.normal(size=(ROWS, 4)) * EXPECTED[:, None])
    weight, miss = 1.0 / EXPECTED, came - EXPECTED
    normal, right = factors.eliminate(design, weight, miss)
    moved = np.zeros((ROWS, factors.sd.size))
    size = factors.sd.shape[1]
    moved[np.arange(ROWS), DAY * size] = moved[np.arange(ROWS), DAY * size + 1 + QUEUE] = EXPECTED
    covariance = np.diag(1.0 / weight) + moved @ _prior(factors) @ moved.T  # of the miss, all factors integrated out
    solved = np.linalg.solve(covariance, design.toarray())
    assert normal == pytest.approx(design.toarray().T @ solved, rel=1e-6)
    assert right == pytest.approx(solved.T @ miss, rel=1e-6)


def test_the_memory_is_that_of_the_days() -> None:
    found = [
        np.mean([DayFactors.of(_days(), DAY, QUEUE, EXPECTED, _came(m, seed)).memory[1] for seed in range(20)])
        for m in (0.0, 0.6)
    ]
    assert found[0] < 0.15
    assert found[1] == pytest.approx(0.55, abs=0.15)


@pytest.mark.parametrize(("shared", "own"), [(0.15, 0.05), (0.1, 0.25), (0.25, 0.15)])
def test_what_all_queues_share_is_told_from_what_each_has_alone(shared: float, own: float) -> None:
    random, days = np.random.default_rng(5), 400
    day, queue = np.repeat(np.arange(days), QUEUES), np.tile(np.arange(QUEUES), days)
    expected = np.full(days * QUEUES, 2_000.0)
    found = []
    for _ in range(10):
        log = shared * random.normal(size=days)[day] + own * random.normal(size=days * QUEUES)
        factors = DayFactors.of(
            Days(np.arange(days), np.zeros(days, bool)), day, queue, expected, expected * np.exp(log)
        )
        found.append(factors.sd[0, 0])
    assert np.mean(found) == pytest.approx(shared, rel=0.15)


def test_a_queue_alone_tells_nothing_of_what_queues_share() -> None:
    assert DayFactors.of(_days(), DAY, QUEUE * 0, EXPECTED, _came(0.3)).sd[0, 0] == DAY_SD


def test_a_day_of_any_level_remembers_nothing_and_is_not_remembered() -> None:
    factors = DayFactors.of(_days((10,)), DAY, QUEUE, EXPECTED, _came(0.6))
    assert factors.memory[[0, 10, 11, 31]] == pytest.approx(0.0)
    assert factors.memory[[9, 12, 30, 32]].min() > 0.0
    assert factors.sd[10, 0] == FREE_SD
