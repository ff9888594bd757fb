"""The one published table of codes: why an offer is shown, why it is not, and what an answer lacks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

CodeKind = Literal["reason", "suppressed", "no_offer", "degraded"]


@dataclass(frozen=True)
class Code:
    """A code with its texts for the agent; `weight` says what the weight of a reason means (0 to 1)."""

    code: str
    kind: CodeKind
    zh: str
    en: str
    weight: str = ""

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
    Code("NOT_VALID", "suppressed", "不在有效期内", "The offer is not valid on this day"),
    Code("PRESENT_PLAN", "suppressed", "已是当前套餐", "It is the present plan"),
    Code("ALREADY_HELD", "suppressed", "已开通该业务", "The pack is held already"),
    Code("EXCLUDED_BY_PACK", "suppressed", "与已开通业务互斥", "A held pack excludes it"),
    Code("PLAN_CHANGE_PENDING", "suppressed", "已有待生效的套餐变更", "A plan change is scheduled already"),
    Code("UNDER_CONTRACT", "suppressed", "合约期内不可办理", "The running contract does not allow it"),
    Code("BILL_RISE", "suppressed", "账单或月租上涨超过限度", "The bill or the fee would rise above the guard"),
    Code("NOT_RATED", "suppressed", "缺少可计价的用量", "No closed month on the present plan to price"),
    Code("NO_CONSENT", "no_offer", "用户未同意营销", "No consent to marketing"),
    Code("DO_NOT_MARKET", "no_offer", "用户在免打扰名单中", "The line is on the do-not-disturb list"),
    Code(
        "PORT_OUT_REQUESTED", "no_offer", "已申请携号转网，仅提供服务", "Port-out applied for: service only, no offer"
    ),
    Code("SUSPENDED", "no_offer", "号码已停机", "The line is suspended"),
    Code("NO_PLAN", "no_offer", "没有在用套餐", "No plan is in force"),
    Code("NO_VALUE", "no_offer", "没有预期收益为正的产品", "No offer is worth more than it costs"),
    Code("NOTHING_ELIGIBLE", "no_offer", "没有可推荐的产品", "Every offer is suppressed"),
    Code("LABELS_STALE", "degraded", "标签早于一个月前", "The labels are more than a month old"),
    Code("LABELS_LATER", "degraded", "标签晚于请求时间", "The labels are of a later day than the request"),
    Code("NO_USAGE", "degraded", "没有最近的用量数据", "No recent usage is known"),
    Code("EVENTS_IGNORED", "degraded", "预测未使用给出的事件", "The events that were given are not used yet"),
    Code("NO_BILLS", "degraded", "没有账单，现费用按套餐估算", "No bills: the present bill is a rating"),
)
CODES: dict[str, Code] = {code.code: code for code in _CODES}


def code_table() -> pd.DataFrame:
    """The codes as a table, for the docs page and the API."""
    return pd.DataFrame([vars(code) for code in _CODES])


def text_of(code: str, lang: str) -> str:
    """The text of a code in `zh` or `en`.

    >>> text_of("BILL_RISE", "zh")
    '账单或月租上涨超过限度'
    """
    return CODES[code].text(lang)
