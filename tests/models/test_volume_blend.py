"""The blend of forecasts: which member is leaned on, and when the default stays."""

import numpy as np
import pytest

from models.volume_blend import DEFAULT, MEMBERS, blend_weights, blended

LEADS = np.tile([1, 20], 30)


def members(off: dict[str, float], seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Roots of members that are off by a factor each, beside Poisson counts: one series, 60 pairs, 24 intervals."""
    rate = np.full((1, 60, 24), 100.0)
    draw = np.random.default_rng(seed)
    return np.stack([np.sqrt(rate) * off.get(name, 1.0) for name in MEMBERS]), draw.poisson(rate).astype(float)


@pytest.mark.parametrize("good", MEMBERS)
def test_the_only_good_member_is_leaned_on(good: str) -> None:
    off = {name: 1.4 for name in MEMBERS if name != good}
    roots, actual = members(off)
    weights = blend_weights(roots, actual, LEADS)
    assert weights[0, 0, MEMBERS.index(good)] >= 0.75
    assert np.abs(blended(roots, weights, LEADS) - actual).mean() < 12


def test_members_that_err_apart_are_mixed() -> None:
    roots, actual = members({"corrected": 1.1, "levelled": 0.9, "average": 3.0})
    np.testing.assert_allclose(blend_weights(roots, actual, LEADS)[0, 0], [0.5, 0.5, 0.0])


def test_without_a_clear_gain_the_default_stays() -> None:
    roots, actual = members({})
    np.testing.assert_array_equal(blend_weights(roots, actual, LEADS)[0], np.tile(DEFAULT, (5, 1)))


def test_weights_are_chosen_by_lead() -> None:
    near, _ = members({"levelled": 1.5, "average": 1.5})
    far, actual = members({"corrected": 1.5, "levelled": 1.5})
    roots = np.where((LEADS == 1)[None, None, :, None], near, far)
    weights = blend_weights(roots, actual, LEADS)
    assert weights[0, 0, 0] >= 0.75 and weights[0, -1, 2] >= 0.75


def test_closed_intervals_stay_closed() -> None:
    roots, _ = members({})
    roots[:, :, :, 3] = np.nan
    weights = np.tile(DEFAULT, (1, 5, 1))
    assert np.isnan(blended(roots, weights, LEADS)[0, :, 3]).all()
