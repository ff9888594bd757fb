"""Who the line is and how long it has been with us: tenure, brand, area, age, sister lines, statuses, contract.

A `customers` table without `valid_from` is a snapshot of today: what changes in it (VIP, bundle, consents) decides
eligibility and is no label. Contract terms are known from dated acceptances of offers, and from versioned customers.
"""

from __future__ import annotations

import ibis
from ibis import _

from data.known import Known
from features.catalogue import Label, LabelGroup
from features.labels.rows import YEAR_DAYS, lines_present, ranked
from features.windows import days_ago

MONTH_DAYS = 365.25 / 12
OLDEST = 110


def customer_rows(known: Known) -> ibis.Table:
    """One row a line present, with the lines of the same person and account (1 where these are unknown)."""
    rows = lines_present(known).mutate(
        tenure_days=days_ago(_.joined_on, known.as_of),
        age=known.as_of.year - _.birth_year,
        person_lines=_.count().over(group_by="person_id"),
        account_lines=_.count().over(group_by="account_id"),
    )
    return rows.mutate(
        person_lines=ibis.ifelse(_.person_id.isnull(), 1, _.person_lines),
        account_lines=ibis.ifelse(_.account_id.isnull(), 1, _.account_lines),
    )


CUSTOMER = LabelGroup(
    name="customer",
    chinese="用户属性",
    sources=("customers",),
    rows=customer_rows,
    purpose="marketing, churn",
    one_row_each=True,
    labels=(
        Label("tenure_months", "在网时长", "Months since joining", "months", "all", _.tenure_days / MONTH_DAYS),
        Label("brand", "品牌", "Brand of the line", "", "as of", _.brand, "category", sensitivity="ordinary"),
        Label("area", "归属地区", "Area of the line, as registered; no track", "", "as of", _.area, "category"),
        Label(
            "age_years",
            "年龄",
            f"Year of the as-of date minus the birth year; null outside 0–{OLDEST}",
            "years",
            "as of",
            ibis.ifelse(_.age.between(0, OLDEST), _.age, None),
            sensitivity="sensitive",
            purpose="fairness, marketing",
        ),
        Label(
            "gender",
            "性别",
            "Gender as registered (F, M)",
            "",
            "as of",
            _.gender,
            "category",
            sensitivity="sensitive",
            purpose="fairness",
        ),
        Label("person_lines", "同一客户用户数", "Lines of the same person", "lines", "as of", _.person_lines),
        Label("account_lines", "同一账户用户数", "Lines on the same account", "lines", "as of", _.account_lines),
    ),
)


def status_rows(known: Known) -> ibis.Table:
    """Status changes up to the as-of day, with the day on which each ended (or the as-of day)."""
    day = known.as_of
    statuses = known["statuses"].filter(_.starts_on <= day)
    order = ibis.window(group_by="customer_id", order_by="starts_on")
    rows = statuses.mutate(
        start_days=days_ago(_.starts_on, day),
        end_days=days_ago(_.starts_on.lead().over(order), day).fill_null(0),
        suspended=_.status.isin(("suspended_arrears", "suspended_request")),
    )
    rows = rows.mutate(days_in_year=ibis.least(_.start_days, YEAR_DAYS) - ibis.least(_.end_days, YEAR_DAYS))
    return ranked(rows, status_rank=[ibis.desc("starts_on")])


STARTED_IN_YEAR = _.start_days <= YEAR_DAYS

STATUS = LabelGroup(
    name="status",
    chinese="状态",
    sources=("statuses",),
    rows=status_rows,
    purpose="churn",
    labels=(
        Label(
            "status", "用户状态", "Status of that day", "", "as of", _.status.max(where=_.status_rank == 0), "category"
        ),
        Label(
            "arrears_suspensions_12m",
            "欠费停机次数",
            "Suspensions for arrears",
            "times",
            "365 days",
            _.count(where=STARTED_IN_YEAR & (_.status == "suspended_arrears")),
            zero=True,
        ),
        Label(
            "requested_suspensions_12m",
            "申请停机次数",
            "Suspensions at the customer's request",
            "times",
            "365 days",
            _.count(where=STARTED_IN_YEAR & (_.status == "suspended_request")),
            zero=True,
        ),
        Label(
            "suspended_days_12m",
            "停机天数",
            "Days suspended",
            "days",
            "365 days",
            _.days_in_year.sum(where=_.suspended),
            zero=True,
        ),
        Label(
            "days_since_suspension",
            "距最近停机天数",
            "Days since the last suspension began",
            "days",
            "all",
            _.start_days.min(where=_.suspended),
        ),
    ),
)


def contract_rows(known: Known) -> ibis.Table:
    """Contract terms: accepted offers with a term, and contracts of versioned customers."""
    terms = known["offers"].filter(_.contract_months > 0).select("offer_id", "contract_months")
    accepted = known["exposures"].filter(_.accepted, _.reversed_at.isnull()).join(terms, "offer_id")
    begun = ibis.coalesce(_.effective_on, _.accepted_at.cast("date"))
    signed = accepted.select("customer_id", starts_on=begun, months=_.contract_months.cast("float64"))
    versioned = known["customers"].filter(_.valid_from.notnull(), _.contract_ends_on.notnull())
    registered = versioned.select(
        "customer_id",
        starts_on=_.contract_starts_on,
        months=days_ago(_.contract_starts_on, known.as_of) / MONTH_DAYS
        - days_ago(_.contract_ends_on, known.as_of) / MONTH_DAYS,
    )
    rows = signed.union(registered).mutate(run_months=days_ago(_.starts_on, known.as_of) / MONTH_DAYS)
    return rows.mutate(months_left=ibis.greatest(_.months - _.run_months, 0.0))


CONTRACT = LabelGroup(
    name="contract",
    chinese="合约",
    sources=("exposures", "offers", "customers"),
    rows=contract_rows,
    purpose="churn",
    labels=(
        Label(
            "contract_months_left",
            "合约剩余月数",
            "Months until the last known contract term ends; 0 = none runs",
            "months",
            "as of",
            _.months_left.max(),
            zero=True,
        ),
        Label(
            "contract_months",
            "合约期限",
            "Length of the longest known contract term",
            "months",
            "all",
            _.months.max(),
            zero=True,
        ),
        Label(
            "months_since_contract_start",
            "合约已履行月数",
            "Months since the last known contract term began",
            "months",
            "all",
            _.run_months.min(),
        ),
    ),
)
