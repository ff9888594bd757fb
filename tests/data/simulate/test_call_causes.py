"""Why people called is known beside the lake, and adds up to what the lake counts."""

from __future__ import annotations

import pytest

from data.simulate.causes import CAUSES
from tests.data.simulate.simulated import Operator


def test_causes_add_up_to_the_calls_of_every_interval(operator: Operator) -> None:
    apart = operator.sql("""
        with told as (select queue, centre, starts_at, sum(calls) as calls, sum(mean_calls) as mean_calls
            from truth_call_causes group by all)
        select max(abs(calls - offered)) as calls, max(abs(t.mean_calls - r.mean_rate)) as rate
        from call_volumes join truth_call_rates r using (queue, centre, starts_at)
        left join told t using (queue, centre, starts_at)""")
    assert apart["calls"].iloc[0] < 0.05
    assert apart["rate"].iloc[0] < 0.001


def test_every_cause_occurs_and_only_holidays_take_calls_away(operator: Operator) -> None:
    causes = operator.sql("select cause, min(calls) as low, sum(calls) as calls from truth_call_causes group by 1")
    causes = causes.set_index("cause")
    assert set(causes.index) == set(CAUSES)
    assert (causes["low"].drop("holiday") >= 0).all()
    assert causes["low"]["holiday"] < 0
    assert (causes["calls"].drop("holiday") > 0).all()


@pytest.mark.parametrize("cause", ["bill_day", "campaign", "price_change", "outage"])
def test_on_some_days_a_cause_carries_a_tenth_of_the_calls(operator: Operator, cause: str) -> None:
    days = operator.number(f"""
        with daily as (select starts_at::date as day, sum(calls) filter (cause = '{cause}') / sum(calls) as share
            from truth_call_causes group by 1)
        select count(*) from daily where share > 0.1""")
    assert days >= 2


def test_the_more_people_a_campaign_addresses_the_more_call(operator: Operator) -> None:
    per_person = operator.number("""
        with effect as (select sum(calls) as calls from truth_call_causes where cause = 'campaign')
        select (select calls from effect) / sum(size) from events
        where kind = 'campaign' and starts_at < date '2026-01-01'""")
    assert 0.018 < per_person < 0.032


def test_each_contact_has_a_cause_and_those_of_events_name_theirs(operator: Operator) -> None:
    contacts = operator.number("select count(*) from contacts")
    assert operator.number("select count(*) from truth_contact_causes join contacts using (contact_id)") == contacts
    named = operator.sql("select cause, avg((event_id is not null)::int) as named from truth_contact_causes group by 1")
    shares = named.set_index("cause")["named"].drop("complaints")
    of_events = shares.index.isin(["campaign", "price_change", "launch", "outage", "big_event", "other"])
    assert (shares[of_events] == 1).all() and (shares[~of_events] == 0).all()


def test_contacts_of_an_event_begin_while_it_may_bring_them(operator: Operator) -> None:
    early = operator.number("""
        select count(*) from truth_contact_causes join contacts c using (contact_id) join events e using (event_id)
        where c.started_at < e.starts_at - interval 30 minute""")
    assert early == 0


def test_other_callers_come_again_as_often_as_the_lines(operator: Operator) -> None:
    both = operator.sql("""
        with lines as (select queue, avg((cause = 'complaints')::int) as lines from truth_contact_causes
            join contacts using (contact_id) where channel = 'hotline' group by 1),
        whole as (select queue, sum(calls) filter (cause = 'complaints') / sum(calls) as everyone
            from truth_call_causes group by 1)
        select * from lines join whole using (queue) where queue in ('billing', 'network', 'tariff')""")
    assert len(both) == 3
    assert (both["everyone"] / both["lines"]).between(0.7, 1.3).all()


def test_pitched_customers_call_back(operator: Operator) -> None:
    assert operator.number("select count(*) from truth_contact_causes where cause = 'pitches'") > 10
    strangers = operator.number("""
        select count(*) from truth_contact_causes join contacts c using (contact_id)
        where cause = 'pitches' and customer_id is not null and not exists (select 1 from exposures e
            where e.customer_id = c.customer_id and e.pitched and e.decided_at < c.started_at)""")
    assert strangers == 0
