"""How single events differ from their kind: own strengths, spill to other queues, an area's part in a centre.

Solved with the effects of kinds held: (1 + strength) x (1 + area's part) is taken linear around what is known so far.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import sparse

from features.intervals import FloatArray, IntArray
from models.event_effects import EventEffects, KindEffect, area_parts, own_queue, strengths
from models.event_misses import Misses, Prior
from models.event_prior import strength_sd

SPILL_SD = 0.3  # against the event's effect in its own queue
NO_SPILL_SD = 1e-3  # an event takes no calls from other queues
AREA_SD = 0.7


def with_weights(misses: Misses, effects: EventEffects) -> EventEffects:
    """The effects with own strengths, spills and area parts from these misses."""
    events, series = misses.events, misses.series
    shape = np.array([effects.of(kind).effect for kind in events["kind"]])
    acting = (shape[misses.event, misses.phase] * misses.dose)[:, None]
    own = own_queue(events, series)[misses.event]
    strength = strengths(effects, events)[misses.event][:, None]
    part = area_parts(effects, events, series)[misses.event]
    spill_names, spill_number = _numbered(events["kind"], series["queue"])
    part_names, part_number = _numbered(events["area"], series["centre"])
    blocks = (
        misses.columns(acting * own * (1 + part), _same(misses.event, own.shape), len(events)),
        misses.columns(acting * ~own * (1 + strength), spill_number[misses.event], len(spill_names)),
        misses.columns(acting * own * (1 + strength), part_number[misses.event], len(part_names)),
    )
    known = misses.columns(acting * own * (1 - strength * part), _same(misses.event * 0, own.shape), 1).toarray()
    own_sds = np.array([effects.of(kind).strength_sd for kind in events["kind"]])
    sds = np.concatenate([own_sds, np.full(len(spill_names), SPILL_SD), np.full(len(part_names), AREA_SD)])
    design = sparse.csr_matrix(sparse.hstack(blocks))
    first = misses.solve(design, _around_nothing(sds), known.reshape(-1))
    spill = slice(len(events), len(events) + len(spill_names))
    sds[spill] = np.where(first.value[spill] < 0, NO_SPILL_SD, SPILL_SD)
    found = misses.solve(design, _around_nothing(sds), known.reshape(-1))
    found_sd = np.sqrt(np.diag(found.covariance))[: len(events)]
    strengths_found = found.value[: len(events)]
    names = events["event_id"].astype(str)
    return replace(
        effects,
        kinds=_with_strength_sds(effects, events, strengths_found, found_sd),
        spill=dict(zip(spill_names, found.value[spill].tolist(), strict=True)),
        area_part=dict(zip(part_names, found.value[spill.stop :].tolist(), strict=True)),
        strength=dict(zip(names, zip(strengths_found.tolist(), found_sd.tolist(), strict=True), strict=True)),
    )


def centred(effects: EventEffects, events: pd.DataFrame) -> EventEffects:
    """What all events of a kind have in common is the kind's: without this the alternation creeps towards it."""
    kinds, strength = dict(effects.kinds), dict(effects.strength)
    for name, kind in effects.kinds.items():
        own = events.loc[events["kind"] == name, "event_id"].astype(str)
        value, sd = np.array([strength[event] for event in own]).reshape(-1, 2).T
        told = np.clip(1.0 - (sd / kind.strength_sd) ** 2, 0.0, 1.0)
        common = 1.0 + float((told * value).sum() / (told.sum() + 1.0))
        kinds[name] = replace(kind, effect=kind.effect * common)
        apart = (1.0 + value) / common - 1.0
        strength |= dict(zip(own, zip(apart.tolist(), sd.tolist(), strict=True), strict=True))
    return replace(effects, kinds=kinds, strength=strength)


def _around_nothing(sds: FloatArray) -> Prior:
    return Prior(np.zeros(len(sds)), np.diag(sds**-2.0))


def _same(number: IntArray, shape: tuple[int, ...]) -> IntArray:
    return np.broadcast_to(number[:, None], shape)


def _numbered(names: pd.Series, others: pd.Series) -> tuple[list[tuple[str, str]], IntArray]:
    """All pairs, and (events, series) the number of each one's pair; -1 without a name."""
    first, second = sorted(names.dropna().unique()), sorted(others.unique())
    pairs = [(a, b) for a in first for b in second]
    row = pd.Index(first).get_indexer(pd.Index(names.where(names.notna(), None)))
    column = pd.Index(second).get_indexer(pd.Index(others))
    return pairs, np.where(row[:, None] >= 0, row[:, None] * len(second) + column, -1)


def _with_strength_sds(
    effects: EventEffects, events: pd.DataFrame, strength: FloatArray, sd: FloatArray
) -> dict[str, KindEffect]:
    kinds = events["kind"].to_numpy()
    return {
        name: replace(kind, strength_sd=strength_sd(name, strength[kinds == name], sd[kinds == name] ** 2))
        for name, kind in effects.kinds.items()
    }
