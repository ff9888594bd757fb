"""The lake's texts become labels: nothing of the future is read, no template stands on both sides of a test."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.known import as_known
from data.lake import Lake, open_lake
from data.settings import Settings, load_settings
from models.contact_text import TextClassifier
from tests.small_texts import small_texts
from tests.tiny_lake import write_lake
from training.contact_text import label_texts
from training.text_folds import TextTask, compare_text_models
from training.text_rows import known_texts, template_groups

AS_OF = dt.date(2026, 1, 1)


def lake_of(folder: Path, texts: pd.DataFrame, var: Path) -> tuple[Lake, Settings]:
    who = [f"c{i % 40:02d}" for i in range(len(texts))]
    contacts = pd.DataFrame(
        {
            "contact_id": [f"k{i:05d}" for i in range(len(texts))],
            "customer_id": who,
            "channel": "hotline",
            "started_at": texts["at"],
            "abandoned": False,
            "satisfaction": texts.mood.map({"negative": 1, "positive": 5}),
            "intent": texts.topic,
            "text": texts.text + "，回电13800138000",
        }
    )
    customers = pd.DataFrame(
        {"customer_id": sorted(set(who)), "joined_on": dt.date(2020, 1, 1)}
        | {"marketing_consent": True, "personalisation_consent": True}
    )
    posts = pd.DataFrame(
        {"post_id": ["p1"], "posted_at": [dt.datetime(2025, 12, 30, 9)], "platform": "weibo", "customer_id": ["c00"]}
        | {"text": ["信号断线太气人了"]}
    )
    write_lake(folder / "lake", {"customers": customers, "contacts": contacts, "posts": posts})
    settings = load_settings(var=var, as_of=AS_OF)
    return open_lake(folder / "lake", settings), settings


def test_every_text_gets_a_topic_and_a_sentiment_known_a_day_after_it(tmp_path: Path) -> None:
    lake, settings = lake_of(tmp_path, small_texts(600), tmp_path / "var")
    report = label_texts(lake, settings)
    labels = open_lake(lake.folder, settings)["model_labels"].to_pandas()
    last = labels[labels.customer_id == "c00"].sort_values("known_at").iloc[-2:]
    assert set(labels.label) == {"topic", "sentiment"} and report.labels >= len(labels) > 1000
    assert set(last.label_text.dropna()) == {"network"}
    assert last.label_value[last.label == "sentiment"].item() < 0
    assert labels.label_value[labels.label == "sentiment"].between(-1, 1).all()
    assert labels.known_at.max() < pd.Timestamp(AS_OF)
    assert {"bill", "network"} == set(report.terms.topic)


def test_the_saved_model_reads_new_texts(tmp_path: Path) -> None:
    lake, settings = lake_of(tmp_path, small_texts(300), tmp_path / "var")
    topic = TextClassifier.load(label_texts(lake, settings).models / "topic")
    assert topic.predict(["没有信号上网断线"]).tolist() == ["network"]


def test_nothing_of_a_text_is_kept_unmasked(tmp_path: Path) -> None:
    lake, settings = lake_of(tmp_path, small_texts(300), tmp_path / "var")
    report = label_texts(lake, settings)
    terms = json.loads((report.models / "topic" / "text_model.json").read_text("utf-8"))["terms"]
    assert not any("138" in term for term in terms)


def test_the_future_does_not_matter(tmp_path: Path) -> None:
    now = small_texts(300)
    later = small_texts(200, seed=9).assign(at=pd.Timestamp("2026-01-01 00:00"), topic="other", mood="negative")
    written = []
    for name, texts in {"a": now, "b": pd.concat([now, later], ignore_index=True)}.items():
        lake, settings = lake_of(tmp_path / name, texts, tmp_path / name / "var")
        report = label_texts(lake, settings)
        assert report.labels_path is not None
        written.append(pd.read_parquet(report.labels_path))
    pd.testing.assert_frame_equal(*written)


def test_a_lake_without_texts_makes_no_labels(tmp_path: Path) -> None:
    lake, settings = lake_of(tmp_path, small_texts(30).assign(topic=None, mood=None), tmp_path / "var")
    report = label_texts(lake, settings)
    assert (report.labels, report.labels_path, report.metrics.empty) == (0, None, True)


def test_templates_come_from_the_truth_or_from_the_texts_themselves(tmp_path: Path) -> None:
    texts = small_texts(200)
    lake, _ = lake_of(tmp_path, texts, tmp_path / "var")
    rows = known_texts(as_known(lake, AS_OF))
    contacts = rows[rows.source == "contacts"]
    own = template_groups(contacts, lake.folder)
    assert len(set(own)) == len(set(texts.template + texts.mood))
    (tmp_path / "truth").mkdir()
    truth = pd.DataFrame({"contact_id": [f"k{i:05d}" for i in range(200)], "template_id": texts.template})
    truth.to_parquet(tmp_path / "truth" / "contact_templates.parquet")
    groups = template_groups(rows, lake.folder)
    assert groups.nunique() == texts.template.nunique()
    assert groups[rows.source == "posts"].isna().all()


def test_texts_of_an_unknown_template_are_left_out_of_the_test() -> None:
    rows = small_texts(900).rename(columns={"at": "known_at", "template": "group", "topic": "target"})
    more = rows.assign(group=None, target="bill")
    tables = [compare_text_models(TextTask("topic", r, seed=1)) for r in (rows, pd.concat([rows, more]))]
    pd.testing.assert_frame_equal(*tables)


def test_a_test_text_is_later_and_of_a_template_never_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = small_texts(900).rename(columns={"at": "known_at", "template": "group", "topic": "target"})
    of_text = rows.drop_duplicates("text").set_index("text")
    seen: list[tuple[pd.DataFrame, pd.DataFrame]] = []

    def spy(self: TextClassifier, texts: list[str], classes: object) -> TextClassifier:
        self.train, self.classes = texts, ["bill", "network"]
        return self

    def said(self: TextClassifier, texts: list[str]) -> np.ndarray:
        seen.append((of_text.loc[self.train], of_text.loc[texts]))
        return np.full((len(texts), 2), 0.5)

    monkeypatch.setattr(TextClassifier, "fit", spy)
    monkeypatch.setattr(TextClassifier, "predict_proba", said)
    compare_text_models(TextTask("topic", rows.drop_duplicates("text"), seed=1))
    assert seen
    for train, test in seen:
        assert not set(train.group) & set(test.group)
        assert train.known_at.max() < test.known_at.min()


def test_the_models_beat_the_majority_on_unseen_templates() -> None:
    rows = small_texts(1200).rename(columns={"at": "known_at", "template": "group", "topic": "target"})
    table = compare_text_models(TextTask("topic", rows, seed=1)).set_index("model")
    assert table.loc["characters", "accuracy"] > table.loc["majority", "accuracy"] + 0.2
    assert set(table.index) == {"majority", "jieba words", "characters"}


def test_too_few_templates_claim_nothing() -> None:
    rows = small_texts(300).rename(columns={"at": "known_at", "topic": "target"}).assign(group=0)
    assert compare_text_models(TextTask("topic", rows, seed=1)).empty
