"""Which offers a line may get, what an acceptance is worth, and in which order they stand: pure functions of arrays.

Arrays are (lines, offers) float64 unless said otherwise; a null is NaN. Offers stand in ascending order of offer_id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
LEAVES_AFTER_MONTHS = 1.5  # the middle of the 90 days of the churn label
PITCH_SECONDS = 60.0  # assumed where a lake has too few pitched calls to learn it from (features.pitch_time)


@dataclass(frozen=True)
class ValueTerms:
    """The contract's "Value of an acceptance": a share, months, CNY, CNY an hour and seconds of the agent's time."""

    margin_share: float
    horizon_months: int
    acceptance_bonus_cny: float = 0.0
    agent_cny_per_hour: float = 0.0
    pitch_s: float = PITCH_SECONDS

    @property
    def pitch_cny(self) -> float:
        """What the agent's time for one pitch costs."""
        return self.agent_cny_per_hour * self.pitch_s / 3600.0


def horizon_margin(current_total: Floats, total_after: Floats, own_margin: Floats, terms: ValueTerms) -> Floats:
    """Margin of an acceptance over the horizon, CNY: share x (new - old bill) a month, or the offer's own margin.

    >>> terms = ValueTerms(0.45, 12)
    >>> horizon_margin(np.array([[80.0]]), np.array([[100.0]]), np.array([np.nan]), terms).round(2).tolist()
    [[108.0]]
    """
    by_bill = terms.margin_share * (total_after - current_total)
    monthly = np.where(np.isnan(own_margin), by_bill, own_margin)
    return np.asarray(terms.horizon_months * monthly)


def acceptance_value(margin: Floats, terms: ValueTerms) -> Floats:
    """V in CNY without the effect on leaving (`kept_margin`): margin + bonus - the agent's time."""
    return margin + (terms.acceptance_bonus_cny - terms.pitch_cny)


def kept_margin(leaving: Floats, total_after: Floats, terms: ValueTerms) -> Floats:
    """The contract's "churn effect x remaining margin", CNY; 0 where no effect is known.

    `leaving`: what an acceptance adds to P(leaves within 90 days). Who leaves within 90 days does so in their middle.

    >>> terms = ValueTerms(0.5, 12)
    >>> kept_margin(np.array([[-0.02, np.nan]]), np.array([[100.0, 100.0]]), terms).tolist()
    [[10.5, 0.0]]
    """
    remaining = terms.margin_share * np.fmax(total_after, 0.0) * max(terms.horizon_months - LEAVES_AFTER_MONTHS, 0.0)
    return np.where(np.isnan(leaving), 0.0, -leaving * remaining)


@dataclass(frozen=True)
class Factors:
    """P x V x C x L of each pair; a factor that is switched off is 1 wherever it was known."""

    propensity: Floats
    value: Floats
    context: Floats
    lever: Floats

    @property
    def priority(self) -> Floats:
        """What offers are ordered by: P x V x C x L.

        A loss is divided by C x L: a weight above 1 always brings an offer forward.

        >>> one = np.array([[0.1]])
        >>> float(Factors(one, np.array([[50.0]]), one * 20, one * 10).priority[0, 0])
        10.0
        """
        earned, weight = self.propensity * self.value, self.context * self.lever
        return np.asarray(np.where(earned < 0, earned / weight, earned * weight))


def switched(factors: Factors, **on: bool) -> Factors:
    """The factors of which those that are off are 1 (null where the propensity or the value is null)."""
    known = np.where(np.isnan(factors.propensity * factors.value), np.nan, 1.0)
    return Factors(**{name: values if on[name] else known for name, values in vars(factors).items()})


def rises_above(before: Floats, after: Floats, cap: float | None) -> Flags:
    """Whether after / before is above the cap; from 0 to something is a rise without end. A cap of None is off.

    >>> rises_above(np.array([100.0, 0.0, 0.0]), np.array([150.0, 1.0, 0.0]), 1.5).tolist()
    [False, True, False]
    """
    if cap is None:
        return np.zeros(np.broadcast_shapes(np.shape(before), np.shape(after)), dtype=np.bool_)
    return np.asarray(np.where(before > 0, ratio(after, before) > cap, after > 0))


def adds_nothing_used(quotas: Sequence[Floats], uses: Sequence[Floats]) -> Flags:
    """Whether what is beyond the plan is quota alone, and all of it of a kind that the line uses nothing of.

    `quotas` (MB, minutes) and `uses` stand in the same order. No quota at all is no reason, nor a use not known.

    >>> adds_nothing_used([np.array([100.0, 100.0, 100.0]), np.zeros(3)], [np.array([0.0, 5.0, np.nan]), np.ones(3)])
    array([ True, False, False])
    """
    adds = [quota > 0 for quota in quotas]
    useful = [added & (use != 0) for added, use in zip(adds, uses, strict=True)]
    return np.asarray(np.logical_or.reduce(adds) & ~np.logical_or.reduce(useful))


def ratio(after: Floats, before: Floats) -> Floats:
    """after / before, NaN where before is not above 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(before > 0, after / before, np.nan))


def first_code(conditions: Mapping[str, Flags], shape: tuple[int, int]) -> NDArray[np.int8]:
    """Per pair the position (from 1, in the order given) of the first condition that holds; 0 where none does.

    >>> first_code({"A": np.array([[True, False]]), "B": np.array([[True, True]])}, (1, 2)).tolist()
    [[1, 2]]
    """
    found = np.zeros(shape, dtype=np.int8)
    for position, holds in reversed(list(enumerate(conditions.values(), start=1))):
        found[np.broadcast_to(holds, shape)] = position
    return found


def by_priority(priority: Floats, eligible: Flags) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Columns of the offers by falling priority (ties by offer_id), and how many of each line's stand first.

    Offers that are not eligible, or have no priority, come after the count.
    """
    keys = np.where(eligible & ~np.isnan(priority), -priority, np.inf)
    return np.argsort(keys, axis=1, kind="stable"), (keys < np.inf).sum(axis=1)


def unpersonalised(levels: Sequence[int], fees: Floats, eligible: Flags) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The same order for everybody: pop-up level, then the lower monthly fee, then offer_id."""
    place = np.empty(len(levels), dtype=np.float64)
    place[np.lexsort((np.arange(len(levels)), np.nan_to_num(fees), np.asarray(levels)))] = np.arange(len(levels))
    keys = np.where(eligible, place, np.inf)
    return np.argsort(keys, axis=1, kind="stable"), (keys < np.inf).sum(axis=1)


def popup_levels(kinds: Sequence[str], levels: Mapping[str, int], day: int, plans_first_from: int) -> list[int]:
    """Pop-up priority of each offer (1 = first): its kind's level; late in the month plans stand first (domain A7).

    >>> popup_levels(["plan", "data_pack"], {"data_pack": 1, "plan": 2}, 20, 21)
    [2, 1]
    >>> popup_levels(["plan", "data_pack"], {"data_pack": 1, "plan": 2}, 21, 21)
    [1, 2]
    """
    plan = levels.get("plan", 1)
    if day < plans_first_from:
        return [levels.get(kind, len(levels) + 1) for kind in kinds]
    late = {kind: level + 1 if level < plan else level for kind, level in levels.items()} | {"plan": 1}
    return [late.get(kind, len(levels) + 1) for kind in kinds]
