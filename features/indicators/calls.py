"""Indicators of the hotline: reach, waiting, handling, resolution, satisfaction; and of the channels beside it."""

from __future__ import annotations

from ibis import _

from features.contact_terms import DAY_S, UNATTENDED_CHANNELS
from features.indicators.definition import Indicator, IndicatorGroup
from features.indicators.records import call_line_records, contact_records

OFFERED, ANSWERED = _.offered, _.answered
RATED = ANSWERED & _.satisfaction.notnull()
GIVEN_UP = OFFERED & _.abandoned
WITH_RESULT = ANSWERED & _.resolved.notnull()
IVR = (_.channel == "ivr") & _.customer_id.notnull()
CALLS = "hotline calls offered"
ANSWERS = "hotline calls answered"
SHORT_S = 10


def _number(value: object) -> object:
    return value.cast("float64")  # type: ignore[attr-defined] # ibis expressions are untyped


def _answered_within(seconds: int) -> Indicator:
    return Indicator(
        f"answered_in_{seconds}s_rate",
        f"{seconds}秒接通率",
        f"answered within {seconds} s",
        CALLS,
        "ratio",
        (ANSWERED & (_.wait_s <= seconds)).fill_null(False).cast("float64"),
        OFFERED,
    )


def _mean(name: str, chinese: str, what: str, amount: object, counted: object) -> Indicator:
    return Indicator(name, chinese, f"sum of {what}", ANSWERS, "s", amount, counted)


CALL_INDICATORS = IndicatorGroup(
    sources=("contacts",),
    grain=("queue", "centre", "team", "agent", "area"),
    records=contact_records,
    indicators=(
        Indicator("calls_offered", "呼入量", CALLS, "", "calls", 1, OFFERED),
        Indicator("calls_answered", "接通量", ANSWERS, "", "calls", 1, ANSWERED),
        Indicator("answer_rate", "人工接通率", ANSWERS, CALLS, "ratio", _number(ANSWERED), OFFERED),
        *map(_answered_within, (15, 20, 30)),
        Indicator(
            "abandon_rate",
            "放弃率",
            "hotline calls given up before an answer",
            CALLS,
            "ratio",
            _number(GIVEN_UP),
            OFFERED,
        ),
        Indicator(
            "short_abandon_rate",
            "短时放弃率",
            f"given up within {SHORT_S} s",
            "calls given up",
            "ratio",
            _number(_.wait_s <= SHORT_S),
            GIVEN_UP & _.wait_s.notnull(),
        ),
        Indicator(
            "abandon_wait_s",
            "平均放弃等待时长",
            "sum of waiting",
            "calls given up",
            "s",
            _.wait_s,
            GIVEN_UP & _.wait_s.notnull(),
        ),
        _mean("asa_s", "平均应答速度(ASA)", "waiting", _.wait_s, ANSWERED & _.wait_s.notnull()),
        _mean(
            "aht_s", "平均处理时长(AHT)", "talk + hold + after-call work", _.handle_s, ANSWERED & _.handle_s.notnull()
        ),
        _mean("talk_s", "平均通话时长", "talk", _.talk_s, ANSWERED & _.talk_s.notnull()),
        _mean("hold_s", "平均保持时长", "hold", _.hold_s, ANSWERED & _.hold_s.notnull()),
        _mean(
            "after_call_s", "平均话后处理时长", "after-call work", _.after_call_s, ANSWERED & _.after_call_s.notnull()
        ),
        Indicator(
            "transfer_rate",
            "转接率",
            "answered calls transferred at least once",
            ANSWERS,
            "ratio",
            _number(_.transfers > 0),
            ANSWERED & _.transfers.notnull(),
        ),
        Indicator(
            "resolved_rate",
            "解决率",
            "answered calls marked as resolved",
            "answered calls with a result",
            "ratio",
            _number(_.resolved),
            WITH_RESULT,
        ),
        Indicator(
            "first_contact_resolution",
            "一次解决率",
            "resolved, and no other call of the customer within 7 days",
            "answered calls of known customers with a result and 7 days after it in the lake",
            "ratio",
            _number(_.resolved & ~_.followed),
            WITH_RESULT & _.customer_id.notnull() & _.followed_is_known,
        ),
        Indicator(
            "repeat_call_rate",
            "7天重复来电率",
            "calls within 7 days after the customer's previous one",
            "hotline calls of known customers",
            "ratio",
            _number(_.repeated),
            OFFERED & _.customer_id.notnull(),
        ),
        Indicator(
            "satisfaction_mean",
            "满意度",
            "sum of ratings (1–5)",
            "rated answered calls",
            "1–5",
            _number(_.satisfaction),
            RATED,
        ),
        Indicator(
            "satisfied_rate",
            "满意率",
            "ratings of 4 and 5",
            "rated answered calls",
            "ratio",
            _number(_.satisfaction >= 4),
            RATED,
        ),
        Indicator(
            "rating_rate",
            "参评率",
            "rated answered calls",
            ANSWERS,
            "ratio",
            _number(_.satisfaction.notnull()),
            ANSWERED,
        ),
    ),
)

CHANNEL_INDICATORS = IndicatorGroup(
    sources=("contacts",),
    grain=("area",),
    records=contact_records,
    indicators=(
        Indicator(
            "digital_share",
            "电子渠道占比",
            "contacts by app, web, WeChat, Weibo, e-mail",
            "inbound contacts",
            "ratio",
            _number(_.digital),
            _.inbound,
        ),
        Indicator(
            "diversion_ratio",
            "渠道分流比",
            "contacts by IVR, app, web, WeChat",
            "these and hotline calls",
            "ratio",
            _number(_.channel.isin(UNATTENDED_CHANNELS)),
            _.channel.isin((*UNATTENDED_CHANNELS, "hotline")),
        ),
        Indicator(
            "ivr_containment",
            "IVR自助完成率",
            "IVR contacts without a hotline call of the customer within 24 h",
            "IVR contacts of known customers",
            "ratio",
            _number((_.next_call_s - _.at_s >= DAY_S).fill_null(True)),
            IVR,
        ),
        Indicator("port_queries", "携转查询量", "portability queries (CXXZ)", "", "contacts", 1, _.port_query),
        Indicator("port_codes", "携转授权码申请量", "port-out code requests (SQXZ)", "", "contacts", 1, _.port_code),
    ),
)

CALLS_PER_LINE = IndicatorGroup(
    sources=("contacts", "customers"),
    grain=("area",),
    records=call_line_records,
    indicators=(
        Indicator(
            "calls_per_100_lines",
            "百户呼入量",
            CALLS,
            "lines present in the period",
            "per 100 lines",
            _.events,
            True,
            _.lines,
            100,
        ),
    ),
)
