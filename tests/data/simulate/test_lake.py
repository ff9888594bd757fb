"""The simulated lake holds the contract, and its tables agree with one another."""

from __future__ import annotations

import pytest

from data.lake import inspect_lake
from data.schema import TABLES
from data.settings import load_settings
from tests.data.simulate.simulated import MONTHS, Operator

LEFT_OUT = {"usage_records", "model_labels"}  # counted up already; made by a model


def test_it_has_every_table_of_the_contract_and_no_errors(operator: Operator) -> None:
    lake, breaches = inspect_lake(operator.folder / "lake", load_settings())
    assert {name for name in TABLES if not lake.has(name)} == LEFT_OUT
    assert [breach.line() for breach in breaches if breach.severity == "error"] == []


def test_it_has_a_few_findings_as_life_has(operator: Operator) -> None:
    _, breaches = inspect_lake(operator.folder / "lake", load_settings())
    found = {(breach.table, breach.column): breach.rows for breach in breaches}
    assert {("customers", "gender"), ("bills", "total_cny")} <= set(found)
    assert all(rows < 0.01 * operator.number("select count(*) from bills") for rows in found.values())


def test_bills_add_up(operator: Operator) -> None:
    parts = "rent_cny + voice_overage_cny + data_overage_cny + upgrade_pack_cny + flex_pack_cny + other_cny"
    assert operator.number(f"select max(abs({parts} - total_cny)) from bills") < 0.006


def test_rent_is_the_fee_of_the_plan_in_force(operator: Operator) -> None:
    wrong = operator.number("""
        select count(*) from bills b
        join subscriptions s on s.customer_id = b.customer_id
            and s.starts_on <= b.month and (s.ends_on is null or s.ends_on > b.month)
        join plans p using (plan_id) where p.monthly_fee_cny <> b.rent_cny""")
    matched = operator.number("""
        select count(*) from bills b join subscriptions s on s.customer_id = b.customer_id
            and s.starts_on <= b.month and (s.ends_on is null or s.ends_on > b.month)""")
    assert (wrong, matched) == (0, operator.number("select count(*) from bills"))


def test_the_days_of_the_last_month_add_up_to_its_use(operator: Operator) -> None:
    apart = operator.number("""
        with days as (
            select customer_id, sum(data_mb) as data_mb from usage_days where day >= date '2025-12-01' group by all)
        select quantile_cont(abs(d.data_mb - u.data_mb), 0.999) from days d
        join usage u on u.customer_id = d.customer_id and u.month = date '2025-12-01'""")
    assert apart < 0.2


@pytest.mark.parametrize(
    ("table", "moment"),
    [
        ("usage", "month"),
        ("usage_days", "day"),
        ("bills", "month"),
        ("contacts", "started_at"),
        ("complaints", "opened_at"),
        ("exposures", "decided_at"),
        ("exposures", "accepted_at"),
        ("posts", "posted_at"),
        ("targets", "scored_on"),
        ("statuses", "starts_on"),
    ],
)
def test_nobody_acts_before_joining_or_after_leaving(operator: Operator, table: str, moment: str) -> None:
    rows = f"from {table} t join truth_customers c using (customer_id) join customers k using (customer_id)"
    assert operator.number(f"select count(*) {rows} where c.leaves_on < date '2026-01-01'") > 0
    assert operator.number(f"select count(*) {rows} where t.{moment} >= c.leaves_on") == 0
    assert operator.number(f"select count(*) {rows} where t.{moment} < k.joined_on") == 0


def test_nothing_lies_after_the_window(operator: Operator) -> None:
    for table, moment in (("contacts", "started_at"), ("complaints", "closed_at"), ("exposures", "confirmed_at")):
        assert operator.number(f"select count(*) from {table} where {moment} >= date '2026-01-01'") == 0
    assert operator.number("select count(*) from departures where recorded_on >= date '2026-01-01'") == 0
    assert operator.number("select count(distinct month) from usage") == MONTHS


def test_an_accepted_plan_is_billed_from_the_next_month(operator: Operator) -> None:
    changed = operator.sql("""
        select p.monthly_fee_cny as promised, b.rent_cny as billed from exposures e
        join offers o using (offer_id) join plans p using (plan_id)
        join bills b on b.customer_id = e.customer_id and b.month = e.effective_on
        where o.kind = 'plan' and e.confirmed_at is not null and e.reversed_at is null""")
    assert len(changed) > 10
    assert (changed["promised"] == changed["billed"]).all()


def test_an_accepted_pack_is_held_and_billed_at_once(operator: Operator) -> None:
    held = operator.sql("""
        select h.pack_id is not null as held, b.flex_pack_cny >= k.fee_cny as billed from exposures e
        join offers o using (offer_id) join packs k on k.pack_id = o.pack_id
        join bills b on b.customer_id = e.customer_id and b.month = date_trunc('month', e.accepted_at)
        left join holdings h on h.customer_id = e.customer_id and h.pack_id = o.pack_id and h.starts_on = e.effective_on
        where o.kind = 'data_pack' and e.confirmed_at is not null and e.reversed_at is null""")
    assert len(held) >= 5
    assert held["held"].all() and held["billed"].all()
