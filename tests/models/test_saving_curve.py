"""The curve of acceptance over the saving: its signs, its shares, and that it finds a curve that made the answers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from models.saving_curve import Offered, SavingCurve, fit_curve


def offered(rows: int = 4000, seed: int = 0) -> Offered:
    """Plans and packs at savings of either sign; half of them in calls, some of which ask for the offer."""
    rng = np.random.default_rng(seed)
    kind = rng.choice(np.array(["plan", "data_pack"], dtype=object), rows)
    asks = np.where(rng.random(rows) < 0.5, np.nan, (rng.random(rows) < 0.2).astype(float))
    return Offered(kind, rng.normal(0, 25, rows), asks)


def answers(pitched: Offered, seed: int = 1) -> np.ndarray:
    """Acceptances that grow with the saving and saturate at both ends; calls that ask for it help."""
    score = -1.5 + 1.2 * np.tanh(pitched.saving / 25) + np.nan_to_num(pitched.asks) - 0.4 * (pitched.kind == "plan")
    return (np.random.default_rng(seed).random(len(score)) < expit(score)).astype(float)


def fitted(pitched: Offered, target: np.ndarray) -> SavingCurve:
    return fit_curve(pitched, target, np.ones(len(target)))


def test_the_curve_that_made_the_answers_is_found() -> None:
    pitched = offered(40_000)
    curve = fitted(pitched, answers(pitched))
    truth = -1.5 + 1.2 * np.tanh(pitched.saving / 25) + np.nan_to_num(pitched.asks) - 0.4 * (pitched.kind == "plan")
    assert np.abs(curve.log_odds(pitched) - truth).mean() < 0.08


@given(seed=st.integers(0, 500), more=st.floats(0, 100), liked=st.booleans())
@settings(max_examples=25, deadline=None)
def test_more_saving_never_lowers_the_log_odds_whatever_the_answers_were(seed: int, more: float, liked: bool) -> None:
    pitched = offered(300, seed)
    target = answers(pitched, seed)
    curve = fitted(pitched, target if liked else 1 - target)
    better = Offered(pitched.kind, pitched.saving + more, pitched.asks)
    assert (curve.log_odds(better) >= curve.log_odds(pitched) - 1e-12).all()


def test_shares_sum_to_the_log_odds() -> None:
    pitched = offered(500)
    curve = fitted(pitched, answers(pitched))
    np.testing.assert_allclose(curve.base + sum(curve.shares(pitched).values()), curve.log_odds(pitched))


def test_the_mean_of_what_it_says_is_the_rate() -> None:
    pitched = offered()
    target = answers(pitched)
    assert expit(fitted(pitched, target).log_odds(pitched)).mean() == pytest.approx(target.mean(), abs=1e-3)


def test_unknown_kinds_and_savings_get_a_number() -> None:
    pitched = offered(500)
    curve = fitted(pitched, answers(pitched))
    strange = Offered(np.array(["lottery", ""], dtype=object), np.array([np.nan, 5.0]), np.array([np.nan, np.nan]))
    assert np.isfinite(curve.log_odds(strange)).all()


def test_where_no_saving_is_known_the_kinds_decide_alone() -> None:
    pitched = offered(500)
    silent = Offered(pitched.kind, np.full(500, np.nan), pitched.asks)
    curve = fitted(silent, answers(pitched))
    assert (curve.weights["gain"], curve.weights["loss"]) == (0.0, 0.0)
