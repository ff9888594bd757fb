"""Inside the training rows: which of them choose the number of trees and the calibration, and for which others."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from models.base import Rows, Vector
from models.feature_schema import Floats

Positions = NDArray[np.intp]
Fold = tuple[Positions, Positions]  # positions to learn from, positions held out


def inner_folds(target: Floats, rows: Rows, folds: int, seed: int) -> list[Fold]:
    """Folds of the training rows: by time where times are given, of whole groups where groups are, else stratified.

    Fewer than asked where the rarer class has fewer rows; empty where no fold could hold both classes on both sides.
    """
    if rows.times is not None:
        found = list(_time_folds(np.asarray(rows.times), rows.groups, folds))
    else:
        found = _random_folds(target, rows, folds, seed)
    return [(learn, held) for learn, held in found if _both_classes(target[learn]) and _both_classes(target[held])]


def _random_folds(target: Floats, rows: Rows, folds: int, seed: int) -> list[Fold]:
    strata = target if rows.treated is None else target + 2 * np.asarray(rows.treated, dtype=float)
    folds = int(min(folds, np.unique(strata, return_counts=True)[1].min()))
    if folds < 2:
        return []
    splitter = StratifiedKFold if rows.groups is None else StratifiedGroupKFold
    return list(splitter(folds, shuffle=True, random_state=seed).split(target, strata, rows.groups))


def _time_folds(times: Vector, groups: Vector | None, folds: int) -> Iterator[Fold]:
    """The last `folds` tenths of the rows by time, each held out in turn for a fit on everything before it."""
    order = np.sort(times)
    cuts = [order[int(len(order) * (10 - back) / 10)] for back in range(min(folds, 5), 0, -1)]
    for start, end in zip(cuts, [*cuts[1:], None], strict=True):
        held = (times >= start) & ((times < end) if end is not None else True)
        learn = times < start
        if groups is not None:
            learn &= ~np.isin(groups, np.asarray(groups)[held])
        yield np.flatnonzero(learn), np.flatnonzero(held)


def _both_classes(target: Floats) -> bool:
    return len(np.unique(target)) == 2
