"""How far a doubly robust value may be off where few rewards carry it: an interval that does not shrink with bad luck.

A bootstrap of few acceptances is too narrow just where there were too few. Rewards above 0, rewards below 0 and the
model's part have limits of their own. A weighted sum of few counts is as a gamma variable (Fay & Feuer 1997,
"Confidence intervals for directly standardized rates", section 3); its upper limit counts one reward more, as large as
the model expects the next one. The parts' distances are added up with their correlations (Zou & Donner 2008,
"Construction of confidence limits about effect measures", equation 9). Persons are the units.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2, norm

from models.feature_schema import Floats

LEVEL = 0.95
TAILS = ((1 - LEVEL) / 2, (1 + LEVEL) / 2)


def interval(person: NDArray[np.int64], model: Floats, rewards: Floats, expected: tuple[Floats, Floats]) -> Floats:
    """(low, high) of sum(model + rewards) over decisions, each (decisions,), a row a decision.

    rewards: weight x reward, 0 where none came. expected: how probable the model held a reward, and weight x its size
    (of either sign) if one comes.
    """
    codes = np.unique(person, return_inverse=True)[1]
    parts = [_by_person(codes, model)]
    spread = norm.ppf(TAILS[1]) * np.linalg.norm(parts[0] - parts[0].mean())
    distances = [(spread, spread)]
    for sign in (1.0, -1.0):
        came, (likely, size) = np.maximum(sign * rewards, 0.0), expected
        low, high = gamma_limits(_by_person(codes, came), _next(likely, sign * size))
        total = came.sum()
        distances.append((total - low, high - total) if sign > 0 else (high - total, total - low))
        parts.append(sign * _by_person(codes, came))
    correlation = _correlation(np.array(parts))
    below, above = (np.sqrt(max(float(d @ correlation @ d), 0.0)) for d in np.array(distances).T)
    whole = float(model.sum() + rewards.sum())
    return np.array([whole - below, whole + above])


def gamma_limits(sums: Floats, following: tuple[float, float]) -> tuple[float, float]:
    """Limits of the expected sum of persons' `sums` (>= 0); `following`: mean size and mean square of one reward more.

    Of 5 in very many the exact limits (Poisson) are 1.62 and 11.67.

    >>> few = np.concatenate([np.ones(5), np.zeros(100_000)])
    >>> [round(limit, 2) for limit in gamma_limits(few, (1.0, 1.0))]
    [1.62, 11.67]
    """
    total, (size, square) = sums.sum(), following
    variance = np.sum(np.square(sums - sums.mean()))
    low = variance / (2 * total) * chi2.ppf(TAILS[0], 2 * total**2 / variance) if total > 0 < variance else total
    if total + size <= 0 or variance + square <= 0:
        return float(low), float(total)
    more, spread = total + size, variance + square
    return float(low), float(max(spread / (2 * more) * chi2.ppf(TAILS[1], 2 * more**2 / spread), total))


def _by_person(codes: NDArray[np.intp], values: Floats) -> Floats:
    return np.bincount(codes, weights=values).astype(np.float64)


def _next(likely: Floats, size: Floats) -> tuple[float, float]:
    """Mean size and mean square of the next reward of that sign, as the model expects it; zeros where none is."""
    chance = np.where(size > 0, likely, 0.0)
    total = chance.sum()
    return (float(chance @ size / total), float(chance @ size**2 / total)) if total > 0 else (0.0, 0.0)


def _correlation(parts: Floats) -> Floats:
    """Of the parts over persons; 0 with a part that does not vary."""
    centred = parts - parts.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(centred, axis=1)
    scaled = centred / np.where(lengths > 0, lengths, 1.0)[:, None]
    found = scaled @ scaled.T
    np.fill_diagonal(found, 1.0)
    return np.asarray(found)
