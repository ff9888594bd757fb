"""Every kind of offer has a price: what the line would have paid with it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import ibis
import pandas as pd
import pytest

from features.offer_pairs import RERATED, offer_pairs
from tests.features.priced_pairs import priced_pairs
from tests.features.tariff_lakes import bills_of, known_lake, public_packs, public_plans, subscribed, usage_of

OFFERS = pd.DataFrame(
    [
        ("plan", "plan", "fx88", None, None, None, None),
        ("pack", "data_pack", None, "d30", None, None, None),
        ("own", "data_pack", None, None, 12.0, None, 100.0),
        ("phone", "handset", None, None, 20.0, 5.0, None),
        ("stay", "retention", None, None, None, 10.0, None),
    ],
    columns=["offer_id", "kind", "plan_id", "pack_id", "monthly_fee_cny", "discount_cny", "data_mb"],
).assign(name="any", valid_from=dt.date(2020, 1, 1))


def tables() -> dict[str, pd.DataFrame]:
    """A line 300 MB over the 500 MB of fx58, and one that climbs the ladder for it."""
    return {
        "plans": public_plans(),
        "packs": public_packs(),
        "offers": OFFERS,
        "subscriptions": subscribed({"plain": "fx58", "ladder": "fx58"}),
        "usage": usage_of({"plain": (90.0, 800.0), "ladder": (90.0, 800.0)}),
        "bills": bills_of({"plain": (58.0, 0.0, 87.0, 0.0, 0.0), "ladder": (58.0, 0.0, 0.0, 30.0, 0.0)}),
    }


@pytest.fixture(scope="module")
def totals(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """total_after by offer and line."""
    pairs = offer_pairs(known_lake(tmp_path_factory.mktemp("lake"), tables())).execute()
    assert len(pairs) == len(OFFERS) * 2
    return pairs.set_index(["offer_id", "customer_id"])["total_after"].unstack()  # noqa: PD010 # no aggregation is wanted


def test_a_plan_offer_costs_what_the_plan_costs(totals: pd.DataFrame) -> None:
    assert totals.loc["plan"].to_dict() == pytest.approx({"plain": 88 + 29.0, "ladder": 88 + 10 + 30 * 0.29})


def test_a_data_pack_saves_the_overage_that_it_covers(totals: pd.DataFrame) -> None:
    assert totals.loc["pack", "plain"] == pytest.approx(58 + 30.0)
    assert totals.loc["own", "plain"] == pytest.approx(58 + 12 + 200 * 0.29)


def test_a_data_pack_of_a_line_on_the_ladder_saves_its_tier(totals: pd.DataFrame) -> None:
    assert totals.loc["pack", "ladder"] == pytest.approx(58 + 30.0)
    assert totals.loc["own", "ladder"] == pytest.approx(58 + 12 + 30.0)


def test_a_handset_adds_its_fee_and_a_retention_offer_takes_off_its_discount(totals: pd.DataFrame) -> None:
    assert totals.loc["phone"].to_dict() == pytest.approx({"plain": 145 + 15.0, "ladder": 88 + 15.0})
    assert totals.loc["stay"].to_dict() == pytest.approx({"plain": 135.0, "ladder": 78.0})


def test_the_months_average_to_the_total(tmp_path: Path) -> None:
    pairs = offer_pairs(known_lake(tmp_path, tables())).execute()
    months = pairs[["new_cny_m0", "new_cny_m1", "new_cny_m2"]].mean(axis=1)
    assert months.to_numpy() == pytest.approx(pairs["total_after"].to_numpy())


def test_only_the_pairs_that_are_wanted_are_priced_and_the_same(tmp_path: Path) -> None:
    known = known_lake(tmp_path, tables())
    wanted = pd.DataFrame({"customer_id": ["plain", "ladder"], "offer_id": ["plan", "stay"]})
    every = offer_pairs(known).execute().merge(wanted)
    some = offer_pairs(known, ibis.memtable(wanted), RERATED).execute()
    order = ["customer_id", "offer_id"]
    pd.testing.assert_frame_equal(*(t.sort_values(order, ignore_index=True) for t in (every, some)))


def test_a_discount_is_never_more_than_the_bill(tmp_path: Path) -> None:
    generous = tables() | {"offers": OFFERS.assign(discount_cny=500.0)}
    assert (offer_pairs(known_lake(tmp_path, generous)).execute()["total_after"] >= 0).all()


def test_a_line_without_a_counted_month_has_no_price_under_any_offer(tmp_path: Path) -> None:
    new = tables() | {"subscriptions": subscribed({"plain": "fx58", "ladder": "fx58"}, dt.date(2026, 1, 1))}
    known = known_lake(tmp_path, new)
    for pairs in (offer_pairs(known), priced_pairs(known)):
        assert pairs.execute()[["total_after", "total_fee_ratio", "new_cny_m0"]].isna().all(axis=None)
