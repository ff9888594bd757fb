"""What `nextcall evaluate` tells: policies by the log, the truth beside it where there is one, the funnel."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from data.console import cell
from data.errors import BadInput
from data.lake import Lake
from features.snapshots import Snapshots
from training.funnel import STAGES, by_stage, funnel, funnel_month, rates
from training.policy_choices import read_choices
from training.policy_truth import beside_truth, has_truth, lines_of, true_values
from training.policy_value import all_policies, checked, policy_table, read_judging
from training.uplift_curve import uplift_table

UNSHOWN = ("model", "matched", "likely")
INTERVALS = {"ips": ("ips_low", "ips_high"), "snips": ("snips_low", "snips_high"), "dr": ("low", "high")}
PARTS = "funnel by its parts"
READERS: dict[str, Callable[[Path], pd.DataFrame]] = {
    ".csv": pd.read_csv,
    ".parquet": pd.read_parquet,
    ".json": pd.read_json,
}


def evaluation(
    lake: Lake, as_of: dt.date, months: int = 12, listed: pd.DataFrame | None = None
) -> dict[str, pd.DataFrame]:
    """`policies` (`policy_value.policy_table`), `truth` on a simulated lake (`policy_truth`), `uplift`, `funnel`."""
    judging = read_judging(lake, as_of, months)
    table = checked(policy_table(judging, all_policies(lake, judging.choices, listed), lake.settings.seed))
    told = {"policies": table}
    if has_truth(lake):
        today = lines_of(judging.choices.windows, lake.default_as_of())
        lines = read_choices(lake, today, judging.believers, Snapshots(lake))
        told["truth"] = beside_truth(table, true_values(lake, lines))
    curve = uplift_table(lake, judging.choices, pd.Timestamp(as_of))
    if len(curve):
        told["uplift"] = curve
    if lake.has("contacts"):
        told["funnel"] = rates(funnel(lake, as_of)).assign(month=funnel_month(lake, as_of))
    return told


def on_screen(told: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """What a decision is made by, as a screen holds it, by title; `--out` writes all.

    Policies that were refused stand apart, each once with its reason; the funnel has a line a stage, its parts counts.
    """
    policies = told["policies"]
    judged = with_intervals(policies[policies["refused"] == ""]).drop(columns=["refused", *UNSHOWN])
    refused = policies[policies["refused"] != ""].drop_duplicates("policy")
    tables = {
        "policies by the log": judged,
        "refused": refused[["policy", "offers", "effective", "covered", "refused"]],
    }
    tables |= {title: told[title] for title in ("truth", "uplift") if title in told}
    if "funnel" in told:
        month = f"{told['funnel']['month'].iloc[0]:%Y-%m}"
        tables |= {f"funnel of {month}": by_stage(told["funnel"])}
        parts = told["funnel"][told["funnel"]["dimension"] != "all"]
        tables |= {f"{PARTS}, {month}": parts[["dimension", "value", *STAGES]]}
    return {title: table for title, table in tables.items() if len(table)}


def with_intervals(table: pd.DataFrame) -> pd.DataFrame:
    """The estimates as texts, each with its 95 % interval: value (low to high)."""
    told = {
        method: [
            f"{value} ({low} to {high})"
            for value, low, high in zip(*(table[name].map(cell) for name in (method, *ends)), strict=True)
        ]
        for method, ends in INTERVALS.items()
    }
    return table.assign(**told).drop(columns=[name for ends in INTERVALS.values() for name in ends])


def read_policy_table(path: Path) -> pd.DataFrame:
    """A table of policies; BadInput where the file is missing or of another ending."""
    reader = READERS.get(path.suffix.lower())
    if reader is None or not path.is_file():
        raise BadInput(f"--policies came as {path}; wanted an existing file that ends in {', '.join(READERS)}")
    return reader(path)
