"""What planners read in Chinese and English: headings of the forecast's columns, names of causes and sheets, notes."""

from __future__ import annotations

from typing import Literal

Lang = Literal["zh", "en"]

HEADINGS = {
    "queue": ("技能组", "Queue"),
    "centre": ("话务中心", "Centre"),
    "starts_at": ("开始时间", "Starts at"),
    "day": ("日期", "Day"),
    "weekday": ("星期", "Weekday"),
    "mean": ("预测来电量", "Calls (mean)"),
    "calls": ("预测来电量", "Calls (mean)"),
    "aht_s": ("平均处理时长(秒)", "AHT (s)"),
    "agents_on_phone": ("在线座席数", "Agents on phone"),
    "agents_scheduled": ("排班人数", "Agents scheduled"),
    "peak_agents": ("最忙时段排班人数", "Agents scheduled at the peak"),
    "peak_at": ("最忙时段", "Peak at"),
    "agent_hours": ("排班工时(小时)", "Agent-hours scheduled"),
    "service_level": ("服务水平", "Service level"),
    "occupancy": ("占用率", "Occupancy"),
}
CAUSES = {
    "normal": ("日常话务", "normal load"),
    "holiday": ("节假日", "holiday"),
    "bill_day": ("出账日", "bill day"),
    "bill_sms": ("账单短信", "bill SMS"),
    "campaign": ("营销活动", "campaign"),
    "price_change": ("资费调整", "price change"),
    "launch": ("新品上市", "launch"),
    "outage": ("网络故障", "outage and network trouble"),
    "maintenance": ("割接维护", "maintenance"),
    "complaints": ("投诉重复来电", "complaints"),
    "big_event": ("大型活动", "big event"),
    "weather": ("天气", "weather"),
    "school_start": ("开学季", "school start"),
    "pitches": ("外呼推荐回呼", "our own offers"),
    "other": ("其他事件", "other events"),
    "override": ("人工调整", "planner's override"),
}
WEEKDAYS = (("周一", "周二", "周三", "周四", "周五", "周六", "周日"), ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))
SHEETS = {
    "summary": ("概要", "Summary"),
    "forecast": ("分时预测", "Forecast"),
    "periods": ("预测", "Forecast"),
    "by_day": ("按日汇总", "By day"),
    "causes": ("来电原因", "Causes"),
    "scheduled": ("排班人数", "Agents"),
    "on_phone": ("在线座席", "Agents on phone"),
    "notes": ("说明", "Notes"),
}
FACTS = {
    "title": ("话务量预测与座席需求", "Call forecast and agents"),
    "version": ("预测版本", "Forecast version"),
    "parent": ("调整自版本", "Overrides version"),
    "reason": ("调整原因", "Reason"),
    "made_at": ("生成时间 (UTC)", "Made at (UTC)"),
    "made_by": ("生成人", "Made by"),
    "as_of": ("数据截至(不含当日)", "As known at the start of"),
    "model": ("模型版本", "Model version"),
    "from": ("预测起始", "From"),
    "to": ("预测结束(不含)", "To (excluded)"),
    "goal": ("服务目标", "Service goal"),
    "shrinkage": ("损耗率", "Shrinkage"),
    "max_occupancy": ("占用率上限", "Occupancy cap"),
    "patience_s": ("平均耐心(秒)", "Mean patience (s)"),
    "none": ("无", "none"),
    "by_queue": ("各技能组与话务中心", "By queue and centre"),
}
NOTES = (
    (
        "ALL 表示全部技能组或全部话务中心；合计行的来电量、原因和人数等于各分项之和。",
        "ALL stands for every queue or centre; calls, causes and agents of totals are the sums of their parts.",
    ),
    (
        "分位数(如 P90)不可相加：各时段、各技能组的误差一起变动，合计的分位数单独估计。",
        "Quantiles (P90, say) must not be added up: hours and queues err together; totals have their own.",
    ),
    (
        "在线座席数是使期望服务水平达到目标的最少人数；排班人数 = 在线座席数 ÷ (1 − 损耗率)，向上取整。",
        "On phone: the fewest agents whose expected service level meets the goal; scheduled = that / (1 - shrinkage).",
    ),
    (
        "服务水平和占用率是在预测的各种可能来电量上的期望值。按日的服务水平按来电量加权。",
        "Service level and occupancy are expected over the volumes that may come; a day's are weighted by its calls.",
    ),
    (
        "来电原因各列之和等于预测来电量；负值表示该原因使来电减少(例如节假日)。",
        "Cause columns add up to the forecast; a negative one takes calls away (a holiday, say).",
    ),
)
INTERVAL_NOTE = (
    "“排班人数”和“在线座席”表可直接粘贴到排班系统：每行一个时段，每列一个技能组。",
    "The sheets of agents can be pasted into a scheduling tool: a row an interval, a column a queue.",
)
PERIOD_NOTE = (
    "按日、按月的人数是其中最忙时段的人数；排班工时 = 各时段排班人数 × 时长之和，除以每人付薪工时即为所需人力(FTE)。",
    "Agents of a day or month are those of its busiest interval; agent-hours add up agents scheduled x hours of all "
    "intervals: divided by the paid hours of one person they are the people needed (FTE).",
)


def heading(column: str, lang: Lang) -> str:
    """What a column of the forecast is called.

    >>> heading("q90", "zh"), heading("cause_outage", "en"), heading("mean", "zh")
    ('P90', 'outage and network trouble', '预测来电量')
    """
    if column.startswith("cause_"):
        return cause(column.removeprefix("cause_"), lang)
    if column[:1] == "q" and column[1:].isdigit():
        return f"P{float('0.' + column[1:]) * 100:g}"
    return _chosen(HEADINGS.get(column, (column, column)), lang)


def cause(name: str, lang: Lang) -> str:
    """What a cause of calls is called; one that is not in the list goes by its own name."""
    return _chosen(CAUSES.get(name, (name, name)), lang)


def sheet(name: str, lang: Lang) -> str:
    """The title of a sheet."""
    return _chosen(SHEETS[name], lang)


def fact(name: str, lang: Lang) -> str:
    """What a line of the summary is called."""
    return _chosen(FACTS[name], lang)


def notes(lang: Lang, by_interval: bool = True) -> list[str]:
    """What a reader of intervals, or of days or months, must know."""
    return [_chosen(note, lang) for note in (*NOTES, INTERVAL_NOTE if by_interval else PERIOD_NOTE)]


def weekday(number: int, lang: Lang) -> str:
    """The name of a weekday, 0 = Monday."""
    return WEEKDAYS[lang == "en"][number]


def _chosen(pair: tuple[str, str], lang: Lang) -> str:
    return pair[lang == "en"]
