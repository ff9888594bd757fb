"""The scenarios that staffing averages over: the whole distribution, a little wider than its bands were missed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from features.volume_history import Calendar
from models.erlang import Queue
from models.forecast_cells import AHEAD, SHARES, ForecastCells
from models.staffing import Demand, expected
from models.trouble import STEPS, Trouble
from models.volume import VolumeModel
from tests.models.volume_counts import made_counts


@pytest.fixture(scope="module")
def cells() -> ForecastCells:
    model = VolumeModel(Calendar("CN")).fit(made_counts())
    return ForecastCells(model.forecast_days(model.history_end, 3), model.spread())


def test_they_stand_for_every_share_of_the_calm_band_stretched_about_its_middle(cells: ForecastCells) -> None:
    calls, weight = cells.scenarios()
    calm = replace(cells, spread=replace(cells.spread, bands=cells.spread.calm)).quantiles(SHARES)
    known = ~np.isnan(calm[0])
    roots, told = np.sqrt(calls[known]), np.sqrt(np.moveaxis(calm, 0, -1)[known])
    assert weight.sum() == pytest.approx(1.0)
    assert (np.diff(roots, axis=1) >= 0).all()
    assert roots[:, 4] == pytest.approx(told[:, 4])
    assert roots[:, -1] - roots[:, 4] == pytest.approx(AHEAD * (told[:, -1] - told[:, 4]))
    assert np.array_equal(known, ~np.isnan(calls[..., 0])), "closed cells stay closed"


def test_a_plans_level_is_that_of_very_many_scenarios(cells: ForecastCells) -> None:
    calls, weight = cells.scenarios()
    open_cells = ~np.isnan(calls[..., 0])
    few = calls[open_cells]
    many = np.stack([np.interp((np.arange(400) + 0.5) / 400, SHARES, row) for row in few])
    agents = np.ceil(few @ weight * 200 / 3600) + 2
    levels = [
        expected(Demand(one, share, np.full(len(one), 200.0), 3600.0), agents, Queue(20, 180))[0]
        for one, share in ((few, weight), (many, np.full(400, 1 / 400)))
    ]
    assert levels[0] == pytest.approx(levels[1], abs=0.01)


def test_trouble_comes_on_top(cells: ForecastCells) -> None:
    lift = np.zeros((len(cells.spread.trouble.lift), len(STEPS) - 1))
    lift[0, -1] = 2.0
    hit = replace(cells, spread=replace(cells.spread, trouble=Trouble(lift)))
    (calm, calm_weight), (more, weight) = cells.scenarios(), hit.scenarios()
    known = ~np.isnan(calm[..., 0])
    growth = np.where(np.arange(len(lift)) == 0, 1 + 2.0 * np.diff(STEPS)[-1], 1.0)[:, None, None]
    assert (more @ weight)[known] == pytest.approx((calm @ calm_weight * growth)[known])
