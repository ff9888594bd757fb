"""Indicators of inbound marketing: the funnel from target to order, stage by stage, and why customers refuse."""

from __future__ import annotations

from typing import Any

from ibis import _

from features.indicators.definition import Indicator, IndicatorGroup
from features.indicators.records import exposure_records, target_records

REASONS = {
    "too_dear": "太贵",
    "no_need": "不需要",
    "later": "再考虑",
    "distrust": "不信任",
    "contract": "合约限制",
    "other": "其他",
}
DECIDED = _.exposure_id.notnull()


def _rate(name: str, chinese: str, texts: tuple[str, str], part: Any, counted: Any) -> Indicator:
    return Indicator(name, chinese, *texts, "ratio", part.cast("float64"), counted)


def _refused_for(reason: str, chinese: str) -> Indicator:
    texts = (f"rejections for the reason {reason}", "rejections with a reason")
    known = _.rejected & _.reject_reason.notnull()
    return _rate(f"rejected_{reason}_share", f"拒绝原因占比:{chinese}", texts, _.reject_reason == reason, known)


MARKETING_INDICATORS = IndicatorGroup(
    sources=("exposures",),
    grain=("queue", "centre", "team", "agent", "area", "offer"),
    records=exposure_records,
    indicators=(
        Indicator("offers_decided", "营销决策量", "decisions with an offer", "", "decisions", 1, DECIDED),
        Indicator("orders", "营销订购量", "offers accepted", "", "orders", 1, _.accepted),
        _rate("popup_rate", "弹窗率", ("offers shown to an agent", "decisions with an offer"), _.popped_up, DECIDED),
        _rate(
            "suppression_rate",
            "弹窗抑制率",
            ("decisions held back by a rule", "decisions with an offer"),
            _.suppressed_reason.notnull(),
            DECIDED,
        ),
        _rate("pitch_rate", "主动营销率", ("offers pitched", "offers shown to an agent"), _.pitched, _.popped_up),
        _rate("success_rate", "营销成功率", ("offers accepted", "offers pitched"), _.accepted, _.pitched),
        _rate("rejection_rate", "营销拒绝率", ("offers rejected", "offers pitched"), _.rejected, _.pitched),
        _rate(
            "confirmation_rate",
            "二次确认率",
            ("orders confirmed", "offers accepted"),
            _.confirmed_at.notnull(),
            _.accepted,
        ),
        _rate("reversal_rate", "撤销率", ("orders taken back", "offers accepted"), _.reversed_at.notnull(), _.accepted),
        *(_refused_for(reason, chinese) for reason, chinese in REASONS.items()),
    ),
)

TARGET_INDICATORS = IndicatorGroup(
    sources=("targets", "contacts"),
    grain=("area", "offer"),
    records=target_records,
    indicators=(
        Indicator("targets_listed", "目标用户量", "entries of target lists", "", "targets", 1, _.run_id.notnull()),
        _rate(
            "target_call_rate",
            "目标用户来电率",
            ("targets who asked for a person within 30 days", "entries of target lists"),
            _.called,
            _.run_id.notnull(),
        ),
    ),
)
