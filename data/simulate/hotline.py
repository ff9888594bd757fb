"""How the hotline copes: waiting and giving up by load, and the operator's `call_volumes`.

Waiting follows the load of the interval: P(wait) rises with occupancy and falls with the size of the group, waits are
exponential. This is a smooth stand-in for Erlang's formulas, which belong to the staffing model, not to its data.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from data.simulate.arrivals import Arrivals
from data.simulate.causes import CAUSES, UNPLANNED
from data.simulate.happenings import QUEUES
from data.simulate.kinds import Floats, Ints
from data.simulate.rows import amounts, codes, counts, stamps
from data.simulate.service_parameters import CallParameters, HandlingParameters
from data.simulate.setting import CENTRES


@dataclass(frozen=True)
class Load:
    """The hotline's state: agents, P(wait > 0), mean wait of those who wait, each (intervals, queues, centres).

    `handle_s` is the mean handle time by queue, shape (1, queues, 1); `patience_s` the mean patience.
    """

    agents: Floats
    p_wait: Floats
    mean_wait_s: Floats
    handle_s: Floats
    patience_s: float

    @property
    def p_abandon(self) -> Floats:
        """Probability to give up: an exponential patience against an exponential wait."""
        return self.p_wait * self.mean_wait_s / (self.mean_wait_s + self.patience_s)

    def answered_within(self, seconds: float) -> Floats:
        """Probability that an answered call waited at most `seconds`."""
        late = self.p_wait * np.exp(-seconds / self.mean_wait_s) * np.exp(-seconds / self.patience_s)
        return 1.0 - late / np.maximum(1.0 - self.p_abandon, 1e-9)


def hotline_load(arrivals: Arrivals, calls: CallParameters, handling: HandlingParameters) -> Load:
    """Agents are planned for the mean rate without `UNPLANNED` causes by the square-root rule; the rate meets them."""
    parts = np.array([handling.talk_s, handling.hold_s, handling.after_call_s])
    handle = parts.sum(axis=0)[None, :, None]
    seconds = calls.interval_min * 60.0
    surprise = sum(arrivals.by_cause[CAUSES.index(name)] for name in UNPLANNED)
    planned = (arrivals.mean_rate - surprise) * handle / seconds
    agents = np.ceil(planned + calls.roster_beta * np.sqrt(planned))
    occupancy = arrivals.rate * handle / seconds / np.maximum(agents, 1.0)
    p_wait = np.clip(occupancy, 0.0, 1.0) ** (1.5 + 0.6 * np.sqrt(np.maximum(agents, 1.0)))
    spare = np.maximum(agents * (1.0 - occupancy), 2.0)
    return Load(agents, np.minimum(p_wait, 0.98), handle / spare, handle, handling.patience_s)


@dataclass
class Tally:
    """Hotline contacts of the simulated lines, counted into intervals; each array (intervals, queues, centres).

    `by_cause` has the causes in front; it adds up to the contacts offered.
    """

    by_cause: Ints
    answered: Floats
    in_target: Floats
    handle_s: Floats

    @classmethod
    def like(cls, rates: Floats) -> Tally:
        """An empty tally."""
        by_cause = np.zeros((len(CAUSES), *rates.shape), dtype=np.int64)
        return cls(by_cause, np.zeros_like(rates), np.zeros_like(rates), np.zeros_like(rates))

    def add(self, other: Tally) -> None:
        """Add another tally to this one."""
        for name in ("by_cause", "answered", "in_target", "handle_s"):
            getattr(self, name)[...] += getattr(other, name)

    @property
    def offered(self) -> Floats:
        """All contacts."""
        return self.by_cause.sum(axis=0).astype(np.float64)

    def count(
        self, cause: Ints, place: tuple[Ints, Ints, Ints], answered: Floats, in_target: Floats, handle_s: Floats
    ) -> None:
        """Add contacts of a cause at (interval, queue, centre)."""
        np.add.at(self.by_cause, (cause, *place), 1)
        np.add.at(self.answered, place, answered)
        np.add.at(self.in_target, place, in_target)
        np.add.at(self.handle_s, place, handle_s)


def others_offered(rng: np.random.Generator, arrivals: Arrivals) -> Ints:
    """Calls of the operator's other callers, drawn from the rate; shape (intervals, queues, centres)."""
    return np.asarray(rng.poisson(arrivals.rate), dtype=np.int64)


def call_volumes(
    rng: np.random.Generator, desk: tuple[Arrivals, Load, Tally], offered: Ints, calls: CallParameters
) -> pa.Table:
    """`call_volumes`: the `offered` calls of other callers and the contacts of the simulated lines."""
    arrivals, load, sample = desk
    answered = rng.binomial(offered, 1.0 - load.p_abandon)
    in_target = rng.binomial(answered, np.clip(load.answered_within(calls.target_s), 0.0, 1.0))
    handle = rng.gamma(np.maximum(answered * 1.6, 1e-9), load.handle_s / 1.6)
    opened = np.broadcast_to(arrivals.mean_rate > 0, offered.shape)
    interval, queue, centre = np.nonzero(opened)
    all_offered = (offered + sample.offered)[opened].astype(np.int64)
    all_answered = (answered + sample.answered)[opened].astype(np.int64)
    return pa.table(
        {
            "queue": codes(queue, QUEUES),
            "centre": codes(centre, CENTRES),
            "starts_at": stamps(arrivals.starts_us()[interval]),
            "offered": counts(all_offered),
            "answered": counts(all_answered),
            "abandoned": counts(all_offered - all_answered),
            "handle_s": amounts((handle + sample.handle_s)[opened], 0),
            "answered_in_target": counts((in_target + sample.in_target)[opened].astype(np.int64)),
            "target_s": counts(np.full(interval.size, calls.target_s, dtype=np.int64)),
            "agents": amounts(load.agents[opened], 0),
        }
    )
