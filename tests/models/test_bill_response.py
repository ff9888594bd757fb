"""What acceptances did to bills: found again where it was put in, held near restrained use where little was seen."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.bill_response import LEAST, RERATED, RESTRAINED, BillResponse, KindResponse, learn_response

TRUTH = KindResponse(constant=1.0, rent=0.9, saved=0.2, risen=0.3)


def pitches(number: int, accepted: float, noise: float = 8.0, seed: int = 1) -> pd.DataFrame:
    """Pitches of an operator whose bills drift up by 3 CNY, and answer to acceptances as TRUTH says."""
    rng = np.random.default_rng(seed)
    saving, overage_saved = rng.normal(0, 20, number), rng.normal(0, 15, number)
    taken = rng.random(number) < accepted
    before = rng.uniform(30, 150, number)
    after = before + 3.0 + rng.normal(0, noise, number) + taken * TRUTH.change(saving, overage_saved)
    return pd.DataFrame(
        {
            "kind": "plan",
            "accepted": taken.astype(float),
            "current_total": before,
            "saving": saving,
            "overage_saved": overage_saved,
            "overage_now": np.maximum(overage_saved, 0.0),
            "paid": after,
        }
    )


def test_the_response_that_made_the_bills_is_found_within_its_errors() -> None:
    found = learn_response(pitches(20_000, 0.2)).kinds["plan"]
    errors = dict(zip(("constant", "rent", "saved", "risen"), found.errors, strict=True))
    for name, error in errors.items():
        assert getattr(found, name) == pytest.approx(getattr(TRUTH, name), abs=4 * error), name
    assert found.saved < 0.35, "far from what re-rated use says"


def test_the_drift_of_those_who_did_not_accept_is_no_effect() -> None:
    rows = pitches(20_000, 0.2)
    risen = rows.assign(paid=rows["paid"] + 50.0)
    one, other = (learn_response(frame).kinds["plan"].constant for frame in (rows, risen))
    assert one == pytest.approx(other, abs=1e-6)


def test_few_and_noisy_acceptances_stay_near_restrained_use() -> None:
    found = learn_response(pitches(400, 0.1, noise=2_000.0)).kinds["plan"]
    said = (found.constant, found.rent, found.saved, found.risen)
    assert said == pytest.approx(RESTRAINED, abs=0.3)


def test_a_kind_with_too_few_acceptances_is_not_learned() -> None:
    rows = pitches(2_000, 0.2)
    few = rows[(rows["accepted"] == 0) | (rows["accepted"].cumsum() < LEAST)]
    assert learn_response(few).kinds == {}


def test_pitches_without_a_bill_or_a_price_teach_nothing() -> None:
    rows = pitches(5_000, 0.2)
    holes = pd.concat([rows, rows.head(50).assign(paid=np.nan), rows.head(50).assign(saving=np.nan)])
    assert learn_response(holes).to_json() == learn_response(rows).to_json()


@given(saving=st.floats(-200, 200), overage_saved=st.floats(-100, 100))
def test_re_rated_use_is_the_negative_saving_and_restrained_use_never_costs_more(
    saving: float, overage_saved: float
) -> None:
    where = np.array([saving]), np.array([overage_saved])
    rerated, restrained = KindResponse(*RERATED).change(*where), KindResponse(*RESTRAINED).change(*where)
    assert rerated[0] == pytest.approx(-saving, abs=1e-9)
    assert restrained[0] <= rerated[0] + 1e-9


def test_a_card_gives_back_what_was_learned_and_settings_choose() -> None:
    learned = learn_response(pitches(5_000, 0.2))
    back = BillResponse.from_json(json.loads(json.dumps(learned.to_json())))
    assert back == learned
    assert back.under("learned") is back
    where = ["plan", "handset"], np.array([10.0, 10.0]), np.array([-5.0, -5.0])
    assert back.under("rerated").changes(*where).tolist() == [-10.0, -10.0]
    assert back.under("restrained").changes(*where).tolist() == [-15.0, -15.0]
    assert back.changes(*where)[1] == -15.0
    assert list(learned.table()["pitches"]) == [back.kinds["plan"].pitches]
