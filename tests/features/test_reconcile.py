"""Reconciliation: bills that follow the rules agree, bills that do not are named."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from features.reconcile import WORST, reconcile
from models.tariff_report import print_reconciliation
from tests.features.plain_rater import PlainMonth, rate
from tests.features.tariff_lakes import BILL, MONTHS, known_lake, public_packs, public_plans, subscribed

LADDER = [(10.0, 70.0), (20.0, 150.0), (30.0, 500.0), (50.0, 1024.0), (70.0, 2048.0)]
LINES = {f"c{i:02d}": 40.0 * i for i in range(40)}  # MB a month; every third line holds the ladder, every fourth flex


def operator() -> dict[str, pd.DataFrame]:
    """Bills made by the plain rater, on a plan that rolls over, with packs and the ladder."""
    plans = public_plans().assign(data_rolls_over=lambda p: p["plan_id"] == "fx58")
    terms = plans.set_index("plan_id").loc["fx58"].to_dict()
    usage, bills, holdings = [], [], []
    for n, (line, mb) in enumerate(LINES.items()):
        packs = [("auto", 0.0, 0.0)] * (n % 3 == 0) + [("flex", 15.0, 200.0)] * (n % 4 == 0)
        holdings += [(line, pack, MONTHS[0]) for pack, _, _ in packs]
        carry = 0.0
        for month in MONTHS:
            use = PlainMonth(mb, 120.0, 3, True, pack_mb=sum(pack[2] for pack in packs))
            cost = rate(use, carry, terms, LADDER if n % 3 == 0 else [])
            carry = cost.left_mb
            usage.append((line, month, 120.0, 3, mb, carry))
            bills.append((line, month, 58.0, cost.voice, cost.data, cost.upgrade, sum(pack[1] for pack in packs)))
    billed = pd.DataFrame(bills, columns=["customer_id", "month", *BILL]).round(2)
    return {
        "plans": plans,
        "packs": public_packs(),
        "subscriptions": subscribed(dict.fromkeys(LINES, "fx58"), MONTHS[0]),
        "holdings": pd.DataFrame(holdings, columns=["customer_id", "pack_id", "starts_on"]),
        "usage": pd.DataFrame(usage, columns=["customer_id", "month", "voice_min", "sms", "data_mb", "rollover_mb"]),
        "bills": billed.assign(other_cny=7.0, total_cny=100.0, arrears_cny=0.0),
    }


def test_bills_by_the_rules_agree_to_the_fen(tmp_path: Path) -> None:
    report = reconcile(known_lake(tmp_path, operator()))
    assert (report.share, report.line_months, report.left_out) == (1.0, len(LINES) * len(MONTHS), 0)
    assert report.components["mean_difference_cny"].max() < 0.01
    assert report.components.set_index("component")["billed_cny"]["upgrade"] > 0
    assert report.worst.empty


def test_without_holdings_the_fees_on_the_bill_say_which_packs_there_were(tmp_path: Path) -> None:
    tables = operator()
    del tables["holdings"]
    assert reconcile(known_lake(tmp_path, tables)).share == 1.0


def test_wrong_bills_are_named_worst_first_and_by_component(tmp_path: Path) -> None:
    tables = operator()
    wrong = tables["bills"].index[:30]
    tables["bills"].loc[wrong, "voice_overage_cny"] += range(1, 31)
    report = reconcile(known_lake(tmp_path, tables))
    assert report.share == pytest.approx(1 - 30 / report.line_months)
    assert len(report.worst) == WORST
    assert report.worst["total"].round(2).tolist() == [float(n) for n in range(30, 10, -1)]
    assert (report.worst["voice_overage"] - report.worst["total"]).abs().max() < 0.02
    shares = report.components.set_index("component")["share_within"]
    assert shares["voice_overage"] < 1.0 and shares.drop("voice_overage").eq(1.0).all()


def test_bills_without_usage_are_counted_as_left_out(tmp_path: Path) -> None:
    tables = operator()
    tables["usage"] = tables["usage"].iloc[len(MONTHS) :]
    report = reconcile(known_lake(tmp_path, tables))
    assert (report.left_out, report.share) == (len(MONTHS), 1.0)


@pytest.mark.parametrize(("extra_cny", "loud"), [(0.0, False), (5.0, True)])
def test_a_lake_that_does_not_explain_its_bills_is_warned_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], extra_cny: float, loud: bool
) -> None:
    tables = operator()
    tables["bills"]["rent_cny"] += extra_cny
    print_reconciliation(reconcile(known_lake(tmp_path, tables)))
    printed = " ".join(capsys.readouterr().err.split())
    assert ("warning:" in printed) is loud
    assert f"{0 if loud else 100:.2f}% of {len(LINES) * len(MONTHS)} bills lie within 0.10 CNY" in printed
