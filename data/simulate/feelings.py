"""How a month's bill, contacts and network leave their mark: remembered trouble, satisfaction, pitch fatigue."""

from __future__ import annotations

import numpy as np

from data.simulate.billing import BilledMonth
from data.simulate.chunk import Chunk
from data.simulate.contacts import COMPLAINT, NETWORK, SMS, Requests
from data.simulate.handling import Handled
from data.simulate.kinds import Floats, Ints


def feel_bill(chunk: Chunk, month: BilledMonth) -> None:
    """Trouble from a bill above the usual, and from bad coverage; call before the bill is remembered by others."""
    state, people, weights = chunk.state, chunk.people, chunk.setting.world.feelings
    usual = np.maximum(state.last_total.mean(axis=1), 15.0)
    shock = np.clip(month.bill.total_cny / usual - 1.0, 0.0, 1.5) * month.rows
    coverage = weights.coverage * np.exp(-0.7 * people.latent.coverage)
    state.trouble += weights.shock * shock * np.exp(-0.2 * people.latent.patience) + coverage


def feel_contacts(chunk: Chunk, requests: Requests, handled: Handled) -> None:
    """Trouble from what stayed unresolved, complaints, network trouble and waiting."""
    own, weights = requests.channel != SMS, chunk.setting.world.feelings
    weight = weights.unresolved * ~handled.resolved + weights.complaint * (requests.intent == COMPLAINT)
    weight = weight + weights.network * (requests.intent == NETWORK)
    weight = weight + weights.wait * np.nan_to_num(handled.wait_s) / 60.0
    chunk.state.trouble += _sum(requests.line, weight * own, chunk.people.size)


def _sum(line: Ints, weight: Floats, size: int) -> Floats:
    return np.asarray(np.bincount(line, weight, size), dtype=np.float64)


def pass_month(chunk: Chunk) -> None:
    """Trouble and fatigue fade, satisfaction follows trouble slowly."""
    state, latent, weights = chunk.state, chunk.people.latent, chunk.setting.world.feelings
    calm = 0.5 - 0.7 * np.tanh(state.trouble) + 0.35 * latent.patience + 0.2 * np.tanh(latent.coverage)
    state.satisfaction = weights.satisfaction_memory * state.satisfaction + (1.0 - weights.satisfaction_memory) * calm
    state.trouble *= chunk.setting.world.leaving.trouble_memory
    state.fatigue *= weights.fatigue_memory
