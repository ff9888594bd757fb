"""How a month's bill, contacts and network leave their mark: remembered trouble, satisfaction, pitch fatigue."""

from __future__ import annotations

import numpy as np

from data.simulate.billing import BilledMonth
from data.simulate.chunk import Chunk
from data.simulate.contacts import COMPLAINT, NETWORK, SMS, Requests
from data.simulate.handling import Handled
from data.simulate.kinds import Floats, Ints

SHOCK_WEIGHT = 0.8  # trouble per unit of (bill / usual - 1), capped at 1.5; assumed, so are all below
UNRESOLVED_WEIGHT = 0.45  # per unresolved contact
COMPLAINT_WEIGHT = 0.35  # per contact that complains
NETWORK_WEIGHT = 0.15  # per contact about the network
WAIT_WEIGHT = 0.10  # per minute of waiting or per call given up
COVERAGE_WEIGHT = 0.06  # per unit of bad coverage, each month
SATISFACTION_MEMORY = 0.85
FATIGUE_MEMORY = 0.70


def feel_bill(chunk: Chunk, month: BilledMonth) -> None:
    """Trouble from a bill above the usual, and from bad coverage; call before the bill is remembered by others."""
    state, people = chunk.state, chunk.people
    usual = np.maximum(state.last_total.mean(axis=1), 15.0)
    shock = np.clip(month.bill.total_cny / usual - 1.0, 0.0, 1.5) * month.rows
    coverage = COVERAGE_WEIGHT * np.exp(-0.7 * people.latent.coverage) / 1.5
    state.trouble += SHOCK_WEIGHT * shock * np.exp(-0.2 * people.latent.patience) + coverage


def feel_contacts(chunk: Chunk, requests: Requests, handled: Handled) -> None:
    """Trouble from what stayed unresolved, complaints, network trouble and waiting."""
    own = requests.channel != SMS
    weight = UNRESOLVED_WEIGHT * ~handled.resolved + COMPLAINT_WEIGHT * (requests.intent == COMPLAINT)
    weight = weight + NETWORK_WEIGHT * (requests.intent == NETWORK)
    weight = weight + WAIT_WEIGHT * np.nan_to_num(handled.wait_s) / 60.0
    chunk.state.trouble += _sum(requests.line, weight * own, chunk.people.size)


def _sum(line: Ints, weight: Floats, size: int) -> Floats:
    return np.asarray(np.bincount(line, weight, size), dtype=np.float64)


def pass_month(chunk: Chunk) -> None:
    """Trouble and fatigue fade, satisfaction follows trouble slowly."""
    state, latent = chunk.state, chunk.people.latent
    calm = 0.5 - 0.7 * np.tanh(state.trouble) + 0.35 * latent.patience + 0.2 * np.tanh(latent.coverage)
    state.satisfaction = SATISFACTION_MEMORY * state.satisfaction + (1.0 - SATISFACTION_MEMORY) * calm
    state.trouble *= chunk.setting.world.leaving.trouble_memory
    state.fatigue *= FATIGUE_MEMORY
