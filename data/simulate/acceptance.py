"""P(accepted | pitched): the truth that uptake models are after."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.simulate.calendar import Calendar, day_of_month
from data.simulate.catalogue import DATA_PACK, HANDSET, OFFER_KINDS, PLAN, Catalogue
from data.simulate.contacts import CANCEL, COMPLAINT, INTENTS
from data.simulate.kinds import NEVER, NONE, Floats, Ints, sigmoid
from data.simulate.parameters import AcceptanceParameters
from data.simulate.people import People
from data.simulate.pricing import Expected, Outlook, discount_of, expected_month, with_offer
from data.simulate.setting import Setting
from data.simulate.state import State
from data.simulate.usage import Held, mean_need


@dataclass(frozen=True)
class Pitch:
    """Pitches in rows: the line's row, the offer, the call's intent (NONE: unknown), the agent's skill, the day."""

    line: Ints
    offer: Ints
    intent: Ints
    skill: Floats
    day: Ints

    def rows(self, chosen: Ints) -> Pitch:
        """Some of the rows."""
        return Pitch(self.line[chosen], self.offer[chosen], self.intent[chosen], self.skill[chosen], self.day[chosen])


@dataclass(frozen=True)
class Consequence:
    """The expected next month without and with the offer, and the discount that comes with it, CNY a month.

    `fullness` is the month's expected need for data over what is at hand without the offer.
    """

    present: Expected
    new: Expected
    discount_cny: Floats
    fullness: Floats

    @property
    def saving_cny(self) -> Floats:
        """What the bill is expected to fall by."""
        return self.present.total_cny - self.new.total_cny + self.discount_cny

    @property
    def risk_cny(self) -> Floats:
        """How much worse than its mean a bad month's bill becomes by the offer."""
        return self.new.bad_cny - self.new.total_cny - self.present.bad_cny + self.present.total_cny


def next_month(people: People, state: State, setting: Setting, month: int, lead: int = 1) -> Outlook:
    """What each line will need in `month`, seen from `lead` months before."""
    usage = setting.world.usage
    data, voice = mean_need(people.latent, setting.calendar, month, usage)
    memory = usage.month_memory**lead
    spread = float(np.sqrt(1.0 - memory**2))
    return Outlook(
        data, voice, memory * state.data_deviation, memory * state.voice_deviation, people.latent.data_fear, spread
    )


def consequence(ahead: Outlook, held: Held, setting: Setting, offer: Ints, present: Expected | None) -> Consequence:
    """Expected bills of each row of `ahead` and `held` without (`present`, if known) and with its offer."""
    catalogue, usage = setting.catalogue, setting.world.usage
    changed = with_offer(held, offer, catalogue)
    present = present or expected_month(ahead, held, catalogue, usage)
    new = expected_month(ahead, changed, catalogue, usage)
    return Consequence(present, new, discount_of(offer, catalogue), fullness(ahead, held, catalogue))


def fullness(ahead: Outlook, held: Held, catalogue: Catalogue) -> Floats:
    """The month's expected need for data over what is at hand."""
    at_hand = held.pack_mb + held.rollover_mb + catalogue.plans.data_mb[held.plan]
    return np.asarray(ahead.data_mb * np.exp(ahead.data_deviation) / np.maximum(at_hand, 1.0), dtype=np.float64)


def accept_probability(people: People, state: State, setting: Setting, pitch: Pitch, outcome: Consequence) -> Floats:
    """The probability that each pitched row is accepted, in a call of its intent."""
    logit = accept_logit(people, state, setting, pitch, outcome)
    kind = setting.catalogue.offers.kind[pitch.offer]
    intent = np.where(pitch.intent == NONE, len(INTENTS), pitch.intent)
    return sigmoid(logit + intent_logit(setting.world.acceptance)[kind, intent])


def accept_logit(people: People, state: State, setting: Setting, pitch: Pitch, outcome: Consequence) -> Floats:
    """Logit of the acceptance of each row in a call of unknown intent."""
    weights, latent, line = setting.world.acceptance, people.latent, pitch.line
    kind = setting.catalogue.offers.kind[pitch.offer]
    base = np.choose(kind, [weights.base_plan, weights.base_pack, weights.base_handset, weights.base_retention])
    money = np.where(kind == HANDSET, 0.5, 1.0) * latent.price_sensitivity[line]
    money = money * _shock(weights, setting.calendar, pitch.day)
    saving = outcome.saving_cny
    worry = np.tanh((outcome.present.overage_cny - outcome.new.overage_cny) / weights.worry_scale_cny)
    return np.asarray(
        base
        + money * weights.saving * np.tanh(np.maximum(saving, 0.0) / weights.saving_scale_cny)
        + money * weights.rise * np.tanh(np.maximum(-saving, 0.0) / weights.rise_scale_cny)
        + money * weights.risk * np.tanh(np.maximum(outcome.risk_cny, 0.0) / weights.risk_scale_cny)
        + weights.headroom * latent.data_fear[line] * worry
        + timing_logit(kind, pitch.day, outcome.fullness, weights)
        + weights.satisfaction * state.satisfaction[line]
        + weights.trouble * np.clip(state.trouble[line], 0.0, 3.0)
        + weights.fatigue * state.fatigue[line]
        + weights.skill * pitch.skill
        + weights.openness * latent.openness[line]
        + (kind == HANDSET) * _handset_due(state, pitch, setting)
    )


def _shock(weights: AcceptanceParameters, calendar: Calendar, day: Ints) -> Floats:
    """Factor on price sensitivity: above 1 while prices are on everybody's mind."""
    from_day = calendar.day(calendar.months - weights.shock_months)
    shaken = (weights.shock_months > 0) & (day >= from_day)
    return np.where(shaken, weights.shock_sensitivity, 1.0)


def timing_logit(kind: Ints, day: Ints, fullness: Floats, weights: AcceptanceParameters) -> Floats:
    """What the day adds: a plan starts with the next cycle; a pack at once, most welcome when the quota has run out."""
    elapsed = (day_of_month(day) - 1) / 30.4
    pack = weights.pack_timing * (elapsed - 0.5) + weights.run_out * (fullness * elapsed > 1.0)
    return (kind == PLAN) * weights.plan_timing * (elapsed - 0.5) + (kind == DATA_PACK) * pack


def intent_logit(weights: AcceptanceParameters) -> Floats:
    """What the call's intent adds to the logit, shape (kinds of offer, intents + 1); the last: unknown, 0."""
    table = np.zeros((len(OFFER_KINDS), len(INTENTS) + 1))
    for name, reason, strength in weights.matches:
        table[OFFER_KINDS.index(name), INTENTS.index(reason)] = weights.intent * strength
    table[:, [COMPLAINT, CANCEL]] += weights.complaint
    return table


def over_intents(logit: Floats, kind: int, shares: Floats, weights: AcceptanceParameters) -> Floats:
    """Acceptance averaged over the intents of a line's calls; `shares` has shape (rows, intents) and sums to 1."""
    added = intent_logit(weights)[kind, : shares.shape[1]]
    mean = np.zeros_like(logit)
    for value in np.unique(added):
        mean += shares[:, added == value].sum(axis=1) * sigmoid(logit + value)
    return mean


def _handset_due(state: State, pitch: Pitch, setting: Setting) -> Floats:
    weights = setting.world.acceptance
    ends = state.contract_end[pitch.line]
    due = (ends == NEVER) | (ends - pitch.day < weights.due_days)
    old = pitch.day - state.handset_since[pitch.line] > weights.old_days
    return weights.contract_end * due + weights.old_handset * old
