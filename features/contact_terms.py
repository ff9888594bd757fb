"""What a contact counts as: answered, handle time, digital, repeat call; one definition for labels and indicators."""

from __future__ import annotations

from typing import Any

import ibis
from ibis import _

HOTLINE = "hotline"
DIGITAL_CHANNELS = ("app", "web", "wechat", "weibo", "email")
UNATTENDED_CHANNELS = ("ivr", "app", "web", "wechat")
PORT_QUERY_INTENTS = ("CXXZ", "PORT_QUERY", "PORT_OUT_QUERY")
PORT_CODE_INTENTS = ("SQXZ", "PORT_CODE", "PORT_OUT_AUTHORISATION", "PORT_OUT_CODE")
REPEAT_DAYS = 7
DAY_S = 86_400


def with_terms(contacts: ibis.Table) -> ibis.Table:
    """Contacts with the call centre's terms.

    inbound: the customer came to us. offered: a request for a person on the hotline (呼入). answered: offered and not
    abandoned. handle_s: talk + hold + after-call work of answered contacts, in seconds. digital, port_query, port_code.
    """
    offered = _.channel == HOTLINE
    answered = offered & ~_.abandoned
    worked = _.talk_s + _.hold_s.fill_null(0.0) + _.after_call_s.fill_null(0.0)
    return contacts.mutate(
        inbound=_.channel != "outbound",
        offered=offered,
        answered=answered,
        handle_s=ibis.ifelse(answered, worked, None),
        digital=_.channel.isin(DIGITAL_CHANNELS),
        port_query=_.intent.upper().isin(PORT_QUERY_INTENTS).fill_null(False),
        port_code=_.intent.upper().isin(PORT_CODE_INTENTS).fill_null(False),
    )


def with_repeats(contacts: ibis.Table) -> ibis.Table:
    """Contacts (with terms) and the neighbouring hotline calls of the same customer.

    repeated: a hotline call within seven days after the customer's previous one. followed: another one came within
    seven days. Contacts of unknown customers are neither.
    """
    order = ibis.window(group_by=["customer_id", "offered"], order_by=["started_at", "contact_id"])
    at = contacts.started_at.epoch_seconds()
    calls = contacts.mutate(since_last_s=at - at.lag().over(order), until_next_s=at.lead().over(order) - at)
    of_known_customer = calls.offered & calls.customer_id.notnull()
    return calls.mutate(
        repeated=of_known_customer & _is_repeat(calls.since_last_s),
        followed=of_known_customer & _is_repeat(calls.until_next_s),
    )


def _is_repeat(gap_s: Any) -> Any:
    return (gap_s < REPEAT_DAYS * DAY_S).fill_null(False)
