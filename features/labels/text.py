"""What a customer writes and says, from the table of model-made labels (topic and sentiment of each text)."""

from __future__ import annotations

import ibis
from ibis import _

from data.known import Known
from features.catalogue import Label, LabelGroup
from features.labels.rows import commonest, ranked, recent

TOPIC = _.label == "topic"
SENTIMENT = _.label == "sentiment"
NEGATIVE_BELOW = 0.0


def text_rows(known: Known) -> ibis.Table:
    """A year of model-made text labels, with the newest of each kind and the commonest topic ranked 0."""
    rows = recent(known["model_labels"], "known_at", known.as_of).filter(TOPIC | SENTIMENT)
    rows = rows.mutate(
        topic=ibis.ifelse(TOPIC, _.label_text, None), sentiment=ibis.ifelse(SENTIMENT, _.label_value, None)
    )
    newest = [ibis.desc("known_at"), "label"]
    rows = ranked(
        rows,
        topic_last=[ibis.desc(_.topic.notnull()), *newest],
        sentiment_last=[ibis.desc(_.sentiment.notnull()), *newest],
    )
    return commonest(rows, "topic")


TEXT = LabelGroup(
    name="text",
    chinese="文本标签",
    sources=("model_labels",),
    rows=text_rows,
    purpose="service, churn",
    labels=(
        Label(
            "text_topic_last",
            "最近诉求主题",
            "Topic of the last text",
            "",
            "365 days",
            _.topic.max(where=_.topic_last == 0),
            "category",
        ),
        Label(
            "text_topic_top",
            "主要诉求主题",
            "Commonest topic",
            "",
            "365 days",
            _.topic.max(where=_.topic_rank == 0),
            "category",
        ),
        Label("text_topics_12m", "诉求主题数", "Different topics", "topics", "365 days", _.topic.nunique(), zero=True),
        Label(
            "text_sentiment_mean",
            "平均情绪",
            "Mean sentiment: -1 negative … 1 positive",
            "-1–1",
            "365 days",
            _.sentiment.mean(),
        ),
        Label(
            "text_sentiment_last",
            "最近情绪",
            "Sentiment of the last text",
            "-1–1",
            "365 days",
            _.sentiment.max(where=_.sentiment_last == 0),
        ),
        Label(
            "text_negative_12m",
            "负面文本数",
            "Texts with a negative sentiment",
            "texts",
            "365 days",
            _.count(where=_.sentiment < NEGATIVE_BELOW),
            zero=True,
        ),
    ),
)
