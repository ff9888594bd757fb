"""C of P x V x C x L: how much more an offer counts because of what the caller wants and of this month's use so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from models.arbitration import Floats


def intent_weights(kinds: Sequence[str], intent: str | None, weights: Mapping[str, Mapping[Any, float]]) -> Floats:
    """(1, offers): the weight of each offer's kind for the intent (upper case in `weights`); 1 where none is set.

    >>> intent_weights(["plan", "data_pack"], "overage", {"OVERAGE": {"data_pack": 1.5}}).tolist()
    [[1.0, 1.5]]
    """
    of_kind = weights.get((intent or "").upper(), {})
    return np.array([[of_kind.get(kind, 1.0) for kind in kinds]])


def projected_use(so_far: float, elapsed: float, usual: Floats) -> Floats:
    """Use at the month's end: what was used, and the rest of the month at a pace between this month's and the usual.

    The share of the month that has passed weighs this month's pace, the rest the usual month (null = this month's).

    >>> projected_use(600.0, 0.5, np.array([600.0, 1200.0])).tolist()
    [1050.0, 1200.0]
    """
    pace = so_far / elapsed if elapsed > 0 else 0.0
    usual = np.where(np.isnan(usual), pace, usual)
    return np.asarray(so_far + (1.0 - elapsed) * (elapsed * pace + (1.0 - elapsed) * usual))


def covered_share(projected: Floats, usual: Floats, quota_now: Floats, quota_then: Floats) -> Floats:
    """Projected use beyond the present quota and within the new one, over the larger of projected and usual use.

    0 to 1, arrays that broadcast; quotas may be `inf` (unlimited) or null (unknown: nothing is covered), `usual` null.

    >>> covered_share(np.array([1000.0]), np.array([600.0]), np.array([500.0]), np.array([700.0])).tolist()
    [0.2]
    """
    gained = np.minimum(projected, quota_then) - np.minimum(projected, quota_now)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(projected > 0, gained / np.fmax(projected, usual), 0.0)
    return np.nan_to_num(np.clip(share, 0.0, 1.0))
