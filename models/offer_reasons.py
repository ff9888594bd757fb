"""Why an offer suits a line, as codes with weights from 0 to 1, out of amounts that the agent can check on the bill.

The codes and what each weight measures are in `models.reasons`. No weight is learned.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.arbitration import Flags, Floats

CODES = (
    "SAVES_MONEY",
    "COVERS_DATA_OVERAGE",
    "COVERS_VOICE_OVERAGE",
    "CHEAPER_RENT",
    "MORE_DATA",
    "MORE_VOICE",
    "NEAR_DATA_QUOTA",
    "HIGH_DATA_GROWTH",
    "CONTRACT_ENDING",
)
LEAST = 0.01  # a weight below this is no reason
NEAR_QUOTA = 0.8  # from this share of the quota on
FAST_GROWTH = 0.05  # of the mean use, a month
ENDING_DAYS = 90.0


@dataclass(frozen=True)
class Before:
    """The line today, (rows,): CNY a month, MB and minutes a month (`inf` = unlimited), days."""

    total: Floats
    rent: Floats
    data_overage: Floats
    voice_overage: Floats
    quota_mb: Floats
    quota_min: Floats
    mean_data_mb: Floats
    data_growth_mb: Floats
    days_to_contract_end: Floats


@dataclass(frozen=True)
class After:
    """The same line with the offer, (rows,)."""

    total: Floats
    rent: Floats
    data_overage: Floats
    voice_overage: Floats
    quota_mb: Floats
    quota_min: Floats


def reason_weights(before: Before, after: After) -> Floats:
    """(rows, `CODES`): 0 where a code does not hold.

    >>> one = lambda *values: (np.array([float(v)]) for v in values)
    >>> before = Before(*one(87, 58, 29, 0, 500, 100, 600, 0, np.nan))
    >>> weights = reason_weights(before, After(*one(88, 88, 0, 0, 700, 220)))
    >>> [code for code, weight in zip(CODES, weights[0]) if weight]
    ['COVERS_DATA_OVERAGE', 'MORE_DATA', 'MORE_VOICE', 'NEAR_DATA_QUOTA']
    """
    more_data = _more(before.quota_mb, after.quota_mb)
    columns = (
        _share(before.total - after.total, before.total),
        _share(before.data_overage - after.data_overage, before.total),
        _share(before.voice_overage - after.voice_overage, before.total),
        _share(before.rent - after.rent, before.rent),
        more_data,
        _more(before.quota_min, after.quota_min),
        _where(more_data > 0, _from(NEAR_QUOTA, _share(before.mean_data_mb, before.quota_mb))),
        _where(more_data > 0, _from(FAST_GROWTH, _share(before.data_growth_mb, before.mean_data_mb))),
        _share(ENDING_DAYS - before.days_to_contract_end, np.full_like(before.total, ENDING_DAYS)),
    )
    weights = np.stack(columns, axis=1)
    weights[:, -1] *= before.days_to_contract_end >= 0
    return np.where(weights >= LEAST, weights, 0.0)


def ranked_codes(weights: Floats) -> list[list[tuple[str, float]]]:
    """Per row the codes that hold with their weights, the heaviest first (ties in the order of `CODES`)."""
    order = np.argsort(-weights, axis=1, kind="stable").tolist()
    counts = (weights > 0).sum(axis=1).tolist()
    rows = zip(weights.tolist(), order, counts, strict=True)
    return [[(CODES[i], weight[i]) for i in ranked[:n]] for weight, ranked, n in rows]


def _share(part: Floats, whole: Floats) -> Floats:
    with np.errstate(all="ignore"):
        return np.nan_to_num(np.clip(np.where(whole > 0, part / whole, 0.0), 0.0, 1.0))


def _more(before: Floats, after: Floats) -> Floats:
    with np.errstate(all="ignore"):
        gain = np.where(np.isinf(after), np.where(np.isinf(before), 0.0, 1.0), (after - before) / after)
    return np.nan_to_num(np.clip(gain, 0.0, 1.0))


def _from(least: float, share: Floats) -> Floats:
    return _where(share >= least, share)


def _where(holds: Flags, values: Floats) -> Floats:
    return np.asarray(np.where(holds, values, 0.0))
