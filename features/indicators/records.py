"""The records that indicators count, with their day, person and dimensions."""

from __future__ import annotations

import ibis
from ibis import _

from data.lake import Lake
from features import complaint_terms
from features.contact_terms import DAY_S, HOTLINE, REPEAT_DAYS, with_repeats, with_terms
from features.indicators.definition import Period


def contact_records(lake: Lake, _periods: list[Period]) -> ibis.Table:
    """Contacts with terms, neighbours and dimensions.

    followed_is_known: seven more days of contacts are in the lake. next_call_s: epoch seconds of the customer's next
    hotline call.
    """
    contacts = with_repeats(with_terms(lake["contacts"]))
    onwards = ibis.window(group_by="customer_id", order_by=["started_at", "contact_id"], preceding=0, following=None)
    at = contacts.started_at.epoch_seconds()
    last_s = lake["contacts"].started_at.max().as_scalar().epoch_seconds()
    contacts = contacts.mutate(
        at_s=at,
        followed_is_known=at + REPEAT_DAYS * DAY_S <= last_s,
        next_call_s=ibis.ifelse(_.offered, at, None).min().over(onwards),
        day=_.started_at.cast("date"),
        person=ibis.coalesce(_.customer_id, _.contact_id),
        agent=_.agent_id,
    )
    return with_area(with_team(contacts, lake), lake)


def complaint_records(lake: Lake, _periods: list[Period]) -> ibis.Table:
    """Complaints with stage, durations and dimensions."""
    complaints = complaint_terms.with_terms(lake["complaints"]).mutate(
        day=_.opened_at.cast("date"),
        person=ibis.coalesce(_.customer_id, _.complaint_id),
        agent=_.agent_id,
    )
    return with_team(with_queue(complaints, lake), lake)


def exposure_records(lake: Lake, _periods: list[Period]) -> ibis.Table:
    """Decisions with an offer, and their dimensions."""
    exposures = lake["exposures"].filter(_.offer_id.notnull())
    exposures = exposures.mutate(
        day=_.decided_at.cast("date"),
        person=_.customer_id,
        agent=_.agent_id,
        offer=_.offer_id,
        rejected=_.rejected_at.notnull(),
    )
    return with_area(with_team(with_queue(exposures, lake), lake), lake)


def target_records(lake: Lake, _periods: list[Period]) -> ibis.Table:
    """Listed targets, with `called`: the customer asked for a person within 30 days after the list."""
    calls = lake["contacts"].filter(_.channel == HOTLINE, _.customer_id.notnull())
    calls = calls.select("customer_id", call_day=_.started_at.cast("date"))
    targets = lake["targets"]
    matched = targets.join(calls, "customer_id")
    after = matched.call_day.delta(matched.scored_on, unit="day")
    callers = matched.filter(after.between(0, 29)).select("run_id", "customer_id", "offer_id").distinct()
    callers = callers.mutate(called=True)
    rows = targets.left_join(callers, ["run_id", "customer_id", "offer_id"])
    rows = rows.mutate(called=_.called.fill_null(False), day=_.scored_on, person=_.customer_id, offer=_.offer_id)
    return with_area(rows.drop("run_id_right", "customer_id_right", "offer_id_right"), lake)


def volume_records(lake: Lake, _periods: list[Period]) -> ibis.Table:
    """Intervals of `call_volumes`, with the agents' paid seconds in each."""
    volumes = lake["call_volumes"]
    order = ibis.window(group_by=["queue", "centre"], order_by="starts_at")
    at = volumes.starts_at.epoch_seconds()
    gaps = volumes.mutate(gap_s=at - at.lag().over(order))
    interval_s = gaps.gap_s.min().as_scalar()
    return volumes.mutate(
        agent_s=_.agents * interval_s, day=_.starts_at.cast("date"), person=ibis.null("string"), one_row=1
    )


def complaint_line_records(lake: Lake, periods: list[Period]) -> ibis.Table:
    """Complaints (`events` 1) beside one record for every line present in each period (`lines` 1)."""
    complaints = lake["complaints"].select(day=_.opened_at.cast("date"), area="area")
    return _beside_lines(complaints, lake, periods)


def call_line_records(lake: Lake, periods: list[Period]) -> ibis.Table:
    """Hotline calls (`events` 1) beside one record for every line present in each period (`lines` 1)."""
    calls = with_area(lake["contacts"].filter(_.channel == HOTLINE), lake)
    return _beside_lines(calls.select(day=_.started_at.cast("date"), area="area"), lake, periods)


def _beside_lines(events: ibis.Table, lake: Lake, periods: list[Period]) -> ibis.Table:
    counted = events.select("day", "area", person=ibis.null("string"), events=1, lines=0)
    return ibis.union(counted, *(_lines(lake, period) for period in periods))


def _lines(lake: Lake, period: Period) -> ibis.Table:
    customers = (
        lake["customers"].filter(_.joined_on < period.end).select("customer_id", "area").distinct(on="customer_id")
    )
    if lake.has("departures"):
        gone = lake["departures"].filter(_.left_on < period.start).select("customer_id").distinct()
        customers = customers.anti_join(gone, "customer_id")
    day = ibis.literal(period.start).cast("date")
    return customers.select("area", day=day, person="customer_id", events=0, lines=1).relocate("day")


def with_team(records: ibis.Table, lake: Lake) -> ibis.Table:
    """Records with the agent's team, and the agent's centre where the record names none."""
    agents = lake.optional("agents").select("agent_id", agent_team="team", agent_centre="centre")
    joined = records.left_join(agents, "agent_id").drop("agent_id_right")
    centre = ibis.coalesce(joined["centre"], _.agent_centre) if "centre" in records.columns else _.agent_centre
    return joined.mutate(team=_.agent_team, centre=centre).drop("agent_team", "agent_centre")


def with_queue(records: ibis.Table, lake: Lake) -> ibis.Table:
    """Records with the queue and centre of the contact that they name."""
    contacts = lake.optional("contacts").select("contact_id", "queue", "centre")
    return records.left_join(contacts, "contact_id").drop("contact_id_right")


def with_area(records: ibis.Table, lake: Lake) -> ibis.Table:
    """Records with the area of the customer."""
    areas = lake.optional("customers").group_by("customer_id").aggregate(area=_.area.max())
    return records.left_join(areas, "customer_id").drop("customer_id_right")
