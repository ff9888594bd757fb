"""Who helps whom: idle agents of queues and centres lent to busy ones, for the least that is missing.

A mixed-integer programme per interval (HiGHS through SciPy): whole agents lent along allowed pairs are worth
`efficiency` of their own at the busy queue; what is missing costs 1, and every agent lent a little, so that nobody
moves for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp

from data.errors import BadInput, WorkFailed
from features.call_counts import KEYS
from features.intervals import FloatArray

PATIENCE_S = 10.0  # for one interval; then the best found so far counts
MOVING = 1e-3  # price of lending an agent, against 1 for one missing


@dataclass(frozen=True)
class Lending:
    """Which pairs may lend: from → to by row of the places, at most `limit` agents, each worth `efficiency`."""

    giver: np.ndarray
    taker: np.ndarray
    limit: FloatArray
    efficiency: FloatArray


@dataclass(frozen=True)
class Rules:
    """How well an agent works elsewhere: in another queue, in another centre (both multiply); most lent per pair."""

    other_queue: float = 0.85
    other_centre: float = 1.0
    most: float = float("inf")

    def __post_init__(self) -> None:
        for name, share in (("other-queue", self.other_queue), ("other-centre", self.other_centre)):
            if not 0 <= share <= 1:
                raise BadInput(f"{name}: came {share}, wanted a share from 0 (never) to 1 (as well as at home).")
        if self.most < 0:
            raise BadInput(f"most: came {self.most}, wanted a number of agents of at least 0.")


def lending(places: pd.DataFrame, rules: Rules) -> Lending:
    """Every pair of two different places (rows of queue, centre) that the rules let help each other."""
    queue, centre = (places[name].to_numpy() for name in KEYS)
    giver, taker = np.nonzero(~np.eye(len(places), dtype=bool))
    worth = np.where(queue[giver] == queue[taker], 1.0, rules.other_queue)
    worth = worth * np.where(centre[giver] == centre[taker], 1.0, rules.other_centre)
    useful = worth > 0
    limit = np.full(int(useful.sum()), rules.most)
    return Lending(giver[useful], taker[useful], limit, worth[useful])


def balance(needed: FloatArray, available: FloatArray, pairs: Lending) -> FloatArray:
    """(pairs,) whole agents lent in one interval: `needed` and `available` are (places,) agents on the phone.

    Nobody lends more than is spare there; the shortfall left is the least there can be. WorkFailed where no plan is
    found.
    """
    spare, missing = np.maximum(available - needed, 0.0), np.maximum(needed - available, 0.0)
    if not spare.any() or not missing.any() or not len(pairs.giver):
        return np.zeros(len(pairs.giver))
    lent, places = len(pairs.giver), len(needed)
    given = (pairs.giver == np.arange(places)[:, None]).astype(float)
    taken = (pairs.taker == np.arange(places)[:, None]) * pairs.efficiency
    rows = np.block([[given, np.zeros((places, places))], [-taken, -np.eye(places)]])
    price = np.concatenate([np.full(lent, MOVING), np.ones(places)])
    most = np.concatenate([np.minimum(pairs.limit, np.floor(spare)[pairs.giver]), np.full(places, np.inf)])
    whole = np.repeat([1, 0], [lent, places])
    limits = LinearConstraint(rows, ub=np.concatenate([spare, -missing]))
    found = milp(
        price,
        integrality=whole,
        bounds=Bounds(0.0, most),
        constraints=limits,
        options={"time_limit": PATIENCE_S, "mip_rel_gap": 0.0},
    )
    if found.x is None:
        raise WorkFailed(f"balance: no plan was found within {PATIENCE_S:g} s ({found.message}).")
    return np.asarray(np.rint(found.x[:lent]), dtype=float)


def balance_plan(table: pd.DataFrame, rules: Rules) -> tuple[pd.DataFrame, pd.DataFrame]:
    """From rows queue, centre, starts_at, needed, available: who lends to whom, and what is missing before and after.

    Lent: starts_at, from_queue, from_centre, to_queue, to_centre, agents, worth. Shortfall: starts_at, needed,
    available, missing_before, missing_after.
    """
    absent = {*KEYS, "starts_at", "needed", "available"} - set(table)
    if absent:
        raise BadInput(f"balance: columns {', '.join(sorted(absent))} are missing.")
    lent, left = [], []
    for starts_at, rows in table.groupby("starts_at", sort=True):
        places = rows.reset_index(drop=True)
        pairs = lending(places, rules)
        needed, available = (places[name].to_numpy(float) for name in ("needed", "available"))
        moved = balance(needed, available, pairs)
        lent.append(_moves(places, pairs, moved).assign(starts_at=starts_at))
        helped = np.bincount(pairs.taker, weights=moved * pairs.efficiency, minlength=len(places))
        missing = np.maximum(needed - available, 0.0)
        after = np.maximum(missing - helped, 0.0)
        left.append((starts_at, needed.sum(), available.sum(), missing.sum(), after.sum()))
    columns = ["starts_at", "needed", "available", "missing_before", "missing_after"]
    moves = pd.concat(lent, ignore_index=True)
    return moves[["starts_at", *(c for c in moves if c != "starts_at")]], pd.DataFrame(left, columns=columns)


def _moves(places: pd.DataFrame, pairs: Lending, moved: FloatArray) -> pd.DataFrame:
    used = moved > 0
    ends = {"from": pairs.giver[used], "to": pairs.taker[used]}
    columns = {f"{end}_{name}": places[name].to_numpy()[rows] for end, rows in ends.items() for name in KEYS}
    return pd.DataFrame({**columns, "agents": moved[used], "worth": moved[used] * pairs.efficiency[used]})
