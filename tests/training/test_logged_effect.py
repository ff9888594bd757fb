"""What the log tells of leaving stands beside the truth of the same kind of offer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.leaving_effect import KindEffect, LeavingEffect
from training.logged_effect import beside_true_effects, true_effects

EFFECT = KindEffect(ratio=0.5, low=0.3, high=0.8, left=5, expected=14.0, acceptances=100, without=0.06)


def truth(folder: Path) -> Path:
    """Two kinds: a plan that changes nothing, and a retention offer that halves the hazard of who would take it."""
    without = np.array([0.04, 0.08, 0.04, 0.08, 0.04])
    taken = np.where([False, False, True, True, True], 1 - np.sqrt(1 - without), without)
    pairs = pd.DataFrame(
        {
            "offer_id": ["p", "p", "k", "k", "k"],
            "eligible": [True, True, True, True, False],
            "accept_probability": [0.1, 0.1, 0.3, 0.1, 0.9],
            "churn90_with": taken,
            "churn90_without": without,
        }
    )
    (folder / "truth" / "pairs").mkdir(parents=True)
    (folder / "lake").mkdir()
    pairs.to_parquet(folder / "truth" / "pairs" / "0.parquet")
    kinds = pd.DataFrame({"offer_id": ["p", "k"], "kind": ["plan", "retention"]})
    kinds.to_parquet(folder / "lake" / "offers.parquet")
    return folder


def test_the_true_ratio_is_of_hazards_and_weighs_by_who_would_accept(tmp_path: Path) -> None:
    true = true_effects(truth(tmp_path))
    assert true.loc["plan"].tolist() == pytest.approx([1.0, 0.0])
    assert true.loc["retention", "true_ratio"] == pytest.approx(0.5)
    changes = 1 - np.sqrt(1 - np.array([0.04, 0.08])) - np.array([0.04, 0.08])
    assert true.loc["retention", "true_change"] == pytest.approx(np.average(changes, weights=[0.3, 0.1]))


def test_a_kind_of_which_the_log_tells_nothing_has_its_truth_alone(tmp_path: Path) -> None:
    table = beside_true_effects(LeavingEffect({"retention": EFFECT}), true_effects(truth(tmp_path))).set_index("kind")
    assert table.loc["retention", "ratio"] == 0.5
    assert table.loc["retention", "change"] == pytest.approx(EFFECT.change)
    assert pd.isna(table.loc["plan", "ratio"])
    assert table.loc["plan", "true_ratio"] == pytest.approx(1.0)
