"""The population looks like an operator's: ages, contracts, leaving."""

from __future__ import annotations

from tests.data.simulate.simulated import Operator


def test_ages_lie_mostly_between_20_and_40_and_are_skewed_right(operator: Operator) -> None:
    ages = operator.sql("select 2025 - birth_year as age from customers where birth_year > 1900")["age"]
    assert ages.between(20, 45).mean() > 0.6
    assert ages.mean() > ages.median()
    assert 0.03 < operator.number("select avg((birth_year is null)::int) from customers") < 0.10


def test_contracts_run_for_12_or_24_months(operator: Operator) -> None:
    months = operator.sql("""
        select round((contract_ends_on - contract_starts_on) / 30.44) as m from customers
        where contract_ends_on is not null""")["m"]
    assert months.isin([12, 24]).mean() > 0.8


def test_monthly_leaving_is_that_of_an_operator(operator: Operator) -> None:
    monthly = operator.number("""
        select (select count(*) from departures where left_on < date '2025-10-01')
             / (select count(*) from usage where month < date '2025-10-01')""")
    assert 0.013 < monthly < 0.026
    kinds = set(operator.sql("select distinct kind from departures")["kind"])
    assert kinds == {"port_out", "cancelled", "silent", "arrears"}


def test_most_port_outs_ask_first(operator: Operator) -> None:
    asked = operator.number("""
        select avg((exists (select 1 from contacts c where c.customer_id = d.customer_id and c.intent = 'SQXZ'
            and c.started_at < d.left_on))::int) from departures d where kind = 'port_out'""")
    assert asked > 0.8
