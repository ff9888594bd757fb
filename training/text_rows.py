"""The lake's texts with what is known of them: topic by the operator's own codes, mood by weak signs, template."""

from __future__ import annotations

from pathlib import Path

import ibis
import pandas as pd
import pyarrow.parquet as pq

from data.contact_text import clean_texts
from data.known import CONTACT_DELAY, Known
from data.sources import find_table

NEGATIVE, POSITIVE = "negative", "positive"
TRUTH, TEMPLATES = "truth", "contact_templates"


def known_texts(known: Known) -> pd.DataFrame:
    """One row a text of a customer: source, row_id, customer_id, known_at, topic, mood, text (cleaned), in fixed order.

    topic: a contact's `intent`; a complaint's `category` where no contact has an intent; else null. mood, a weak label:
    `negative` for a complaint or a satisfaction of 1 or 2, `positive` for one of 4 or 5, else null.
    """
    readers = {"contacts": _contacts, "complaints": _complaints, "posts": _posts}
    tables = [read(known[name]) for name, read in readers.items() if known.has(name)]
    if not tables:
        return pd.DataFrame(columns=["source", "row_id", "customer_id", "known_at", "topic", "mood", "text"])
    rows = ibis.union(*tables) if len(tables) > 1 else tables[0]
    frame = rows.drop_null(["customer_id", "text"]).order_by(["source", "row_id"]).to_pandas()
    frame = frame.assign(text=clean_texts(frame.text), topic=_one_code_list(frame))
    return frame[frame.text != ""].reset_index(drop=True)


def template_groups(rows: pd.DataFrame, lake: Path) -> pd.Series:
    """What must not stand on both sides of a split: the text's template; null where it is unknown.

    The embedded operator's hidden truth names it for contacts. Without such a truth, texts that differ in numbers and
    masked values alone are of one template.
    """
    files = find_table(lake.parent / TRUTH, TEMPLATES)
    if files is None:
        return rows.text.str.replace(r"〔.*?〕|[0-9.]+", "", regex=True)
    truth = pq.read_table(list(files.paths), columns=["contact_id", "template_id"]).to_pandas()
    return rows.row_id.where(rows.source == "contacts").map(truth.set_index("contact_id").template_id)


def _one_code_list(rows: pd.DataFrame) -> pd.Series:
    """Intents, where there are any: categories are another list of the same things."""
    of_contacts = rows.topic.where(rows.source == "contacts")
    return of_contacts if of_contacts.notna().any() else rows.topic


def _contacts(t: ibis.Table) -> ibis.Table:
    mood = ibis.cases((t.satisfaction <= 2, NEGATIVE), (t.satisfaction >= 4, POSITIVE))
    known_at = t.started_at + ibis.interval(hours=int(CONTACT_DELAY.total_seconds() // 3600))
    return _typed(t, source="contacts", row_id=t.contact_id, known_at=known_at, topic=t.intent, mood=mood)


def _complaints(t: ibis.Table) -> ibis.Table:
    return _typed(t, source="complaints", row_id=t.complaint_id, known_at=t.opened_at, topic=t.category, mood=NEGATIVE)


def _posts(t: ibis.Table) -> ibis.Table:
    return _typed(t, source="posts", row_id=t.post_id, known_at=t.posted_at, topic=None, mood=None)


def _typed(t: ibis.Table, **columns: object) -> ibis.Table:
    words = {
        name: ibis.literal(v, type="string") if v is None or isinstance(v, str) else v for name, v in columns.items()
    }
    return t.select(**words, customer_id=t.customer_id, text=t.text).cast({"known_at": "timestamp(6)"})
