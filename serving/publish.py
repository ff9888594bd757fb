"""Labels, priced offers and eligibility as of a date, into the store: the rows that every answer is made of."""

from __future__ import annotations

import datetime as dt
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
from features.pricing_window import pricing_window
from features.snapshots import Snapshots
from models.feature_schema import Column, FeatureSchema, Floats
from serving.layout import LINE_FACTS, PAIR_FACTS, Layout
from serving.offer_book import read_offers, read_plans, read_terms

FORMAT = 1  # raise it where the layout changes
NEEDS = ("customers", "plans", "subscriptions", "offers")
PRICED_FACTS = tuple(name for name in LINE_FACTS if name.startswith("current_") or name == "months_counted")
PIECE = 5_000  # lines whose rows are built at once
TERM_PREFIX = "offer_"


def publish(lake: Lake, as_of: dt.date, settings: Settings, store: Store | None = None) -> Publication:
    """Publish the as-of, unless the same data by the same code is published as the newest of that day already."""
    store = store or Store(settings.store_url)
    fingerprint = cache_key(lake, FORMAT, as_of)
    done = store.newest(as_of, fingerprint)
    if done is not None:
        return done
    book = _read(lake, as_of)
    say(f"publishing {len(book.customers):,} lines x {len(book.layout.offers)} offers as of {as_of}")
    return store.publish(as_of, fingerprint, book.layout.to_json(), _rows(book))


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


def _read(lake: Lake, as_of: dt.date) -> _Book:
    known = as_known(lake, as_of)
    snapshots = Snapshots(lake)
    labels = pd.read_parquet(snapshots.path(as_of)).sort_values("customer_id", ignore_index=True)
    customers = pd.Index(labels["customer_id"])
    schema = matrix_schema(LABELS, labels)
    columns = tuple(Column(name, schema.categories.get(name)) for name in schema.names)
    layout = _layout(known, FeatureSchema(columns))
    facts = np.full((len(customers), len(LINE_FACTS)), np.nan)
    pairs = np.full((len(customers), len(layout.offers), len(layout.pair_columns)), np.nan)
    pairs[:, :, PAIR_FACTS.index("held")] = 0.0
    book = _Book(layout, customers, facts, to_matrix(labels, schema), pairs)
    _fill_eligibility(book, known)
    _fill_pairs(book, known, snapshots.folder / f"pairs-{as_of}.parquet")
    return book


def _layout(known: Known, labels: FeatureSchema) -> Layout:
    terms, numbers = read_terms(known)
    own = [name for name in NUMBERS if not name.startswith(TERM_PREFIX)]
    own = [name for name in own if name not in LINE_FACTS and name not in PAIR_FACTS]
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
        has_usage=known.has("usage") or known.has("usage_records"),
        has_bills=known.has("bills"),
    )


def _fill_eligibility(book: _Book, known: Known) -> None:
    frame = line_eligibility(known).to_pandas().set_index("customer_id").reindex(book.customers)
    for name in frame.columns.intersection(LINE_FACTS):
        book.facts[:, LINE_FACTS.index(name)] = _numeric(frame[name])
    held = pack_conflicts(known).to_pandas()
    owners, offers = book.customers.get_indexer(held["customer_id"]), _offers(book.layout, held["offer_id"])
    there = (owners >= 0) & (offers >= 0)
    book.pairs[owners[there], offers[there], PAIR_FACTS.index("held")] = held["held"].to_numpy(dtype=np.float64)[there]


def _numeric(values: pd.Series) -> Floats:
    """Flags as 0 and 1, days as date.toordinal."""
    if values.name in ("contract_ends_on", "plan_change_on"):
        days = pd.to_datetime(values).dt.normalize() - pd.Timestamp(1, 1, 1).as_unit("s")
        return np.asarray(days.dt.days.to_numpy(dtype=np.float64) + 1.0)
    return np.asarray(values.astype("float64").to_numpy())


def _fill_pairs(book: _Book, known: Known, path: Path) -> None:
    """By way of a file, in batches: the pairs of all lines never stand in memory as a frame."""
    names = book.layout.pair_columns[1:]
    wanted = dict.fromkeys(["customer_id", "offer_id", "current_plan_id", *PRICED_FACTS, *names])
    to_parquet(offer_features(offer_pairs(known)).select(*wanted), path)
    plans = pd.Index([plan.plan_id for plan in book.layout.plans])
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches():
            frame = batch.to_pandas()
            owners, offers = book.customers.get_indexer(frame["customer_id"]), _offers(book.layout, frame["offer_id"])
            keep = (owners >= 0) & (offers >= 0)
            owners, offers, frame = owners[keep], offers[keep], frame[keep]
            book.pairs[owners, offers, 1:] = frame[names].to_numpy(dtype=np.float64)
            for name in PRICED_FACTS:
                book.facts[owners, LINE_FACTS.index(name)] = frame[name].to_numpy(dtype=np.float64)
            book.facts[owners, LINE_FACTS.index("present_plan")] = plans.get_indexer(frame["current_plan_id"])
    path.unlink()


def _offers(layout: Layout, ids: Any) -> np.ndarray:
    return pd.Index([offer.offer_id for offer in layout.offers]).get_indexer(ids)
