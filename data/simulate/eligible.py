"""Which offers a line may be shown: the menu of the pilot's random draw and of the ordinary rule."""

from __future__ import annotations

import numpy as np

from data.simulate.catalogue import DATA_PACK, HANDSET, PLAN, RETENTION
from data.simulate.chunk import Chunk
from data.simulate.kinds import NEVER, NONE, Bools, Floats, Ints
from data.simulate.setting import Setting
from data.simulate.targets import Estimates


def eligible(chunk: Chunk, guesses: Estimates, line: Ints, day: Ints) -> Bools:
    """Offers that rule and guard allow, shape (rows, offers); the same rules for everybody, none on leaving.

    Plans: on sale, not the present one, under the bill-rise guards, no other change pending. Data packs: none held
    yet, under the guard. Handsets: no contract beyond the next three months. Retention: a year of tenure, no
    discount running.
    """
    state, setting, joined_day = chunk.state, chunk.setting, chunk.people.visible.joined_day
    offers, packs = setting.catalogue.offers, setting.catalogue.packs
    sales = setting.world.sales
    menu = np.zeros((line.size, len(offers.ids)), dtype=np.bool_)
    free = state.next_plan[line] == NONE
    menu[:, guesses.offers] = guesses.allowed(setting)[line] & free[:, None]
    data_packs = packs.of_kind("data")
    holds = (state.held_since[line][:, data_packs] != NEVER).any(axis=1)
    fee = packs.fee_cny[np.maximum(offers.pack, 0)]
    ceiling = (sales.total_guard - 1.0) * guesses.present_cny[line]
    uses = state.last_data[line].mean(axis=1) > 0
    affordable = (fee[None, :] <= ceiling[:, None]) & (~holds & uses)[:, None]
    menu |= (offers.kind == DATA_PACK)[None, :] & affordable
    ends = state.contract_end[line]
    due = (ends == NEVER) | (ends - day < sales.handset_due_days)
    menu |= (offers.kind == HANDSET)[None, :] & due[:, None]
    loyal = (day - joined_day[line] > sales.retention_tenure_days) & (
        (state.discount_until[line] == NEVER) | (state.discount_until[line] <= day)
    )
    menu |= (offers.kind == RETENTION)[None, :] & loyal[:, None]
    return menu & (setting.opened_days()[None, :] <= day[:, None])


def uniform_choice(rng: np.random.Generator, menu: Bools) -> tuple[Ints, Floats]:
    """One of each row's allowed columns, each equally likely, and that probability; rows need at least one."""
    size = menu.sum(axis=1)
    rank = np.floor(rng.random(size.size) * size).astype(np.int64)
    chosen = np.argmax(np.cumsum(menu, axis=1) > rank[:, None], axis=1)
    return chosen, 1.0 / size


def ordinary_menu(chunk: Chunk, guesses: Estimates, menu: Bools, listed: Ints, line: Ints) -> Bools:
    """What the ordinary window holds: the listed plan, a pack that fits the overage, a handset, a retention offer.

    Shape (rows, offers); always within `menu`.
    """
    state, offers, packs = chunk.state, chunk.setting.catalogue.offers, chunk.setting.catalogue.packs
    held = np.zeros_like(menu)
    held[np.arange(line.size), listed[line]] = True
    overage = state.last_overage[line].mean(axis=1)
    fee = np.where(offers.kind == DATA_PACK, packs.fee_cny[np.maximum(offers.pack, 0)], np.inf)
    fitting = np.argmin(np.abs(fee[None, :] - overage[:, None]), axis=1)
    held[np.arange(line.size), fitting] |= overage > chunk.setting.world.sales.pack_min_overage_cny
    by_kind = [np.flatnonzero(offers.kind == kind) for kind in (HANDSET, RETENTION)]
    dear = guesses.present_cny[line] > np.median(guesses.present_cny)
    held[np.arange(line.size), np.where(dear, by_kind[0][1], by_kind[0][0])] = True
    held[np.arange(line.size), np.where(dear, by_kind[1][1], by_kind[1][0])] = True
    return held & menu


def ordinary_score(setting: Setting, after_plan_day: Bools, about_phones: Bools) -> Floats:
    """Priority of each offer in the window, shape (rows, offers): plans first after the 20th, packs before."""
    kind = setting.catalogue.offers.kind
    level = np.where(kind == PLAN, 2.0, np.where(kind == DATA_PACK, 3.0, np.where(kind == HANDSET, 1.0, 0.5)))
    score = np.broadcast_to(level, (after_plan_day.size, kind.size)).copy()
    score[after_plan_day] += 2.0 * (kind == PLAN)
    score[about_phones] += 5.0 * (kind == HANDSET)
    return score
