"""Topic and mood of a text: learned, kept without pickles, and with an encoder only where one is given."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.errors import BadInput
from models.contact_text import TextClassifier, TextSettings
from models.feature_schema import Floats
from models.text_causes import root_cause_terms
from models.text_encoder import load_encoder, remembering
from tests.small_texts import small_texts


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return small_texts(300)


def letters(texts: Sequence[str]) -> Floats:
    """A stand-in for a sentence encoder: which of two marks a text holds."""
    return np.array([["信号" in text, "话费" in text] for text in texts], dtype=np.float64)


@pytest.mark.parametrize("unit", ["characters", "words"])
def test_it_reads_the_topic_of_texts_with_other_numbers(rows: pd.DataFrame, unit: str) -> None:
    model = TextClassifier(TextSettings(unit=unit)).fit(rows.text.tolist(), rows.topic)
    new = small_texts(100, seed=1)
    assert (model.predict(new.text.tolist()) == new.topic).mean() > 0.95


def test_probabilities_sum_to_one_and_order_of_rows_does_not_matter(rows: pd.DataFrame) -> None:
    model = TextClassifier().fit(rows.text.tolist(), rows.topic)
    texts = rows.text.tolist()[:20]
    probabilities = model.predict_proba(texts)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)
    np.testing.assert_allclose(model.predict_proba(texts[::-1]), probabilities[::-1], rtol=1e-12)
    assert model.predict_proba([]).shape == (0, 2)


@pytest.mark.parametrize("encoder", [None, letters])
def test_a_saved_model_predicts_the_same(rows: pd.DataFrame, tmp_path: Path, encoder: object) -> None:
    model = TextClassifier(encoder=encoder).fit(rows.text.tolist(), rows.mood)
    model.save(tmp_path)
    loaded = TextClassifier.load(tmp_path, encoder)
    texts = small_texts(50, seed=2).text.tolist()
    np.testing.assert_array_equal(loaded.predict_proba(texts), model.predict_proba(texts))
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".json", ".npz"]


def test_the_same_texts_give_the_same_version(rows: pd.DataFrame) -> None:
    first, second = (TextClassifier().fit(rows.text.tolist(), rows.topic) for _ in range(2))
    assert first.version == second.version
    assert TextClassifier().fit(rows.text.tolist(), rows.mood).version != first.version


def test_an_encoder_adds_what_characters_do_not_know(rows: pd.DataFrame) -> None:
    texts, classes = ["甲", "乙", "丙", "丁"] * 5, ["a", "a", "b", "b"] * 5
    seen = {"甲": 1.0, "乙": 1.0, "戊": 1.0}
    model = TextClassifier(encoder=lambda ts: np.array([[seen.get(t, -1.0), 0.1] for t in ts])).fit(texts, classes)
    assert model.predict(["戊", "己"]).tolist() == ["a", "b"]


def test_an_encoder_is_asked_for_each_text_once() -> None:
    asked: list[str] = []
    encode = remembering(lambda texts: asked.extend(texts) or letters(texts))
    np.testing.assert_array_equal(encode(["信号", "话费", "信号"]), [[1, 0], [0, 1], [1, 0]])
    encode(["话费"])
    assert asked == ["信号", "话费"]


def test_no_encoder_no_import_of_sentence_transformers() -> None:
    code = (
        "import sys, training.contact_text; sys.exit('sentence_transformers' in sys.modules or 'torch' in sys.modules)"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True)


def test_bad_input_says_what_to_do(rows: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="wanted two classes"):
        TextClassifier().fit(["甲", "乙"], ["a", "a"])
    with pytest.raises(BadInput, match="no saved text model"):
        TextClassifier.load(tmp_path)
    with pytest.raises(BadInput, match=r"no modules\.json"):
        load_encoder(tmp_path)
    TextClassifier(encoder=letters).fit(rows.text.tolist(), rows.topic).save(tmp_path)
    with pytest.raises(BadInput, match="set `encoder`"):
        TextClassifier.load(tmp_path)


def test_weights_of_another_model_are_refused(rows: pd.DataFrame, tmp_path: Path) -> None:
    TextClassifier().fit(rows.text.tolist(), rows.topic).save(tmp_path / "a")
    TextClassifier().fit(rows.text.tolist(), rows.mood).save(tmp_path / "b")
    (tmp_path / "b" / "weights.npz").replace(tmp_path / "a" / "weights.npz")
    with pytest.raises(BadInput, match="does not belong"):
        TextClassifier.load(tmp_path / "a")


def test_top_terms_speak_for_their_class(rows: pd.DataFrame) -> None:
    terms = TextClassifier().fit(rows.text.tolist(), rows.topic).top_terms(5)
    assert "信号" in terms[terms["class"] == "network"].term.tolist()


def test_root_causes_are_the_words_of_a_topic_alone(rows: pd.DataFrame) -> None:
    terms = root_cause_terms(rows.text.tolist(), rows.topic, 5)
    of = {topic: set(found.term) for topic, found in terms.groupby("topic")}
    assert "账单" in of["bill"] and "信号" in of["network"]
    assert not of["bill"] & of["network"]
    assert terms.share.between(0, 1).all() and (terms.z > 0).all()
