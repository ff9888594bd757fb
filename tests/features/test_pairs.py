"""Every line on every plan: the engine against a plain nested loop over random operators."""

from __future__ import annotations

import itertools
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.pricing_window import PackRule, PricingOptions
from tests.features.plain_rater import PlainMonth, rate_in_order
from tests.features.priced_pairs import priced_pairs
from tests.features.tariff_lakes import BILL, MONTHS, known_lake, random_operator

WINDOW = MONTHS[1:]  # December, the latest, to October; September rolls over into it
COMPONENTS = ("rent", "voice_overage", "data_overage", "upgrade", "flex")


class PlainOperator:
    """The nested loop: one line, one plan, one month at a time."""

    def __init__(self, tables: dict[str, pd.DataFrame], packs: PackRule) -> None:
        self.plans = {plan["plan_id"]: plan for plan in _records(tables["plans"])}
        self.packs = {pack["pack_id"]: pack for pack in _records(tables["packs"]) if pack["tier"] == 1}
        self.usage = {(row["customer_id"], row["month"]): row for row in _records(tables["usage"])}
        self.bills = {(row["customer_id"], row["month"]): row for row in _records(tables["bills"])}
        self.subscriptions = _records(tables["subscriptions"])
        self.holdings = _records(tables["holdings"])
        self.ladder = [(p["fee_cny"], p["data_mb"]) for p in _records(tables["packs"]) if p["kind"] == "auto_upgrade"]
        self.rule = packs

    def plan_in(self, line: str, month: Any) -> str | None:
        """The plan in force on the month's last day (plans change on a month's first day here)."""
        for row in self.subscriptions:
            inside = row["starts_on"] <= month and (row["ends_on"] is None or row["ends_on"] > month)
            if row["customer_id"] == line and inside:
                return row["plan_id"]
        return None

    def held(self, line: str, month: Any) -> list[dict[str, Any]]:
        """Packs held in the month."""
        rows = [row for row in self.holdings if row["customer_id"] == line]
        inside = [row for row in rows if row["ends_on"] is None or row["ends_on"] > month]
        return [self.packs[row["pack_id"]] for row in inside]

    def present(self, line: str) -> str:
        """The plan in force at as-of."""
        return self.plan_in(line, MONTHS[-1].replace(year=2026, month=1))

    def climbs(self, line: str) -> bool:
        """Whether the line holds the ladder in the window, or paid for it."""
        held = any(pack["pack_id"] == "auto" for month in WINDOW for pack in self.held(line, month))
        paid = any(self.bills.get((line, month), {}).get("upgrade_pack_cny") for month in WINDOW)
        return bool(held or paid)

    def months(self, line: str) -> list[PlainMonth]:
        """The window's months, earliest first."""
        return [self._month(line, before, month) for before, month in itertools.pairwise(MONTHS)]

    def _month(self, line: str, before: Any, month: Any) -> PlainMonth:
        used = self.usage.get((line, month))
        same_before = self.plan_in(line, before) == self.present(line)
        told = (self.usage.get((line, before)) or {}).get("rollover_mb") if same_before else 0.0
        packs = [pack for pack in self.held(line, month) if pack["kind"] in ("data", "flex")]
        flex_paid = self.bills.get((line, month), {}).get("flex_pack_cny", 0.0)
        by_fee = {15.0: 200.0, 10.0: 100.0}.get(flex_paid, 0.0)
        return PlainMonth(
            data_mb=used["data_mb"] if used else 0.0,
            voice_min=used["voice_min"] if used else 0.0,
            sms=used["sms"] if used else 0.0,
            counts=used is not None and self.plan_in(line, month) == self.present(line),
            told_carry_mb=told,
            pack_mb=sum(pack["data_mb"] for pack in packs) if packs else by_fee,
        )

    def paid(self, line: str) -> list[dict[str, float]]:
        """What each month cost: the bill, else the present plan rated."""
        plan, months = self.plans[self.present(line)], self.months(line)
        charges = rate_in_order(months, plan, self.ladder if self.climbs(line) else [], on_present=True)
        paid = []
        for month, charge in zip(WINDOW, charges, strict=True):
            held = sum(p["fee_cny"] for p in self.held(line, month) if p["kind"] in ("data", "flex"))
            rated = dict(
                zip(COMPONENTS, (plan["monthly_fee_cny"], charge.voice, charge.data, charge.upgrade, held), strict=True)
            )
            bill = self.bills.get((line, month))
            paid.append(dict(zip(COMPONENTS, (bill[name] for name in BILL), strict=True)) if bill else rated)
        return paid

    def totals(self, line: str, plan_id: str) -> tuple[float, float] | None:
        """(total today, total on the plan), means over the months that count; None where none does."""
        plan, months, paid = self.plans[plan_id], self.months(line), self.paid(line)
        climbs = self.climbs(line) and self.rule == "rerated"
        for month, now in zip(months, paid, strict=True):
            if self.rule == "carried" and self.climbs(line):
                month.tier_mb = max((mb for fee, mb in self.ladder if fee <= now["upgrade"]), default=0.0)
        charges = rate_in_order(months, plan, self.ladder if climbs else [], plan_id == self.present(line))
        old, new = [], []
        for month, charge, now, day in zip(months, charges, paid, WINDOW, strict=True):
            held = sum(p["fee_cny"] for p in self.held(line, day) if p["kind"] in ("data", "flex"))
            packs = now["upgrade"] + now["flex"] if self.rule == "carried" else charge.upgrade + held
            if month.counts:
                old.append(sum(now.values()))
                new.append(plan["monthly_fee_cny"] + charge.voice + charge.data + packs)
        return (sum(old) / len(old), sum(new) / len(new)) if old else None


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10_000), packs=st.sampled_from(["carried", "rerated"]))
def test_every_pair_costs_what_a_plain_nested_loop_says(seed: int, packs: PackRule) -> None:
    tables = random_operator(seed)
    plain = PlainOperator(tables, packs)
    with TemporaryDirectory() as folder:
        pairs = priced_pairs(known_lake(Path(folder), tables), PricingOptions(packs=packs), plans="all").execute()
    assert len(pairs) == tables["subscriptions"]["customer_id"].nunique() * len(tables["plans"])
    for row in pairs.itertuples():
        wanted = plain.totals(row.customer_id, row.plan_id)
        came = None if pd.isna(row.total_after) else (row.current_total, row.total_after)
        assert came == (None if wanted is None else pytest.approx(wanted, abs=1e-6)), (row.customer_id, row.plan_id)


def test_components_add_up_and_months_replay_to_the_means(tmp_path: Path) -> None:
    pairs = priced_pairs(known_lake(tmp_path, random_operator(3))).execute()
    pairs = pairs[pairs["months_counted"] > 0]
    parts = [f"{name}_after" for name in COMPONENTS]
    assert pairs[parts].sum(axis=1).to_numpy() == pytest.approx(pairs["total_after"].to_numpy())
    for mean, month in (("total_after", "new_cny_m"), ("current_total", "current_cny_m")):
        assert pairs[[f"{month}{i}" for i in range(3)]].mean(axis=1).to_numpy() == pytest.approx(pairs[mean].to_numpy())


def test_plans_that_are_not_sold_stand_in_a_pair_only_when_asked_for(tmp_path: Path) -> None:
    tables = random_operator(5)
    known = known_lake(tmp_path, tables)
    sold = set(tables["plans"].query("on_sale")["plan_id"])
    assert set(priced_pairs(known).execute()["plan_id"]) == sold
    kept = priced_pairs(known, plans="on_sale_or_current").execute()
    assert set(kept[~kept["plan_id"].isin(sold)].eval("plan_id == current_plan_id")) == {True}
