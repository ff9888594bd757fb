"""What an accepted offer does to leaving: one hazard ratio a kind of offer, learned from the log of one operator.

Departures after acceptances over those that refused pitches let expect of the same lines (indirect standardisation:
Breslow & Day 1987, "Statistical methods in cancer research II", 2.3), held near 1 by a gamma prior (Clayton & Kaldor
1987, "Empirical Bayes estimates of age-standardized relative risks", section 2). The same for every line: what a kind
of offer is worth to a line may not hang on whether she asked how to port out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import gamma

from models.feature_schema import Floats

PRIOR = 4.0  # departures as expected, that stand for "no effect" before any was seen
LEAST = 5.0  # departures expected of a kind's acceptances; with fewer nothing is told
QUARTER = 3  # periods of 30 days: the 90 days of the churn label
TAILS = (0.05, 0.95)


@dataclass(frozen=True)
class KindEffect:
    """ratio: hazard of leaving with the offer over that without, shrunk (low, high: its 90 % interval).

    left, expected: departures after `acceptances`. without: P(leaves within 90 days) of those lines had they refused.
    """

    ratio: float
    low: float
    high: float
    left: int
    expected: float
    acceptances: int
    without: float

    @property
    def told(self) -> bool:
        """Whether the effect is outside the noise: the interval leaves 1 out."""
        return not self.low <= 1.0 <= self.high

    @property
    def change(self) -> float:
        """What an acceptance adds to P(leaves within 90 days); below 0: fewer leave.

        >>> round(KindEffect(0.5, 0.3, 0.8, 4, 12.0, 200, 0.0975).change, 4)
        -0.0475
        """
        return (1.0 - self.without) - (1.0 - self.without) ** self.ratio


@dataclass(frozen=True)
class LeavingEffect:
    """The effect of each kind of offer; kinds whose acceptances let expect too few departures are absent."""

    kinds: Mapping[str, KindEffect] = field(default_factory=dict)

    def changes(self, kinds: Sequence[str]) -> Floats:
        """What an acceptance of each kind adds to P(leaves within 90 days); NaN where the log does not tell."""
        told = {kind: own.change for kind, own in self.kinds.items() if own.told}
        return np.array([told.get(kind, np.nan) for kind in kinds])

    def to_json(self) -> dict[str, Any]:
        """Plain numbers, for a card or a file."""
        return {kind: asdict(own) for kind, own in self.kinds.items()}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> LeavingEffect:
        """What `to_json` gave."""
        return cls({kind: KindEffect(**own) for kind, own in document.items()})

    def table(self) -> pd.DataFrame:
        """kind, told, change, and the numbers of `KindEffect`, for people."""
        columns = ["kind", "told", "change", *KindEffect.__dataclass_fields__]
        rows = [
            {"kind": kind, "told": own.told, "change": own.change} | asdict(own) for kind, own in self.kinds.items()
        ]
        return pd.DataFrame(rows, columns=columns)


def learn_leaving(periods: pd.DataFrame) -> LeavingEffect:
    """From a row a month at risk after a yes: kind, position (of the pitch), period, left, expected (a chance)."""
    found = {str(kind): _one_kind(rows) for kind, rows in periods.groupby("kind", observed=True)}
    return LeavingEffect({kind: effect for kind, effect in found.items() if effect})


def _one_kind(rows: pd.DataFrame) -> KindEffect | None:
    left, expected = float(rows["left"].sum()), float(rows["expected"].sum())
    if expected < LEAST:
        return None
    low, high = (gamma.ppf(tail, PRIOR + left, scale=1.0 / (PRIOR + expected)) for tail in TAILS)
    hazards = rows[rows["period"] < QUARTER].groupby("period")["expected"].mean()
    return KindEffect(
        ratio=(PRIOR + left) / (PRIOR + expected),
        low=float(low),
        high=float(high),
        left=int(left),
        expected=expected,
        acceptances=int(rows["position"].nunique()),
        without=float(1.0 - np.prod(1.0 - hazards)),
    )
