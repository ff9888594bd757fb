"""Which rows of anybody's table are learnt from, and which are judged: folds, whole groups, or the last fifth."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from data.errors import BadInput
from training.bench_columns import as_times

FOLDS = 5
LAST_SHARE = 0.2
Positions = NDArray[np.intp]
Split = tuple[Positions, Positions]  # positions to learn from, positions to be judged on


def fold_splits(strata: NDArray, groups: NDArray | None, repeats: int, seed: int) -> list[Split]:
    """Five folds, `repeats` times, stratified; no group on both sides of a split."""
    kind = StratifiedKFold if groups is None else StratifiedGroupKFold
    folds = [kind(FOLDS, shuffle=True, random_state=seed + r) for r in range(repeats)]
    return [split for fold in folds for split in fold.split(strata, strata, groups)]


def last_split(times: NDArray, groups: NDArray | None) -> Split:
    """The last fifth by time, cut between two different times; rows of a group that is judged are not learnt from."""
    distinct, counts = np.unique(times, return_counts=True)
    if len(distinct) < 2:
        raise BadInput("the time column holds a single value; a time split needs at least two")
    before = np.cumsum(counts)[:-1]
    start = distinct[1 + np.argmin(np.abs(before - (1 - LAST_SHARE) * len(times)))]
    held = times >= start
    learn = ~held if groups is None else ~held & ~np.isin(groups, groups[held])
    return np.flatnonzero(learn), np.flatnonzero(held)


def check_classes(target: NDArray, splits: list[Split]) -> None:
    """Raise BadInput where a split has only one class to learn from or to judge by."""
    sides = [len(np.unique(target[side])) == 2 for split in splits for side in split]
    if not all(sides):
        raise BadInput(
            "a split has rows of one class only; wanted both among the rows to learn from and to judge: "
            "use more rows, coarser groups or another split"
        )


def time_numbers(values: pd.Series, flag: str) -> NDArray:
    """A time column as numbers in its order; BadInput shows examples of what is neither a number nor an ISO date."""
    if pd.api.types.is_numeric_dtype(values):
        return values.to_numpy(dtype=float)
    times = as_times(values)
    if times is None or times.isna().any():
        strange = values if times is None else values[times.isna()]
        examples = ", ".join(map(repr, strange.unique()[:3]))
        raise BadInput(f"{flag} wants numbers or dates like 2026-11-21 (ISO 8601), came {examples}")
    return times.to_numpy(dtype="datetime64[us]").astype(np.int64)


def group_numbers(table: pd.DataFrame, notes: list[str]) -> NDArray:
    """One number per group. With several columns, rows that share a value of any of them are one group, as a person may
    hold several accounts and an account several lines; if that ties most rows together, equal combinations are."""
    codes = [_codes(table[name]) for name in table.columns]
    linked = codes[0] if len(codes) == 1 else _linked(codes)
    if len(codes) > 1 and np.bincount(linked).max() > len(table) / FOLDS:
        notes.append(f"{', '.join(table.columns)} link most rows: groups are their combinations, a value may recur")
        linked = table.groupby(list(table.columns), dropna=False).ngroup().to_numpy()
    if len(np.unique(linked)) < FOLDS:
        raise BadInput(f"--group gives {len(np.unique(linked))} groups, wanted at least {FOLDS}")
    return np.asarray(linked)


def _codes(values: pd.Series) -> NDArray:
    """A number per value; every null is a value of its own."""
    codes, _ = pd.factorize(values)
    nulls = codes < 0
    codes[nulls] = codes.max(initial=-1) + 1 + np.arange(nulls.sum())
    return codes


def _linked(codes: list[NDArray]) -> NDArray:
    """Connected components of the rows through the values of all columns."""
    starts = np.cumsum([0, *[c.max() + 1 for c in codes]])
    nodes = [c + start for c, start in zip(codes, starts, strict=False)]
    size = int(starts[-1])
    edges = [np.concatenate([nodes[0]] * (len(nodes) - 1)), np.concatenate(nodes[1:])]
    _, component = connected_components(coo_array((np.ones(len(edges[0])), edges), shape=(size, size)), directed=False)
    return np.asarray(component[nodes[0]])
