"""What V says beside the true margin: twelve months of 0.45 of the bill's change, or the offer's own margin."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from data.lake import Lake, open_lake
from data.settings import load_settings
from models.bill_response import BillResponse, KindResponse
from tests.tiny_lake import small_tables, write_lake
from training.value_bias import believed_value, value_bias


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    offers = pd.DataFrame(
        {
            "offer_id": ["p", "h"],
            "kind": ["plan", "handset"],
            "name": ["飞享88元", "手机"],
            "plan_id": ["fx88", None],
            "monthly_margin_cny": [None, 7.0],
            "valid_from": [dt.date(2025, 1, 1)] * 2,
        }
    )
    folder = write_lake(tmp_path / "lake", small_tables() | {"offers": offers})
    return open_lake(folder, load_settings(lake=folder), ["offers"])


PITCHES = pd.DataFrame(
    {"offer_id": ["p", "p", "h"], "margin12_with_cny": [50.0, 110.0, 94.0], "margin12_without_cny": [0.0, 0.0, 10.0]}
)
FEATURES = pd.DataFrame(
    {
        "offer_kind": ["plan", "plan", "handset"],
        "current_total": [80.0, 80.0, 80.0],
        "saving_cny": [-30.0, -30.0, 0.0],
        "overage_saved_cny": [-20.0, -10.0, 0.0],
    }
)


def test_value_is_of_the_restrained_bill_and_an_offers_own_margin_replaces_it(lake: Lake) -> None:
    assert believed_value(lake, PITCHES, FEATURES).tolist() == pytest.approx([54.0, 108.0, 84.0])


def test_value_is_of_the_bill_that_acceptances_taught_where_they_did(lake: Lake) -> None:
    half = BillResponse({"plan": KindResponse(constant=2.0, rent=1.0, saved=1.0, risen=0.5)})
    monthly = [2.0 + 10.0 + 0.5 * 20.0, 2.0 + 20.0 + 0.5 * 10.0]
    assert believed_value(lake, PITCHES, FEATURES, half).tolist() == pytest.approx([5.4 * m for m in monthly] + [84.0])


def test_the_bias_is_of_the_mean_absolute_true_margin_by_kind(lake: Lake) -> None:
    table = value_bias(lake, PITCHES, FEATURES).set_index("kind")
    assert table.loc["plan", "bias_pct"] == pytest.approx(100 * (81.0 - 80.0) / 80.0)
    assert table.loc["handset", "bias_pct"] == pytest.approx(0.0)
    assert table.loc["all", "pitches"] == 3


def test_pitches_without_a_price_are_left_out(lake: Lake) -> None:
    unpriced = FEATURES.assign(saving_cny=[-30.0, -30.0, float("nan")], current_total=[80.0, 80.0, float("nan")])
    own = value_bias(lake, PITCHES.assign(offer_id="p"), unpriced).set_index("kind")
    assert own.loc["all", "pitches"] == 2
