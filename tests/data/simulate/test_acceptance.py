"""What makes a pitched customer say yes: one driver at a time, all else equal."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from data.simulate.acceptance import Consequence, Pitch, accept_logit, intent_logit, over_intents
from data.simulate.calendar import Calendar
from data.simulate.catalogue import DATA_PACK, PLAN, read_catalogue
from data.simulate.contacts import INTENTS
from data.simulate.enrol import enrol
from data.simulate.kinds import NONE, sigmoid
from data.simulate.parameters import Parameters
from data.simulate.people import People, draw_people
from data.simulate.pricing import Expected
from data.simulate.setting import Setting, draw_staff
from data.simulate.state import State

WORLD = Parameters()
CALENDAR = Calendar("2025-12", 6)
LINES = 40
RIVALS = np.zeros((6, 12))
FIRST = CALENDAR.day(5)


@pytest.fixture(scope="module")
def setting() -> Setting:
    return Setting(WORLD, read_catalogue(), CALENDAR, draw_staff(np.random.default_rng(0), CALENDAR, WORLD), RIVALS)


@pytest.fixture(scope="module")
def people() -> People:
    return draw_people(np.random.default_rng(1), 0, LINES, CALENDAR, WORLD)


@pytest.fixture
def state(people: People, setting: Setting) -> State:
    return enrol(np.random.default_rng(2), people, setting)


def month(total: float, overage: float = 10.0, bad: float | None = None) -> Expected:
    rows = np.ones(LINES)
    return Expected(total * rows, overage * rows, 500.0 * rows, (total + 20.0 if bad is None else bad) * rows)


def outcome(saving: float = 0.0, **changed: float) -> Consequence:
    present, new = month(100.0), month(100.0 - saving, changed.get("overage", 10.0), changed.get("bad"))
    return Consequence(present, new, np.zeros(LINES), changed.get("fullness", 0.5) * np.ones(LINES))


def logit(people: People, state: State, setting: Setting, kind: int = PLAN, **seen: object) -> np.ndarray:
    offer = int(np.flatnonzero(setting.catalogue.offers.kind == kind)[0])
    rows = np.arange(LINES)
    day = np.full(LINES, FIRST + int(seen.get("elapsed", 0)))  # type: ignore[call-overload] # a day of the month
    skill = np.full(LINES, float(seen.get("skill", 0.0)))  # type: ignore[arg-type] # in sd
    pitch = Pitch(rows, np.full(LINES, offer), np.full(LINES, NONE), skill, day)
    consequence = seen.get("outcome", outcome())
    assert isinstance(consequence, Consequence)
    return accept_logit(people, state, setting, pitch, consequence)


def test_savings_help_and_rises_hurt(people: People, state: State, setting: Setting) -> None:
    by_saving = [logit(people, state, setting, outcome=outcome(saving)) for saving in (-40.0, -10.0, 0.0, 10.0, 40.0)]
    assert (np.diff(by_saving, axis=0) > 0).all()


def test_a_riskier_bill_hurts(people: People, state: State, setting: Setting) -> None:
    calm, risky = (logit(people, state, setting, outcome=outcome(bad=bad)) for bad in (120.0, 160.0))
    assert (risky < calm).all()


def test_relief_from_overage_helps_the_fearful_most(people: People, state: State, setting: Setting) -> None:
    gain = logit(people, state, setting, outcome=outcome(overage=0.0)) - logit(people, state, setting)
    assert np.corrcoef(gain, people.latent.data_fear)[0, 1] > 0.99


def test_plans_are_liked_late_in_the_cycle_and_packs_early(people: People, state: State, setting: Setting) -> None:
    for kind, better in ((PLAN, 25), (DATA_PACK, 2)):
        worse = 27 - better
        at = {day: logit(people, state, setting, kind, elapsed=day) for day in (better, worse)}
        assert (at[better] > at[worse]).all()


def test_a_pack_is_most_welcome_once_the_quota_has_run_out(people: People, state: State, setting: Setting) -> None:
    full, empty = (
        logit(people, state, setting, DATA_PACK, elapsed=15, outcome=outcome(fullness=share)) for share in (0.5, 3.0)
    )
    assert (empty > full).all()


@pytest.mark.parametrize(("feeling", "sign"), [("satisfaction", 1.0), ("trouble", -1.0), ("fatigue", -1.0)])
def test_feelings_count(people: People, state: State, setting: Setting, feeling: str, sign: float) -> None:
    moved = replace(state, **{feeling: getattr(state, feeling) + 1.0})
    change = logit(people, moved, setting) - logit(people, state, setting)
    assert (sign * change >= 0).all() and (change != 0).any()


def test_a_skilled_agent_sells_more(people: People, state: State, setting: Setting) -> None:
    assert (logit(people, state, setting, skill=1.0) > logit(people, state, setting)).all()


def test_acceptance_over_intents_lies_between_the_intents() -> None:
    shares = np.random.default_rng(3).dirichlet(np.ones(11), LINES)
    base = np.linspace(-4.0, 1.0, LINES)
    mean = over_intents(base, PLAN, shares, WORLD.acceptance)
    added = intent_logit(WORLD.acceptance)[PLAN, :11]
    by_hand = (shares * sigmoid(base[:, None] + added)).sum(axis=1)
    assert mean == pytest.approx(by_hand)
    assert added[INTENTS.index("plan_change")] > 0 > added[INTENTS.index("complaint")]
