"""How use answers to the tariff."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from data.simulate.catalogue import read_catalogue
from data.simulate.parameters import UsageParameters
from data.simulate.usage import Held, respond

CATALOGUE = read_catalogue()
USAGE = UsageParameters()


def used(plan: str, need_mb: float, fear: float, auto: bool = False, pack_mb: float = 0.0) -> float:
    zero = np.zeros(1)
    held = Held(np.array([CATALOGUE.plans.ids.index(plan)]), zero, np.array([pack_mb]), zero, np.array([auto]))
    return float(respond(np.array([need_mb]), held, np.array([fear]), CATALOGUE, USAGE)[0])


@given(st.sampled_from(CATALOGUE.plans.ids), st.floats(0, 50_000), st.floats(0, 1), st.floats(1, 5_000))
def test_more_need_is_never_less_use(plan: str, need_mb: float, fear: float, more: float) -> None:
    assert used(plan, need_mb + more, fear) >= used(plan, need_mb, fear) - 1e-6


@given(st.floats(0, 50_000))
def test_full_fear_stops_at_the_quota(need_mb: float) -> None:
    assert used("fx38", need_mb, 1.0) <= 300.0 + 1e-6


@given(st.floats(10, 50_000), st.floats(0, 1))
def test_a_bigger_bundle_never_lowers_use(need_mb: float, fear: float) -> None:
    assert used("fx588", need_mb, fear) >= used("fx158", need_mb, fear) - 1e-6


def test_overage_is_used_more_where_it_is_cheaper() -> None:
    assert used("fx38", 4_000, 0.4) < used("fx38", 4_000, 0.4, auto=True) < used("wk19", 4_000, 0.4)


def test_no_need_is_no_use() -> None:
    assert used("fx588", 0.0, 0.2) == 0.0
