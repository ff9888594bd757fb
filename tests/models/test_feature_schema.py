"""How a frame becomes a matrix of doubles."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from data.errors import BadInput
from models.feature_schema import MAX_LEVELS, FeatureSchema


def test_every_kind_of_number_is_a_double_and_null_is_nan() -> None:
    frame = pd.DataFrame(
        {
            "int": pd.array([1, None], dtype="Int64"),
            "bool": pd.array([True, None], dtype="boolean"),
            "object_bool": pd.Series([True, None], dtype=object),
            "decimal": pd.Series([Decimal("1.5"), None], dtype=object),
            "arrow": pd.array([2.0, None], dtype="double[pyarrow]"),
            "nothing": pd.Series([None, None], dtype=object),
        }
    )
    matrix = FeatureSchema.of(frame).encode(frame)
    assert matrix.dtype == np.float64
    assert matrix.flags.c_contiguous
    assert matrix[0].tolist()[:5] == [1, 1, 1, 1.5, 2]
    assert np.isnan(matrix[1]).all()


def test_a_category_is_the_same_whatever_holds_its_text() -> None:
    learnt = FeatureSchema.of(pd.DataFrame({"brand": ["b", "a", "b"]}))
    for values in (["a", "b", None], pd.Categorical(["a", "b", None], ["b", "zz", "a"])):
        assert learnt.encode(pd.DataFrame({"brand": values})).ravel()[:2].tolist() == [0, 1]


def test_rare_levels_are_not_told_apart() -> None:
    frame = pd.DataFrame({"area": [f"area {i % 300}" for i in range(3000)] + ["rare"]})
    schema = FeatureSchema.of(frame)
    assert len(schema.columns[0].levels or ()) <= MAX_LEVELS
    assert "rare" not in (schema.columns[0].levels or ())


def test_dates_and_lists_are_refused_by_name() -> None:
    frame = pd.DataFrame({"day": [dt.date(2026, 1, 1)], "ts": [pd.Timestamp("2026-01-01")], "packs": [["a"]]})
    with pytest.raises(BadInput, match=r"day \(object\), ts \(datetime64\[.*\]\), packs \(object\)"):
        FeatureSchema.of(frame)


def test_repeated_names_are_refused() -> None:
    with pytest.raises(BadInput, match="columns with the same name: fee"):
        FeatureSchema.of(pd.DataFrame([[1, 2]], columns=["fee", "fee"]))


def test_the_fingerprint_changes_with_names_order_kinds_and_levels() -> None:
    frames = [{"a": [1], "b": [2]}, {"b": [2], "a": [1]}, {"a": ["x"], "b": [2]}, {"a": ["y"], "b": [2]}, {"a": [1]}]
    prints = [FeatureSchema.of(pd.DataFrame(frame)).fingerprint for frame in frames]
    assert len(set(prints)) == len(frames)
    again = FeatureSchema.from_json(FeatureSchema.of(pd.DataFrame(frames[0])).to_json())
    assert again.fingerprint == prints[0]
