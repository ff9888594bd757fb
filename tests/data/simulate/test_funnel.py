"""The sales funnel, its logged propensities and its randomised slice."""

from __future__ import annotations

import numpy as np
import pytest

from data.simulate.eligible import uniform_choice
from data.simulate.parameters import Parameters
from tests.data.simulate.simulated import CUSTOMERS, Operator

SALES = Parameters().sales


def test_its_stages_are_near_the_parameters(operator: Operator) -> None:
    called = operator.number("""
        select avg((exists (select 1 from contacts c where c.customer_id = t.customer_id and c.channel = 'hotline'
            and c.agent_id is not null and date_trunc('month', c.started_at) = t.scored_on))::int) from targets t""")
    ordinary = "from exposures where not randomised and arm is distinct from 'control'"
    popped = operator.number(f"select avg(popped_up::int) {ordinary}")
    pitched = operator.number(f"select sum(pitched::int) / sum(popped_up::int) {ordinary}")
    assert called == pytest.approx(0.15, abs=0.03)
    assert popped == pytest.approx(0.27, abs=0.04)
    assert pitched == pytest.approx(SALES.pitch_rate, abs=0.03)


def test_there_are_enough_pitches_and_a_realistic_share_is_accepted(operator: Operator) -> None:
    pitches = operator.number("select sum(pitched::int) from exposures")
    assert pitches * 20_000 / CUSTOMERS >= 2_000
    assert 0.08 < operator.number("select sum(accepted::int) / sum(pitched::int) from exposures") < 0.16


def test_every_stage_implies_the_one_before(operator: Operator) -> None:
    for later, earlier in (("accepted", "pitched"), ("pitched", "popped_up")):
        assert operator.number(f"select count(*) from exposures where {later} and not {earlier}") == 0
    assert operator.number("select count(*) from exposures where popped_up and suppressed_reason is not null") == 0
    for later, earlier in (
        ("confirmed_at", "accepted_at"),
        ("accepted_at", "decided_at"),
        ("rejected_at", "decided_at"),
    ):
        assert operator.number(f"select count(*) from exposures where {later} < {earlier}") == 0


def test_an_exposure_without_an_offer_is_a_control(operator: Operator) -> None:
    assert operator.number("select count(*) from exposures where (offer_id is null) <> (arm = 'control') ") == 0
    controls = operator.sql("select popped_up, pitched, propensity from exposures where arm = 'control'")
    assert len(controls) > 20
    assert not controls["popped_up"].any()
    assert (controls["propensity"] == SALES.control_share).all()


def test_the_control_share_of_the_pilot_is_the_logged_one(operator: Operator) -> None:
    arms = operator.sql("select (arm = 'control')::int as control from exposures where randomised")["control"]
    assert arms.mean() == pytest.approx(SALES.control_share, abs=3 * np.sqrt(0.09 / len(arms)))


def test_the_pilot_draws_uniformly(operator: Operator) -> None:
    shown = operator.sql("select propensity, count(*) as n from exposures where arm = 'explore' group by 1")
    menus = (1 - SALES.control_share) / shown["propensity"]
    assert menus.to_numpy() == pytest.approx(menus.round())
    assert shown["propensity"].between(0, 1, inclusive="right").all()


def test_uniform_choice_gives_each_allowed_offer_its_share() -> None:
    menu = np.tile(np.array([True, False, True, True, False]), (30_000, 1))
    chosen, probability = uniform_choice(np.random.default_rng(0), menu)
    shares = np.bincount(chosen, minlength=5) / chosen.size
    assert shares == pytest.approx([1 / 3, 0, 1 / 3, 1 / 3, 0], abs=0.012)
    assert (probability == 1 / 3).all()


def test_the_ordinary_arm_explores_as_often_as_its_propensities_say(operator: Operator) -> None:
    logged = operator.sql("select propensity as p from exposures where arm = 'exploit'")["p"]
    assert logged.between(0, 1, inclusive="right").all()
    greedy = logged > 0.5
    menu = np.where(greedy, SALES.explore / (logged - 1 + SALES.explore), SALES.explore / logged)
    expected = SALES.explore * (menu - 1) / menu
    assert (~greedy).mean() == pytest.approx(expected.mean(), abs=4 * np.sqrt(0.1 / len(logged)))


def test_answers_follow_the_true_probability(operator: Operator) -> None:
    pitched = operator.sql("""
        select t.accept_probability as p, e.accepted::int as y from exposures e
        join truth_exposures t using (exposure_id) where e.pitched""")
    for part in (pitched[pitched["p"] < 0.1], pitched[pitched["p"] >= 0.1]):
        error = np.sqrt((part["p"] * (1 - part["p"])).sum()) / len(part)
        assert part["y"].mean() == pytest.approx(part["p"].mean(), abs=4 * error)


def test_ordinary_agents_choose_whom_they_pitch(operator: Operator) -> None:
    bills = operator.sql("""
        select e.pitched, avg(b.total_cny) as bill from exposures e
        join bills b on b.customer_id = e.customer_id and b.month = date_trunc('month', e.decided_at) - interval 1 month
        where e.arm = 'exploit' and e.popped_up group by 1 order by 1""")["bill"]
    assert bills.iloc[1] > bills.iloc[0]


def test_nothing_is_sold_after_a_port_out_request_or_without_consent(operator: Operator) -> None:
    assert (
        operator.number("""
        select count(*) from exposures e join contacts c using (customer_id)
        where c.intent = 'SQXZ' and date_trunc('day', c.started_at) <= e.decided_at and e.popped_up""")
        == 0
    )
    assert (
        operator.number("""
        select count(*) from exposures join customers using (customer_id)
        where popped_up and (do_not_market or not marketing_consent)""")
        == 0
    )


def test_no_line_sees_two_windows_within_the_fatigue_days(operator: Operator) -> None:
    gap = operator.number("""
        select min(gap) from (
            select date_diff('day', lag(decided_at) over (partition by customer_id order by decided_at),
                decided_at) as gap
            from exposures where popped_up)""")
    assert gap >= SALES.fatigue_days - 1


def test_truth_has_every_line_and_offer(operator: Operator) -> None:
    pairs = operator.sql(
        "select min(accept_probability) as low, max(accept_probability) as high, count(*) as n from truth_pairs"
    )
    offers = operator.number("select count(*) from offers")
    present = operator.number("select count(*) from truth_churn where as_of = date '2026-01-01'")
    assert operator.number("select count(*) from truth_pairs") == offers * present
    assert 0 < pairs["low"].iloc[0] < pairs["high"].iloc[0] < 1
