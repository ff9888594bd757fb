"""A month's charges: the rules one by one, and the laws that hold for any plan."""

from __future__ import annotations

import itertools
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.ladder import Ladder, Tier, climb, overage_cost
from features.plan_terms import PlanTerms, plan_terms
from features.rating import MonthUse, charges, data_left
from tests.features.plain_rater import PlainMonth, rate
from tests.features.tariff_lakes import AS_OF, public_plans

NOTE_LADDER = Ladder("note", (Tier(80, 1024), Tier(150, 3072), Tier(200, 5120), Tier(300, 10240)))
PLAN_SCHEMA = {
    "plan_id": "string",
    "family": "string",
    "monthly_fee_cny": "float64",
    "data_mb": "float64",
    "voice_min": "float64",
    "data_overage_cny_per_mb": "float64",
    "voice_overage_cny_per_min": "float64",
    "on_sale": "boolean",
    "valid_from": "date",
    "valid_to": "date",
    "overage_cap_cny": "float64",
    "overage_cap_mb": "float64",
    "data_rolls_over": "boolean",
    "sms": "int64",
    "sms_overage_cny": "float64",
    "voice_round_min": "float64",
    "data_round_mb": "float64",
}
SEED_PLAN = {"monthly_fee_cny": 158.0, "data_mb": 600.0, "voice_min": 900.0, "data_overage_cny_per_mb": 0.29}
SEED_PLAN = {**SEED_PLAN, "voice_overage_cny_per_min": 0.19}


def terms_of(plans: list[dict[str, Any]]) -> ibis.Table:
    rows = [{**dict.fromkeys(PLAN_SCHEMA), "plan_id": f"p{i}", "on_sale": True, **p} for i, p in enumerate(plans)]
    return plan_terms(ibis.memtable(rows, schema=ibis.schema(PLAN_SCHEMA)), AS_OF)


def rated(plan: dict[str, Any], uses: pd.DataFrame, ladder: Ladder | None = None) -> pd.DataFrame:
    """Each row of `uses` (data_mb, and optionally voice_min, sms, carry_mb, pack_mb, tier_mb) under one plan."""
    wanted = ["data_mb", "voice_min", "sms", "carry_mb", "pack_mb", "pack_min", "tier_mb"]
    frame = uses.reindex(columns=wanted, fill_value=0.0).astype(float).assign(row=range(len(uses)))
    table = ibis.memtable(frame).cross_join(terms_of([plan]))
    use, terms = MonthUse(**{name: table[name] for name in wanted}), PlanTerms.of(table)
    left = data_left(use, terms)
    tier = climb((ladder,) if ladder else (), ibis.literal(ladder.pack_id if ladder else "none"), left.over_mb, terms)
    month = charges(use, left.over_mb, tier, terms)
    result = table.select(
        "row", voice=month.voice_overage, data=month.data_overage, upgrade=month.upgrade, left_mb=left.carry_out_mb
    )
    return result.order_by("row").execute()


def data_cost(plan: dict[str, Any], *used_mb: float, ladder: Ladder | None = None) -> list[float]:
    month = rated(plan, pd.DataFrame({"data_mb": used_mb}), ladder)
    return (month["data"] + month["upgrade"]).round(6).tolist()


def test_only_use_beyond_the_quotas_is_charged() -> None:
    months = rated(SEED_PLAN, pd.DataFrame({"data_mb": [600.0, 700.0], "voice_min": [900.0, 1000.0]}))
    assert months["data"].round(6).tolist() == [0.0, 29.0]
    assert months["voice"].round(6).tolist() == [0.0, 19.0]


def test_an_unlimited_quota_and_a_missing_price_charge_nothing() -> None:
    months = rated({"monthly_fee_cny": 1.0, "data_mb": 100.0}, pd.DataFrame({"data_mb": [9e6], "voice_min": [9e4]}))
    assert months[["data", "voice", "upgrade"]].to_numpy().tolist() == [[0.0, 0.0, 0.0]]


def test_messages_beyond_their_quota_stand_beside_voice() -> None:
    plan = {**SEED_PLAN, "sms": 50, "sms_overage_cny": 0.1}
    assert rated(plan, pd.DataFrame({"data_mb": [0.0], "sms": [80.0]}))["voice"].round(6).tolist() == [3.0]


def test_a_staircase_covers_a_gigabyte_for_each_sixty_yuan() -> None:
    plan = {**SEED_PLAN, "data_mb": 0.0, "overage_cap_cny": 60.0, "overage_cap_mb": 1024.0}
    assert data_cost(plan, 100.0, 500.0, 1023.0, 1024.0, 1124.0, 2048.0 + 1000.0) == [
        29.0,
        60.0,
        60.0,
        60.0,
        89.0,
        180.0,
    ]


def test_a_cap_without_megabytes_is_a_monthly_cap() -> None:
    assert data_cost({**SEED_PLAN, "data_mb": 0.0, "overage_cap_cny": 60.0}, 100.0, 1e5) == [29.0, 60.0]


def test_the_months_total_is_rounded_up_once() -> None:
    plan = {**SEED_PLAN, "data_mb": 1024.0, "data_overage_cny_per_mb": 10 / 1024, "data_round_mb": 1024.0}
    assert data_cost(plan, 1024.0, 1024.1, 2048.0, 2049.0) == [0.0, 10.0, 10.0, 20.0]


def test_packs_are_used_first_then_what_rolled_over_then_the_quota() -> None:
    plan = {**SEED_PLAN, "data_rolls_over": True}
    uses = pd.DataFrame({"data_mb": [150.0, 400.0, 900.0, 1000.0], "pack_mb": 200.0, "carry_mb": 100.0})
    months = rated(plan, uses)
    assert months["left_mb"].tolist() == [600.0, 500.0, 0.0, 0.0]
    assert months["data"].round(6).tolist() == [0.0, 0.0, 0.0, 29.0]


def test_a_plan_that_does_not_roll_over_leaves_nothing() -> None:
    assert rated(SEED_PLAN, pd.DataFrame({"data_mb": [0.0]}))["left_mb"].tolist() == [0.0]


@pytest.mark.parametrize(("jump_mb", "below", "above"), [(1724, 80, 150), (3572, 150, 200), (6120, 200, 300)])
def test_the_ladder_jumps_where_the_operators_note_says(jump_mb: float, below: float, above: float) -> None:
    plan = {**SEED_PLAN, "data_mb": 0.0, "data_overage_cny_per_mb": 0.1}
    months = rated(plan, pd.DataFrame({"data_mb": [jump_mb - 0.01, jump_mb]}), NOTE_LADDER)
    assert months["upgrade"].tolist() == [below, above]
    assert months["data"].round(2).tolist() == [above - below, 0.0]


def test_beyond_the_top_tier_the_standard_price_goes_on() -> None:
    plan = {**SEED_PLAN, "data_mb": 0.0, "data_overage_cny_per_mb": 0.1}
    assert data_cost(plan, 10240.0, 11240.0, ladder=NOTE_LADDER) == [300.0, 400.0]


def test_the_ladder_starts_with_the_first_megabyte_over_and_not_before() -> None:
    assert data_cost(SEED_PLAN, 600.0, 600.1, ladder=NOTE_LADDER) == [0.0, 80.0]


PRICES = st.sampled_from([0.0, 0.05, 0.1, 0.29, 1.0])
PLANS = st.fixed_dictionaries(
    {
        "monthly_fee_cny": st.just(50.0),
        "data_mb": st.sampled_from([None, 0.0, 500.0, 2048.0]),
        "voice_min": st.sampled_from([None, 0.0, 300.0]),
        "data_overage_cny_per_mb": PRICES,
        "voice_overage_cny_per_min": PRICES,
        "overage_cap_cny": st.sampled_from([None, 10.0, 60.0]),
        "overage_cap_mb": st.sampled_from([None, 100.0, 1024.0]),
        "data_round_mb": st.sampled_from([None, 100.0]),
        "data_rolls_over": st.booleans(),
    }
)
LADDERS = st.lists(
    st.tuples(st.integers(1, 90).map(float), st.integers(1, 3000).map(float)),
    min_size=1,
    max_size=5,
    unique_by=lambda t: t[0],
).map(lambda tiers: Ladder("any", tuple(Tier(*t) for t in zip(*map(sorted, zip(*tiers, strict=True)), strict=True))))


@settings(max_examples=15, deadline=None)
@given(plan=PLANS, ladder=st.none() | LADDERS, used=st.lists(st.floats(0, 20_000), min_size=2, max_size=30))
def test_more_use_never_costs_less_and_agrees_with_the_plain_rater(
    plan: dict[str, Any], ladder: Ladder | None, used: list[float]
) -> None:
    uses = pd.DataFrame({"data_mb": sorted(used), "voice_min": sorted(used), "carry_mb": 150.0, "pack_mb": 60.0})
    months = rated(plan, uses, ladder)
    total = (months["data"] + months["upgrade"]).to_numpy()
    assert np.all(np.diff(total) >= -1e-6)
    assert np.all(np.diff(months["voice"]) >= -1e-9)
    tiers = [(tier.fee_cny, tier.data_mb) for tier in ladder.tiers] if ladder else []
    for row, mb in zip(months.itertuples(), uses["data_mb"], strict=True):
        plain = rate(PlainMonth(mb, mb, 0, True, pack_mb=60.0), 150.0, plan, tiers)
        assert total[row.Index] == pytest.approx(plain.data + plain.upgrade, abs=1e-6)
        assert (row.voice, row.left_mb) == pytest.approx((plain.voice, plain.left_mb), abs=1e-6)


@pytest.mark.parametrize("price", [0.05, 0.29, 1.0])
def test_below_the_top_a_tier_and_its_overage_never_cost_more_than_the_next_tier(price: float) -> None:
    plan = {**SEED_PLAN, "data_mb": 0.0, "data_overage_cny_per_mb": price}
    months = rated(plan, pd.DataFrame({"data_mb": np.linspace(0.1, 12_000, 2_001)}), NOTE_LADDER)
    for tier, above in itertools.pairwise(NOTE_LADDER.tiers):
        on_tier = months[months["upgrade"] == tier.fee_cny]
        assert (on_tier["upgrade"] + on_tier["data"] <= above.fee_cny + 1e-6).all()


def test_every_public_plan_is_the_cheapest_for_some_use() -> None:
    grid = [(minutes, mb) for minutes in range(0, 4501, 50) for mb in range(0, 13 * 1024 + 1, 128)]
    uses = ibis.memtable(pd.DataFrame(grid, columns=["minutes", "mb"], dtype=float))
    plans = public_plans().drop(columns="name")
    table = uses.cross_join(terms_of(plans.to_dict("records")))
    terms = PlanTerms.of(table)
    voice = ibis.greatest(table.minutes - terms.quota_min, 0.0) * terms.cny_per_min
    total = terms.fee + voice + overage_cost(ibis.greatest(table.mb - terms.quota_mb, 0.0), terms)
    best = table.group_by("minutes", "mb").agg(plan_id=table.plan_id.argmin(total))
    assert set(best.select("plan_id").distinct().execute()["plan_id"]) == set(plans["plan_id"])
