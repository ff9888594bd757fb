"""`nextcall bands`: the preview with the acceptances that the uptake champion, else the log's base rate, expects."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from data.errors import BadInput
from data.known import Known, as_known
from data.lake import Lake
from features.offer_features import OFFER_FEATURES, with_offer_features
from features.offer_pairs import offer_pairs
from features.outcomes import accepted
from features.snapshots import Snapshots
from features.uptake_rows import UPTAKE_LABELS, uptake_features
from models.artefact import MODEL
from models.band_preview import Grid, PricedPairs, preview, read_pairs, targets
from models.cartesian import TariffOptions
from models.feature_schema import Floats
from models.tariff import first_offers
from models.uptake import UptakeModel
from training.registry import Registry

PIECE = 20_000  # pairs whose features stand in memory at once
ENDINGS = (".png", ".svg")


@dataclass(frozen=True)
class BandReport:
    """`table`: see `models.band_preview.preview`. `acceptance_by`: what the expected acceptances stand on."""

    table: pd.DataFrame
    acceptance_by: str


def band_report(lake: Lake, as_of: dt.date, grid: Grid) -> BandReport:
    """Preview every cell of the grid as of a day."""
    known = as_known(lake, as_of)
    pairs = read_pairs(known, TariffOptions(rule=grid.rule))
    chosen = targets(pairs, grid)
    chance, by = _chances(known, pairs, chosen)
    return BandReport(preview(pairs, grid, chosen, chance), by)


def _chances(known: Known, pairs: PricedPairs, chosen: Sequence[NDArray[np.intp]]) -> tuple[Floats | None, str]:
    registry = Registry(known.settings)
    champion = registry.champion("uptake")
    base = _base_rate(known)
    if champion is None:
        told = "nothing: no uptake champion, and no pitch with a known outcome in the log"
        shape = pairs.total_after.shape
        return (None, told) if base is None else (np.full(shape, base), f"the log's base rate, {base:.1%} of pitches")
    model = UptakeModel.load(registry.folder(champion) / MODEL)
    wanted = np.unique(np.concatenate([_positions(columns, len(pairs.plans)) for columns in chosen]))
    return _by_model(known, pairs, wanted, model), f"{champion}, null where a plan has no offer"


def _positions(columns: NDArray[np.intp], width: int) -> NDArray[np.intp]:
    rows = np.flatnonzero(columns >= 0)
    return np.asarray(rows * width + columns[rows])


def _base_rate(known: Known) -> float | None:
    if not known.has("exposures"):
        return None
    outcomes = accepted(known.lake, known.as_of)
    rate = outcomes.accepted.mean().to_pandas()
    return None if rate is None or rate != rate else float(rate)


def _by_model(known: Known, pairs: PricedPairs, wanted: NDArray[np.intp], model: UptakeModel) -> Floats:
    """P(accepted | pitched) of the wanted (line, plan) by the plan's first offer; NaN elsewhere."""
    first = first_offers(known).to_pandas()
    rows, columns = np.divmod(wanted, len(pairs.plans))
    asked = pd.DataFrame({"customer_id": pairs.customers[rows], "offered_plan_id": pairs.plans[columns], "at": wanted})
    asked = asked.merge(first, on="offered_plan_id")
    found = np.full(pairs.total_after.size, np.nan)
    labels = Snapshots(known.lake).table([known.as_of]).select("customer_id", *UPTAKE_LABELS)
    for part in np.array_split(np.arange(len(asked)), max(1, len(asked) // PIECE)):
        found[asked["at"].to_numpy()[part]] = _predict(known, asked.iloc[part], labels, model)
    return found.reshape(pairs.total_after.shape)


def _predict(known: Known, asked: pd.DataFrame, labels: ibis.Table, model: UptakeModel) -> Floats:
    wanted = ibis.memtable(asked[["customer_id", "offer_id"]])
    priced = with_offer_features(offer_pairs(known, wanted)).select("customer_id", "offer_id", *OFFER_FEATURES)
    rows = asked[["customer_id", "offer_id"]].merge(priced.to_pandas(), on=["customer_id", "offer_id"], how="left")
    rows = rows.merge(labels.semi_join(wanted, "customer_id").to_pandas(), on="customer_id", how="left")
    return np.where(rows["total_after"].isna(), np.nan, model.predict(uptake_features(rows)))


def plot_ending(path: Path | None) -> Path | None:
    """The plot's path, if its ending can be written."""
    if path is not None and path.suffix.lower() not in ENDINGS:
        raise BadInput(f"--plot came as {path}; wanted a name that ends in {' or '.join(ENDINGS)}")
    return path


def write_plot(report: BandReport, path: Path) -> None:
    """Targets against revenue, and against expected acceptances where known; the seed's bands are ringed."""
    figure = Figure(figsize=(13, 5.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    _scatter(figure, left, report.table, "revenue_change_cny", "change of targets' bills, CNY a month, if all accept")
    _scatter(figure, right, report.table, "expected_acceptances", "expected acceptances, each target pitched once")
    right.set_title(f"acceptance by {report.acceptance_by}", fontsize=9)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110, metadata={"Date": None} if path.suffix.lower() == ".svg" else {"Software": None})


def _scatter(figure: Figure, axes: Axes, table: pd.DataFrame, column: str, label: str) -> None:
    rent = table.apply(lambda row: _band(row["rent_low"], row["rent_high"]), axis=1)
    known = table[column].notna() & (table["targets"] > 0)
    for name, marker in zip(dict.fromkeys(rent), "osD^vPX*" * len(table), strict=False):
        rows = table[known & (rent == name)]
        dots = axes.scatter(
            rows["targets"],
            rows[column],
            c=rows["share_bill_rises"].astype(float),
            vmin=0.0,
            vmax=1.0,
            cmap="viridis_r",
            marker=marker,
            label=f"rent {name}",
        )
    seed = table[known & (table["total_low"] == 0.6) & (table["total_high"] == 1.5) & (rent == _band(1.0, 2.0))]
    axes.scatter(
        seed["targets"], seed[column], s=220, facecolors="none", edgecolors="red", label="total 0.6–1.5, rent 1–2"
    )
    axes.set(xlabel="targets", ylabel=label)
    axes.legend(fontsize=8)
    figure.colorbar(dots, ax=axes, label="share of targets whose bill rises")


def _band(low: float, high: float) -> str:
    return "off" if pd.isna(low) else f"{low:g}–{high:g}"
