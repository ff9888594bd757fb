"""The effect of offers on leaving, against departures that were made up."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.leaving_effect import KindEffect, LeavingEffect, learn_leaving

HAZARD = 0.03


def months_at_risk(kind: str, lines: int, ratio: float, seed: int = 1) -> pd.DataFrame:
    """Six months of each line, every one expected to end with the chance HAZARD and ending with ratio x HAZARD."""
    rng = np.random.default_rng([seed, lines])
    position, period = np.repeat(np.arange(lines), 6), np.tile(np.arange(6), lines)
    left = (rng.random(len(position)) < ratio * HAZARD).astype(float)
    return pd.DataFrame({"kind": kind, "position": position, "period": period, "left": left, "expected": HAZARD})


def test_a_true_effect_is_found_and_told() -> None:
    effect = learn_leaving(months_at_risk("retention", 3000, 0.4)).kinds["retention"]
    assert effect.low < 0.4 < effect.high
    assert effect.told
    assert effect.without == pytest.approx(1 - (1 - HAZARD) ** 3)
    assert effect.change == pytest.approx((1 - HAZARD) ** 3 - (1 - HAZARD * effect.ratio) ** 3, abs=1e-3)
    assert effect.acceptances == 3000


def test_few_departures_are_held_near_no_effect_and_are_not_told() -> None:
    rows = months_at_risk("handset", 50, 0.0)
    effect = learn_leaving(rows).kinds["handset"]
    assert effect.left == 0
    assert 0.2 < effect.ratio < 1
    few = learn_leaving(rows[rows["position"] < 10])
    assert few == LeavingEffect()
    assert np.isnan(few.changes(["handset", "plan"])).all()


def test_where_offers_change_nothing_an_effect_is_hardly_ever_told() -> None:
    told = [learn_leaving(months_at_risk("plan", 300, 1.0, seed)).kinds["plan"].told for seed in range(100)]
    assert np.mean(told) <= 0.12


def test_only_told_kinds_change_anything_and_they_survive_being_saved() -> None:
    told, vague = KindEffect(0.4, 0.2, 0.7, 4, 20.0, 90, 0.08), KindEffect(0.9, 0.6, 1.3, 8, 9.0, 80, 0.08)
    effect = LeavingEffect({"retention": told, "plan": vague})
    changes = effect.changes(["plan", "retention", "data_pack"])
    assert np.isnan(changes).tolist() == [True, False, True]
    assert changes[1] == told.change < 0
    assert LeavingEffect.from_json(effect.to_json()) == effect
    assert effect.table()["told"].tolist() == [True, False]
    assert LeavingEffect().table().empty
