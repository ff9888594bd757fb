"""Unannounced trouble: only what nobody knew of when the day began, as often and as hard as it was."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.call_drivers import Drivers
from features.event_calendar import PHASES, tidy_events
from features.intervals import Grid
from models.erlang import Queue
from models.event_effects import EventEffects, KindEffect
from models.forecast_cells import ForecastCells
from models.forecast_table import Span, forecast_table
from models.staffing import Demand, StaffingGoal, agents_needed, expected
from models.trouble import STEPS, Trouble, unannounced
from models.volume import VolumeModel
from models.volume_events import VolumeEvents
from tests.models.event_world import START, grid_of, world

ONE_DAY = pd.Timedelta(days=1)
GOAL = StaffingGoal(0.8, Queue(20, 180), None, 0.0)
LIFT = 1.5


def outage(day: int, told_after: str, name: str = "o") -> dict[str, object]:
    """An outage of the tariff queue from ten to noon, announced so long after it began."""
    start = START + pd.Timedelta(days=day, hours=10)
    facts: dict[str, object] = {"event_id": name, "kind": "outage", "area": None, "queue": "tariff", "size": None}
    told = start + pd.Timedelta(told_after)
    return facts | {"starts_at": start, "ends_at": start + pd.Timedelta(hours=2), "announced_at": told}


def events_of(*rows: dict[str, object]) -> VolumeEvents:
    """Outages that add LIFT while they run and a tenth on the day after."""
    effect = np.zeros(PHASES)
    effect[0], effect[-4] = LIFT, 0.1
    kinds = {"outage": KindEffect(effect, np.zeros(PHASES), strength_sd=0.0)}
    return VolumeEvents(Drivers(tidy_events(pd.DataFrame(list(rows)))), EventEffects(kinds))


def quiet() -> Grid:
    return grid_of(world(tidy_events(pd.DataFrame(columns=["event_id"])))[0])


def test_only_what_nobody_knew_of_at_the_days_start_is_trouble() -> None:
    grid = quiet()
    added = unannounced(events_of(outage(20, "30min"), outage(40, "-12h", "told")), grid)
    tariff = (grid.series["queue"] == "tariff").to_numpy()
    assert np.allclose(added[tariff][:, 20, 20:24], LIFT), "from ten to noon, intervals of half an hour"
    assert added.sum() == pytest.approx(LIFT * tariff.sum() * 4), "nor the day after, nor what was announced"


def test_its_mean_is_what_it_added() -> None:
    grid = quiet()
    added = unannounced(events_of(*(outage(day, "30min", str(day)) for day in range(3, 160, 9))), grid)
    trouble, load = Trouble.fit(added, grid.counts), np.nan_to_num(grid.counts)
    wanted = (added * load).sum(axis=(1, 2)) / load.sum(axis=(1, 2))
    assert trouble.lift @ np.diff(STEPS) == pytest.approx(wanted)
    assert (np.diff(trouble.lift, axis=1) >= 0).all(), "the worst step comes last"
    assert trouble.lift[(grid.series["queue"] == "tariff").to_numpy(), -1] == pytest.approx(LIFT), (
        "of more than 2 % of the calls"
    )


@given(st.lists(st.floats(0, 5), min_size=4, max_size=4), st.floats(0.1, 500))
def test_scenarios_keep_their_weight_and_add_what_trouble_adds(lift: list[float], level: float) -> None:
    trouble = Trouble(np.sort(np.array([lift])))
    calls, weight = np.array([[[[0.5, 1.0, 1.5]]]]) * level, np.array([0.25, 0.5, 0.25])
    more, new = trouble.beside(calls, weight)
    assert new.sum() == pytest.approx(1.0)
    assert (more @ new).item() == pytest.approx(level * (1 + trouble.lift[0] @ np.diff(STEPS)))


def test_without_trouble_nothing_changes_and_closed_cells_stay_closed() -> None:
    calls, weight = np.array([[[[3.0], [np.nan]]]]), np.ones(1)
    for trouble in (Trouble.without_past(1), Trouble.fit(np.zeros((1, 2, 2)), np.full((1, 2, 2), np.nan))):
        assert np.array_equal(trouble.beside(calls, weight)[0], calls, equal_nan=True)
    assert np.isnan(Trouble(np.ones((1, 4))).beside(calls, weight)[0][0, 0, 1]).all()


def test_a_plan_reaches_what_it_expects_though_trouble_comes() -> None:
    random = np.random.default_rng(5)
    load = np.full((1, 4_000, 1), 60.0)
    added = np.where(random.random(load.shape) < 0.06, random.gamma(2.0, 0.6, load.shape), 0.0)
    trouble = Trouble.fit(added, load)
    plain, weight = np.full((1, 1, 1, 1), 60.0), np.ones(1)
    reached = {}
    for name, known in {"blind": Trouble.without_past(1), "knows": trouble}.items():
        calls, share = known.beside(plain, weight)
        demand = Demand(calls[0, 0], share, np.array([180.0]), 1800.0)
        agents = agents_needed(demand, GOAL)
        came = Demand((load * (1 + added))[0, :, 0][None], np.full(4_000, 1 / 4_000), np.array([180.0]), 1800.0)
        reached[name] = expected(came, agents, GOAL.queue)[0].item(), expected(demand, agents, GOAL.queue)[0].item()
    assert reached["knows"][0] == pytest.approx(reached["knows"][1], abs=0.01)
    assert reached["blind"][0] < reached["blind"][1] - 0.04, "or the test shows nothing"


def test_queues_are_found_again_and_new_ones_are_like_the_mean() -> None:
    trouble = Trouble.from_json(Trouble(np.array([[0.0, 0.0, 0.0, 1.0], [0.0, 0.0, 0.0, 3.0]])).to_json())
    assert trouble.rows(np.array([1, -1, 0])).lift[:, -1].tolist() == [3.0, 2.0, 1.0]
    assert Trouble.without_past(0).rows(np.array([-1])).lift.shape == (1, 4)


def test_a_model_learns_it_from_its_lakes_outages_and_plans_for_it() -> None:
    days = range(5, 170, 8)
    rows = tidy_events(pd.DataFrame([outage(day, "30min", str(day)) for day in days]))
    counts, _ = world(rows.iloc[:0])
    hit = (counts["queue"] == "tariff") & counts["starts_at"].dt.hour.isin([10, 11])
    hit &= ((counts["starts_at"].dt.normalize() - START).dt.days).isin(list(days))
    counts["offered"] = np.where(hit, np.round(counts["offered"] * 2.5), counts["offered"])
    model = VolumeModel().fit(counts, horizon=1, drivers=Drivers(rows))
    lift = model.spread().trouble.lift
    tariff = (model.series["queue"] == "tariff").to_numpy()
    assert (lift[tariff, -1] > 0.3).all()
    assert (lift[~tariff] < 0.1).all()
    table = forecast_table(model, Span(counts["starts_at"].max().normalize() + ONE_DAY, 14, "day"))
    own = table[(table["centre"] == "ALL") & (table["queue"] != "ALL")].set_index("queue")
    causes = own[[name for name in own if name.startswith("cause_")]]
    assert np.allclose(causes.sum(axis=1), own["mean"])
    brought = (
        counts.assign(outage=np.where(hit, counts["offered"] * 1.5 / 2.5, 0.0)).groupby("queue").sum(numeric_only=True)
    )
    told = (own["cause_outage"] / own["mean"]).groupby("queue").mean()
    assert told["tariff"] == pytest.approx(brought["outage"]["tariff"] / brought["offered"]["tariff"], rel=0.3)


def test_announced_calls_bring_no_more_trouble() -> None:
    shape = (1, 1, 2)
    pairs = SimpleNamespace(lead=np.zeros(1, dtype=int))
    plain, median = np.full(shape, 40.0), np.array([[[40.0, 100.0]]])
    days = SimpleNamespace(pairs=pairs, median=median, causes={"normal": plain, "campaign": median - plain})
    bands = SimpleNamespace(mean=lambda median, lead: median)  # as `Bands.mean` is called
    spread = SimpleNamespace(bands=bands, trouble=Trouble(np.array([[0.0, 0.0, 0.0, 1.0]])))
    cells = ForecastCells(days, spread)  # type: ignore[arg-type] # what it reads of them
    assert cells.unannounced(cells.mean()) == pytest.approx(np.full(shape, 40.0 * 0.02))
