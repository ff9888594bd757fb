"""Indicators of staffing, from the interval counts of the switch (`call_volumes`), which hold no persons."""

from __future__ import annotations

from ibis import _

from features.indicators.definition import Indicator, IndicatorGroup
from features.indicators.records import volume_records

STAFFED = _.agent_s.notnull() & _.handle_s.notnull()

VOLUME_INDICATORS = IndicatorGroup(
    sources=("call_volumes",),
    grain=("queue", "centre"),
    records=volume_records,
    holds_persons=False,
    indicators=(
        Indicator(
            "switch_calls_offered",
            "话务呼入量",
            "calls offered, as the switch counts",
            "",
            "calls",
            _.offered,
            _.offered.notnull(),
        ),
        Indicator(
            "switch_answer_rate",
            "话务接通率",
            "calls answered, as the switch counts",
            "calls offered",
            "ratio",
            _.answered,
            _.answered.notnull(),
            _.offered,
        ),
        Indicator(
            "service_level",
            "服务水平",
            "answered within the interval's own target",
            "calls offered",
            "ratio",
            _.answered_in_target,
            _.answered_in_target.notnull(),
            _.offered,
        ),
        Indicator(
            "occupancy",
            "工时利用率",
            "handle time",
            "agents on the phone, times the interval",
            "ratio",
            _.handle_s,
            STAFFED,
            _.agent_s,
        ),
        Indicator(
            "calls_per_agent_hour",
            "坐席小时处理量",
            "calls answered",
            "agent hours on the phone",
            "calls/h",
            _.answered,
            _.answered.notnull() & _.agent_s.notnull(),
            _.agent_s / 3600,
        ),
        Indicator(
            "agents_on_phone_mean",
            "平均在岗坐席",
            "agents on the phone",
            "intervals with a count",
            "agents",
            _.agents,
            _.agents.notnull(),
            _.one_row,
        ),
    ),
)
