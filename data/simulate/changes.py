"""Plans, packs and statuses that change: `subscriptions`, `holdings`, `statuses`; intervals are half-open."""

from __future__ import annotations

import numpy as np

from data.simulate.chunk import Chunk
from data.simulate.kinds import NEVER, NONE, Bools, Ints
from data.simulate.rows import codes, dates, identifiers
from data.simulate.state import ACTIVE, STATUSES, SUSPENDED_ARREARS, SUSPENDED_REQUEST


def start_month(chunk: Chunk, month: int) -> None:
    """Scheduled plans come into force, some packs end, statuses follow unpaid bills; all on the month's first day."""
    day = chunk.setting.calendar.day(month)
    present = chunk.present(month)
    _change_plans(chunk, present, day)
    _drop_packs(chunk, present, day)
    _change_statuses(chunk, present, day)


def _change_plans(chunk: Chunk, present: Bools, day: int) -> None:
    state = chunk.state
    line = np.flatnonzero((state.next_plan != NONE) & present)
    _write_plans(chunk, line, np.full(line.size, day))
    state.plan[line], state.plan_since[line] = state.next_plan[line], day
    state.rollover_mb[line] = 0.0
    state.next_plan[line] = NONE


def _drop_packs(chunk: Chunk, present: Bools, day: int) -> None:
    for pack in chunk.setting.catalogue.packs.of_kind("data"):
        held = chunk.state.held_since[:, pack]
        gives_up = chunk.rng.random(held.size) < chunk.setting.world.billing.pack_drop
        line = np.flatnonzero((held != NEVER) & (held < day) & present & gives_up)
        _write_packs(chunk, line, int(pack), np.full(line.size, day))
        held[line] = NEVER


def _change_statuses(chunk: Chunk, present: Bools, day: int) -> None:
    state, billing = chunk.state, chunk.setting.world.billing
    uniform = chunk.rng.random(chunk.people.size)
    status = state.status
    wanted = np.select(
        [
            (status == SUSPENDED_REQUEST) & (uniform > billing.request_ends),
            state.unpaid >= billing.suspend_after_months,
            (status == ACTIVE) & (uniform < billing.request_suspension) & (state.months_billed > 0),
        ],
        [SUSPENDED_REQUEST, SUSPENDED_ARREARS, SUSPENDED_REQUEST],
        ACTIVE,
    )
    line = np.flatnonzero(present & (wanted != status) & (chunk.people.visible.joined_day < day))
    status[line] = wanted[line]
    write_statuses(chunk, line, np.full(line.size, day), wanted[line])


def change_by_themselves(chunk: Chunk, month: int, best: Ints) -> None:
    """Some lines order the cheapest plan on sale without being asked; in force from the next month."""
    state, latent, choice = chunk.state, chunk.people.latent, chunk.setting.world.choice
    today = state.last_total.mean(axis=1)
    wants = chunk.rng.random(today.size) < choice.own_change * latent.price_sensitivity
    wants &= (state.best_total < choice.own_change_saving * today) & (state.next_plan == NONE) & (best != state.plan)
    wants &= chunk.present(month) & (state.status == ACTIVE)
    state.next_plan[wants] = best[wants]


def write_statuses(chunk: Chunk, line: Ints, day: Ints, status: Ints) -> None:
    """Rows of `statuses`."""
    chunk.parts.add(
        "statuses",
        {
            "customer_id": identifiers("U", chunk.people.number[line], 8),
            "starts_on": dates(day),
            "status": codes(status, STATUSES),
        },
    )


def _write_plans(chunk: Chunk, line: Ints, ends: Ints, scheduled: bool = False) -> None:
    state = chunk.state
    plan, since = (state.next_plan, ends) if scheduled else (state.plan, state.plan_since[line])
    chunk.parts.add(
        "subscriptions",
        {
            "customer_id": identifiers("U", chunk.people.number[line], 8),
            "plan_id": codes(plan[line], chunk.setting.catalogue.plans.ids),
            "starts_on": dates(since),
            "ends_on": dates(np.full(line.size, NEVER) if scheduled else ends),
        },
    )


def _write_packs(chunk: Chunk, line: Ints, pack: int, ends: Ints) -> None:
    chunk.parts.add(
        "holdings",
        {
            "customer_id": identifiers("U", chunk.people.number[line], 8),
            "pack_id": codes(np.full(line.size, pack), chunk.setting.catalogue.packs.ids),
            "starts_on": dates(chunk.state.held_since[line, pack]),
            "ends_on": dates(ends),
        },
    )


def write_open(chunk: Chunk) -> None:
    """What is in force at the window's end, what leavers held (billed to their last month's end), what is scheduled."""
    state, calendar = chunk.state, chunk.setting.calendar
    end = calendar.end_day
    firsts = np.array([calendar.day(month + 1) for month in range(calendar.months)])
    left = (state.leave_day != NEVER) & (state.leave_day < end)
    closed = np.where(
        left,
        firsts[np.searchsorted(firsts, np.where(left, state.leave_day, 0), side="right").clip(0, firsts.size - 1)],
        NEVER,
    )
    scheduled = (state.next_plan != NONE) & ~left
    everyone = np.arange(chunk.people.size)
    _write_plans(chunk, everyone, np.where(scheduled, end, closed))
    coming = np.flatnonzero(scheduled)
    _write_plans(chunk, coming, np.full(coming.size, end), scheduled=True)
    for pack in range(len(chunk.setting.catalogue.packs.ids)):
        line = np.flatnonzero(state.held_since[:, pack] != NEVER)
        _write_packs(chunk, line, pack, closed[line])
