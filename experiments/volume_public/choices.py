"""What the call forecast settled on, measured again on origins before the public series' test days, and on no others.

Each choice is judged by the back-test's own metrics, pooled over origins, and paired with the setting that stands: a
90 % interval of `gain` (weighted quantile loss of the setting less that of the one that stands) above 0 speaks for the
choice, one below 0 against it. The width is staffing's: its scenarios alone are widened, here every quantile is.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

import features.block_level as block_level
from data.console import print_table
from features.intervals import FloatArray, Grid, own_interval, to_grid
from features.volume_history import Calendar, History
from models.forecast_cells import AHEAD
from models.volume_blend import MEMBERS
from models.volume_trees import Forecaster
from training.paired import paired_gains
from training.volume_metrics import MEDIAN, SHARES, Cells, Sums, pooled, sums_of

Told = Callable[[Forecaster, History, int, pd.DatetimeIndex], FloatArray]  # (SHARES, series, targets, intervals) calls
BENDS = (0.0, block_level.BENT, 1.0)  # how far parts of the day follow their own level instead of the day's
COLUMNS = ["wape", "wql", "cover_80", "cover_95"]


@dataclass(frozen=True)
class Early:
    """A public series cut off where its test days begin, and the first of the earlier days that are told."""

    file: str
    country: str
    first: str
    until: str

    def grid(self, folder: Path) -> Grid:
        """Its counts before `until`; what came later is not read."""
        table = pd.read_csv(folder / self.file, parse_dates=["ts"])
        table = table[table["ts"] < pd.Timestamp(self.until)]
        rows = pd.DataFrame({"series": "all", "starts_at": table["ts"], "offered": table["y"]})
        return to_grid(rows, ["series"], own_interval(rows["starts_at"]))


SERIES = (
    Early("volume/bank_calls_30min.csv", "US", "2003-07-01", "2003-09-01"),
    Early("volume/technion_30min.csv", "IL", "1999-08-01", "1999-10-01"),
)


def as_fitted(forecaster: Forecaster, history: History, known: int, targets: pd.DatetimeIndex) -> FloatArray:
    """The setting that stands."""
    return forecaster.quantiles(history, known, targets, SHARES)


def alone(member: str) -> Told:
    """One member of the blend in place of the weights that held-out weeks chose."""
    only = np.eye(len(MEMBERS))[MEMBERS.index(member)]

    def told(forecaster: Forecaster, history: History, known: int, targets: pd.DatetimeIndex) -> FloatArray:
        weights = None if forecaster.trees.weights is None else np.zeros_like(forecaster.trees.weights) + only
        return as_fitted(replace(forecaster, trees=replace(forecaster.trees, weights=weights)), history, known, targets)

    return told


def widened(forecaster: Forecaster, history: History, known: int, targets: pd.DatetimeIndex) -> FloatArray:
    """Every band AHEAD times as wide on the root scale, as staffing's scenarios are."""
    root = np.sqrt(as_fitted(forecaster, history, known, targets))
    return np.asarray(np.maximum(root[MEDIAN] + AHEAD * (root - root[MEDIAN]), 0.0) ** 2)


STANDS = {"blend": "weights by held-out weeks", "width of bands": "as fitted", "parts of the day": "half-way"}
OF_A_FIT: dict[tuple[str, str], Told] = {
    ("blend", STANDS["blend"]): as_fitted,
    **{("blend", f"{member} alone"): alone(member) for member in MEMBERS},
    ("width of bands", STANDS["width of bands"]): as_fitted,
    ("width of bands", f"{AHEAD} times"): widened,
}
BENT_NAMES = ("the day's level", STANDS["parts of the day"], "own level")


def judged(early: Early, folder: Path, options: argparse.Namespace) -> pd.DataFrame:
    """One row per choice and setting: metrics over all origins, gain of the setting that stands with its interval."""
    grid, calendar = early.grid(folder), Calendar(early.country)
    found: dict[tuple[str, str], list[Sums]] = {}
    for bend, name in zip(BENDS, BENT_NAMES, strict=True):
        settings: dict[tuple[str, str], Told] = {("parts of the day", name): as_fitted}
        if bend == block_level.BENT:
            settings |= OF_A_FIT
        with bent(bend):
            found |= sums(grid, calendar, early, settings, options)
    return pd.concat([_described(early, choice, found) for choice in STANDS], ignore_index=True)


def sums(
    grid: Grid, calendar: Calendar, early: Early, settings: dict[tuple[str, str], Told], options: argparse.Namespace
) -> dict[tuple[str, str], list[Sums]]:
    """Of every setting, one per origin; the trees are refitted every `--refit` open days."""
    history, first = History(grid, calendar), grid.known_before(pd.Timestamp(early.first))
    parts: dict[tuple[str, str], list[Sums]] = {setting: [] for setting in settings}
    scale = np.ones(len(grid.series))
    fitted: dict[int, Forecaster] = {}
    for known in range(first, len(grid.days), options.every):
        at = known - (known - first) % options.refit
        if at not in fitted:
            fitted[at] = Forecaster.fit(grid.until(at), calendar, options.horizon)
        targets = slice(known, known + options.horizon)
        told = {way: way(fitted[at], history, known, grid.days[targets]) for way in dict.fromkeys(settings.values())}
        for setting, way in settings.items():
            parts[setting].append(sums_of(Cells(grid.counts[:, targets], told[way], scale)))
    return parts


@contextmanager
def bent(share: float) -> Iterator[None]:
    """Parts of the day follow their own level `share` of the way."""
    usual = block_level.BENT
    block_level.BENT = share
    try:
        yield
    finally:
        block_level.BENT = usual


def _described(early: Early, choice: str, found: dict[tuple[str, str], list[Sums]]) -> pd.DataFrame:
    parts = {setting: one for (about, setting), one in found.items() if about == choice}
    gains = paired_gains(parts, STANDS[choice]).query("metric == 'wql'").set_index("against")
    rows = []
    for setting, one in parts.items():
        metrics = {name: pooled(one)[name]["mean"] for name in COLUMNS}
        gain = {name: gains[name].get(setting, np.nan) for name in ("gain", "low", "high")}
        label = {"series": Path(early.file).stem, "choice": choice, "setting": setting}
        rows.append({**label, "stands": setting == STANDS[choice], "origins": len(one), **metrics, **gain})
    return pd.DataFrame(rows)


def main() -> None:
    """The command of the experiment."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--public", type=Path, default=Path("../shared/data"))
    parser.add_argument("--horizon", type=int, default=7, help="open days told from each origin")
    parser.add_argument("--every", type=int, default=2, help="open days between origins")
    parser.add_argument("--refit", type=int, default=28, help="open days between fits")
    parser.add_argument("--json", type=Path, required=True)
    options = parser.parse_args()
    table = pd.concat([judged(early, options.public, options) for early in SERIES], ignore_index=True)
    print_table(table, "choices on origins before the test days")
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    options.json.write_text(json.dumps({"table": rows}), encoding="utf-8")


if __name__ == "__main__":
    main()
