"""What events do to calls: a known effect is found, sizes count, queues are told apart, the unseen is borrowed."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.event_calendar import CAUSES, no_events, tidy_events
from features.volume_history import Calendar
from models.event_effects import EventEffects, Lift, Place, lift_of
from models.event_fit import fit_events, strengths_of
from models.event_misses import Learned
from tests.models.event_world import DAYS, END, campaign, campaigns, grid_of, world

CALM = Calendar()


@pytest.fixture(scope="module")
def learned() -> Learned:
    counts, _ = world(campaigns())
    grid = grid_of(counts)
    return fit_events(grid, campaigns(), CALM.unusual(grid.days))


def _ahead(effects: EventEffects, events: pd.DataFrame) -> Lift:
    counts, _ = world(no_events())
    grid = grid_of(counts)
    days = pd.date_range(END, periods=14)
    load = np.repeat(grid.counts.mean(axis=1)[:, None], 14, axis=1)
    return lift_of(effects, events, Place(grid.series, days, 30, load))


def _one(size: float, kind: str = "campaign", queue: str | None = "tariff") -> pd.DataFrame:
    return tidy_events(pd.DataFrame([campaign(END, size, "new") | {"kind": kind, "queue": queue}]))


def test_the_calls_of_past_campaigns_are_found_within_a_fifth(learned: Learned) -> None:
    counts, true = world(campaigns())
    came = grid_of(counts).counts
    found = np.nansum(learned.came(grid_of(counts))["campaign"], axis=(0, 2))
    true_days = true.sum(axis=1)
    large = true_days > 0.1 * np.nansum(came, axis=(0, 2))
    assert large.sum() >= 10
    assert found[large].sum() == pytest.approx(true_days[large].sum(), rel=0.1)
    assert np.median(np.abs(found[large] / true_days[large] - 1)) < 0.2


def test_on_holidays_events_keep_their_calls() -> None:
    days = pd.date_range(END - pd.Timedelta(days=DAYS), periods=DAYS)
    unusual = Calendar("CN").unusual(days)
    off = np.isin(unusual, (1, 2))  # holidays, on workdays and at weekends
    found, brought = 0.0, 0.0
    for seed in range(1, 6):
        counts, true = world(campaigns(), seed, off=days[off])
        grid = grid_of(counts)
        came = fit_events(grid, campaigns(), unusual).came(grid)["campaign"]
        found += np.nansum(came[:, off])
        brought += true[off].sum()
    assert found == pytest.approx(brought, rel=0.15)  # a share of what the holiday left would be 0.6 of them


def test_calls_about_an_outage_end_within_hours_whenever_it_ends() -> None:
    """Half of an outage's calls come in the hours after it: not over the rest of a day that is long or short."""
    counts, _ = world(no_events())
    days = END - pd.Timedelta(days=DAYS) + pd.to_timedelta(np.arange(10, DAYS - 5, 6), unit="D")
    starts = days + pd.to_timedelta(9 + np.arange(len(days)) % 8, unit="h")
    ends = starts + pd.Timedelta(hours=1)
    random, brought = np.random.default_rng(4), np.zeros((len(days), 2))
    usual = counts.groupby(["queue", "centre", counts["starts_at"].dt.time])["offered"].transform("mean").to_numpy()
    more = np.zeros(len(counts))
    for number, (start, end) in enumerate(zip(starts, ends, strict=True)):
        after = ((counts["starts_at"] - end) / pd.Timedelta(hours=1)).to_numpy()
        lift = np.where(after < 0, 1.0, np.exp(-np.maximum(after, 0) / 1.0)) * (counts["starts_at"] >= start)
        near = (after < 8) & (counts["queue"] == "billing").to_numpy()
        calls = random.poisson(np.where(near, lift, 0.0) * usual)
        more += calls
        brought[number, 0] = calls.sum()
    facts = {"kind": "outage", "area": None, "queue": "billing", "size": 50_000.0}
    table = pd.DataFrame({"event_id": [f"o{n}" for n in range(len(days))], "starts_at": starts, "ends_at": ends})
    events = tidy_events(table.assign(announced_at=starts, **facts))
    grid = grid_of(counts.assign(offered=counts["offered"] + more))
    came = np.nansum(fit_events(grid, events, CALM.unusual(grid.days)).came(grid)["outage"], axis=(0, 2))
    brought[:, 1] = came[grid.days.get_indexer(days)]
    assert np.median(np.abs(brought[:, 1] / brought[:, 0] - 1)) < 0.15
    late, early = starts.hour >= 14, starts.hour <= 11
    for part in (late, early):
        assert brought[part, 1].sum() == pytest.approx(brought[part, 0].sum(), rel=0.15)


def test_days_without_events_are_left_as_they_are(learned: Learned) -> None:
    assert (learned.lift.total[:, :10] == 0).all()


def test_an_event_on_one_queue_hardly_moves_another(learned: Learned) -> None:
    lift = _ahead(learned.effects, _one(100_000.0)).total
    assert lift[2:, 0].max() > 0.15
    assert lift[:2, 0].max() < 0.05


def test_twice_the_people_make_nearly_twice_the_calls(learned: Learned) -> None:
    once, twice = (_ahead(learned.effects, _one(size)).total[2:, 0].max() for size in (80_000.0, 160_000.0))
    assert 1.7 < twice / once < 2.3


def test_a_kind_never_seen_borrows_from_the_others_and_is_less_sure(learned: Learned) -> None:
    own, borrowed = (_ahead(learned.effects, _one(100_000.0, kind)) for kind in ("campaign", "price_change"))
    first_day = (slice(2, 4), 0, slice(18, 38))
    assert borrowed.causes["price_change"][first_day].mean() > 0.02
    shares = [lift.spread[first_day].mean() / lift.total[first_day].mean() for lift in (own, borrowed)]
    assert shares[1] > 1.3 * shares[0]


def test_an_event_that_names_no_queue_is_felt_in_all(learned: Learned) -> None:
    assert (_ahead(learned.effects, _one(100_000.0, queue=None)).total[:, 0].max(axis=1) > 0.02).all()


def test_without_events_there_is_no_lift() -> None:
    counts, _ = world(no_events())
    grid = grid_of(counts)
    learned = fit_events(grid, no_events(), CALM.unusual(grid.days))
    assert not learned.lift.total.any()
    assert set(learned.lift.causes) == set(CAUSES)


def test_effects_survive_json(learned: Learned) -> None:
    again = EventEffects.from_json(json.loads(json.dumps(learned.effects.to_json(), allow_nan=False)))
    before, after = (_ahead(effects, _one(90_000.0)) for effects in (learned.effects, again))
    assert np.array_equal(before.total, after.total)
    assert np.array_equal(before.spread, after.spread)


def test_an_event_stronger_than_its_kind_is_seen_to_be_so(learned: Learned) -> None:
    events = campaigns()
    strong = events.assign(size=events["size"] * np.where(events["event_id"] == "c5", 3.0, 1.0))
    counts, _ = world(strong)
    grid = grid_of(counts)
    forgotten = replace(learned.effects, strength={})
    found = strengths_of(forgotten, grid, events, CALM.unusual(grid.days)).effects.strength
    value, sd = found["c5"]
    assert value > 0.5
    assert value > max(v for name, (v, _) in found.items() if name != "c5") + 2 * sd
