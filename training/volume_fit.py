"""`nextcall train volume`: the rolling-origin back-test, the fit on all counts known at the as-of, log, register."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from data.console import say, warn
from data.errors import BadInput
from data.known import as_known
from data.lake import Lake
from features.call_counts import call_counts
from features.call_drivers import read_drivers
from features.volume_history import Calendar
from models.artefact import Card
from models.volume import VolumeModel
from training.artefacts import Product, Registered, card_of, metrics_of, open_workshop, write_product
from training.report import write_report
from training.report.volume import volume_inputs
from training.volume_report import PLANNER_REPORT, ReplayPlan, ReportDays, write_volume_report
from training.volume_training import LakeBacktest, backtest_volume, fit_volume

SUMS = "origin_sums.parquet"
HORIZONS = "horizons.parquet"  # per series and days ahead beside the six-week average
QUIET_PIT = "quiet_pit.parquet"  # do intervals of few calls keep their promise: training.volume_pit
REPLAYED = 3  # past origins in the planner's report; nextcall forecast-report replays more


def train_volume(lake: Lake, as_of: dt.date) -> Registered:
    """Back-test over the lake's queues and centres, then the model of all counts before `as_of`."""
    known = as_known(lake, as_of)
    counts = call_counts(known)
    say(f"volume: {len(counts):,} intervals of {counts[['queue', 'centre']].drop_duplicates().shape[0]} series")
    calendar = Calendar(lake.settings.country)
    with open_workshop(lake.settings, "volume", f"volume as of {as_of}") as shop:
        judged = backtest_volume(counts, calendar)
        model = fit_volume(counts, calendar, read_drivers(known))
        extra = {SUMS: origin_sums(judged), HORIZONS: judged.horizons(), QUIET_PIT: judged.ahead.pits.table()}
        product = Product("volume", model, _card(lake, as_of, counts, judged, model), judged.table(), extra)
        write_product(product, shop.folder)
        inputs = volume_inputs(model, counts, product.table, _facts(product))
        if inputs is not None:
            write_report(inputs, shop.folder / "report")
        _planner_report(lake, as_of, model, shop.folder / "report", _facts(product))
        return shop.register(product)


def _planner_report(lake: Lake, as_of: dt.date, model: VolumeModel, folder: Path, facts: dict[str, object]) -> None:
    """The planner's page beside the SHAP report; a lake that is too short to replay the past goes without."""
    days = ReportDays(replay=ReplayPlan(origins=REPLAYED))
    try:
        write_volume_report(lake, as_of, model, folder / PLANNER_REPORT, facts, days)
    except BadInput as error:
        warn(f"no planner's report: {error}")


def _facts(product: Product) -> dict[str, object]:
    return {name: getattr(product.card, name) for name in ("as_of", "trained_by", "data_fingerprint")}


def origin_sums(judged: LakeBacktest) -> pd.DataFrame:
    """One row an origin, contender and kind of lead (next_day or not) with the sums that its metrics are ratios of."""
    rows = [
        {"learner": name, "as_of": origin, "next_day": part is judged.next_day, **asdict(sums)}
        for part in (judged.ahead, judged.next_day)
        for name, parts in part.overall.items()
        for origin, sums in zip(part.origins, parts, strict=True)
    ]
    return pd.DataFrame(rows)


def _card(lake: Lake, as_of: dt.date, counts: pd.DataFrame, judged: LakeBacktest, model: VolumeModel) -> Card:
    scores = judged.table().set_index("forecast").loc["model"]
    return card_of(
        "volume",
        lake,
        as_of,
        feature_schema_hash="",
        recipe=asdict(model.settings),
        metrics=metrics_of(scores.dropna().to_dict()),
        folds=[{"fold": f"{origin:%F}"} for origin in judged.ahead.origins],
        facts={"rows": len(counts), "interval_min": model.interval_min},
    )
