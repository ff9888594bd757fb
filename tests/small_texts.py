"""A few hundred contact texts of two topics and two moods, from templates that differ in more than numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd

TEMPLATES = {
    "bill": [
        "查询{n}月账单为什么多扣{n}元话费",
        "话费比平时多{n}元请核对账单",
        "账单里扣费{n}元是什么话费",
        "电子账单怎么开发票话费{n}元",
        "这个月话费账单多收{n}元",
        "核对话费{n}元扣费有疑问看账单",
    ],
    "network": [
        "信号差打电话断线{n}次",
        "家里没有信号上网慢{n}天",
        "基站坏了{n}小时没信号断线",
        "电梯里信号不好断线{n}次",
        "上网特别慢信号只有{n}格",
        "地下室没有信号上网断线{n}回",
    ],
}
MOODS = {"negative": "太气人了不满意", "positive": "谢谢服务很好"}


def small_texts(rows: int, seed: int = 0) -> pd.DataFrame:
    """text, topic, mood, template and a time each."""
    draw = np.random.default_rng(seed)
    topic = draw.choice(list(TEMPLATES), rows)
    number = draw.integers(0, 6, rows)
    mood = draw.choice(list(MOODS), rows)
    text = [
        TEMPLATES[t][k].format(n=n) + MOODS[m]
        for t, k, n, m in zip(topic, number, draw.integers(1, 90, rows), mood, strict=True)
    ]
    template = [f"{t}{k}" for t, k in zip(topic, number, strict=True)]
    hours = pd.to_timedelta(np.sort(draw.integers(0, 92 * 24, rows)), unit="h")
    return pd.DataFrame(
        {"text": text, "topic": topic, "mood": mood, "template": template, "at": pd.Timestamp("2025-10-01") + hours}
    )
