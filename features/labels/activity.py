"""The activity index (业务活跃指数), made of other labels.

Index = 100 · Σ weight · x / (x + half): each part rises from 0 towards its weight and is at half of it where x = half.
The weights sum to 1, so that the index lies in [0, 100). Weights and halves are ours (no source names a formula); a
part whose label is null counts 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import add

import ibis
from ibis import _

from features.catalogue import Label, LabelGroup


@dataclass(frozen=True)
class Part:
    """One part of the index: a label, its weight, and its value at half the weight."""

    label: str
    weight: float
    half: float

    def points(self) -> ibis.Deferred:
        """What this part adds to the index."""
        amount = ibis.greatest(_[self.label].fill_null(0.0), 0.0)
        return 100 * self.weight * amount / (amount + self.half)


PARTS = (
    Part("data_mb_mean_3m", 0.35, 500.0),
    Part("voice_min_mean_3m", 0.20, 100.0),
    Part("sms_mean_3m", 0.05, 10.0),
    Part("contacts_90d", 0.15, 2.0),
    Part("payments_3m", 0.15, 3.0),
    Part("packs_started_12m", 0.10, 2.0),
)
FORMULA = "; ".join(f"{part.weight:.2f} {part.label} (half {part.half:g})" for part in PARTS)

ACTIVITY = LabelGroup(
    name="activity",
    chinese="活跃度",
    sources=("usage",),
    purpose="marketing, churn",
    labels=(
        Label(
            "activity_index",
            "业务活跃指数",
            f"100 · Σ weight · x / (x + half): {FORMULA}",
            "0–100",
            "3–12 months",
            reduce(add, (part.points() for part in PARTS)),
        ),
    ),
)
