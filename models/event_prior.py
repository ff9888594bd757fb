"""What is believed of an event's effect before its kind has spoken: smooth over phases, like other kinds."""

from __future__ import annotations

import numpy as np

from features.event_calendar import AFTER, PHASES, RUNNING, SOON
from features.intervals import FloatArray

WEAK_SD = 0.6  # of the load; before any kind is known
WEAK_WEIGHT = 1.0  # worth so many kinds
FADING = (0.7, 0.7, 0.7, 0.7, 0.45, 0.3, 0.2, 0.2, 0.12, 0.12)  # sd of the phases after the end against those before it
TYPICAL_STRENGTH, TYPICAL_WEIGHT = 0.35, 2.0  # sd from event to event, worth so many events
REGULAR = ("bill_day", "bill_sms")  # the same people every month
REGULAR_STRENGTH, REGULAR_WEIGHT = 0.1, 20.0

HALF_DAYS = 7.0  # after so many days of running the sd is half of the first day's

_AGE = np.log1p(np.concatenate([RUNNING, np.array(SOON) / 24.0, AFTER]))
_SCALE = np.concatenate([1.0 / (1.0 + np.array(RUNNING) / HALF_DAYS), FADING])


def prior_covariance(sd: float) -> FloatArray:
    """(phases, phases): half of the variance is shared by all phases, half fades with the distance in log days."""
    near = np.exp(-np.abs(np.subtract.outer(_AGE, _AGE)) / 0.7)
    same_side = np.equal.outer(np.arange(PHASES) < len(RUNNING), np.arange(PHASES) < len(RUNNING))
    shared = np.where(same_side, 0.5 + 0.5 * near, 0.3)
    return sd**2 * shared * np.outer(_SCALE, _SCALE)


def pooled(effects: FloatArray, spreads: FloatArray) -> tuple[FloatArray, float]:
    """The mean effect by phase over kinds (kinds, phases), each by its precision, and the sd between kinds.

    Empirical Bayes by one step of EM (Dempster, Laird & Rubin 1977): the variance is that of the posterior means plus
    the mean posterior variance, drawn towards the weak prior's.
    """
    if not len(effects):
        return np.zeros(PHASES), WEAK_SD
    first = slice(0, 3)
    away = (effects[:, first] - effects[:, first].mean(axis=0)) ** 2 + spreads[:, first] ** 2
    between = float(np.sqrt((away.mean(axis=1).sum() + WEAK_WEIGHT * WEAK_SD**2) / (len(effects) + WEAK_WEIGHT)))
    told = np.clip(1.0 - spreads**2 / (between * _SCALE) ** 2, 0.0, 1.0)  # what a kind's own days say of a phase
    return (told * effects).sum(axis=0) / (told.sum(axis=0) + 0.5), between


def strength_sd(kind: str, strength: FloatArray, variance: FloatArray) -> float:
    """From event to event of a kind, relative: moments of the posterior, drawn towards what is typical."""
    regular = kind in REGULAR
    typical, weight = (REGULAR_STRENGTH, REGULAR_WEIGHT) if regular else (TYPICAL_STRENGTH, TYPICAL_WEIGHT)
    total = float(np.sum(strength**2 + variance)) + weight * typical**2
    return float(np.sqrt(total / (len(strength) + weight)))
