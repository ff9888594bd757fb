"""First offers of all kinds by the truth: the same listed offers for every policy, ineligible ones told apart."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from training.offers_truth import ALWAYS, OURS, Listed, beside_the_log, by_kind, by_policy, read_listed


@pytest.fixture
def listed() -> Listed:
    """Line a is told a plan that loses money, b a pack that the truth forbids and a plan; c is not personal."""
    rows = pd.DataFrame(
        [
            ("a", 1, "p", "plan", 0.5, -10.0),
            ("b", 1, "d", "data_pack", 0.2, 40.0),
            ("b", 2, "p", "plan", 0.1, 10.0),
            ("c", 1, "p", "plan", np.nan, np.nan),
        ],
        columns=["customer_id", "rank", "offer_id", "kind", "accept_probability", "margin_uplift_cny"],
    ).assign(expected_value_cny=lambda found: found["margin_uplift_cny"])
    truth = pd.DataFrame(
        [
            ("a", "d", True, 0.9, 900.0),
            ("a", "p", True, 0.4, -20.0),
            ("b", "d", False, 0.1, 100.0),
            ("b", "p", True, 0.3, 50.0),
        ],
        columns=["customer_id", "offer_id", "eligible", "true_probability", "true_margin"],
    )
    return read_listed(rows, truth)


def test_each_policy_is_judged_on_what_is_listed(listed: Listed) -> None:
    table = by_policy(listed).set_index("policy")
    assert (table["lines"] == 2).all()
    ours = table.loc[OURS]
    assert (ours["offered"], ours["ineligible"]) == (0.5, 1.0)
    assert ours["accepted_per_100"] == pytest.approx(10.0)
    assert ours["told_accepted_per_100"] == pytest.approx(20.0)
    assert ours["margin_per_pitch_cny"] == pytest.approx(10.0)
    assert ours["told_margin_per_pitch_cny"] == pytest.approx(40.0)
    assert (ours["margin_if_made_cny"], ours["margin_per_line_cny"]) == (0.0, pytest.approx(5.0))
    assert table.loc[ALWAYS, "margin_per_pitch_cny"] == pytest.approx((-8.0 + 10.0) / 2)
    assert table.loc["oracle", "margin_per_line_cny"] == pytest.approx(7.5)
    assert table.loc["oracle of what can be made", "ineligible"] == 0.0
    assert table.loc["random", "offered"] == 1.0


def test_our_pitches_are_split_by_kind_and_set_beside_the_log(listed: Listed) -> None:
    assert by_kind(listed)["kind"].tolist() == ["data_pack"]
    table = beside_the_log(listed, pd.Series({"a": "d", "unknown": "p"})).set_index("policy")
    assert table.loc["the log's rule", "margin_per_pitch_cny"] == pytest.approx(810.0)
    assert np.isnan(table.loc["the log's rule", "told_margin_per_pitch_cny"])
    assert table.loc[ALWAYS, "margin_per_pitch_cny"] == pytest.approx(-8.0)
    assert (table["offered"] == 0.5).all()
