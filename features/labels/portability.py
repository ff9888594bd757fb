"""Signals of leaving for another operator with the number kept (携号转网).

Used for churn and service only: after a customer has applied to port out, marketing plans for porting users are
forbidden (MIIT 携号转网服务管理规定, in force 2019-12-01).
"""

from __future__ import annotations

import ibis
from ibis import _

from data.known import Known
from features.catalogue import Label, LabelGroup
from features.contact_terms import with_terms
from features.labels.rows import recent

QUARTER = _.days_ago <= 90


def port_rows(known: Known) -> ibis.Table:
    """A year of contacts on all channels, inbound or not."""
    return recent(with_terms(known["contacts"]), "started_at", known.as_of)


PORTABILITY = LabelGroup(
    name="portability",
    chinese="携号转网",
    sources=("contacts",),
    rows=port_rows,
    purpose="churn, service; never marketing after an application",
    sensitivity="sensitive",
    labels=(
        Label(
            "port_queries_90d",
            "携转查询次数",
            "Portability queries (携转查询, CXXZ)",
            "queries",
            "90 days",
            _.count(where=QUARTER & _.port_query),
            zero=True,
        ),
        Label(
            "port_codes_90d",
            "携转授权码次数",
            "Requests for a port-out authorisation code (SQXZ)",
            "requests",
            "90 days",
            _.count(where=QUARTER & _.port_code),
            zero=True,
        ),
        Label(
            "days_since_port_signal",
            "距最近携转信号天数",
            "Days since the last portability query or code request",
            "days",
            "365 days",
            _.days_ago.min(where=_.port_query | _.port_code),
        ),
    ),
)
