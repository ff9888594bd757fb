"""Which channels a customer prefers, and when: shares over a year of inbound contacts."""

from __future__ import annotations

from ibis import _

from features.catalogue import Label, LabelGroup
from features.contact_terms import UNATTENDED_CHANNELS
from features.labels.rows import share
from features.labels.service import contact_rows

QUARTER = _.days_ago <= 90

CHANNEL = LabelGroup(
    name="channel",
    chinese="渠道偏好",
    sources=("contacts",),
    rows=contact_rows,
    purpose="marketing, service",
    labels=(
        Label(
            "preferred_channel",
            "偏好渠道",
            "Commonest channel of inbound contacts",
            "",
            "365 days",
            _.channel.max(where=_.channel_rank == 0),
            "category",
        ),
        Label(
            "preferred_channel_share",
            "偏好渠道占比",
            "Share of the preferred channel in inbound contacts",
            "ratio",
            "365 days",
            _.channel_times.max() / _.count(),
        ),
        Label(
            "digital_share",
            "电子渠道占比",
            "Share of app, web, WeChat, Weibo and e-mail in inbound contacts",
            "ratio",
            "365 days",
            share(_.digital),
        ),
        Label(
            "unattended_share",
            "自助占比",
            "Share of IVR, app, web and WeChat in inbound contacts",
            "ratio",
            "365 days",
            share(_.channel.isin(UNATTENDED_CHANNELS)),
        ),
        Label(
            "digital_share_change",
            "电子渠道占比变化",
            "Digital share of the last 90 days minus that of the days before",
            "ratio",
            "365 days",
            share(_.digital, QUARTER) - share(_.digital, ~QUARTER),
        ),
        Label(
            "channels_used_12m",
            "使用渠道数",
            "Different channels used",
            "channels",
            "365 days",
            _.channel.nunique(),
            zero=True,
        ),
        Label(
            "store_visits_12m",
            "营业厅次数",
            "Contacts in a store",
            "contacts",
            "365 days",
            _.count(where=_.channel == "store"),
            zero=True,
        ),
        Label(
            "ivr_contacts_90d",
            "近90天IVR次数",
            "Self-service by IVR",
            "contacts",
            "90 days",
            _.count(where=QUARTER & (_.channel == "ivr")),
            zero=True,
        ),
        Label(
            "sms_contacts_90d",
            "近90天短信次数",
            "Contacts by SMS",
            "contacts",
            "90 days",
            _.count(where=QUARTER & (_.channel == "sms")),
            zero=True,
        ),
        Label(
            "evening_share",
            "晚间接触占比",
            "Share of inbound contacts from 18:00 to 24:00",
            "ratio",
            "365 days",
            share(_.hour >= 18),
        ),
        Label(
            "weekend_share",
            "周末接触占比",
            "Share of inbound contacts on Saturdays and Sundays",
            "ratio",
            "365 days",
            share(_.weekday >= 5),
        ),
        Label(
            "contact_hour_mean",
            "平均接触时刻",
            "Mean hour of the day of inbound contacts",
            "h",
            "365 days",
            _.hour.mean(),
        ),
    ),
)
