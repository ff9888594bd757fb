"""The label matrix keeps order and codes, and says by its hash when two matrices may be mixed."""

import numpy as np
import pandas as pd
import pytest

from data.errors import BadInput
from features.label_table import LABELS
from features.matrix import MatrixSchema, matrix_schema, to_matrix

CHOSEN = tuple(label for label in LABELS if label.name in ("plan_id", "plan_fee_cny", "is_new"))
FRAME = pd.DataFrame(
    {"is_new": [True, None], "plan_fee_cny": [58.0, None], "plan_id": ["zx58", "fx38"], "more": [1, 2]}
)


def test_columns_stand_in_the_catalogue_s_order_with_categories_as_codes():
    schema = matrix_schema(CHOSEN, FRAME)
    assert schema.names == ("plan_id", "plan_fee_cny", "is_new") and schema.categories == {"plan_id": ("fx38", "zx58")}
    assert np.array_equal(to_matrix(FRAME, schema), [[1.0, 58.0, 1.0], [0.0, np.nan, np.nan]], equal_nan=True)


def test_an_unseen_category_is_unknown_and_no_other_one():
    schema = matrix_schema(CHOSEN, FRAME)
    assert np.isnan(to_matrix(FRAME.assign(plan_id="new"), schema)[:, 0]).all()


def test_a_schema_survives_json_and_its_hash_tells_dictionaries_apart():
    schema = matrix_schema(CHOSEN, FRAME)
    assert MatrixSchema.from_json(schema.to_json()) == schema
    assert MatrixSchema.from_json(schema.to_json()).hash == schema.hash
    assert matrix_schema(CHOSEN, FRAME.assign(plan_id="zx58")).hash != schema.hash


def test_all_missing_columns_are_named_at_once():
    with pytest.raises(BadInput, match="lacks plan_id, is_new"):
        to_matrix(FRAME[["plan_fee_cny"]], matrix_schema(CHOSEN, FRAME))
