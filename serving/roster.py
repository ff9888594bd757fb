"""What the verbs `shifts` and `balance` do with files: a forecast's need, templates, and agents who are there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from data.errors import BadInput
from data.flat_table import need_columns, read_flat_table
from features.call_counts import KEYS
from features.intervals import MINUTES_A_DAY, own_interval
from models.balance import Rules, balance_plan
from models.shifts import Roster, ShiftTemplate, cover, read_templates

ROUNDING = 1e-9  # agents; less over a whole number is none more
AGENTS = {"queue": "--forecast", "centre": "--forecast", "starts_at": "--forecast", "agents_on_phone": "--forecast"}


def read_need(path: Path) -> pd.DataFrame:
    """Rows queue, centre, starts_at, agents_on_phone of a file of `nextcall forecast`; BadInput where it is none."""
    frame = read_flat_table(path)
    need_columns(frame, AGENTS)
    frame["starts_at"] = pd.to_datetime(frame["starts_at"], errors="coerce")
    if frame["starts_at"].isna().any() or (frame["starts_at"].dt.floor("D") == frame["starts_at"]).all():
        raise BadInput(f"--forecast {path}: wanted rows by interval, not by day or month.")
    return frame[list(AGENTS)]


def roster(
    need: pd.DataFrame, where: tuple[str, str], templates: Path, most: int | None, absence: float = 0.0
) -> tuple[Roster, pd.DataFrame]:
    """The roster of one queue and centre (ALL for sums), and its counts by day and template with begin and end.

    `absence`: the share of rostered people who are not there; the roster's need is agents on the phone / (1 - absence),
    rounded up. BadInput where it is no share below 1, or the forecast has no such queue and centre.
    """
    if not 0 <= absence < 1:
        raise BadInput(
            f"--absence came as {absence:g}; wanted a share of rostered people from 0 to below 1, like 0.15."
        )
    chosen = need[(need["queue"] == where[0]) & (need["centre"] == where[1])]
    if chosen.empty:
        known = ", ".join(sorted({f"{q}/{c}" for q, c in need[KEYS].itertuples(index=False)}))
        raise BadInput(f"--queue {where[0]} --centre {where[1]}: not in the forecast; it has {known}.")
    shapes, minutes = read_templates(read_flat_table(templates)), own_interval(chosen["starts_at"])
    days = pd.date_range(chosen["starts_at"].min().normalize(), chosen["starts_at"].max().normalize())
    grid = np.zeros((len(days), MINUTES_A_DAY // minutes))
    day = (chosen["starts_at"].dt.normalize() - days[0]).dt.days.to_numpy()
    slot = (chosen["starts_at"] - chosen["starts_at"].dt.normalize()) // pd.Timedelta(minutes=minutes)
    grid[day, slot.to_numpy()] = chosen["agents_on_phone"].astype(float).fillna(0.0).to_numpy()
    made = cover(np.ceil(grid / (1 - absence) - ROUNDING), shapes, minutes, most)
    return made, _counts(made, shapes, days)


def coverage(made: Roster, absence: float = 0.0) -> str:
    """One line: how well the need is met, and what the need is."""
    need = made.needed.sum()
    met = 1 - made.missing.sum() / need if need else 1.0
    proof = "nothing cheaper exists" if made.optimal else "stopped by the clock"
    spare = made.spare.sum() / need if need else 0.0
    told = f"{int(made.counts.sum())} shifts cover {met:.1%} of the need, {spare:.1%} of it too much ({proof})"
    if absence:
        return f"{told}; the need: agents on the phone with {absence:.1%} of those rostered absent"
    return f"{told}; the need: agents on the phone with nobody absent (--absence)"


def balance_files(forecast: Path, available: Path, rules: Rules) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Who lends to whom: a forecast's need against a table queue, centre, starts_at, agents (on the phone)."""
    need = read_need(forecast).rename(columns={"agents_on_phone": "needed"})
    need = need[(need["queue"] != "ALL") & (need["centre"] != "ALL")]
    there = read_flat_table(available)
    need_columns(there, {**dict.fromkeys([*KEYS, "starts_at"], "--available"), "agents": "--available"})
    there = there.assign(starts_at=pd.to_datetime(there["starts_at"])).rename(columns={"agents": "available"})
    both = need.merge(there[[*KEYS, "starts_at", "available"]], on=[*KEYS, "starts_at"], how="inner")
    if both.empty:
        raise BadInput(f"--available {available}: no row has the queue, centre and starts_at of the forecast's.")
    return balance_plan(both.fillna({"needed": 0.0, "available": 0.0}), rules)


def _counts(made: Roster, shapes: list[ShiftTemplate], days: pd.DatetimeIndex) -> pd.DataFrame:
    row, day = np.nonzero(made.counts)
    begin = days[day] + pd.to_timedelta([shapes[r].start_min for r in row], unit="min")
    length = pd.to_timedelta([shapes[r].length_min for r in row], unit="min")
    names = [shapes[r].name for r in row]
    frame = pd.DataFrame({"template": names, "begins_at": begin, "ends_at": begin + length})
    return frame.assign(agents=made.counts[row, day]).sort_values(["begins_at", "template"], ignore_index=True)
