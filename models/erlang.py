"""Waiting lines with many agents: Erlang C (nobody hangs up) and Erlang A (patience runs out), exact and vectorised.

Arguments broadcast. Loads are in Erlang: calls per second × average handle time. Times are in seconds.
Service levels are defined three ways, by name (`ServiceLevel`); with Erlang C all three are the same.
Formulas: Erlang C as in Gans, Koole, Mandelbaum 2003, section 4.1; Erlang A as in Mandelbaum & Zeltyn 2005, "The
Palm/Erlang-A queue", appendix, with the integrals as incomplete gamma functions on the log scale.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammainc, gammaincc, gammaln

from data.errors import BadInput
from features.intervals import FloatArray

ServiceLevel = Literal["of_offered", "of_answered", "answered_or_abandoned"]
TINY = 1e-280  # below this an incomplete gamma function has no digits left, and the power series converges fast
SERIES_TERMS = 400
TINY_SHAPE = 1e-12  # stands for no agents at all


@dataclass(frozen=True)
class Line:
    """What a line does: shares of the offered calls, `asa_s` the mean wait of all calls, `occupancy` of the agents."""

    waiting: FloatArray
    abandoned: FloatArray
    service_level: FloatArray
    asa_s: FloatArray
    occupancy: FloatArray


def erlang_b(agents: ArrayLike, load: ArrayLike) -> FloatArray:
    """Share of calls that find all agents busy and are lost.

    >>> round(float(erlang_b(14, 10)), 4)
    0.0568
    """
    return np.exp(_log_erlang_b(*np.broadcast_arrays(np.asarray(agents, float), np.asarray(load, float))))


def erlang_c(agents: ArrayLike, load: ArrayLike, handle_s: ArrayLike, within_s: float) -> Line:
    """Calls that wait for ever: where the load reaches the agents, everybody waits and the service level is 0.

    >>> line = erlang_c(14, 10, 180, 20)
    >>> [round(float(x), 4) for x in (line.waiting, line.service_level, line.asa_s, line.occupancy)]
    [0.1741, 0.8884, 7.8359, 0.7143]
    """
    agents, load, handle_s = _broadcast(agents, load, handle_s)
    spare = agents - load
    stable = spare > 0
    lost = np.exp(_log_erlang_b(agents, load))
    waiting = np.where(stable, agents * lost / np.where(stable, spare + load * lost, 1.0), 1.0)
    slack = np.where(stable, spare, 1.0)
    service = np.where(stable, 1 - waiting * np.exp(-slack * within_s / handle_s), 0.0)
    asa = np.where(stable, waiting * handle_s / slack, np.inf)
    occupancy = np.minimum(load / np.maximum(agents, 1e-300), 1.0)
    return Line(waiting, np.zeros_like(load), service, np.where(load > 0, asa, 0.0), occupancy)


def erlang_a(
    agents: ArrayLike,
    load: ArrayLike,
    handle_s: ArrayLike,
    queue: Queue,
) -> Line:
    """Calls that hang up after an exponential patience (M/M/n+M): defined at any load.

    >>> line = erlang_a(10, 10, 180, Queue(within_s=20, patience_s=120))
    >>> round(float(line.abandoned), 4), round(float(line.service_level), 3)
    (0.1375, 0.64)
    """
    patience_s = queue.patience_s
    if patience_s is None:
        raise BadInput("patience-s: came none, wanted seconds: Erlang A is for callers who hang up.")
    agents, load, handle_s = _broadcast(agents, load, handle_s)
    safe = np.maximum(load, 1e-12)
    shape, ratio = agents * patience_s / handle_s, safe * patience_s / handle_s
    late = ratio * np.exp(-queue.within_s / patience_s)
    decay = ratio - late - shape * queue.within_s / patience_s
    log_busy, log_late = _log_scaled_gamma(shape, ratio), _log_scaled_gamma(shape, late)
    total = np.logaddexp(_log_inverse_b_before(agents, safe), np.log(ratio) + log_busy)
    waiting = np.exp(np.log(ratio) + log_busy - total)
    beyond = np.exp(np.log(ratio) + decay + log_late - total)
    answered = np.clip(1 - waiting + _served(shape, log_busy, -total), 0.0, 1.0)
    in_time = np.clip(answered - _served(shape, log_late, decay - total), 0.0, 1.0)
    gone_or_answered = 1 - beyond * np.exp(-queue.within_s / patience_s)
    service = {
        "of_offered": in_time,
        "of_answered": in_time / np.maximum(answered, 1e-300),
        "answered_or_abandoned": gone_or_answered,
    }[queue.definition]
    abandoned = 1 - answered
    occupancy = np.minimum(load * answered / np.maximum(agents, 1e-300), 1.0)
    return Line(waiting, abandoned, service, abandoned * patience_s, occupancy)


@dataclass(frozen=True)
class Queue:
    """What callers are promised and how long they hold on: patience None = for ever (Erlang C)."""

    within_s: float = 30.0
    patience_s: float | None = None
    definition: ServiceLevel = "of_offered"

    def line(self, agents: ArrayLike, load: ArrayLike, handle_s: ArrayLike) -> Line:
        """The line with so many agents, by Erlang A where callers hang up, else Erlang C."""
        if self.patience_s is None:
            return erlang_c(agents, load, handle_s, self.within_s)
        return erlang_a(agents, load, handle_s, self)


def _broadcast(agents: ArrayLike, load: ArrayLike, handle_s: ArrayLike) -> list[FloatArray]:
    return [np.array(x) for x in np.broadcast_arrays(*(np.asarray(v, float) for v in (agents, load, handle_s)))]


def _log_erlang_b(agents: FloatArray, load: FloatArray) -> FloatArray:
    """log of Poisson pmf / cdf at `agents`; where the cdf underflows, from 1/B = Σ n!/(n−k)! load^−k."""
    safe = np.maximum(load, 1e-300)
    cdf = gammaincc(agents + 1, safe)
    usable = cdf > TINY
    result = np.asarray(agents * np.log(safe) - safe - gammaln(agents + 1) - np.log(np.where(usable, cdf, 1.0)))
    if not usable.all():
        result[~usable] = -np.log(_inverse_b_series(agents[~usable], safe[~usable]))
    return result


def _inverse_b_series(agents: FloatArray, load: FloatArray) -> FloatArray:
    term, total = np.ones_like(load), np.ones_like(load)
    for k in range(SERIES_TERMS):
        term = term * np.maximum(agents - k, 0.0) / load
        total += term
    return total


def _log_inverse_b_before(agents: FloatArray, load: FloatArray) -> FloatArray:
    """log of 1 / B(agents − 1); with no agents at all the line is never idle."""
    return np.where(agents >= 1, -_log_erlang_b(np.maximum(agents - 1, 0.0), load), -np.inf)


def _served(shape: FloatArray, log_gamma: FloatArray, log_scale: FloatArray) -> FloatArray:
    """x · Σ_k x^k / ((shape + 1) … (shape + 1 + k)), scaled: the recursion of the series in its shape."""
    return np.exp(np.log(np.maximum(shape, TINY_SHAPE)) + log_gamma + log_scale) - np.exp(log_scale)


def _log_scaled_gamma(shape: FloatArray, x: FloatArray) -> FloatArray:
    """log of Σ_k x^k / (shape … (shape + k)) = log(e^x x^−shape γ(shape, x))."""
    shape = np.maximum(shape, TINY_SHAPE)
    regular = gammainc(shape, x)
    usable = regular > TINY
    result = np.asarray(x - shape * np.log(x) + gammaln(shape) + np.log(np.where(usable, regular, 1.0)))
    if not usable.all():
        result[~usable] = np.log(_scaled_gamma_series(shape[~usable], x[~usable]))
    return result


def _scaled_gamma_series(shape: FloatArray, x: FloatArray) -> FloatArray:
    term = 1.0 / shape
    total = term.copy()
    for k in range(1, SERIES_TERMS):
        term = term * x / (shape + k)
        total += term
    return total
