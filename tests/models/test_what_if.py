"""What an event would add: a stated total is kept, sizes count, width is honest, bad events are named."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtri

from data.errors import BadInput
from features.event_calendar import PHASES, tidy_events
from features.volume_history import Calendar
from models.forecast_table import Span
from models.volume import VolumeModel
from models.volume_learning import TreeSettings
from models.what_if import STATED_SD, AskedEvent, added_by_day, what_if, with_asked
from tests.models.event_world import CALLS_PER_PERSON, END, campaign, campaigns, drivers, world

SPAN = Span(END, 21, "day")
QUICK = TreeSettings(rounds=10, min_rounds=10)
START, STOP = END + pd.Timedelta(days=5, hours=9), END + pd.Timedelta(days=9)  # Tuesday to Friday


@pytest.fixture(scope="module")
def model() -> VolumeModel:
    return VolumeModel(Calendar(), QUICK).fit(world(campaigns())[0], drivers=drivers(campaigns()))


def _asked(size: float | None = 100_000.0, kind: str = "campaign", share: float | None = None) -> AskedEvent:
    return AskedEvent(kind, START, STOP, size, "tariff", None, share)


def _added(model: VolumeModel, asked: AskedEvent) -> pd.DataFrame:
    return added_by_day(what_if(model, [asked], SPAN))


def test_the_calls_per_person_are_those_of_past_campaigns(model: VolumeModel) -> None:
    added = _added(model, _asked())["added_calls"].sum()
    assert added == pytest.approx(100_000 * CALLS_PER_PERSON, rel=0.25)
    assert _added(model, _asked(200_000.0))["added_calls"].sum() == pytest.approx(2 * added, rel=0.15)


@pytest.mark.parametrize("kind", ["campaign", "launch"])
def test_a_stated_share_of_the_people_calls(model: VolumeModel, kind: str) -> None:
    rows = _added(model, _asked(20_000.0, kind, 0.1))
    assert rows["added_calls"].sum() == pytest.approx(2000, rel=0.02)
    assert rows["added_agents"].max() > 0
    assert (rows["added_q10"] < rows["added_calls"]).all()
    assert (rows["added_calls"] < rows["added_q90"]).all()


def _with_dip(model: VolumeModel) -> VolumeModel:
    """The model, had its campaigns been followed by days of fewer calls than usual, and been thin in another queue."""
    kind = model.events.effects.kinds["campaign"]
    effect = np.where(np.arange(PHASES) < 2, kind.effect, -0.02)
    effects = replace(
        model.events.effects,
        kinds={"campaign": replace(kind, effect=effect)},
        spill={("campaign", "billing"): -0.01},
    )
    return model.with_events(replace(model.events, effects=effects))


@pytest.mark.parametrize("share", [0.1, None])
def test_an_event_takes_calls_from_no_day_nor_queue(model: VolumeModel, share: float | None) -> None:
    stop = START.normalize() + pd.Timedelta(days=1)
    rows = what_if(_with_dip(model), [AskedEvent("campaign", START, stop, 20_000.0, "tariff", None, share)], SPAN)
    assert (rows["added_calls"] > 0).all()
    assert (rows["added_agents"] >= 0).all()
    assert share is None or added_by_day(rows)["added_calls"].sum() == pytest.approx(2000, rel=0.02)


@pytest.mark.parametrize("kind", ["campaign", "launch"])
@pytest.mark.parametrize("share", [0.01, 0.1, 0.5])
def test_a_stated_share_is_as_unsure_as_any_other(model: VolumeModel, kind: str, share: float) -> None:
    rows = _added(model, _asked(20_000.0, kind, share))
    relative = (rows["added_q90"] - rows["added_q10"]) / 2 / float(ndtri(0.9)) / rows["added_calls"]
    assert relative.to_numpy() == pytest.approx(STATED_SD, rel=0.01)


def test_a_stated_share_needs_no_past_at_all() -> None:
    calm = VolumeModel(Calendar(), QUICK).fit(world(campaigns().iloc[:0])[0])
    assert _added(calm, _asked(20_000.0, share=0.1))["added_calls"].sum() == pytest.approx(2000, rel=0.02)
    with pytest.raises(BadInput, match="call_share"):
        what_if(calm, [_asked()], SPAN)


def test_what_is_assumed_of_one_event_is_not_taken_for_its_kind() -> None:
    counts = world(campaigns().iloc[:0])[0]
    planned = tidy_events(pd.DataFrame([campaign(END + pd.Timedelta(days=1), 50_000.0, "planned")]))
    calm = VolumeModel(Calendar(), QUICK).fit(counts).with_history(counts, drivers(planned))
    assert _added(calm, _asked(20_000.0, share=0.1))["added_calls"].sum() == pytest.approx(2000, rel=0.02)


def test_two_events_add_up_and_the_model_itself_is_left_alone(model: VolumeModel) -> None:
    before = len(model.events.drivers.events)
    both = added_by_day(what_if(model, [_asked(), _asked(50_000.0)], SPAN))["added_calls"].sum()
    single = sum(_added(model, _asked(size))["added_calls"].sum() for size in (100_000.0, 50_000.0))
    assert both == pytest.approx(single, rel=0.02)
    assert len(model.events.drivers.events) == before


def test_a_planned_event_that_is_known_already_is_not_among_what_is_added(model: VolumeModel) -> None:
    known = with_asked(model, [_asked()])
    assert _added(known, _asked())["added_calls"].sum() == pytest.approx(
        _added(model, _asked())["added_calls"].sum(), rel=0.02
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "parade"}, "kind"),
        ({"ends_at": START}, "end after the start"),
        ({"size": 0.0}, "size"),
        ({"call_share": 1.5}, "call_share"),
        ({"size": None, "call_share": 0.1}, "call_share"),
        ({"queue": "sales"}, "queue"),
    ],
)
def test_an_event_that_makes_no_sense_is_named(model: VolumeModel, change: dict[str, object], message: str) -> None:
    facts: dict[str, object] = {"kind": "campaign", "starts_at": START, "ends_at": STOP, "size": 1.0}
    with pytest.raises(BadInput, match=message):
        with_asked(model, [AskedEvent(**(facts | change))])  # type: ignore[arg-type] # wrong on purpose
