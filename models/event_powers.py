"""How calls go with the people addressed and with an event's length: powers, learned from past events of a kind.

log strength = power of size x log (people / usual x usual load / load) + power of length x log (hours / usual) + noise,
by Bayesian linear regression: twice the people make twice the calls unless enough events say otherwise.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from features.intervals import FloatArray
from models.event_effects import KindEffect

PRIOR_POWERS = (1.0, 0.0)  # of size, of length
PRIOR_SDS = (0.35, 0.5)
NOISE_SD = 0.5  # of a log strength


def powers_of(kind: KindEffect, facts: pd.DataFrame) -> KindEffect:
    """The kind with its powers and what is usual; `facts` of its events: size, load, hours, acted (strength), dose.

    Where an event does not tell its size, sizes do not count.
    """
    if not len(facts):
        return kind
    sized, load = bool((facts["size"] > 0).all()), float(facts["load"].mean())
    size, hours = (_middle(facts[name]) if sized or name == "hours" else float("nan") for name in ("size", "hours"))
    people = np.log(facts["size"] / size * load / facts["load"]) if sized else np.zeros(len(facts))
    known = np.column_stack([people, np.log(facts["hours"] / hours)])
    size_power, length_power = _powers(known, np.log((facts["acted"] * facts["dose"]).to_numpy(float)))
    kind = replace(kind, usual_size=size, usual_load=load, usual_hours=hours)
    return replace(kind, size_power=size_power if sized else 0.0, length_power=length_power)


def _powers(known: FloatArray, acted: FloatArray) -> tuple[float, float]:
    """Slopes of centred logs, with the prior's mean and precision."""
    held = np.diag(np.array(PRIOR_SDS) ** -2.0)
    centred = known - known.mean(axis=0)
    precision = held + centred.T @ centred / NOISE_SD**2
    value = np.linalg.solve(precision, held @ PRIOR_POWERS + centred.T @ (acted - acted.mean()) / NOISE_SD**2)
    return float(np.clip(value[0], 0.0, 1.5)), float(np.clip(value[1], -1.5, 1.0))


def _middle(values: pd.Series) -> float:
    return float(np.exp(np.log(values).mean()))
