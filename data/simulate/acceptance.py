"""P(accepted | pitched): the truth that uptake models are after."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.simulate.catalogue import HANDSET, OFFER_KINDS
from data.simulate.contacts import CANCEL, COMPLAINT, INTENTS
from data.simulate.kinds import NEVER, NONE, Floats, Ints, sigmoid
from data.simulate.parameters import AcceptanceParameters
from data.simulate.people import People
from data.simulate.pricing import Expected, Outlook, discount_of, expected_month, with_offer
from data.simulate.setting import Setting
from data.simulate.state import State
from data.simulate.usage import mean_need


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
    """The expected next month without and with the offer, and the discount that comes with it, CNY a month."""

    present: Expected
    new: Expected
    discount_cny: Floats

    @property
    def saving_cny(self) -> Floats:
        """What the bill is expected to fall by."""
        return self.present.total_cny - self.new.total_cny + self.discount_cny


def next_month(people: People, state: State, setting: Setting, month: int) -> Outlook:
    """What each line will need in `month`, seen from the month before."""
    usage = setting.world.usage
    data, voice = mean_need(people.latent, setting.calendar, month, usage)
    memory = usage.month_memory
    fear = people.latent.data_fear
    return Outlook(data, voice, memory * state.data_deviation, memory * state.voice_deviation, fear)


def consequence(outlook: Outlook, state: State, setting: Setting, line: Ints, offer: Ints) -> Consequence:
    """Expected bills of each (line, offer) row."""
    catalogue, usage = setting.catalogue, setting.world.usage
    held, ahead = state.held(catalogue).rows(line), outlook.rows(line)
    changed = with_offer(held, offer, catalogue)
    present = expected_month(ahead, held, catalogue, usage)
    return Consequence(present, expected_month(ahead, changed, catalogue, usage), discount_of(offer, catalogue))


def accept_probability(people: People, state: State, setting: Setting, pitch: Pitch, outcome: Consequence) -> Floats:
    """The probability that each pitched row is accepted."""
    weights, latent = setting.world.acceptance, people.latent
    kind = setting.catalogue.offers.kind[pitch.offer]
    base = np.choose(kind, [weights.base_plan, weights.base_pack, weights.base_handset, weights.base_retention])
    money = np.where(kind == HANDSET, 0.5, 1.0) * latent.price_sensitivity[pitch.line]
    saving = outcome.saving_cny
    worry = np.tanh((outcome.present.overage_cny - outcome.new.overage_cny) / weights.worry_scale_cny)
    logit = (
        base
        + money * weights.saving * np.tanh(np.maximum(saving, 0.0) / weights.saving_scale_cny)
        + money * weights.rise * np.tanh(np.maximum(-saving, 0.0) / weights.rise_scale_cny)
        + weights.headroom * latent.data_fear[pitch.line] * worry
        + weights.satisfaction * state.satisfaction[pitch.line]
        + weights.trouble * np.clip(state.trouble[pitch.line], 0.0, 3.0)
        + weights.intent * _match(kind, pitch.intent, weights)
        + weights.complaint * np.isin(pitch.intent, (COMPLAINT, CANCEL))
        + weights.fatigue * state.fatigue[pitch.line]
        + weights.skill * pitch.skill
        + weights.openness * latent.openness[pitch.line]
        + (kind == HANDSET) * _handset_due(state, pitch, setting)
    )
    return sigmoid(logit)


def _match(kind: Ints, intent: Ints, weights: AcceptanceParameters) -> Floats:
    """1 where the call is about the offer; 0 for an unknown intent."""
    table = np.zeros((len(OFFER_KINDS), len(INTENTS) + 1))
    for name, reason, strength in weights.matches:
        table[OFFER_KINDS.index(name), INTENTS.index(reason)] = strength
    return table[kind, np.where(intent == NONE, len(INTENTS), intent)]


def _handset_due(state: State, pitch: Pitch, setting: Setting) -> Floats:
    weights = setting.world.acceptance
    ends = state.contract_end[pitch.line]
    due = (ends == NEVER) | (ends - pitch.day < weights.due_days)
    old = pitch.day - state.handset_since[pitch.line] > weights.old_days
    return weights.contract_end * due + weights.old_handset * old
