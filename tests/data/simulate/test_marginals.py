"""The population looks like the published one (743,990 lines of an operator, CCF BDCI 2018), within what is stated."""

from __future__ import annotations

import pytest

from tests.data.simulate.simulated import Operator


@pytest.mark.parametrize(
    ("figure", "published", "tolerance"),
    [
        ("select quantile_cont(total_cny, 0.25) from bills", 52.2, 0.15),
        ("select quantile_cont(total_cny, 0.50) from bills", 76.0, 0.15),
        ("select quantile_cont(total_cny, 0.75) from bills", 127.5, 0.15),
        ("select avg(total_cny) from bills", 105.3, 0.15),
        ("select quantile_cont(data_mb, 0.50) from usage", 300.0, 0.30),
        ("select quantile_cont(data_mb, 0.75) from usage", 1535.0, 0.25),
        ("select avg(data_mb) from usage", 1280.0, 0.20),
        ("select median(date_diff('month', joined_on, date '2025-07-01')) from customers", 17.0, 0.45),
        ("select avg(date_diff('month', joined_on, date '2025-07-01')) from customers", 42.2, 0.20),
    ],
)
def test_it_is_near_the_published_figure(operator: Operator, figure: str, published: float, tolerance: float) -> None:
    assert operator.number(figure) == pytest.approx(published, rel=tolerance)


def test_some_months_have_no_data_and_few_bills_are_very_high(operator: Operator) -> None:
    assert 0.15 < operator.number("select avg((data_mb = 0)::int) from usage") < 0.35
    assert operator.number("select avg((total_cny > 400)::int) from bills") < 0.05
    assert 0.0002 < operator.number("select avg((total_cny < 0)::int) from bills") < 0.01


def test_ages_lie_mostly_between_20_and_40_and_are_skewed_right(operator: Operator) -> None:
    ages = operator.sql("select 2025 - birth_year as age from customers where birth_year > 1900")["age"]
    assert ages.between(20, 45).mean() > 0.6
    assert ages.mean() > ages.median()
    assert 0.03 < operator.number("select avg((birth_year is null)::int) from customers") < 0.10


def test_contracts_run_for_12_or_24_months_and_most_lines_have_none(operator: Operator) -> None:
    assert operator.number("select median((contract_ends_on is not null)::int) from customers") == 0
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
