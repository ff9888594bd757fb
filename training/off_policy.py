"""What a policy would have brought, from decisions that another policy made and logged: pure functions of arrays.

One value a decision. Dudík, Langford & Li 2011, "Doubly robust policy evaluation and learning"; Swaminathan & Joachims
2015, "The self-normalized estimator for counterfactual learning"; Owen 2013, "Monte Carlo theory", 9.3 on the effective
sample. Nothing here knows offers or money: rewards are numbers, and a decision's reward without an offer is 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.errors import BadInput
from models.feature_schema import Floats
from training.few_rewards import interval

REPLICATES = 1_000
CELLS = 4_000_000  # persons x replicates whose counts are drawn at once
TERMS = ("one", "weight", "offers", "agrees", "ips", "dr", "model", "naive")
LEAST_EFFECTIVE = 100.0  # decisions; on a development operator an interval at 54 held the truth in 82 % of the logs
LEAST_LIKELY = 10.0  # rewards expected among matched decisions; fewer, resampled, do not say how far they could be off
MOST_COVERED = 1.25  # weights that add up to more, beyond their noise, are of other decisions than the log's
LEAST_COVERED = 0.8  # of the decisions in which the policy offers something, the log could have made the same offer


@dataclass(frozen=True)
class Log:
    """Logged decisions, a row each. chance: of what was done and observed, in (0, 1]; observed: whether the reward was
    seen. decision: where a decision did several things at once, each a row; rows of one number are one decision.

    Where the reward follows a second selection (an agent pitches or not), chance is the product of both and observed
    says whether the second happened; an unobserved row counts among the decisions and weighs nothing.
    """

    reward: Floats
    chance: Floats
    observed: NDArray[np.bool_]
    person: NDArray[np.int64]
    decision: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        """Refuse chances that no weight can be made of."""
        wrong = ~((self.chance > 0) & (self.chance <= 1)) & self.observed
        if wrong.any():
            raise BadInput(
                f"{int(wrong.sum())} of {len(wrong)} logged chances are not in (0, 1]; a decision whose chance is not "
                "known says nothing of another policy: log propensities, or leave those rows out"
            )

    @property
    def share(self) -> Floats:
        """The part of a decision that each row is: 1 over the rows of its decision."""
        if self.decision is None:
            return np.ones(len(self.reward))
        _, codes, rows = np.unique(self.decision, return_inverse=True, return_counts=True)
        return np.asarray(1.0 / rows[codes])


@dataclass(frozen=True)
class Target:
    """A policy on those decisions: rows of one decision repeat what is the decision's (offers, modelled).

    chance: with which it does what was logged. offers: with which it offers anything. modelled: the reward that a model
    of others' outcomes expects of the policy; modelled_logged: the same of what was logged; likely: how probable that
    model holds any reward for what was logged (whom to refuse must not hang on the outcomes themselves).
    """

    chance: Floats
    offers: Floats
    modelled: Floats
    modelled_logged: Floats
    likely: Floats


@dataclass(frozen=True)
class Overlap:
    """How far the log can speak for a policy.

    matched: observed decisions that the policy may make too; likely: the rewards expected of them. effective: (sum w)^2
    over sum w^2. covered: mean weight per decision with an offer, 1 where the log could have made each of them; more
    says that its chances are of other decisions. largest: one decision's share of all weight.
    """

    matched: int
    likely: float
    effective: float
    covered: float
    covered_error: float
    largest: float

    @property
    def unsound(self) -> str:
        """That more decisions are weighed than there are, beyond what chance explains: the log's chances are wrong."""
        if self.covered - 2 * self.covered_error <= MOST_COVERED:
            return ""
        return (
            f"propensities do not add up: came {self.covered:.2f} ± {2 * self.covered_error:.2f} decisions weighed for "
            "each that there is, wanted about 1; keep every arm of a draw in the log (randomised holds for its "
            "exploiting arm too), or log each propensity given the arm"
        )

    @property
    def too_thin(self) -> str:
        """Why nothing should be said of the policy; empty where something can be."""
        if self.unsound:
            return self.unsound
        if self.effective < LEAST_EFFECTIVE:
            return f"too thin: the log weighs as {self.effective:.0f} decisions, wanted {LEAST_EFFECTIVE:.0f}"
        if self.likely < LEAST_LIKELY:
            return (
                f"too thin: {self.likely:.1f} rewards are expected of its offers in the log, wanted {LEAST_LIKELY:.0f}"
            )
        if self.covered + 2 * self.covered_error < LEAST_COVERED:
            return f"not covered: the log could make {self.covered:.0%} of its offers, wanted {LEAST_COVERED:.0%}"
        return ""


@dataclass(frozen=True)
class Estimate:
    """A value a decision with its 95 % interval: `dr` by `training.few_rewards`, others by a bootstrap of persons."""

    value: float
    low: float
    high: float

    @property
    def error(self) -> float:
        """Half of the interval over 1.96."""
        return (self.high - self.low) / (2 * 1.959964)


def weights(log: Log, target: Target) -> Floats:
    """How many decisions of the policy each logged one stands for."""
    chance = np.where(log.observed, log.chance, 1.0)
    return np.where(log.observed, target.chance / chance, 0.0)


def overlap(log: Log, target: Target) -> Overlap:
    """The diagnostics of the weights, over decisions in which the policy offers something."""
    weight, offers = weights(log, target), target.offers * log.share
    offered = offers.sum()
    total = weight.sum()
    if total == 0 or offered == 0:
        return Overlap(0, 0.0, 0.0, 0.0, 0.0, 0.0)
    persons = np.unique(log.person, return_inverse=True)[1]
    error = np.linalg.norm(np.bincount(persons, weights=weight - offers * total / offered)) / offered
    effective = total**2 / np.sum(weight**2)
    matched = weight > 0
    likely = float(target.likely[matched].sum())
    return Overlap(int(matched.sum()), likely, effective, total / offered, float(error), weight.max() / total)


def estimates(log: Log, target: Target, seed: int = 0) -> dict[str, Estimate]:
    """`ips`, `snips`, `dr`, `model` (its expectation alone) and `naive` (the mean where log and policy agree).

    The self-normalised one divides by the weight that there is: it is the mean over decisions with an offer, times
    their share. Intervals count persons, not decisions.
    """
    return all_estimates([(log, target)], seed)[0]


def all_estimates(asked: Sequence[tuple[Log, Target]], seed: int = 0) -> list[dict[str, Estimate]]:
    """`estimates` of several rewards and policies on the decisions of one log; the same persons are drawn for all."""
    if not asked:
        return []
    codes = np.unique(asked[0][0].person, return_inverse=True)[1]
    terms = np.column_stack([_terms(log, target) for log, target in asked])
    sums = np.column_stack([np.bincount(codes, weights=column).astype(np.float64) for column in terms.T])
    whole, drawn = sums.sum(axis=0)[None, :], _resampled(sums, seed)
    starts = range(0, terms.shape[1], len(TERMS))
    found = [_estimates(whole[:, at : at + len(TERMS)], drawn[:, at : at + len(TERMS)]) for at in starts]
    return [own | {"dr": _doubly_robust(*pair, own["dr"].value)} for own, pair in zip(found, asked, strict=True)]


def _doubly_robust(log: Log, target: Target, value: float) -> Estimate:
    """The value with its interval by `training.few_rewards`."""
    weight = weights(log, target)
    size = np.divide(target.modelled_logged, target.likely, out=np.zeros_like(weight), where=target.likely > 0)
    model = target.modelled * log.share - weight * target.modelled_logged
    rewards = weight * np.where(log.observed, log.reward, 0.0)
    chance = np.where(weight > 0, target.likely, 0.0)
    low, high = interval(log.person, model, rewards, (chance, weight * size)) / log.share.sum()
    return Estimate(value, float(low), float(high))


def _terms(log: Log, target: Target) -> Floats:
    """(rows, TERMS): what is added up over decisions."""
    weight = weights(log, target)
    seen = np.where(log.observed, log.reward, 0.0)
    agrees = (weight > 0).astype(np.float64)
    share = log.share
    offers, modelled = target.offers * share, target.modelled * share
    corrected = modelled + weight * (seen - target.modelled_logged)
    return np.column_stack([share, weight, offers, agrees, weight * seen, corrected, modelled, agrees * seen])


def _estimates(whole: Floats, drawn: Floats) -> dict[str, Estimate]:
    found, spread = (_ratios(dict(zip(TERMS, sums.T, strict=True))) for sums in (whole, drawn))
    return {name: _estimate(float(found[name][0]), spread[name]) for name in found}


def _ratios(sums: Mapping[str, Floats]) -> dict[str, Floats]:
    with np.errstate(invalid="ignore", divide="ignore"):
        offered = sums["offers"] / sums["one"]
        return {
            "ips": sums["ips"] / sums["one"],
            "snips": sums["ips"] / sums["weight"] * offered,
            "dr": sums["dr"] / sums["one"],
            "model": sums["model"] / sums["one"],
            "naive": sums["naive"] / sums["agrees"] * offered,
        }


def _resampled(sums: Floats, seed: int) -> Floats:
    """(replicates, terms): the Poisson bootstrap (Hanley & MacGibbon 2006), each person counted Poisson(1) times."""
    rng, persons = np.random.default_rng(seed), len(sums)
    step = max(1, CELLS // persons)
    sizes = [min(step, REPLICATES - start) for start in range(0, REPLICATES, step)]
    return np.concatenate([rng.poisson(1.0, (size, persons)).astype(np.float64) @ sums for size in sizes])


def _estimate(value: float, drawn: Floats) -> Estimate:
    low, high = np.nanquantile(drawn, [0.025, 0.975]) if np.isfinite(drawn).any() else (np.nan, np.nan)
    return Estimate(value, float(low), float(high))
