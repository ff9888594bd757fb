"""The one published table of codes: why an offer is shown, why it is not, and what an answer lacks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

CodeKind = Literal["reason", "suppressed", "no_offer", "degraded"]
Layer = Literal["eligibility", "applicability", "suitability"]


@dataclass(frozen=True)
class Code:
    """A code with its texts for the agent.

    `weight` says what the weight of a reason means (0 to 1), `layer` which of the three layers holds the offer back.
    """

    code: str
    kind: CodeKind
    zh: str
    en: str
    weight: str = ""
    layer: Layer | None = None

    def text(self, lang: str) -> str:
        """The text in `zh` or `en`."""
        return self.zh if lang == "zh" else self.en


_CODES = (
    Code("SAVES_MONEY", "reason", "按最近三个月的用量，账单会更低", "The bill would be lower", "saving / present bill"),
    Code(
        "COVERS_DATA_OVERAGE",
        "reason",
        "套餐外流量费会减少",
        "Less is paid for data beyond the quota",
        "less data overage / present bill",
    ),
    Code(
        "COVERS_VOICE_OVERAGE",
        "reason",
        "套餐外通话费会减少",
        "Less is paid for calls beyond the quota",
        "less voice overage / present bill",
    ),
    Code("CHEAPER_RENT", "reason", "月租更低", "The monthly fee is lower", "lower fee / present fee"),
    Code("MORE_DATA", "reason", "套餐内流量更多", "More data is included", "more quota / new quota"),
    Code("MORE_VOICE", "reason", "套餐内通话更多", "More minutes are included", "more quota / new quota"),
    Code(
        "NEAR_DATA_QUOTA",
        "reason",
        "流量常接近或超过套餐内额度",
        "The data quota is regularly used up",
        "mean use / quota, at most 1",
    ),
    Code(
        "HIGH_DATA_GROWTH",
        "reason",
        "流量用量持续增长",
        "Data use keeps growing",
        "growth a month / mean use, at most 1",
    ),
    Code("CONTRACT_ENDING", "reason", "合约即将到期", "The contract is about to end", "1 − days left / 90"),
    Code("EXPECTED_VALUE", "reason", "综合办理可能与收益靠前", "It ranks by its probability and value alone", "1"),
    Code("UNPERSONALISED", "reason", "未使用个性化推荐，按统一顺序展示", "The same order for everybody", "1"),
    Code("NO_VALUE", "no_offer", "没有预期收益为正的产品", "No offer is worth more than it costs"),
    Code("NOTHING_ELIGIBLE", "no_offer", "没有可推荐的产品", "Every offer is suppressed"),
    Code("CONTROL", "no_offer", "对照组，不展示产品", "Drawn into the control group: nothing is shown"),
    Code("LABELS_STALE", "degraded", "标签早于一个月前", "The labels are more than a month old"),
    Code("LABELS_LATER", "degraded", "标签晚于请求时间", "The labels are of a later day than the request"),
    Code("NO_USAGE", "degraded", "没有最近的用量数据", "No recent usage is known"),
    Code("NO_BILLS", "degraded", "没有账单，现费用按套餐估算", "No bills: the present bill is a rating"),
)
_HELD_BACK: tuple[tuple[Layer, CodeKind, str, str, str], ...] = (
    ("eligibility", "no_offer", "DO_NOT_MARKET", "用户在免打扰名单中", "The line is on the do-not-disturb list"),
    ("eligibility", "no_offer", "NO_CONSENT", "用户未同意营销", "No consent to marketing"),
    (
        "eligibility",
        "no_offer",
        "PORT_OUT_REQUESTED",
        "已申请携号转网，仅提供服务",
        "Port-out applied for: service only, no offer",
    ),
    ("eligibility", "no_offer", "SUSPENDED", "号码已停机", "The line is suspended"),
    ("eligibility", "no_offer", "NO_PLAN", "没有在用套餐", "No plan is in force"),
    ("eligibility", "suppressed", "PRESENT_PLAN", "已是当前套餐", "It is the present plan"),
    ("eligibility", "suppressed", "ALREADY_HELD", "已开通该业务", "The pack is held already"),
    ("eligibility", "suppressed", "EXCLUDED_BY_PACK", "与已开通业务互斥", "A held pack excludes it"),
    ("eligibility", "suppressed", "PLAN_CHANGE_PENDING", "已有待生效的套餐变更", "A plan change is scheduled already"),
    (
        "eligibility",
        "suppressed",
        "CHANGE_CLOSED",
        "月末19点后不可变更套餐",
        "Plan changes are closed for this month",
    ),
    ("eligibility", "suppressed", "UNDER_CONTRACT", "合约期内不可办理", "The running contract does not allow it"),
    ("applicability", "no_offer", "QUEUE_BUSY", "话务高峰，暂停营销", "The queue is busy: no selling now"),
    ("applicability", "no_offer", "NO_INTEREST", "用户未主动咨询，不做人工外呼", "No own interest: no outbound call"),
    ("applicability", "suppressed", "NOT_VALID", "不在有效期内", "The offer is not valid on this day"),
    ("applicability", "suppressed", "NOT_ON_CHANNEL", "该渠道不办理此产品", "It is not offered on this channel"),
    ("applicability", "suppressed", "CAPACITY", "本月名额已满", "This month's capacity is used up"),
    ("suitability", "no_offer", "COMPLAINT_CALL", "来电投诉，先解决问题", "The call is a complaint: solve it first"),
    ("suitability", "no_offer", "COMPLAINT_OPEN", "有未结案的投诉", "A complaint is open"),
    ("suitability", "no_offer", "FATIGUE", "近期推荐次数已达上限", "The person was pitched often enough lately"),
    ("suitability", "suppressed", "NOT_RATED", "缺少可计价的用量", "No closed month on the present plan to price"),
    ("suitability", "suppressed", "NOT_USED", "近三个月未使用该类业务", "The line uses nothing of what it would add"),
    ("suitability", "suppressed", "BILL_RISE", "账单或月租上涨超过限度", "The bill or the fee would rise too much"),
    ("suitability", "suppressed", "REJECTED_LATELY", "用户近期已拒绝", "The person refused it lately"),
)
_ALL = (*_CODES, *(Code(code, kind, zh, en, layer=layer) for layer, kind, code, zh, en in _HELD_BACK))
CODES: dict[str, Code] = {code.code: code for code in _ALL}


def code_table() -> pd.DataFrame:
    """The codes as a table, for the docs page and the API."""
    return pd.DataFrame([vars(code) for code in CODES.values()])


def text_of(code: str, lang: str) -> str:
    """The text of a code in `zh` or `en`.

    >>> text_of("BILL_RISE", "zh")
    '账单或月租上涨超过限度'
    """
    return CODES[code].text(lang)
