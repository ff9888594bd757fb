"""Paired gains: the difference of pooled metrics, and an interval that narrows when two forecasts share their luck."""

from dataclasses import replace

import numpy as np
import pytest

from training.paired import paired_gains
from training.volume_metrics import Sums, pooled

BLANK = Sums(0.0, 1000.0, 0.0, 10.0, 0.0, 10.0, 8.0, 9.0)


def _origins(errors: np.ndarray) -> list[Sums]:
    return [replace(BLANK, error=float(error), pinball=float(error) / 2) for error in errors]


def test_a_gain_is_the_difference_of_the_pooled_metrics() -> None:
    draw = np.random.default_rng(1)
    parts = {name: _origins(draw.uniform(50, 100, 12)) for name in ("model", "average", "naive")}
    found = paired_gains(parts).set_index(["metric", "against"])
    for metric, against in found.index:
        other, ours = (pooled(parts[name])[metric]["mean"] for name in (against, "model"))
        assert other is not None and ours is not None
        assert found.loc[(metric, against), "gain"] == pytest.approx(other - ours)


def test_luck_that_both_share_does_not_hide_a_steady_gain() -> None:
    luck = np.random.default_rng(2).uniform(0, 500, 20)
    found = paired_gains({"model": _origins(luck + 50), "average": _origins(luck + 60)})
    assert (found["low"] > 0).all()
    assert (np.diff(found[["low", "gain", "high"]].to_numpy(), axis=1) >= 0).all()


def test_equal_forecasts_gain_nothing_for_sure() -> None:
    draw = np.random.default_rng(3)
    luck = draw.uniform(0, 500, 20)
    found = paired_gains({"model": _origins(luck), "average": _origins(luck + draw.normal(0, 20, 20))})
    assert (found["low"] < 0).all() and (found["high"] > 0).all()


def test_one_origin_has_no_interval() -> None:
    found = paired_gains({"model": _origins(np.array([5.0])), "average": _origins(np.array([9.0]))})
    assert found[["se", "low", "high"]].isna().all(axis=None)
