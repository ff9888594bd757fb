"""An override: a new version in which the parts still sum to the whole, and the old one stays as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import BadInput
from data.settings import Settings
from models.forecast_table import QUANTILES, Span
from models.volume_totals import ALL
from serving.forecast_override import OVERRIDE, overridden, override, parsed
from serving.forecast_versions import AT, Asked, difference, save_version, with_store
from tests.serving.planned import DAYS, GOAL, START, planned

ADDED = ["mean", "agents_on_phone", "agents_scheduled", OVERRIDE]
TEN = START + pd.Timedelta(hours=10)


def changes(**row: Any) -> pd.DataFrame:
    return parsed(pd.DataFrame([{"queue": "billing", "centre": "hz", "starts_at": TEN} | row]))


def changed(**row: Any) -> pd.DataFrame:
    return overridden(planned(), changes(**row), GOAL, 60)


def leaves(table: pd.DataFrame) -> pd.DataFrame:
    return table[(table["queue"] != ALL) & (table["centre"] != ALL)]


def held(table: pd.DataFrame) -> None:
    """Totals are the sums of their parts, causes add up to the calls, quantiles do not cross."""
    parts = leaves(table)
    for names in (["queue"], ["centre"], ["queue", "centre"]):
        wanted = parts.assign(**dict.fromkeys(names, ALL)).groupby(AT)[ADDED].sum()
        came = table.set_index(AT).loc[wanted.index, ADDED]
        np.testing.assert_allclose(came.to_numpy(float), wanted.to_numpy(float), atol=1e-6)
    causes = [name for name in table if str(name).startswith("cause_")]
    np.testing.assert_allclose(table[causes].sum(axis=1), table["mean"], atol=1e-6)
    assert (np.diff(table[list(QUANTILES)].to_numpy(), axis=1) >= -1e-9).all()


@settings(max_examples=15)
@given(
    factor=st.floats(0, 5),
    queue=st.sampled_from(["billing", "tech", ALL]),
    centre=st.sampled_from(["hz", ALL]),
    hours=st.integers(1, 72),
)
def test_whatever_is_changed_the_parts_sum_to_the_whole(factor: float, queue: str, centre: str, hours: int) -> None:
    end = TEN + pd.Timedelta(hours=hours)
    before, after = planned(), changed(queue=queue, centre=centre, ends_at=end, factor=factor)
    held(after)
    inside = (before["starts_at"] >= TEN) & (before["starts_at"] < end)
    pd.testing.assert_frame_equal(after[~inside].drop(columns=OVERRIDE), before[~inside])
    assert (after.loc[~inside, OVERRIDE] == 0).all()


def test_a_factor_scales_calls_and_quantiles_of_the_row_and_nothing_else() -> None:
    before, after = planned(), changed(factor=1.5)
    row = (before["queue"] == "billing") & (before["centre"] == "hz") & (before["starts_at"] == TEN)
    names = ["mean", *QUANTILES]
    np.testing.assert_allclose(after.loc[row, names], 1.5 * before.loc[row, names])
    assert after.loc[row, OVERRIDE].item() == pytest.approx(before.loc[row, "mean"].item() / 2)
    assert set(difference(before, after)["starts_at"]) == {TEN}
    assert len(difference(before, after)) == 4


def test_a_mean_is_what_all_its_rows_have_together() -> None:
    end = START + pd.Timedelta(days=1)
    after = changed(queue=ALL, centre=ALL, starts_at=START, ends_at=end, mean=1000)
    assert leaves(after).query("starts_at < @end")["mean"].sum() == pytest.approx(1000)
    assert after.query("queue == 'ALL' and centre == 'ALL' and starts_at < @end")["mean"].sum() == pytest.approx(1000)


def test_the_same_volume_staffed_anew_takes_the_same_agents_whatever_they_were_planned_for() -> None:
    before = planned()
    before["agents_on_phone"] += 3
    end = START + pd.Timedelta(days=2)
    after = overridden(before, changes(queue=ALL, centre=ALL, ends_at=end, factor=1 + 1e-7), GOAL, 60)
    assert (leaves(after)["agents_on_phone"] == leaves(before)["agents_on_phone"]).all()


def test_more_calls_never_take_fewer_agents() -> None:
    agents = [changed(factor=factor)["agents_scheduled"].sum() for factor in (0, 0.5, 1, 1.3, 4)]
    assert agents == sorted(agents)
    assert agents[0] < agents[-1]


def test_an_override_of_an_override_counts_both() -> None:
    twice = overridden(changed(factor=2), changes(factor=3), GOAL, 60)
    held(twice)
    row = twice.query("queue == 'billing' and centre == 'hz' and starts_at == @TEN")
    assert row[OVERRIDE].item() == pytest.approx(row["mean"].item() * 5 / 6)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({}, "either mean or factor"),
        ({"mean": 1, "factor": 2}, "either mean or factor"),
        ({"factor": -1}, "line 2"),
        ({"factor": float("inf")}, "line 2"),
        ({"factor": 2, "ends_at": START}, "before ends_at"),
        ({"factor": 2, "starts_at": "soon"}, "cannot be read"),
        ({"factor": "twice"}, "cannot be read"),
        ({"factor": 2, "queue": "no such"}, "no such open interval"),
        ({"factor": 2, "starts_at": START + pd.Timedelta(hours=3)}, "no such open interval"),
    ],
)
def test_a_bad_override_is_told_with_its_line(row: dict[str, Any], told: str) -> None:
    with pytest.raises(BadInput, match=told):
        changed(**({"factor": None, "mean": None} | row))


def test_missing_columns_are_told() -> None:
    with pytest.raises(BadInput, match="wanted queue, centre, starts_at, and mean or factor"):
        parsed(pd.DataFrame({"queue": ["a"], "factor": [2]}))


def test_the_new_version_knows_its_parent_who_and_why_and_the_old_one_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEXTCALL_USER", "王")
    settings = Settings(var=tmp_path)
    table = planned()
    first = save_version(settings, table, Asked(START.date(), Span(START, DAYS), GOAL), "计划")
    head = override(settings, first.version_id, pd.DataFrame(changes(factor=2)), "campaign on Wednesday")
    store = with_store(settings)
    assert (head.parent_id, head.made_by, head.reason) == (first.version_id, "王", "campaign on Wednesday")
    assert store.version(head.version_id)[0].changes[0]["factor"] == 2
    pd.testing.assert_frame_equal(store.version(first.version_id)[1], table)
    with pytest.raises(BadInput, match="--reason came empty"):
        override(settings, first.version_id, changes(factor=2), " ")
    store.close()


def test_a_version_of_days_cannot_be_overridden(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path)
    saved = save_version(settings, planned(), Asked(START.date(), Span(START, DAYS, "day"), GOAL))
    with pytest.raises(BadInput, match="without --interval"):
        override(settings, saved.version_id, changes(factor=2), "why not")
