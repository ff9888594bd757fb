"""A correction: its line carries a proportional miss, its shares add up, it knows nothing of what is not known."""

import numpy as np
import pandas as pd
import pytest

from features.levelled import MISSES
from models.volume_correction import Correction, Rows
from models.volume_learning import TreeSettings


def _rows(rows: int = 2000) -> Rows:
    draw = np.random.default_rng(3)
    features = pd.DataFrame(draw.normal(0, 2, (rows, len(MISSES))), columns=list(MISSES))
    features.insert(0, "weekday", draw.integers(0, 7, rows).astype(float))
    target = 0.6 * features["last_week"] + 1.5 * (features["weekday"] == 2) + draw.normal(0, 0.2, rows)
    return Rows(features, target.to_numpy(), np.ones(rows))


@pytest.fixture(scope="module")
def correction() -> Correction:
    return Correction.fit(_rows(), TreeSettings().parameters(50), 120)


def test_the_line_finds_the_proportional_miss_and_has_no_slope_for_a_calendar_feature(correction: Correction) -> None:
    slopes = dict(zip(correction.feature_name(), correction.slopes, strict=True))
    assert slopes.pop("last_week") == pytest.approx(0.6, abs=0.1)
    assert slopes["weekday"] == 0
    assert max(map(abs, slopes.values())) < 0.1


def test_it_follows_a_miss_beyond_those_it_learnt_from(correction: Correction) -> None:
    far = _rows(3).features.assign(last_week=[10.0, 20.0, 30.0], weekday=0.0)
    still = far.assign(last_week=10.0)
    moved = correction.predict(far.to_numpy()) - correction.predict(still.to_numpy())
    assert moved == pytest.approx([0, 6, 12], abs=1.5)


def test_the_trees_add_what_no_line_can_say(correction: Correction) -> None:
    wednesday = _rows(500).features.assign(weekday=2.0)
    gain = correction.predict(wednesday.to_numpy()) - correction.predict(wednesday.assign(weekday=3.0).to_numpy())
    assert np.median(gain) == pytest.approx(1.5, abs=0.4), "trees are shrunk, the more so the rarer the day"


def test_shares_add_up_to_the_correction(correction: Correction) -> None:
    matrix = _rows(200).features.to_numpy()
    shares = correction.predict(matrix, pred_contrib=True)
    assert shares.shape == (200, matrix.shape[1] + 1)
    assert np.allclose(shares.sum(axis=1), correction.predict(matrix))


def test_an_unknown_miss_counts_as_none_in_the_line(correction: Correction) -> None:
    unknown = _rows(4).features.assign(**dict.fromkeys(MISSES, np.nan)).to_numpy()
    assert correction.predict(unknown) == pytest.approx(correction.trees.predict(unknown))
