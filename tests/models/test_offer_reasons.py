"""Reasons of an offer: amounts of the bill, between 0 and 1, none without cause, each with a published text."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.offer_reasons import CODES, After, Before, ranked_codes, reason_weights
from models.reasons import code_table, text_of

amounts = arrays(np.float64, 4, elements=st.one_of(st.floats(0, 500), st.just(np.nan)))
quotas = arrays(np.float64, 4, elements=st.one_of(st.floats(0, 500), st.just(np.nan), st.just(np.inf)))
befores = st.builds(Before, *[amounts] * 4, quotas, quotas, *[amounts] * 3)
afters = st.builds(After, *[amounts] * 4, quotas, quotas)


@given(befores, afters)
def test_weights_are_between_0_and_1_whatever_comes(before: Before, after: After) -> None:
    weights = reason_weights(before, after)
    assert ((weights >= 0) & (weights <= 1)).all()


@given(arrays(np.float64, 3, elements=st.floats(1, 500)))
def test_an_offer_that_changes_nothing_has_no_reason(bill: np.ndarray) -> None:
    same = (bill, bill, bill, bill, bill, bill)
    none = np.full(3, np.nan)
    assert ranked_codes(reason_weights(Before(*same, bill, bill, none), After(*same))) == [[], [], []]


def test_a_bigger_saving_weighs_more_and_the_heaviest_stands_first() -> None:
    one = np.array([100.0, 100.0])
    zero, none = np.zeros(2), np.full(2, np.nan)
    before = Before(one, one, zero, zero, one, one, zero, zero, none)
    small, big = ranked_codes(reason_weights(before, After(np.array([90.0, 50.0]), one * 0.8, zero, zero, one, one)))
    assert [code for code, _ in small] == ["CHEAPER_RENT", "SAVES_MONEY"]
    assert [code for code, _ in big] == ["SAVES_MONEY", "CHEAPER_RENT"]


def test_every_code_has_a_chinese_and_an_english_text_once() -> None:
    table = code_table()
    assert table["code"].is_unique
    assert set(CODES) <= set(table["code"])
    assert (table[["zh", "en"]] != "").all(axis=None)
    assert text_of("NO_CONSENT", "en") == "No consent to marketing"
