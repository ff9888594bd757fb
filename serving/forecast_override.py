"""A planner's override: a new version with other volumes for some rows, who changed them and why.

The rows of an override name a queue and centre (`ALL` = each of them), a start (with `ends_at`: everything in between),
and either `factor` or `mean`, the calls of all these rows together. Volumes and quantiles of the rows are scaled, the
difference stands as a cause of its own (`cause_override`), agents are staffed anew, totals summed anew.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from data.errors import BadInput
from data.forecast_store import VersionHead
from data.person import current_user
from data.settings import Settings
from features.intervals import FloatArray
from models.forecast_cells import SHARE_WEIGHTS, SHARES
from models.forecast_table import QUANTILES, STAFF
from models.staffing import Demand, StaffingGoal, agents_needed, staff
from models.volume_totals import ALL
from serving.forecast_versions import AT, goal_of, interval_of, now, with_store

OVERRIDE = "cause_override"
WANTED = "wanted queue, centre, starts_at, and mean or factor (optional: ends_at, excluded)"


def override(settings: Settings, parent_id: int, changes: pd.DataFrame, reason: str) -> VersionHead:
    """Keep a new version with the changes applied to `parent_id`, which stays as it is."""
    if not reason.strip():
        raise BadInput("--reason came empty; wanted why the volumes are changed: it is kept with the version.")
    store = with_store(settings)
    parent, table = store.version(parent_id)
    wanted = parsed(changes)
    rows = overridden(table, wanted, goal_of(parent), _own_interval(parent, table))
    head = replace(
        parent,
        parent_id=parent_id,
        made_at=now(),
        made_by=current_user(),
        reason=reason.strip(),
        changes=_records(wanted.astype(object).where(wanted.notna(), None)),
    )
    return store.add(head, rows)


def parsed(changes: pd.DataFrame) -> pd.DataFrame:
    """The override's rows with columns queue, centre, starts_at, ends_at, mean, factor; BadInput names bad ones."""
    missing = {"queue", "centre", "starts_at"} - set(changes.columns)
    if missing or not {"mean", "factor"} & set(changes.columns):
        raise BadInput(f"the override has the columns {', '.join(map(str, changes.columns))}; {WANTED}.")
    rows = changes.reindex(columns=[*AT, "ends_at", "mean", "factor"])
    rows = rows.astype({"queue": str, "centre": str})
    try:
        for name in ("starts_at", "ends_at"):
            rows[name] = pd.to_datetime(rows[name], format="mixed").astype("datetime64[us]")
        rows[["mean", "factor"]] = rows[["mean", "factor"]].astype(float)
    except (ValueError, TypeError) as error:
        raise BadInput(f"the override cannot be read: {error}; {WANTED}.") from error
    _check(rows)
    return rows


def _check(rows: pd.DataFrame) -> None:
    value = rows["mean"].fillna(rows["factor"])
    one = rows["mean"].notna() ^ rows["factor"].notna()
    wrong = ~one | ~np.isfinite(value) | (value < 0) | rows["starts_at"].isna() | (rows["ends_at"] <= rows["starts_at"])
    if wrong.any():
        lines = ", ".join(str(number + 2) for number in np.flatnonzero(wrong)[:5])
        raise BadInput(
            f"the override's line {lines}: wanted starts_at (before ends_at) and either mean or factor, 0 or more."
        )


def overridden(table: pd.DataFrame, changes: pd.DataFrame, goal: StaffingGoal, minutes: int) -> pd.DataFrame:
    """The forecast's rows with the changes applied in their order, agents and totals made anew where they changed."""
    total = (table["queue"] == ALL) | (table["centre"] == ALL)
    leaves = table[~total]
    before = leaves["mean"].to_numpy(float)
    after = before.copy()
    for number, change in enumerate(_records(changes)):
        cells = _cells(leaves, change, minutes, number)
        after[cells] *= _factor(change, after[cells].sum(), number)
    changed = after != before
    new = _staffed(leaves, _scaled(leaves, before, after), changed, goal, minutes)
    return _with_totals(table, new, leaves.index[changed])


def _records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in rows.to_dict("records")]


def _cells(leaves: pd.DataFrame, change: dict[str, Any], minutes: int, number: int) -> np.ndarray:
    start = change["starts_at"]
    end = start + pd.Timedelta(minutes=minutes) if pd.isna(change["ends_at"]) else change["ends_at"]
    found = (leaves["starts_at"] >= start) & (leaves["starts_at"] < end)
    for name in ("queue", "centre"):
        if change[name] != ALL:
            found &= leaves[name] == change[name]
    if not found.any():
        where = f"{change['queue']}, {change['centre']}, {start:%F %H:%M}"
        raise BadInput(f"the override's line {number + 2} ({where}): the forecast has no such open interval.")
    return found.to_numpy()


def _factor(change: dict[str, Any], calls: float, number: int) -> float:
    if pd.isna(change["mean"]):
        return float(change["factor"])
    if calls <= 0 < change["mean"]:
        raise BadInput(f"the override's line {number + 2}: no calls are forecast there that could be scaled.")
    return float(change["mean"] / calls) if calls > 0 else 1.0


def _scaled(leaves: pd.DataFrame, before: FloatArray, after: FloatArray) -> pd.DataFrame:
    ratio = np.where(before > 0, after / np.where(before > 0, before, 1.0), 1.0)
    new = leaves.copy()
    new["mean"] = after
    for name in _quantiles(leaves):
        new[name] = leaves[name] * ratio
    new[OVERRIDE] = leaves.get(OVERRIDE, 0.0) + after - before
    return new


def _staffed(
    before: pd.DataFrame, leaves: pd.DataFrame, changed: np.ndarray, goal: StaffingGoal, minutes: int
) -> pd.DataFrame:
    """Agents of the changed rows: those planned before, and as many more or fewer as the quantiles now need.

    So what the plan knew beyond its quantiles (trouble, a promise held over the day) stays in it.
    """
    rows = changed & leaves["aht_s"].notna().to_numpy()
    if not rows.any():
        return leaves
    old, new = (_demand(some[rows], minutes) for some in (before, leaves))
    more = agents_needed(new, goal) - agents_needed(old, goal)
    agents = np.maximum(before.loc[rows, "agents_on_phone"].to_numpy(float) + more, 0.0)
    plan = staff(new, goal, np.where(new.calls.any(axis=1), agents, 0.0))
    staffed = leaves.copy()
    staffed.loc[rows, STAFF] = plan[STAFF].set_index(leaves.index[rows])
    return staffed


def _demand(rows: pd.DataFrame, minutes: int) -> Demand:
    """Scenarios along the quantiles that the rows hold."""
    names = _quantiles(rows)
    known = np.array([QUANTILES[name] for name in names])
    calls = np.stack([np.interp(SHARES, known, row) for row in np.sqrt(rows[names].to_numpy(float))]) ** 2
    return Demand(calls, SHARE_WEIGHTS, rows["aht_s"].to_numpy(float), minutes * 60.0)


def _with_totals(table: pd.DataFrame, leaves: pd.DataFrame, changed: pd.Index) -> pd.DataFrame:
    """The table with new leaves, and the totals that hold a changed one summed anew."""
    new = table.copy()
    if OVERRIDE not in new:
        new[OVERRIDE] = 0.0
    new.loc[leaves.index, leaves.columns] = leaves
    for keys in (["centre"], ["queue"], ["queue", "centre"]):  # what becomes ALL
        moved = leaves.assign(**dict.fromkeys(keys, ALL)).set_index(AT)
        touched = moved.index[leaves.index.isin(changed)].unique()
        rows = table.set_index(AT).index.isin(touched)
        sums = _sums(moved[moved.index.isin(touched)]).reindex(pd.MultiIndex.from_frame(table.loc[rows, AT]))
        ratio = sums["mean"].to_numpy() / table.loc[rows, "mean"].to_numpy(float)
        for name in _quantiles(table):
            new.loc[rows, name] = table.loc[rows, name].to_numpy() * np.where(np.isfinite(ratio), ratio, 1.0)
        new.loc[rows, list(sums.columns)] = sums.to_numpy()
    return new.astype({"agents_on_phone": "Int64", "agents_scheduled": "Int64"})


def _sums(leaves: pd.DataFrame) -> pd.DataFrame:
    """Totals of leaves with one index: calls, causes and agents add up, the rest is weighted as the forecast does."""
    agents = leaves["agents_on_phone"].astype(float)
    weights = {"aht_s": leaves["mean"], "service_level": leaves["mean"], "occupancy": agents}
    causes = [name for name in leaves if str(name).startswith("cause_")]
    added = leaves[["mean", *causes]].assign(
        agents_on_phone=agents, agents_scheduled=leaves["agents_scheduled"].astype(float)
    )
    added = added.assign(**{f"{name} part": leaves[name] * weight for name, weight in weights.items()})
    added = added.assign(**{f"{name} whole": weight for name, weight in weights.items()})
    sums = added.groupby(level=AT, sort=False).sum()
    for name in weights:
        whole = sums.pop(f"{name} whole")
        sums[name] = sums.pop(f"{name} part") / whole.where(whole > 0)
    return sums


def _quantiles(table: pd.DataFrame) -> list[str]:
    return [name for name in QUANTILES if name in table.columns]


def _own_interval(head: VersionHead, table: pd.DataFrame) -> int:
    minutes = interval_of(head)
    if minutes >= 1440 or not _quantiles(table):
        raise BadInput(
            f"forecast version {head.version_id} holds days; agents of an override are staffed by interval: "
            "save a version without --interval, and override a whole day there with starts_at and ends_at."
        )
    return minutes
