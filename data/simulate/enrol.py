"""Which plan, packs, contract and handset a line starts with."""

from __future__ import annotations

import numpy as np

from data.simulate.calendar import Calendar
from data.simulate.catalogue import Catalogue, fact_table
from data.simulate.kinds import NEVER, Bools, Floats, Ints
from data.simulate.parameters import BillingParameters, ChoiceParameters
from data.simulate.people import People
from data.simulate.pricing import Outlook, expected_month
from data.simulate.setting import Setting
from data.simulate.state import State, blank_state
from data.simulate.usage import Held, mean_need


def enrol(rng: np.random.Generator, people: People, setting: Setting) -> State:
    """The state in which each line enters the simulation (joiners: on their first day)."""
    catalogue, calendar, world = setting.catalogue, setting.calendar, setting.world
    plan = _plan(rng, people, _family(rng, people, world.choice), setting)
    state = blank_state(plan, len(catalogue.packs.ids))
    state.plan_since = np.maximum(people.visible.joined_day, calendar.day(0) - 900)
    _packs(rng, people, state, catalogue, world.billing)
    _contract(rng, people, state, calendar, world.people.contract_share)
    usage = world.usage
    state.data_deviation = rng.normal(0.0, usage.data_month_sd, people.size)
    state.voice_deviation = rng.normal(0.0, usage.voice_month_sd, people.size)
    state.satisfaction = 0.4 * people.latent.patience + rng.normal(0.0, 0.5, people.size)
    return state


def _family(rng: np.random.Generator, people: People, choice: ChoiceParameters) -> Ints:
    cumulative = np.cumsum(np.array([shares for _, *shares in choice.family_shares]), axis=0)
    group = np.searchsorted(np.array(choice.need_steps_mb), people.latent.data_need_mb)
    reached = cumulative[:, group] / cumulative[-1, group] > rng.random(people.size)
    return np.argmax(reached, axis=0)


def _plan(rng: np.random.Generator, people: People, family: Ints, setting: Setting) -> Ints:
    """The plan of the family that looked best for the need of some months before: worth - bill + noise."""
    choice = setting.world.choice
    data, voice = mean_need(people.latent, setting.calendar, -choice.age_months, setting.world.usage)
    zero = np.zeros(people.size)
    outlook = Outlook(data, voice, zero, zero, people.latent.data_fear, spread=1.0)
    chosen, best = np.zeros(people.size, dtype=np.int64), np.full(people.size, -np.inf)
    names = [name for name, *_ in choice.family_shares]
    for plan, name in enumerate(setting.catalogue.plans.families):
        expected = expected_month(outlook, _bare(plan, people.size), setting.catalogue, setting.world.usage)
        surplus = _worth(expected.data_mb, outlook.data_mb, choice) - expected.total_cny
        surplus -= choice.overage_dislike * expected.overage_cny
        surplus += rng.gumbel(0.0, choice.noise_cny, people.size)
        better = (family == names.index(name)) & (surplus > best)
        chosen[better], best[better] = plan, surplus[better]
    return chosen


def _bare(plan: int, size: int) -> Held:
    zero = np.zeros(size)
    return Held(np.full(size, plan, dtype=np.int64), zero, zero, zero, np.zeros(size, dtype=np.bool_))


def _worth(data_mb: Floats, need: Floats, choice: ChoiceParameters) -> Floats:
    """CNY a month that satisfied data need is worth; saturates, and grows with the need."""
    scale = choice.data_worth_cny * (np.maximum(need, 1.0) / 500.0) ** choice.data_worth_power
    return scale * -np.expm1(-2.0 * data_mb / np.maximum(need, 1.0))


def _packs(
    rng: np.random.Generator, people: People, state: State, catalogue: Catalogue, billing: BillingParameters
) -> None:
    """The ladder on uncapped plans, data packs by their share of need, the flex pack and services."""
    packs, size = catalogue.packs, people.size
    data = (people.latent.data_need_mb > 0) & np.isinf(catalogue.plans.cap_cny[state.plan])
    _hold(state, packs.auto, data & (rng.random(size) < billing.auto_pack_share))
    wants = data & (rng.random(size) < billing.data_pack_share)
    pick = packs.of_kind("data")[rng.integers(0, 3, size)]
    for pack in packs.of_kind("data"):
        _hold(state, int(pack), wants & (pick == pack))
    for kind, share in (("flex", billing.flex_share), ("service", billing.service_share)):
        for pack in packs.of_kind(kind):
            eligible = data if kind == "flex" else np.full(size, pack != packs.bundle)
            _hold(state, int(pack), eligible & (rng.random(size) < share))
    _hold(state, packs.bundle, people.visible.bundle)


def _hold(state: State, pack: int, rows: Bools) -> None:
    state.held_since[rows, pack] = state.plan_since[rows]


def _contract(rng: np.random.Generator, people: People, state: State, calendar: Calendar, share: float) -> None:
    """12 or 24 months, begun up to two years before the window or on joining; some have run out."""
    size = people.size
    bound = rng.random(size) < share
    length = np.where(rng.random(size) < 0.6, 730, 365)
    begun = np.maximum(calendar.day(0) - rng.integers(0, 730, size), people.visible.joined_day)
    state.contract_start = np.where(bound, begun, NEVER)
    state.contract_end = np.where(bound, begun + length, NEVER)
    models = fact_table("handsets")
    weights = models["weight"].to_numpy(np.float64)
    state.handset = rng.choice(len(models), size, p=weights / weights.sum()).astype(np.int64)
    without = people.latent.data_need_mb == 0
    state.handset[without] = rng.integers(0, 3, int(without.sum()))
    since = calendar.day(0) - (rng.gamma(2.0, 300.0, size)).astype(np.int64)
    state.handset_since = np.where(bound, begun, since)
