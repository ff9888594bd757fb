"""Inner folds never let a model see what it is validated on, nor the future, nor the same person."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.base import Rows
from models.inner_folds import inner_folds

TARGET = np.random.default_rng(1000).integers(0, 2, 500).astype(float)


@settings(max_examples=20)
@given(st.integers(0, 50), st.integers(2, 5))
def test_a_fold_never_holds_a_row_or_a_person_that_was_learnt_from(seed: int, folds: int) -> None:
    persons = np.random.default_rng(seed).integers(0, 80, 500)
    found = inner_folds(TARGET, Rows(groups=persons), folds, seed)
    assert len(found) == folds
    for learn, held in found:
        assert not set(persons[learn]) & set(persons[held])
    assert sorted(np.concatenate([held for _, held in found])) == list(range(500))


@given(st.integers(0, 50), st.booleans())
def test_with_times_the_past_validates_on_what_comes_after(seed: int, grouped: bool) -> None:
    random = np.random.default_rng(seed)
    times, persons = random.integers(0, 60, 500), random.integers(0, 400, 500)
    found = inner_folds(TARGET, Rows(times=times, groups=persons if grouped else None), 3, seed)
    assert len(found) == 3
    for learn, held in found:
        assert times[learn].max() < times[held].min()
        assert not grouped or not set(persons[learn]) & set(persons[held])


def test_times_that_are_all_the_same_give_no_folds() -> None:
    assert inner_folds(TARGET, Rows(times=np.zeros(500)), 3, 0) == []


def test_each_arm_of_a_treatment_is_in_every_fold() -> None:
    treated = np.repeat([1, 0], [30, 470])
    for learn, held in inner_folds(TARGET, Rows(treated=treated), 5, 0):
        assert treated[held].sum() == 6
        assert treated[learn].sum() == 24


def test_a_rare_class_gives_fewer_folds() -> None:
    assert len(inner_folds(np.repeat([1.0, 0.0], [2, 98]), Rows(), 5, 0)) == 2
    assert inner_folds(np.repeat([1.0, 0.0], [1, 99]), Rows(), 5, 0) == []
