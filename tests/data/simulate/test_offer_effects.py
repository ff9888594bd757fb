"""What an accepted offer does to leaving is what the simulation would make of the changed line."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from data.simulate.calendar import Calendar
from data.simulate.catalogue import read_catalogue
from data.simulate.enrol import enrol
from data.simulate.leaving import leaves_within_90_days
from data.simulate.offer_effects import with_offer_taken, without_offer
from data.simulate.parameters import Parameters
from data.simulate.people import People, draw_people
from data.simulate.setting import Setting, draw_staff
from data.simulate.state import State

WORLD = Parameters()
CALENDAR = Calendar("2025-12", 6)
LINES = 400
DAY = CALENDAR.end_day
EVERYBODY = np.arange(LINES)
BILL = np.full(LINES, 80.0)


@pytest.fixture(scope="module")
def setting() -> Setting:
    staff = draw_staff(np.random.default_rng(0), CALENDAR, WORLD)
    return Setting(WORLD, read_catalogue(), CALENDAR, staff, np.zeros((6, 12)))


@pytest.fixture(scope="module")
def people() -> People:
    return draw_people(np.random.default_rng(1), 0, LINES, CALENDAR, WORLD)


@pytest.fixture(scope="module")
def state(people: People, setting: Setting) -> State:
    drawn = enrol(np.random.default_rng(2), people, setting)
    bills = 80.0 * np.exp(np.random.default_rng(3).normal(0.0, 0.3, drawn.last_total.shape))
    return replace(drawn, last_total=bills, best_total=bills.mean(axis=1) * 0.9)


@pytest.mark.parametrize("name", ["keep_5", "keep_20", "phone_a", "phone_c"])
def test_a_contract_and_a_discount_count_as_in_the_simulation(
    people: People, state: State, setting: Setting, name: str
) -> None:
    offers = setting.catalogue.offers
    offer = offers.ids.index(name)
    told = with_offer_taken(
        without_offer(people, state, setting, EVERYBODY, DAY), people, state, (EVERYBODY, offer, DAY), (BILL, BILL)
    )
    until = np.full(LINES, DAY + int(offers.contract_months[offer] * 30.44))
    taken = replace(
        state,
        accepted_day=np.full(LINES, DAY),
        contract_end=np.maximum(state.contract_end, until),
        discount_until=until,
    )
    assert told.within_90_days == pytest.approx(leaves_within_90_days(people, taken, setting, DAY))


def test_a_bill_is_felt_only_when_it_has_come(people: People, state: State, setting: Setting) -> None:
    before = without_offer(people, state, setting, EVERYBODY, DAY)
    plan, pack = (setting.catalogue.offers.ids.index(name) for name in ("plan_fx588", "pack_d10"))
    dear = {
        offer: with_offer_taken(before, people, state, (EVERYBODY, offer, DAY), (BILL, 3 * BILL)).logits
        for offer in (plan, pack)
    }
    settled = [WORLD.leaving.settled] * LINES
    assert dear[plan][1] - before.logits[1] == pytest.approx(settled)
    assert (dear[pack][1] > before.logits[1]).all()
    assert (dear[plan][2] > before.logits[2]).all()


def test_a_year_of_hazard_wears_survival_down(people: People, state: State, setting: Setting) -> None:
    stays = without_offer(people, state, setting, EVERYBODY, DAY).survival(12)
    assert stays.shape == (12, LINES)
    assert (np.diff(stays, axis=0) < 0).all()
    assert (stays > 0).all() and (stays < 1).all()
