"""Tables that planners look at, made from a forecast's rows: by day, by cause and day, agents by interval, summary."""

from __future__ import annotations

import numpy as np
import pandas as pd

from features.call_counts import KEYS
from features.intervals import MINUTES_A_DAY, own_interval
from models.forecast_table import HOURS
from models.volume_totals import ALL

DAYS_A_MINUTE = 1 / 1440


def by_day(table: pd.DataFrame) -> pd.DataFrame:
    """One row per queue, centre and day: calls, handle time, peak and hours of agents, service level, occupancy.

    Hours are agents x length of the interval; quantiles of a day are not the sums of those of its intervals, hence
    they are not here.
    """
    return _summed(table.assign(day=table["starts_at"].dt.normalize()), [*KEYS, "day"])


def by_queue(table: pd.DataFrame) -> pd.DataFrame:
    """The same over the whole span, of intervals, days or months; totals first, with the moment of the peak."""
    peak = table.loc[table.groupby(KEYS)["agents_scheduled"].idxmax().dropna(), [*KEYS, "starts_at"]]
    summed = _summed(table, KEYS).merge(peak.rename(columns={"starts_at": "peak_at"}), on=KEYS, how="left")
    first = np.lexsort((summed["centre"], summed["queue"], ~((summed["queue"] == ALL) & (summed["centre"] == ALL))))
    return summed.iloc[first].reset_index(drop=True)


def causes_by_day(table: pd.DataFrame) -> pd.DataFrame:
    """One row per queue, centre and day: the calls, and the parts by cause that add up to them."""
    days = causes_of(table.assign(starts_at=table["starts_at"].dt.normalize())).rename(columns={"starts_at": "day"})
    return days.groupby([*KEYS, "day"], as_index=False).sum()


def causes_of(table: pd.DataFrame) -> pd.DataFrame:
    """Every row's calls, and the parts by cause that add up to them."""
    names = [name for name in table if str(name).startswith("cause_")]
    return table[[*KEYS, "starts_at", "mean", *names]].rename(columns={"mean": "calls"})


def agents_by_interval(table: pd.DataFrame, measure: str) -> pd.DataFrame:
    """starts_at, then a column per queue and centre (`queue · centre`) and `ALL`, with `measure` = agents_… ."""
    both = (table["queue"] == ALL).astype(int) + (table["centre"] == ALL)
    names = (table["queue"] + " · " + table["centre"]).where(both == 0, ALL)
    rows = table.assign(column=names, agents=table[measure].astype(float))[both != 1]
    wide = rows.pivot_table(index="starts_at", columns="column", values="agents", aggfunc="sum", fill_value=0)
    order = [*sorted(set(wide.columns) - {ALL}), *({ALL} & set(wide.columns))]
    return wide[order].astype(int).reset_index().rename_axis(columns=None)


def is_by_interval(table: pd.DataFrame) -> bool:
    """Whether the rows are intervals of a day, not days or months."""
    return own_interval(table["starts_at"]) < MINUTES_A_DAY


def _hours(table: pd.DataFrame) -> pd.Series:
    """Hours of the agents scheduled in each row; null for days and months of versions that were kept without them."""
    if is_by_interval(table):
        return table["agents_scheduled"].astype(float) * (own_interval(table["starts_at"]) / 60)
    return table[HOURS].astype(float) if HOURS in table else pd.Series(np.nan, index=table.index)


def _summed(table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    hours = _hours(table)
    on_phone = table["agents_on_phone"].astype(float) if is_by_interval(table) else hours
    parts = table[keys].assign(
        calls=table["mean"],
        aht_s=table["mean"] * table["aht_s"],
        peak_agents=table["agents_scheduled"].astype(float),
        agent_hours=hours,
        service_level=table["mean"] * table["service_level"],
        occupancy=on_phone * table["occupancy"],
        on_phone=on_phone,
    )
    how = dict.fromkeys(parts.columns.drop(keys), "sum") | {"peak_agents": "max"}
    summed = parts.groupby(keys, as_index=False).agg(how)
    summed["agent_hours"] = parts.groupby(keys)["agent_hours"].sum(min_count=1).to_numpy()
    for name in ("aht_s", "service_level"):
        summed[name] /= summed["calls"].where(summed["calls"] > 0)
    summed["occupancy"] /= summed["on_phone"].where(summed["on_phone"] > 0)
    return summed.drop(columns="on_phone")
