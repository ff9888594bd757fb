"""A publication holds, to the last bit, what the models were fitted on, and is made once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.errors import BadInput
from data.lake import Lake
from data.settings import Settings
from data.store import Store
from features.churn_rows import CHURN_LABELS
from features.snapshots import Snapshots, as_features
from features.uptake_rows import uptake_features
from models.feature_schema import Column, FeatureSchema
from serving.binding import Binding
from serving.champions import load_champions
from serving.layout import Layout, Lines
from serving.publish import publish
from serving.room import Room
from tests.serving.conftest import with_store
from tests.serving.small_service import AS_OF, pair_rows


def all_lines(room: Room) -> Lines:
    publication = room.published().publication
    pieces = list(room.store.lines(publication.publication_id))
    customers = [customer for ids, _ in pieces for customer in ids]
    return Lines.read(room.published().layout, customers, b"".join(raw for _, raw in pieces))


@pytest.fixture(scope="module")
def labels(lake: Lake) -> pd.DataFrame:
    return pd.read_parquet(Snapshots(lake).path(AS_OF)).sort_values("customer_id")


def test_published_labels_are_the_churn_models_features(room: Room, labels: pd.DataFrame) -> None:
    lines, model = all_lines(room), room.champions["churn"].model
    wanted = model.schema.encode(as_features(labels, CHURN_LABELS))
    np.testing.assert_array_equal(room.published().churn.binding.line_matrix(lines), wanted)


def test_published_pairs_are_the_uptake_models_features(room: Room, lake: Lake, labels: pd.DataFrame) -> None:
    lines, model = all_lines(room), room.champions["uptake"].model
    offers = [offer.offer_id for offer in lines.layout.offers]
    rows = pair_rows(lake, labels).sort_values(["customer_id", "offer_id"])
    priced = np.array([[customer in set(rows["customer_id"])] * len(offers) for customer in lines.customers])
    assert rows["offer_id"].tolist() == offers * (len(rows) // len(offers))
    came = room.published().uptake.binding.pair_matrix(lines, priced)
    np.testing.assert_array_equal(came, model.schema.encode(uptake_features(rows)))


def test_the_same_data_is_published_once(operator: Settings, lake: Lake, tmp_path: Path) -> None:
    settings = with_store(operator, tmp_path)
    first = publish(lake, AS_OF, settings)
    assert publish(lake, AS_OF, settings) == first
    assert Store(settings.store_url).newest_id() == first.publication_id


def test_a_layout_comes_back_from_its_json(room: Room) -> None:
    layout = room.published().layout
    again = Layout.from_json(layout.to_json())
    assert again.to_json() == layout.to_json()
    assert again.width == layout.width
    np.testing.assert_array_equal(again.term_numbers, layout.term_numbers)


def test_features_that_are_not_published_are_all_named_with_what_to_do(room: Room) -> None:
    model = FeatureSchema((Column("tenure_months"), Column("shoe_size"), Column("plan_fee_cny", ("a", "b"))))
    with pytest.raises(BadInput) as error:
        Binding.of(model, room.published().layout, "nextcall-churn/7")
    assert "- shoe_size: missing (number)" in str(error.value)
    assert "~ plan_fee_cny: wanted a category, published as number" in str(error.value)
    assert "nextcall train" in str(error.value)


def test_a_level_that_a_champion_does_not_know_is_null_to_it(room: Room) -> None:
    layout = room.published().layout
    plans = next(column.levels for column in layout.labels.columns if column.name == "plan_id")
    known = (plans or ())[1:2]
    binding = Binding.of(FeatureSchema((Column("plan_id", known),)), layout, "a model")
    lines = all_lines(room)
    came = binding.line_matrix(lines)[:, 0]
    published = lines.label("plan_id")
    np.testing.assert_array_equal(came == 0.0, published == 1.0)
    assert np.isnan(came[published != 1.0]).all()


def test_champions_are_told_by_name_and_version(operator: Settings) -> None:
    found = load_champions(operator)
    assert {kind: champion.version for kind, champion in found.items()} == {
        "uptake": "nextcall-uptake/1",
        "churn": "nextcall-churn/1",
        "volume": "nextcall-volume/1",
    }
