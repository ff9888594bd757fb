"""The operator's biller follows its numbered rules."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.simulate.biller import Bill, MonthOfUse, bill, ladder_cny, staircase_cny
from data.simulate.catalogue import Ladder, read_catalogue

NOTE = Ladder(np.array([80.0, 150.0, 200.0, 300.0]), np.array([1024.0, 3072.0, 5120.0, 10240.0]))
PLANS = read_catalogue().plans
LADDER = read_catalogue().ladder
megabytes = st.floats(0.0, 40_000.0)


def one(plan: str, data_mb: float, voice_min: float = 0.0, **held: float) -> Bill:
    def row(value: float) -> np.ndarray:
        return np.array([value])

    use = MonthOfUse(
        plan=np.array([PLANS.ids.index(plan)]),
        data_mb=row(data_mb),
        voice_min=row(voice_min),
        rollover_mb=row(held.get("rollover_mb", 0.0)),
        pack_mb=row(held.get("pack_mb", 0.0)),
        pack_fee_cny=row(held.get("pack_fee_cny", 0.0)),
        auto=np.array([bool(held.get("auto", 0.0))]),
    )
    return bill(PLANS, LADDER, use)


def total(*args: object, **held: float) -> float:
    return float(one(*args, **held).total_cny[0])  # type: ignore[arg-type] # passed on as they came


def climbed_ladder(overage_mb: float, price: float, ladder: Ladder) -> float:
    """The ladder as the note tells it: climb one tier whenever fee + overage has reached the next fee."""
    if overage_mb <= 0:
        return 0.0
    tier = 0
    while tier + 1 < len(ladder.fee_cny):
        overage = price * max(overage_mb - ladder.quota_mb[tier], 0.0)
        if ladder.fee_cny[tier] + overage < ladder.fee_cny[tier + 1]:
            break
        tier += 1
    return float(ladder.fee_cny[tier] + price * max(overage_mb - ladder.quota_mb[tier], 0.0))


@pytest.mark.parametrize(("jump_mb", "before_cny", "after_cny"), [(1724, 80, 150), (3572, 150, 200), (6120, 200, 300)])
def test_the_ladder_jumps_where_the_tariff_note_says(jump_mb: float, before_cny: float, after_cny: float) -> None:
    fees, _ = ladder_cny(np.array([jump_mb - 0.5, jump_mb + 0.5]), np.array([0.1, 0.1]), NOTE)
    assert fees.tolist() == [before_cny, after_cny]


@given(megabytes)
def test_the_closed_form_equals_climbing_tier_by_tier(overage_mb: float) -> None:
    for price, ladder in ((0.1, NOTE), (0.29, LADDER)):
        fee, rest = ladder_cny(np.array([overage_mb]), np.array([price]), ladder)
        assert fee[0] + rest[0] == pytest.approx(climbed_ladder(overage_mb, price, ladder))


@given(st.sampled_from(PLANS.ids), megabytes, st.floats(0.0, 5000.0), st.booleans(), st.floats(0.01, 500.0))
def test_more_use_never_costs_less(plan: str, data_mb: float, voice_min: float, auto: bool, more: float) -> None:
    base = total(plan, data_mb, voice_min, auto=auto)
    assert total(plan, data_mb + more, voice_min, auto=auto) >= base - 0.011
    assert total(plan, data_mb, voice_min + more, auto=auto) >= base - 0.011


@given(megabytes)
def test_the_ladder_never_costs_more_than_its_next_tier(data_mb: float) -> None:
    billed = one("fx38", data_mb, auto=1.0)
    spent = float(billed.upgrade_pack_cny[0] + billed.data_overage_cny[0])
    higher = LADDER.fee_cny[LADDER.fee_cny > billed.upgrade_pack_cny[0]]
    assert higher.size == 0 or spent <= higher[0] + 0.01


def test_within_the_quota_only_the_rent_is_due() -> None:
    assert total("fx88", 700.0, 220.0, auto=1.0) == 88.0


def test_beyond_the_quota_each_unit_costs_the_plans_price() -> None:
    billed = one("fx38", 310.0, 60.0)
    assert billed.data_overage_cny[0] == pytest.approx(2.90)
    assert billed.voice_overage_cny[0] == pytest.approx(2.50)


def test_packs_are_used_before_the_ladder_opens() -> None:
    assert one("fx38", 400.0, pack_mb=100.0, auto=1.0).upgrade_pack_cny[0] == 0.0
    assert one("fx38", 400.01, pack_mb=100.0, auto=1.0).upgrade_pack_cny[0] == 10.0


def test_unused_quota_rolls_over_on_plans_that_roll_over_alone() -> None:
    assert one("sl128", 24.0).unused_mb[0] == 1000.0
    assert one("fx138", 24.0).unused_mb[0] == 0.0


def test_what_rolled_over_is_used_first_and_does_not_roll_again() -> None:
    assert one("sl58", 300.0, rollover_mb=200.0).unused_mb[0] == 400.0
    assert one("sl58", 100.0, rollover_mb=200.0).unused_mb[0] == 500.0


def test_unlimited_minutes_are_never_overage() -> None:
    assert one("qqt158", 0.0, 9999.0).voice_overage_cny[0] == 0.0


@given(megabytes)
def test_a_staircase_costs_at_most_one_cap_per_step(overage_mb: float) -> None:
    cost = staircase_cny(*(np.array([value]) for value in (overage_mb, 0.29, 60.0, 1024.0)))[0]
    steps = int(overage_mb // 1024)
    assert steps * 60 - 1e-6 <= cost <= (steps + 1) * 60 + 1e-6
