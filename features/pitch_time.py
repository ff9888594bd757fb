"""How long a pitch takes an agent: handle time of calls with a pitch against calls without one, like with like.

Calls are alike that came to the same queue for the same intent. The seconds are the mean difference within those cells,
weighted by the calls with a pitch in each (the effect on those that were pitched). Agents choose whom to pitch, and may
choose calls that are short anyway: the cells take out only what queue and intent explain.
"""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd
from ibis import _

from data.known import Known
from features.contact_terms import with_terms

LEAST_PITCHED = 100  # calls with a pitch; handle times vary by as much as they last


@dataclass(frozen=True)
class PitchTime:
    """Seconds that a pitch adds to a call, their standard error, and the pitched calls that they were learned from."""

    seconds: float
    standard_error: float
    calls: int


def pitch_time(known: Known) -> PitchTime | None:
    """The seconds of a pitch; None where fewer than 100 pitched calls stand beside others of their kind."""
    if not (known.has("contacts") and known.has("exposures")):
        return None
    return estimate(_cells(known).to_pandas())


def estimate(cells: pd.DataFrame) -> PitchTime | None:
    """From one row a cell: pitched_n, pitched_mean, pitched_var, other_n, other_mean, other_var (seconds).

    >>> pitched = dict(pitched_n=200, pitched_mean=390.0, pitched_var=100.0)
    >>> estimate(pd.DataFrame([pitched | dict(other_n=800, other_mean=320.0, other_var=100.0)]))
    PitchTime(seconds=70.0, standard_error=0.7905694150420949, calls=200)
    """
    cells = cells[(cells["pitched_n"] > 1) & (cells["other_n"] > 1)]
    calls = int(cells["pitched_n"].sum())
    if calls < LEAST_PITCHED:
        return None
    weights = (cells["pitched_n"] / calls).to_numpy(float)
    difference = (cells["pitched_mean"] - cells["other_mean"]).to_numpy(float)
    spread = cells["pitched_var"] / cells["pitched_n"] + cells["other_var"] / cells["other_n"]
    error = float(np.sqrt(np.sum(weights**2 * spread.to_numpy(float))))
    return PitchTime(float(weights @ difference), error, calls)


def _cells(known: Known) -> ibis.Table:
    shown = known["exposures"].drop_null("contact_id")
    pitched = shown.group_by("contact_id").aggregate(pitched=_.pitched.any())
    calls = with_terms(known["contacts"]).drop_null(["handle_s", "intent"])
    calls = calls.left_join(pitched, "contact_id").mutate(pitched=_.pitched.fill_null(False))
    parts = {f"{name}_{how}": _part(how, flag) for name, flag in _SIDES.items() for how in ("n", "mean", "var")}
    cells = calls.group_by("queue", "intent").aggregate(**parts)
    return cells.filter(_.pitched_n > 1, _.other_n > 1).order_by("queue", "intent")


_SIDES = {"pitched": _.pitched, "other": ~_.pitched}


def _part(how: str, flag: ibis.Deferred) -> ibis.Deferred:
    if how == "n":
        return _.count(where=flag)
    return _.handle_s.mean(where=flag) if how == "mean" else _.handle_s.var(where=flag)
