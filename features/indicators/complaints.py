"""Indicators of complaints: how many, how grave, how far and how fast they were dealt with (受理 处理 结案 回访)."""

from __future__ import annotations

from ibis import _

from features.complaint_terms import CLOSED, HANDLED
from features.indicators.definition import Indicator, IndicatorGroup
from features.indicators.records import complaint_line_records, complaint_records

ALL = _.complaint_id.notnull()
TIMELY_H = 48
MADE = "complaints opened in the period"

COMPLAINT_INDICATORS = IndicatorGroup(
    sources=("complaints",),
    grain=("queue", "centre", "team", "agent", "area"),
    records=complaint_records,
    indicators=(
        Indicator("complaints_opened", "投诉受理量", MADE, "", "complaints", 1, ALL),
        Indicator(
            "complaints_handled_rate",
            "投诉处理率",
            "handled or closed by now",
            MADE,
            "ratio",
            HANDLED.cast("float64"),
            ALL,
        ),
        Indicator("complaints_closed_rate", "投诉结案率", "closed by now", MADE, "ratio", CLOSED.cast("float64"), ALL),
        Indicator(
            "complaints_revisited_rate",
            "投诉回访率",
            "called back by now",
            "closed complaints",
            "ratio",
            _.revisited_at.notnull().cast("float64"),
            CLOSED,
        ),
        Indicator(
            "complaint_handling_h",
            "投诉处理时长",
            "hours from opening to handling",
            "handled complaints",
            "h",
            _.handling_h,
            _.handling_h.notnull(),
        ),
        Indicator(
            "complaint_closing_h",
            "投诉结案时长",
            "hours from opening to closing",
            "closed complaints",
            "h",
            _.closing_h,
            _.closing_h.notnull(),
        ),
        Indicator(
            "complaint_timely_rate",
            "投诉及时结案率",
            f"closed within {TIMELY_H} h",
            MADE,
            "ratio",
            (_.closing_h <= TIMELY_H).fill_null(False).cast("float64"),
            ALL,
        ),
        Indicator(
            "revisit_satisfaction",
            "投诉回访满意度",
            "sum of ratings at the call-back (1–5)",
            "rated call-backs",
            "1–5",
            _.revisit_satisfaction.cast("float64"),
            _.revisit_satisfaction.notnull(),
        ),
        Indicator(
            "major_complaint_share",
            "重大投诉占比",
            "complaints of level 3",
            "complaints with a level",
            "ratio",
            (_.level == 3).cast("float64"),
            _.level.notnull(),
        ),
        Indicator(
            "repeat_complaint_rate",
            "重复投诉率",
            "within 30 days after one of the customer in the category",
            "complaints of known customers",
            "ratio",
            _.repeated.cast("float64"),
            _.customer_id.notnull(),
        ),
    ),
)

COMPLAINTS_PER_LINE = IndicatorGroup(
    sources=("complaints", "customers"),
    grain=("area",),
    records=complaint_line_records,
    indicators=(
        Indicator(
            "complaints_per_10000_lines",
            "万投比",
            MADE,
            "lines present in the period",
            "per 10,000 lines",
            _.events,
            True,
            _.lines,
            10_000,
        ),
    ),
)
