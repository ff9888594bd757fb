"""What happened around a customer: outages and complaints in the area, public posts."""

from __future__ import annotations

import datetime as dt

import ibis
from ibis import _

from data.known import Known
from features.catalogue import Label, LabelGroup
from features.labels.rows import lines_present, recent
from features.windows import days_ago

MONTH_DAYS = 30
HOUR_S = 3600


def outage_rows(known: Known) -> ibis.Table:
    """Customers beside the outages that began in their area, or everywhere, in the last 90 days."""
    start = dt.datetime.combine(known.as_of, dt.time())
    start_s = int((start - dt.datetime(1970, 1, 1)).total_seconds())
    ended_s = ibis.coalesce(_.ends_at.epoch_seconds(), start_s)
    outages = (
        known["events"]
        .filter(_.kind == "outage")
        .select(
            outage_area=_.area,
            days_ago=days_ago(_.starts_at, known.as_of),
            hours=(ibis.least(ended_s, start_s) - _.starts_at.epoch_seconds()) / HOUR_S,
        )
    )
    outages = outages.filter(_.days_ago.between(1, 90))
    customers = known["customers"].select("customer_id", "area")
    local = customers.join(outages.filter(_.outage_area.notnull()), [("area", "outage_area")])
    everywhere = customers.cross_join(outages.filter(_.outage_area.isnull()))
    return local.union(everywhere)


PAST_MONTH = _.days_ago <= MONTH_DAYS

EVENTS = LabelGroup(
    name="events",
    chinese="区域事件",
    sources=("events", "customers"),
    rows=outage_rows,
    purpose="service, churn",
    sensitivity="ordinary",
    labels=(
        Label(
            "area_outages_30d",
            "区域故障次数",
            "Outages that began in the area",
            "outages",
            "30 days",
            _.count(where=PAST_MONTH),
            zero=True,
        ),
        Label(
            "area_outage_h_30d",
            "区域故障时长",
            "Hours of these outages up to the as-of date",
            "h",
            "30 days",
            _.hours.sum(where=PAST_MONTH),
            zero=True,
        ),
        Label(
            "days_since_area_outage",
            "距区域故障天数",
            "Days since the last outage in the area began",
            "days",
            "90 days",
            _.days_ago.min(),
        ),
    ),
)


def area_rows(known: Known) -> ibis.Table:
    """One row a line of a known area: the area's lines and its complaints of 30 days."""
    complaints = recent(known["complaints"].mutate(customer_id=_.complaint_id), "opened_at", known.as_of, MONTH_DAYS)
    counted = complaints.group_by("area").aggregate(complaints=_.count())
    customers = lines_present(known).filter(_.area.notnull()).select("customer_id", "area")
    lines = customers.group_by("area").aggregate(lines=_.count())
    areas = lines.left_join(counted, "area").select("area", "lines", complaints=_.complaints.fill_null(0))
    return customers.join(areas, "area")


AREA = LabelGroup(
    name="area",
    chinese="区域投诉",
    sources=("complaints", "customers"),
    rows=area_rows,
    purpose="service, churn",
    sensitivity="ordinary",
    one_row_each=True,
    labels=(
        Label(
            "area_complaints_per_10000",
            "区域万投比",
            "Complaints in the area over its lines, times 10,000",
            "per 10,000 lines",
            "30 days",
            _.complaints / _.lines * 10_000,
        ),
        Label("area_lines", "区域用户数", "Lines in the area", "lines", "as of", _.lines),
    ),
)


def post_rows(known: Known) -> ibis.Table:
    """A year of public posts of known customers."""
    return recent(known["posts"], "posted_at", known.as_of)


POSTS = LabelGroup(
    name="posts",
    chinese="社交发帖",
    sources=("posts",),
    rows=post_rows,
    purpose="service",
    sensitivity="sensitive",
    labels=(
        Label("posts_12m", "近一年发帖数", "Public posts about us", "posts", "365 days", _.count(), zero=True),
        Label(
            "days_since_post", "距最近发帖天数", "Days since the last public post", "days", "365 days", _.days_ago.min()
        ),
    ),
)
