"""Who is learnt from and who is judged."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from training.bench_splits import fold_splits, group_numbers, last_split, time_numbers


@given(st.lists(st.integers(0, 30), min_size=20, max_size=200).filter(lambda t: len(set(t)) > 1))
def test_the_last_fifth_is_after_all_that_was_learnt_from(times: list[int]) -> None:
    learn, held = last_split(np.array(times), None)
    assert np.array(times)[learn].max() < np.array(times)[held].min()
    assert len(learn) + len(held) == len(times)


def test_without_ties_the_last_fifth_is_a_fifth() -> None:
    learn, held = last_split(np.arange(100), None)
    assert (learn.tolist(), held.tolist()) == (list(range(80)), list(range(80, 100)))


def test_persons_who_are_judged_are_not_learnt_from() -> None:
    persons = np.arange(100) % 40
    learn, held = last_split(np.arange(100), persons)
    assert not set(persons[learn]) & set(persons[held])


def test_accounts_of_a_person_and_lines_of_an_account_stay_together() -> None:
    random = np.random.default_rng(0)
    table = pd.DataFrame({"person": random.integers(0, 300, 600), "account": np.arange(600) // 2})
    table.loc[::7, "person"] = None
    notes: list[str] = []
    groups = group_numbers(table.assign(person=table["person"].where(table["account"] % 3 == 0)), notes)
    for learn, held in fold_splits(random.integers(0, 2, 600).astype(float), groups, 2, 0):
        assert not set(table["account"][learn]) & set(table["account"][held])
        assert not set(groups[learn]) & set(groups[held])
    assert notes == []


def test_columns_that_link_everything_fall_back_to_their_combinations() -> None:
    table = pd.DataFrame({"month": np.arange(600) % 12, "area": np.arange(600) % 7})
    notes: list[str] = []
    assert len(np.unique(group_numbers(table, notes))) == 84
    assert "link most rows" in notes[0]


def test_times_are_numbers_or_iso_dates() -> None:
    days = time_numbers(pd.Series(["2026-01-02", "2025-12-31 10:00"]), "--time day")
    assert days[0] > days[1]
    assert time_numbers(pd.Series([3, 1]), "--time week").tolist() == [3, 1]
