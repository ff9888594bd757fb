"""What changes about a line from month to month."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.simulate.biller import Bill
from data.simulate.catalogue import Catalogue
from data.simulate.kinds import NEVER, NONE, Bools, Floats, Ints
from data.simulate.usage import Held

ACTIVE, SUSPENDED_ARREARS, SUSPENDED_REQUEST, PRE_CANCELLED = range(4)
STATUSES = ("active", "suspended_arrears", "suspended_request", "pre_cancelled")
PORT_OUT, CANCELLED, SILENT, ARREARS = range(4)
LEAVE_KINDS = ("port_out", "cancelled", "silent", "arrears")
MEMORY = 3


@dataclass
class State:
    """One row a line. `held_since` has a column per pack (NEVER: not held), `last_…` one per remembered month.

    `best_total` is what the operator's cheapest plan on sale would have cost for the remembered use.
    """

    plan: Ints
    next_plan: Ints
    plan_since: Ints
    held_since: Ints
    rollover_mb: Floats
    status: Ints
    unpaid: Ints
    arrears_cny: Floats
    data_deviation: Floats
    voice_deviation: Floats
    trouble: Floats
    satisfaction: Floats
    fatigue: Floats
    last_popup: Ints
    accepted_day: Ints
    queried_day: Ints
    code_day: Ints
    leave_day: Ints
    leave_kind: Ints
    contract_start: Ints
    contract_end: Ints
    handset: Ints
    handset_since: Ints
    discount_cny: Floats
    discount_until: Ints
    last_total: Floats
    last_overage: Floats
    last_data: Floats
    last_voice: Floats
    months_billed: Ints
    best_total: Floats

    def present(self, day: int, joined_day: Ints) -> Bools:
        """Lines that have joined by `day` and have not left by it."""
        return (joined_day <= day) & ((self.leave_day == NEVER) | (self.leave_day > day))

    def held(self, catalogue: Catalogue) -> Held:
        """What each line holds now."""
        packs = catalogue.packs
        fixed = np.concatenate([packs.of_kind("data"), packs.of_kind("flex")])
        holds = self.held_since[:, fixed] != NEVER
        return Held(
            plan=self.plan,
            rollover_mb=self.rollover_mb,
            pack_mb=holds @ packs.data_mb[fixed],
            pack_fee_cny=holds @ packs.fee_cny[fixed],
            auto=self.held_since[:, packs.auto] != NEVER,
        )

    def remember(self, rows: Bools, bill: Bill, data_mb: Floats, voice_min: Floats) -> None:
        """Push a month's figures into the last three; `rows` are the billed lines, the others keep theirs."""
        fresh = rows & (self.months_billed == 0)
        latest = (
            (self.last_total, bill.total_cny),
            (self.last_overage, bill.overage_cny),
            (self.last_data, data_mb),
            (self.last_voice, voice_min),
        )
        for kept, value in latest:
            kept[rows, 1:] = kept[rows, :-1]
            kept[rows, 0] = value[rows]
            kept[fresh] = value[fresh, None]
        self.months_billed[rows] += 1


def mean_of_last(kept: NDArray[np.float64]) -> Floats:
    """Mean over the remembered months, shape (lines,)."""
    return kept.mean(axis=1)


def _never(size: int) -> Ints:
    return np.full(size, NEVER, dtype=np.int64)


def blank_state(plan: Ints, packs: int) -> State:
    """A state in which nothing has happened yet; the arrays are the state's own."""
    size = plan.size
    return State(
        plan=plan,
        next_plan=np.full(size, NONE, dtype=np.int64),
        plan_since=_never(size),
        held_since=np.full((size, packs), NEVER, dtype=np.int64),
        rollover_mb=np.zeros(size),
        status=np.zeros(size, dtype=np.int64),
        unpaid=np.zeros(size, dtype=np.int64),
        arrears_cny=np.zeros(size),
        data_deviation=np.zeros(size),
        voice_deviation=np.zeros(size),
        trouble=np.zeros(size),
        satisfaction=np.zeros(size),
        fatigue=np.zeros(size),
        last_popup=_never(size),
        accepted_day=_never(size),
        queried_day=_never(size),
        code_day=_never(size),
        leave_day=_never(size),
        leave_kind=np.full(size, NONE, dtype=np.int64),
        contract_start=_never(size),
        contract_end=_never(size),
        handset=np.zeros(size, dtype=np.int64),
        handset_since=_never(size),
        discount_cny=np.zeros(size),
        discount_until=_never(size),
        last_total=np.zeros((size, MEMORY)),
        last_overage=np.zeros((size, MEMORY)),
        last_data=np.zeros((size, MEMORY)),
        last_voice=np.zeros((size, MEMORY)),
        months_billed=np.zeros(size, dtype=np.int64),
        best_total=np.zeros(size),
    )
