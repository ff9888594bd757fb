"""How a customer has been served: calls, waiting, handling, transfers, repeat calls, unresolved cases, satisfaction.

Terms (answered, handle time, repeat call …) are those of the operating indicators: `features.contact_terms`.
"""

from __future__ import annotations

import ibis
from ibis import _

from data.known import Known
from features.catalogue import Label, LabelGroup
from features.contact_terms import with_repeats, with_terms
from features.labels.rows import commonest, ranked, recent, share

QUARTER = _.days_ago <= 90
MONTH = _.days_ago <= 30
LAST = _.last_rank == 0
RATED_LAST = (_.rated_rank == 0) & _.satisfaction.notnull()


def contact_rows(known: Known) -> ibis.Table:
    """A year of inbound contacts with the call centre's terms and the ranks newest, newest rated, commonest."""
    contacts = recent(with_repeats(with_terms(known["contacts"])), "started_at", known.as_of)
    newest = [ibis.desc("started_at"), "contact_id"]
    rows = ranked(
        contacts.filter(_.inbound),
        last_rank=newest,
        rated_rank=[ibis.desc(_.satisfaction.notnull()), *newest],
    )
    for column in ("queue", "intent", "channel"):
        rows = commonest(rows, column)
    return rows.mutate(hour=_.started_at.hour(), weekday=_.started_at.date().day_of_week.index())


SERVICE = LabelGroup(
    name="service",
    chinese="服务接触",
    sources=("contacts",),
    rows=contact_rows,
    purpose="service, churn",
    labels=(
        Label(
            "contacts_90d",
            "近90天接触次数",
            "Inbound contacts on all channels",
            "contacts",
            "90 days",
            _.count(where=QUARTER),
            zero=True,
        ),
        Label(
            "hotline_calls_90d",
            "近90天热线来电",
            "Requests for a person on the hotline",
            "calls",
            "90 days",
            _.count(where=QUARTER & _.offered),
            zero=True,
        ),
        Label(
            "contacts_growth_ratio",
            "接触变化",
            "Contacts of the last 30 days over a third of those of 90 days",
            "ratio",
            "90 days",
            _.count(where=MONTH) * 3 / _.count(where=QUARTER).nullif(0),
        ),
        Label(
            "abandoned_calls_90d",
            "近90天放弃次数",
            "Hotline calls given up before an answer",
            "calls",
            "90 days",
            _.count(where=QUARTER & _.offered & _.abandoned),
            zero=True,
        ),
        Label(
            "answered_share_12m",
            "来电接通率",
            "Answered over offered hotline calls",
            "ratio",
            "365 days",
            share(_.answered, _.offered),
        ),
        Label(
            "wait_s_mean_12m", "平均等待时长", "Mean wait for a person", "s", "365 days", _.wait_s.mean(where=_.offered)
        ),
        Label(
            "wait_s_max_12m",
            "最长等待时长",
            "Longest wait for a person",
            "s",
            "365 days",
            _.wait_s.max(where=_.offered),
        ),
        Label(
            "handle_s_mean_12m",
            "平均处理时长",
            "Mean talk + hold + after-call work of answered calls",
            "s",
            "365 days",
            _.handle_s.mean(),
        ),
        Label(
            "hold_share_12m",
            "保持时长占比",
            "Hold time over handle time",
            "ratio",
            "365 days",
            _.hold_s.sum(where=_.answered) / _.handle_s.sum().nullif(0),
        ),
        Label(
            "transfers_mean_12m",
            "平均转接次数",
            "Transfers an answered call",
            "transfers",
            "365 days",
            _.transfers.mean(where=_.answered),
        ),
        Label(
            "repeat_calls_90d",
            "近90天重复来电",
            "Hotline calls within 7 days after the one before",
            "calls",
            "90 days",
            _.count(where=QUARTER & _.repeated),
            zero=True,
        ),
        Label(
            "unresolved_contacts_90d",
            "近90天未解决次数",
            "Contacts marked as not resolved",
            "contacts",
            "90 days",
            _.count(where=QUARTER & ~_.resolved),
            zero=True,
        ),
        Label(
            "resolved_share_12m",
            "解决率",
            "Resolved over contacts with a result",
            "ratio",
            "365 days",
            share(_.resolved, _.resolved.notnull()),
        ),
        Label("satisfaction_mean_12m", "平均满意度", "Mean rating", "1–5", "365 days", _.satisfaction.mean()),
        Label(
            "satisfaction_last", "最近满意度", "Latest rating", "1–5", "365 days", _.satisfaction.max(where=RATED_LAST)
        ),
        Label(
            "dissatisfied_12m",
            "不满意次数",
            "Ratings of 1 or 2",
            "ratings",
            "365 days",
            _.count(where=_.satisfaction <= 2),
            zero=True,
        ),
        Label(
            "days_since_contact",
            "距最近接触天数",
            "Days since the last inbound contact",
            "days",
            "365 days",
            _.days_ago.min(),
        ),
        Label(
            "days_since_hotline_call",
            "距最近来电天数",
            "Days since the last hotline call",
            "days",
            "365 days",
            _.days_ago.min(where=_.offered),
        ),
        Label(
            "last_contact_channel",
            "最近接触渠道",
            "Channel of the last inbound contact",
            "",
            "365 days",
            _.channel.max(where=LAST),
            "category",
        ),
        Label(
            "last_contact_intent",
            "最近接触原因",
            "Intent of the last inbound contact; null in its first 24 hours",
            "",
            "365 days",
            _.intent.max(where=LAST),
            "category",
        ),
        Label(
            "last_contact_resolved",
            "最近接触已解决",
            "Whether the last inbound contact was resolved",
            "",
            "365 days",
            _.resolved.any(where=LAST),
            "bool",
        ),
        Label(
            "top_queue",
            "最常来电队列",
            "Commonest queue",
            "",
            "365 days",
            _.queue.max(where=_.queue_rank == 0),
            "category",
        ),
        Label(
            "top_intent",
            "最常来电原因",
            "Commonest intent",
            "",
            "365 days",
            _.intent.max(where=_.intent_rank == 0),
            "category",
        ),
        Label("intents_12m", "来电原因种类", "Different intents", "intents", "365 days", _.intent.nunique(), zero=True),
        Label(
            "agents_met_12m",
            "接触坐席数",
            "Different agents met",
            "agents",
            "365 days",
            _.agent_id.nunique(),
            zero=True,
        ),
    ),
)
