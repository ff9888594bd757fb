"""The tables of the store: publications with their lines and people, answer rates, decisions and outcomes."""

from __future__ import annotations

import sqlalchemy as sa

META = sa.MetaData()
PUBLICATIONS = sa.Table(
    "publications",
    META,
    sa.Column("publication_id", sa.Integer, primary_key=True),
    sa.Column("as_of", sa.Date, nullable=False),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.Column("layout", sa.Text, nullable=False),
    sa.Column("published_at", sa.DateTime, nullable=False),
    sa.Column("whole", sa.Boolean, nullable=False),
)
LINES = sa.Table(
    "lines",
    META,
    sa.Column("publication_id", sa.Integer, primary_key=True),
    sa.Column("customer_id", sa.String(128), primary_key=True),
    sa.Column("numbers", sa.LargeBinary, nullable=False),
)
PEOPLE = sa.Table(
    "people",
    META,
    sa.Column("publication_id", sa.Integer, primary_key=True),
    sa.Column("customer_id", sa.String(128), primary_key=True),
    sa.Column("person", sa.String(128), nullable=False),
    sa.Index("people_of", "publication_id", "person"),
)
QUEUE_RATES = sa.Table(
    "queue_rates",
    META,
    sa.Column("queue", sa.String(128), primary_key=True),
    sa.Column("starts_at", sa.DateTime, primary_key=True),
    sa.Column("source", sa.String(16), primary_key=True),
    sa.Column("ends_at", sa.DateTime, nullable=False),
    sa.Column("answer_rate", sa.Float, nullable=False),
)
DECISIONS = sa.Table(
    "decisions",
    META,
    sa.Column("decision_id", sa.String(64), primary_key=True),
    sa.Column("request_id", sa.String(128), nullable=False, unique=True),
    sa.Column("customer_id", sa.String(128), nullable=False, index=True),
    sa.Column("at", sa.DateTime, nullable=False),
    sa.Column("publication_id", sa.Integer, nullable=False),
    sa.Column("labels", sa.LargeBinary, nullable=False),
    sa.Column("record", sa.Text, nullable=False),
)
OUTCOMES = sa.Table(
    "outcomes",
    META,
    sa.Column("idempotency_key", sa.String(128), primary_key=True),
    sa.Column("decision_id", sa.String(64), nullable=False, index=True),
    sa.Column("offer_id", sa.String(128), nullable=False),
    sa.Column("stage", sa.String(16), nullable=False),
    sa.Column("at", sa.DateTime, nullable=False),
    sa.Column("agent_id", sa.String(128)),
    sa.Column("reason", sa.String(16)),
    sa.Column("received_at", sa.DateTime, nullable=False),
)
