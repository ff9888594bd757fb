"""A back-test judges each month by learners that saw only what was known when it began."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import BadInput
from features.examples import Examples
from models.feature_schema import Floats
from models.metrics import probability_metrics
from tests.training.examples import made_up
from training.backtest import Predict, backtest, months_or_persons, rolling_months, summary


def base_rate(past: Examples) -> Predict:
    rate = past.target.mean()
    return lambda test: np.full(len(test), rate)


def no_score(target: Floats, probability: Floats) -> Mapping[str, float]:
    return {"rows": float(len(target))}


@given(embargo=st.integers(0, 200), tests=st.integers(1, 6), seed=st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_no_learner_sees_a_label_that_was_unknown_when_the_test_month_began(
    embargo: int, tests: int, seed: int
) -> None:
    examples = made_up(rows=600, embargo_days=embargo, seed=seed)
    seen: list[Examples] = []

    def spy(past: Examples) -> Predict:
        seen.append(past)
        return base_rate(past)

    folds = rolling_months(tests)(examples)
    if not folds:
        with pytest.raises(BadInput, match="nothing can be back-tested"):
            backtest(examples, rolling_months(tests), {"spy": spy}, no_score)
        return
    backtest(examples, rolling_months(tests), {"spy": spy}, no_score)
    assert len(seen) == len(folds) <= tests
    for past, fold in zip(seen, folds, strict=True):
        assert (past.known_on <= np.datetime64(fold.name)).all()
        assert (past.as_of < np.datetime64(fold.name)).all() or embargo == 0
        assert set(past.keys["row"]).isdisjoint(examples.take(fold.test).keys["row"]) or embargo == 0


@given(seed=st.integers(0, 1000))
@settings(max_examples=10, deadline=None)
def test_answers_that_come_later_change_nothing(seed: int) -> None:
    examples = made_up(rows=600, seed=seed)
    first = rolling_months(1)(examples)[0]
    late = examples.known_on > np.datetime64(first.name)
    late[first.test] = False
    other = Examples(
        examples.keys,
        examples.features,
        np.where(late, 1 - examples.target, examples.target),
        examples.as_of,
        examples.known_on,
        examples.groups,
    )
    one, two = (backtest(e, rolling_months(1), {"rate": base_rate}, no_score).predictions for e in (examples, other))
    pd.testing.assert_frame_equal(one, two)


def test_every_test_month_is_scored_once_per_learner_and_averaged_with_its_spread() -> None:
    result = backtest(made_up(), rolling_months(3), {"rate": base_rate, "again": base_rate}, probability_metrics)
    table = summary(result.scores, first="again")
    assert table["learner"].tolist() == ["again", "rate"]
    by_hand = result.scores.query("learner == 'rate'")["log_loss"]
    assert table.set_index("learner").loc["rate", "log_loss"] == pytest.approx(by_hand.mean())
    assert table.set_index("learner").loc["rate", "log_loss_sd"] == pytest.approx(by_hand.std())
    assert len(result.predictions) == result.folds["test_rows"].sum()


def test_one_month_has_no_spread() -> None:
    table = summary(backtest(made_up(), rolling_months(1), {"rate": base_rate}, probability_metrics).scores)
    assert table["auc_sd"].isna().all()


def test_too_short_a_history_says_what_came_and_what_was_wanted() -> None:
    with pytest.raises(BadInput, match=r"1200 rows.*2025-01-01 to 2025-02-01.*wanted at least 10.*more months"):
        backtest(made_up(months=2, embargo_days=90), rolling_months(3), {"rate": base_rate}, probability_metrics)


def test_where_no_month_can_be_judged_whole_persons_are_held_out_and_a_warning_says_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    examples = made_up(months=2, embargo_days=90)
    folds = months_or_persons(3)(examples)
    assert "too short to judge a month" in capsys.readouterr().err
    assert len(folds) == 3
    for fold in folds:
        assert set(examples.groups[fold.learn]).isdisjoint(examples.groups[fold.test])
    assert sorted(np.concatenate([fold.test for fold in folds])) == list(range(len(examples)))


def test_months_are_judged_by_time_where_one_can_be() -> None:
    examples = made_up()
    assert [f.name for f in months_or_persons(2)(examples)] == [f.name for f in rolling_months(2)(examples)]
