"""Who has been pitched, has said no, complains, or asked by himself: what makes an offer unsuitable today.

Pitches and refusals count for the person (客户): all lines that share a person_id. Facts of a day, never labels.
"""

from __future__ import annotations

import datetime as dt

import ibis
from ibis import _

from data.decision_settings import MOST_PITCHES
from data.known import Known
from features.label_table import lines_present

RECENT_DAYS = 90  # a quarter: how long an own question counts as interest, and a channel as used
INTERESTED = ("plan_change", "data_pack", "contract", "handset", "overage")  # intents that ask about what is sold
CHANNEL_BITS = ("hotline", "ivr", "app", "web", "wechat", "weibo", "sms", "email", "store")


def sales_pressure(known: Known) -> ibis.Table:
    """One row a line not departed: customer_id, pitched_on_1..5, complaint_opened_on, interest, channels_used.

    pitched_on_i: days of the person's latest pitches, the latest first (null = fewer). complaint_opened_on: of the
    newest complaint that is not closed. interest: an own contact about plans, packs or handsets within 90 days.
    channels_used: bit i = CHANNEL_BITS[i] was used by the customer within 90 days.
    """
    rows = lines_present(known)
    for facts in (_pitches(known), _complaints(known), _contacts(known)):
        rows = rows.left_join(facts, "customer_id").drop("customer_id_right")
    return rows.mutate(interest=rows.interest.fill_null(False), channels_used=rows.channels_used.fill_null(0))


def refusals(known: Known) -> ibis.Table:
    """customer_id, offer_id, rejected_on: the day of the last no to the offer, for each line of the person."""
    said_no = known.optional("exposures").filter(_.rejected_at.notnull(), _.offer_id.notnull())
    by_person = said_no.inner_join(_people(known), "customer_id").group_by("person", "offer_id")
    last = by_person.aggregate(rejected_on=_.rejected_at.cast("date").max())
    return _people(known).inner_join(last, "person").select("customer_id", "offer_id", "rejected_on")


def shared_people(known: Known) -> ibis.Table:
    """customer_id, person of the lines whose person has more than one."""
    people = _people(known)
    several = people.group_by("person").aggregate(lines=_.count()).filter(_.lines > 1)
    return people.semi_join(several, "person").order_by("customer_id")


def _people(known: Known) -> ibis.Table:
    people = known["customers"].group_by("customer_id").aggregate(person=_.person_id.max())
    people = people.mutate(person=ibis.coalesce(people.person, people.customer_id))
    return people.semi_join(lines_present(known), "customer_id")


def _pitches(known: Known) -> ibis.Table:
    """Of departed lines of the person too: it is the person that is tired of offers."""
    people = known["customers"].group_by("customer_id").aggregate(person=_.person_id.max())
    people = people.mutate(person=ibis.coalesce(people.person, people.customer_id))
    pitched = known.optional("exposures").filter(_.pitched).inner_join(people, "customer_id")
    newest = ibis.window(group_by="person", order_by=[ibis.desc("decided_at"), "exposure_id"])
    ranked = pitched.mutate(turn=ibis.row_number().over(newest)).filter(_.turn < MOST_PITCHES)
    days = {f"pitched_on_{i + 1}": _.decided_at.cast("date").max(where=_.turn == i) for i in range(MOST_PITCHES)}
    wide = ranked.group_by("person").aggregate(**days)
    return people.inner_join(wide, "person").drop("person")


def _complaints(known: Known) -> ibis.Table:
    still_open = known.optional("complaints").filter(_.closed_at.isnull(), _.customer_id.notnull())
    return still_open.group_by("customer_id").aggregate(complaint_opened_on=_.opened_at.cast("date").max())


def _contacts(known: Known) -> ibis.Table:
    since = dt.datetime.combine(known.as_of, dt.time()) - dt.timedelta(days=RECENT_DAYS)
    own = known.optional("contacts").filter(_.started_at >= since, _.customer_id.notnull(), _.channel != "outbound")
    asked = _.intent.lower().isin(INTERESTED).fill_null(False)
    bits = [(_.channel == name).any().cast("int64") * 2**i for i, name in enumerate(CHANNEL_BITS)]
    return own.group_by("customer_id").aggregate(interest=asked.any(), channels_used=sum(bits[1:], bits[0]))
