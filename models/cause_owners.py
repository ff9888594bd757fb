"""Who is asked when a day falls short: each part of a shortfall, its 中文 name and the department that owns it.

The answer rate is one department's KPI and many departments' work (KPI → KMI): network complaints belong to the
network, a campaign's calls to marketing. `[owners]` in the settings puts a department's own name in place.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

OWNERS = {  # part: 中文, department
    "normal": ("日常话务", "话务预测"),
    "bill_day": ("出账日", "账务中心"),
    "campaign": ("营销活动", "市场部"),
    "price_change": ("资费调整", "资费产品部"),
    "launch": ("新品上市", "资费产品部"),
    "holiday": ("节假日", "话务预测"),
    "outage": ("网络故障", "网络部"),
    "complaints": ("投诉重复来电", "服务质量部"),
    "big_event": ("大型活动", "运营管理部"),
    "other": ("其他事件", "运营管理部"),
    "pitches": ("外呼推荐回呼", "电话营销部"),
    "smaller_causes": ("其余原因", "运营管理部"),
    "handle_time": ("处理时长", "培训质检"),
    "staffing": ("排班人数", "排班管理"),
    "shrinkage": ("非通话损耗", "现场管理"),
    "plan": ("计划低于目标", "排班管理"),
    "unexplained": ("模型未解释", "话务预测"),
}


def with_owners(parts: pd.DataFrame, owners: Mapping[str, str]) -> pd.DataFrame:
    """The table of parts with 中文 and owner behind the name; `owners` by part go before the defaults.

    >>> with_owners(pd.DataFrame({"part": ["outage"]}), {"outage": "无线中心"}).iloc[0].tolist()
    ['outage', '网络故障', '无线中心']
    """
    names = [OWNERS.get(part, (part, ""))[0] for part in parts["part"]]
    asked = [owners.get(part, OWNERS.get(part, ("", ""))[1]) for part in parts["part"]]
    table = parts.copy()
    table.insert(1, "中文", names)
    table.insert(2, "owner", asked)
    return table
