"""Labels, priced offers and eligibility as of a date, into the store: the rows that every answer is made of."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from data.console import say
from data.engine import to_parquet
from data.known import Known, as_known
from data.lake import Lake
from data.settings import Settings
from data.store import Publication, Store
from features.eligibility import line_eligibility, pack_conflicts
from features.fingerprint import cache_key
from features.label_table import LABELS, label_schema_hash
from features.matrix import matrix_schema, to_matrix
from features.offer_features import NUMBERS
from features.offer_features import with_offer_features as offer_features
from features.offer_pairs import RERATED, offer_pairs
from features.pitch_time import pitch_time
from features.pricing_window import pricing_window
from features.sales_pressure import refusals, sales_pressure, shared_people
from features.snapshots import Snapshots
from models.feature_schema import Column, FeatureSchema, Floats
from serving.layout import DAYS, FORMAT, LINE_FACTS, PAIR_FACTS, Layout
from serving.offer_book import read_offers, read_plans, read_terms
from serving.popup import Override, read_overrides, refuse_rewritten

LINE_NEEDS = ("customers", "plans", "subscriptions")  # enough for what is asked of a line without its offers
NEEDS = (*LINE_NEEDS, "offers")
PRICED_FACTS = tuple(name for name in LINE_FACTS if name.startswith("current_") or name == "months_counted")
PIECE = 5_000  # lines whose rows are built at once
TERM_PREFIX = "offer_"
OTHERWISE = ("held", "rejected_on")  # pair facts that are not priced


def publish(lake: Lake, as_of: dt.date, settings: Settings, store: Store | None = None) -> Publication:
    """Publish the as-of, unless the same data by the same code is published as the newest of that day already."""
    store = store or Store(settings.store_url)
    known = as_known(lake, as_of)
    overrides = _overrides(known, settings, store)
    fingerprint = cache_key(lake, FORMAT, as_of, *overrides)
    done = store.newest(as_of, fingerprint)
    if done is not None:
        return done
    book = _read(lake, known, overrides)
    say(f"publishing {len(book.customers):,} lines x {len(book.layout.offers)} offers as of {as_of}")
    people = list(shared_people(known).to_pandas().itertuples(index=False, name=None))
    return store.publish(as_of, fingerprint, book.layout.to_json(), _rows(book), people)


def _overrides(known: Known, settings: Settings, store: Store) -> list[Override]:
    """The manual pop-up priorities, held against those that were published before."""
    newest = store.newest()
    before = newest.layout.get("overrides", []) if newest else []
    path = settings.popup.overrides
    offers = [offer.offer_id for offer in read_offers(known)] if path else []
    found = read_overrides(settings.config_folder / path, offers) if path else []
    refuse_rewritten([Override.from_json(row) for row in before], found)
    return found


@dataclass(frozen=True)
class _Book:
    """Everything of one as-of in memory: lines in order of customer_id."""

    layout: Layout
    customers: pd.Index
    facts: Floats
    labels: Floats
    pairs: Floats


def _rows(book: _Book) -> Iterator[tuple[list[str], Floats]]:
    for start in range(0, len(book.customers), PIECE):
        piece = slice(start, start + PIECE)
        pairs = book.pairs[piece].reshape(len(book.customers[piece]), -1)
        yield book.customers[piece].tolist(), np.hstack([book.facts[piece], book.labels[piece], pairs])


def _read(lake: Lake, known: Known, overrides: list[Override]) -> _Book:
    snapshots = Snapshots(lake)
    labels = pd.read_parquet(snapshots.path(known.as_of)).sort_values("customer_id", ignore_index=True)
    customers = pd.Index(labels["customer_id"])
    schema = matrix_schema(LABELS, labels)
    columns = tuple(Column(name, schema.categories.get(name)) for name in schema.names)
    layout = _layout(known, FeatureSchema(columns), overrides)
    facts = np.full((len(customers), len(LINE_FACTS)), np.nan)
    pairs = np.full((len(customers), len(layout.offers), len(layout.pair_columns)), np.nan)
    pairs[:, :, PAIR_FACTS.index("held")] = 0.0
    book = _Book(layout, customers, facts, to_matrix(labels, schema), pairs)
    for facts in (line_eligibility(known), sales_pressure(known)):
        _fill_facts(book, facts.to_pandas())
    _fill_held(book, known)
    _fill_pairs(book, known, snapshots.folder / f"pairs-{known.as_of}-{os.getpid()}.parquet")
    _fill_refusals(book, known)
    return book


def _layout(known: Known, labels: FeatureSchema, overrides: list[Override]) -> Layout:
    terms, numbers = read_terms(known)
    own = [name for name in NUMBERS if not name.startswith(TERM_PREFIX)]
    own = [name for name in own if name not in LINE_FACTS and name not in PAIR_FACTS]
    pitch = pitch_time(known)
    return Layout(
        as_of=known.as_of,
        months=pricing_window(known, RERATED).months,
        offers=read_offers(known),
        plans=read_plans(known),
        labels=labels,
        terms=terms,
        term_numbers=numbers,
        features=FeatureSchema(tuple(map(Column, own))),
        label_hash=label_schema_hash(),
        has_usage=known.has("usage"),
        has_bills=known.has("bills"),
        pitch_s=pitch.seconds if pitch else None,
        overrides=overrides,
    )


def _fill_facts(book: _Book, frame: pd.DataFrame) -> None:
    frame = frame.set_index("customer_id").reindex(book.customers)
    for name in frame.columns.intersection(list(LINE_FACTS)):
        book.facts[:, LINE_FACTS.index(name)] = _numeric(frame[name])


def _fill_held(book: _Book, known: Known) -> None:
    held = pack_conflicts(known).to_pandas()
    _fill_pair(book, held, "held", held["held"].to_numpy(dtype=np.float64))


def _fill_refusals(book: _Book, known: Known) -> None:
    said_no = refusals(known).to_pandas()
    _fill_pair(book, said_no, "rejected_on", _days(said_no["rejected_on"]))


def _fill_pair(book: _Book, frame: pd.DataFrame, name: str, values: Floats) -> None:
    owners, offers = book.customers.get_indexer(pd.Index(frame["customer_id"])), _offers(book.layout, frame["offer_id"])
    there = (owners >= 0) & (offers >= 0)
    book.pairs[owners[there], offers[there], PAIR_FACTS.index(name)] = values[there]


def _numeric(values: pd.Series) -> Floats:
    """Flags as 0 and 1, days as date.toordinal."""
    return _days(values) if values.name in DAYS else np.asarray(values.astype("float64").to_numpy())


def _days(values: pd.Series) -> Floats:
    days = pd.to_datetime(values).dt.normalize() - pd.Timestamp(1, 1, 1).as_unit("s")
    return np.asarray(days.dt.days.to_numpy(dtype=np.float64) + 1.0)


def _fill_pairs(book: _Book, known: Known, path: Path) -> None:
    """By way of a file of this process alone, in batches: the pairs of all lines never stand in memory as a frame."""
    places = [i for i, name in enumerate(book.layout.pair_columns) if name not in OTHERWISE]
    names = [book.layout.pair_columns[i] for i in places]
    wanted = dict.fromkeys(["customer_id", "offer_id", "current_plan_id", *PRICED_FACTS, *names])
    to_parquet(offer_features(offer_pairs(known)).select(*wanted), path)
    plans = pd.Index([plan.plan_id for plan in book.layout.plans])
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches():
            frame = batch.to_pandas()
            owners, offers = book.customers.get_indexer(frame["customer_id"]), _offers(book.layout, frame["offer_id"])
            keep = (owners >= 0) & (offers >= 0)
            owners, offers, frame = owners[keep], offers[keep], frame[keep]
            book.pairs[owners[:, None], offers[:, None], places] = frame[names].to_numpy(dtype=np.float64)
            for name in PRICED_FACTS:
                book.facts[owners, LINE_FACTS.index(name)] = frame[name].to_numpy(dtype=np.float64)
            book.facts[owners, LINE_FACTS.index("present_plan")] = plans.get_indexer(frame["current_plan_id"])
    path.unlink()


def _offers(layout: Layout, ids: Any) -> np.ndarray:
    return pd.Index([offer.offer_id for offer in layout.offers]).get_indexer(ids)
