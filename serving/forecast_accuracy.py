"""How good forecast versions were once the calls are known, and whether an override was better than what it replaced.

Error measures as in the back-test: WAPE of the median, bias of the mean, coverage of the 80 and 95 % bands.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.errors import BadInput
from data.forecast_store import ForecastStore, VersionHead
from features.call_counts import KEYS
from models.actual_calls import actual_calls
from serving.forecast_versions import AT, interval_of

BANDS = {"cover_80": ("q10", "q90"), "cover_95": ("q025", "q975")}


def accuracy(store: ForecastStore, heads: list[VersionHead], counts: pd.DataFrame) -> pd.DataFrame:
    """One row per version, queue and centre (totals included) of which `counts` (`features.call_counts`) know calls.

    Columns: version, parent, name, queue, centre, cells, calls, wape, bias, cover_80, cover_95, and on the cells that
    an override changed: changed_cells, wape_changed, wape_before (its parent's on the same cells), helped.
    """
    measured = [head for head in heads if head.settings["interval"] != "month"]
    rows = [row for head in measured for row in _of_version(store, head, counts)]
    if not rows:
        raise BadInput("no forecast version covers a day of which the lake knows the calls; ask again later.")
    return pd.DataFrame(rows).astype({"parent": "Int64", "changed_cells": "Int64"})


def _of_version(store: ForecastStore, head: VersionHead, counts: pd.DataFrame) -> list[dict[str, object]]:
    _, rows = store.version(head.version_id)
    since = counts["starts_at"] >= rows["starts_at"].min().normalize()
    if not since.any():
        return []
    cells = rows.merge(actual_calls(counts[since], interval_of(head)), on=AT)
    if head.parent_id is not None:
        _, before = store.version(head.parent_id)
        cells = cells.merge(before[[*AT, "mean", "q50"]], on=AT, suffixes=("", "_before"))
    return [
        {"version": head.version_id, "parent": head.parent_id, "name": head.name}
        | dict(zip(KEYS, keys, strict=True))
        | _measures(part)
        for keys, part in cells.groupby(KEYS, sort=True)
    ]


def _measures(cells: pd.DataFrame) -> dict[str, object]:
    calls = float(cells["actual"].sum())
    judged = cells[(cells["actual"] > 0) | (cells["q90"] > 0.5)]
    found: dict[str, object] = {"cells": len(cells), "calls": calls, "wape": _wape(cells, "q50")}
    found["bias"] = float(cells["mean"].sum() / calls - 1) if calls else None
    for name, (low, high) in BANDS.items():
        inside = (np.floor(judged[low]) <= judged["actual"]) & (judged["actual"] <= np.ceil(judged[high]))
        found[name] = float(inside.mean()) if len(judged) else None
    return found | _against_parent(cells)


def _against_parent(cells: pd.DataFrame) -> dict[str, object]:
    names = ("changed_cells", "wape_changed", "wape_before", "helped")
    if "mean_before" not in cells:
        return dict.fromkeys(names)
    changed = cells[~np.isclose(cells["mean"], cells["mean_before"], rtol=1e-9, atol=1e-9)]
    now, before = _wape(changed, "q50"), _wape(changed, "q50_before")
    helped = None if now is None or before is None else now < before
    return dict(zip(names, (len(changed), now, before, helped), strict=True))


def _wape(cells: pd.DataFrame, forecast: str) -> float | None:
    calls = float(cells["actual"].sum())
    return float((cells["actual"] - cells[forecast]).abs().sum() / calls) if calls else None
