"""Learning what events do: one linear model of past days, in which effects, strengths and day factors share the misses.

miss of a row = load x (day factor + Σ effect[kind, phase] x dose x weight). Effects are solved for with weights held,
then weights (`models.event_weights`) with effects held, a few times; all are drawn to their priors (a linear mixed
model by alternating least squares), effects to a course that fades (`models.event_course`).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.linalg import block_diag

from features.event_calendar import CAUSES, PHASES
from features.intervals import FloatArray, Grid, IntArray
from models.event_course import FREE_SD, course_prior
from models.event_effects import EventEffects, KindEffect, Lift, Place, hours_of, lift_of, own_queue, strengths, weights
from models.event_load import day_levels, ordinary_load
from models.event_misses import Learned, Misses, Prior
from models.event_powers import PRIOR_POWERS, powers_of
from models.event_prior import pooled, prior_covariance, strength_sd
from models.event_rows import touched_cells
from models.event_weights import centred, with_weights

ROUNDS = 8
LEAST_ACTED = 0.1  # of a kind's effect, before logs are taken


def fit_events(grid: Grid, events: pd.DataFrame, unusual: IntArray) -> Learned:
    """Effects of all kinds in `events` (as known at the grid's end) from the grid's days; none without events.

    `unusual` (days,): 0, or the kind of a day that is unlike its weekday's others.
    """
    events = _felt(grid, events)
    if not len(events):
        return _nothing(grid)
    kinds = sorted(events["kind"].unique())
    nothing = np.zeros(PHASES)
    effects = EventEffects({k: KindEffect(nothing, nothing, strength_sd(k, nothing[:0], nothing[:0])) for k in kinds})
    learned = _settled(effects, grid, events, unusual)
    for turn in range(ROUNDS):
        misses = Misses.of(learned, grid, events, unusual)
        effects = centred(with_weights(misses, _with_effects(misses, learned.effects)), events)
        known = list(effects.kinds.values())
        mean, between = pooled(np.array([k.effect for k in known]), np.array([k.spread for k in known]))
        effects = replace(effects, unknown=_unknown(known, mean, between))
        effects = _with_powers(effects, misses) if turn < ROUNDS - 2 else effects
        learned = _settled(effects, grid, events, unusual, learned.lift)
    return learned


def strengths_of(effects: EventEffects, grid: Grid, events: pd.DataFrame, unusual: IntArray) -> Learned:
    """The same effects with the own strengths of the events on other, newer days."""
    events = _felt(grid, events)
    if not len(events) or not effects.kinds:
        return replace(_nothing(grid), effects=effects)
    here = set(events["event_id"].astype(str))
    effects = replace(effects, strength={name: own for name, own in effects.strength.items() if name not in here})
    learned = _settled(effects, grid, events, unusual)
    for _ in range(2):
        strength = with_weights(Misses.of(learned, grid, events, unusual), learned.effects).strength
        learned = _settled(replace(effects, strength=effects.strength | strength), grid, events, unusual, learned.lift)
    return learned


def _felt(grid: Grid, events: pd.DataFrame) -> pd.DataFrame:
    """The events that reach into the grid's days."""
    felt = np.unique(Place(grid.series, grid.days, grid.interval_min, grid.counts).pieces(events).event)
    return events.iloc[felt].reset_index(drop=True)


def _nothing(grid: Grid) -> Learned:
    none = np.zeros(grid.counts.shape)
    return Learned(EventEffects(), Lift(dict.fromkeys(CAUSES, none), none), none, np.ones(none.shape[:2]))


def _settled(
    effects: EventEffects, grid: Grid, events: pd.DataFrame, unusual: IntArray, before: Lift | None = None
) -> Learned:
    place = Place(grid.series, grid.days, grid.interval_min, grid.counts)
    touched = touched_cells(place.pieces(events), own_queue(events, grid.series), grid.counts.shape)
    load = ordinary_load(grid, unusual, touched, before.total if before else np.zeros(grid.counts.shape))
    lift = lift_of(effects, events, replace(place, load=load))
    return Learned(effects, lift, load, day_levels(grid, unusual, load, lift))


def _with_effects(misses: Misses, effects: EventEffects) -> EventEffects:
    names = list(effects.kinds)
    kind = np.array([names.index(k) for k in misses.events["kind"]])[misses.event]
    felt = weights(effects, misses.events, misses.series)[misses.event]
    number = np.broadcast_to((kind * PHASES + misses.phase)[:, None], felt.shape)
    columns = misses.columns(felt * misses.dose[:, None], number, len(names) * PHASES)
    free = misses.solve(columns, _drawn_to_nothing([FREE_SD**2 * np.eye(PHASES)] * len(names)))
    own = [slice(row * PHASES, (row + 1) * PHASES) for row in range(len(names))]
    found = misses.solve(
        columns, _drawn_to_nothing([course_prior(free.value[one], free.covariance[one, one]) for one in own])
    )
    value = found.value.reshape(len(names), PHASES)
    spread = np.sqrt(np.diag(found.covariance)).reshape(value.shape)
    counts = misses.events["kind"].value_counts()
    changed = {
        name: replace(effects.kinds[name], effect=value[row], spread=spread[row], events=int(counts[name]))
        for row, name in enumerate(names)
    }
    return replace(effects, kinds=changed)


def _drawn_to_nothing(covariances: list[FloatArray]) -> Prior:
    precision = np.asarray(block_diag(*(np.linalg.inv(one) for one in covariances)), dtype=float)
    return Prior(np.zeros(len(precision)), precision)


def _with_powers(effects: EventEffects, misses: Misses) -> EventEffects:
    """How an event's strength goes with the people it addresses and with its length, kind by kind."""
    met = pd.Series(misses.met).groupby(misses.event).mean().reindex(range(len(misses.events))).to_numpy()
    facts = pd.DataFrame({"size": misses.events["size"].to_numpy(), "load": met, "hours": hours_of(misses.events)})
    facts["acted"] = np.maximum(1.0 + strengths(effects, misses.events), LEAST_ACTED)
    facts["dose"] = pd.Series(misses.dose).groupby(misses.event).mean().reindex(facts.index)
    kinds = misses.events["kind"].to_numpy()
    changed = {name: powers_of(kind, facts[(kinds == name) & (met > 0)]) for name, kind in effects.kinds.items()}
    return replace(effects, kinds=changed, strength={})


def _unknown(known: list[KindEffect], mean: FloatArray, between: float) -> KindEffect:
    """A kind that was never seen: the mean of all kinds, as unsure as kinds differ."""
    usual = pd.DataFrame({name: [getattr(kind, name) for kind in known] for name in ("usual_size", "usual_load")})
    size, load = usual[usual["usual_size"] > 0].median()
    spread = np.sqrt(np.diag(prior_covariance(between)))
    return KindEffect(mean, spread, usual_size=float(size), usual_load=float(load), size_power=PRIOR_POWERS[0])
