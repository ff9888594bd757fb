"""What a customer has complained about, how gravely, and how far it was dealt with (受理 处理 结案 回访)."""

from __future__ import annotations

import ibis
from ibis import _

from data.known import Known
from features.catalogue import Label, LabelGroup
from features.complaint_terms import CLOSED, HANDLED, IN_HANDLING, OPEN, with_terms
from features.labels.rows import ranked, recent

LAST = _.last_rank == 0


def complaint_rows(known: Known) -> ibis.Table:
    """A year of complaints with stage and durations; the newest ranked 0."""
    rows = recent(with_terms(known["complaints"]), "opened_at", known.as_of)
    return ranked(rows, last_rank=[ibis.desc("opened_at"), "complaint_id"])


COMPLAINTS = LabelGroup(
    name="complaints",
    chinese="投诉",
    sources=("complaints",),
    rows=complaint_rows,
    purpose="service, churn",
    labels=(
        Label("complaints_12m", "近一年投诉次数", "Complaints", "complaints", "365 days", _.count(), zero=True),
        Label(
            "complaints_open",
            "受理中投诉数",
            "Complaints not yet handled",
            "complaints",
            "365 days",
            _.count(where=OPEN),
            zero=True,
        ),
        Label(
            "complaints_in_handling",
            "处理中投诉数",
            "Complaints handled, not yet closed",
            "complaints",
            "365 days",
            _.count(where=IN_HANDLING),
            zero=True,
        ),
        Label(
            "complaints_closed_12m",
            "已结案投诉数",
            "Complaints closed",
            "complaints",
            "365 days",
            _.count(where=CLOSED),
            zero=True,
        ),
        Label(
            "complaint_level_max",
            "最高投诉级别",
            "Gravest level: 1 ordinary, 2 important, 3 major",
            "1–3",
            "365 days",
            _.level.max(),
        ),
        Label(
            "complaint_open_days_max",
            "最长未结案天数",
            "Age of the oldest complaint that is not closed",
            "days",
            "365 days",
            _.days_ago.max(where=~CLOSED),
            zero=True,
        ),
        Label(
            "complaint_handling_h_mean",
            "平均处理时长(投诉)",
            "Hours from opening to handling",
            "h",
            "365 days",
            _.handling_h.mean(where=HANDLED),
        ),
        Label(
            "complaint_closing_h_mean",
            "平均结案时长",
            "Hours from opening to closing",
            "h",
            "365 days",
            _.closing_h.mean(where=CLOSED),
        ),
        Label(
            "complaint_category_last",
            "最近投诉类别",
            "Category of the last complaint",
            "",
            "365 days",
            _.category.max(where=LAST),
            "category",
        ),
        Label(
            "complaint_categories_12m",
            "投诉类别数",
            "Different categories",
            "categories",
            "365 days",
            _.category.nunique(),
            zero=True,
        ),
        Label(
            "complaint_repeats_12m",
            "重复投诉数",
            "Complaints within 30 days of one of the same category",
            "complaints",
            "365 days",
            _.count(where=_.repeated),
            zero=True,
        ),
        Label(
            "complaint_revisit_satisfaction",
            "回访满意度",
            "Mean rating at the call-back",
            "1–5",
            "365 days",
            _.revisit_satisfaction.mean(),
        ),
        Label(
            "days_since_complaint",
            "距最近投诉天数",
            "Days since the last complaint",
            "days",
            "365 days",
            _.days_ago.min(),
        ),
    ),
)
