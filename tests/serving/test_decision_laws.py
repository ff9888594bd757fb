"""Laws of decisions, whatever the request and the settings: consent, suppression, arbitration, an answer for all."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from data.decision_settings import ArbitrationSettings, ContextSettings, ExplorationSettings
from data.settings import Settings
from models.leaving_effect import KindEffect, LeavingEffect
from models.reasons import CODES
from serving.choice import choose
from serving.layers import PAIR_CODES
from serving.layout import Lines
from serving.room import Room
from serving.scoring import Scored, score_lines
from serving.situation import MonthToDate, Situation
from tests.serving.everybody import NOON, all_lines, situation, some

OFTEN = hypothesis_settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
weights = st.floats(0.1, 10)
kinds = st.sampled_from(["plan", "data_pack", "handset", "retention"])
moments = st.datetimes(NOON, NOON + dt.timedelta(days=40))
situations = st.builds(
    Situation,
    at=moments,
    channel=st.sampled_from(["hotline", "app", "sms", "outbound"]),
    personalised=st.booleans(),
    intent=st.sampled_from([None, "overage", "complaint", "cancel", "CXXZ", "SQXZ", "strange"]),
    queue=st.sampled_from([None, "tariff", "unknown"]),
    month_to_date=st.one_of(st.none(), st.builds(MonthToDate, st.floats(0, 1e5), st.floats(0, 1e4))),
    busy=st.booleans(),
)
arbitrations = st.builds(
    ArbitrationSettings,
    propensity=st.booleans(),
    value=st.booleans(),
    context=st.booleans(),
    levers=st.booleans(),
    kind_levers=st.dictionaries(kinds, weights),
)
contexts = st.builds(
    ContextSettings, intents=st.dictionaries(st.sampled_from(["overage", "cancel"]), st.dictionaries(kinds, weights))
)


@pytest.fixture(scope="module")
def lines(room: Room) -> Lines:
    return all_lines(room)


def scored(room: Room, lines: Lines, now: Situation, **groups: object) -> Scored:
    return score_lines(lines, now, room.published().uptake, changed(room, **groups))


def changed(room: Room, **groups: object) -> Settings:
    return room.settings.model_copy(update=groups)


@OFTEN
@given(situations, arbitrations, contexts)
def test_no_consent_is_never_scored(
    room: Room, lines: Lines, now: Situation, arbitration: ArbitrationSettings, context: ContextSettings
) -> None:
    found = scored(room, lines, now, arbitration=arbitration, context=context)
    refused = ~lines.flag("marketing_consent") | lines.flag("do_not_market")
    silent = refused | ~lines.flag("personalisation_consent")
    assert refused.any()
    assert np.isnan(found.probability[silent]).all()
    for limit in (0, 3):
        assert not refused[found.shown(limit)[0]].any()


@OFTEN
@given(situations, arbitrations, contexts, st.sampled_from([0, 1, 3]))
def test_what_is_suppressed_is_never_ranked(
    room: Room, lines: Lines, now: Situation, arbitration: ArbitrationSettings, context: ContextSettings, limit: int
) -> None:
    found = scored(room, lines, now, arbitration=arbitration, context=context)
    owners, _, offers = found.shown(limit)
    assert found.held.open[owners, offers].all()


@OFTEN
@given(situations, st.floats(0, 0.9), st.integers(0, 10**6))
def test_exploration_shows_nothing_that_a_layer_holds_back(
    room: Room, lines: Lines, now: Situation, share: float, number: int
) -> None:
    line = some(lines, np.arange(len(lines)) == number % len(lines))
    settings = changed(room, exploration=ExplorationSettings(share=share))
    found = score_lines(line, now, room.published().uptake, settings)
    choice = choose(found, 3, settings, str(number))
    assert all(found.held.open[0, offer] for offer in choice.offers)
    assert all(found.held.open[0, offer] and 0 < chance <= 1 for offer, chance in choice.propensities.items())
    assert 0 < choice.propensity <= 1


@OFTEN
@given(situations)
def test_with_context_and_levers_off_the_order_is_propensity_times_value(
    room: Room, lines: Lines, now: Situation
) -> None:
    off = ArbitrationSettings(context=False, levers=False, kind_levers={"handset": 100.0})
    heavy = ContextSettings(intents={"overage": {"plan": 50.0}}, overage_weight=9.0)
    found = scored(room, lines, now, arbitration=off, context=heavy)
    np.testing.assert_array_equal(found.factors.priority, found.expected_value)
    np.testing.assert_array_equal(found.expected_value, found.probability * found.value)


def test_each_factor_can_be_switched_off_and_then_is_1(room: Room, lines: Lines) -> None:
    now = situation(month_to_date=MonthToDate(5_000.0, 50.0), intent="overage")
    everything = scored(room, lines, now, arbitration=ArbitrationSettings(kind_levers={"data_pack": 3.0}))
    known = ~np.isnan(everything.probability * everything.value)
    assert (everything.factors.context[known] > 1).any()
    assert set(np.unique(everything.factors.lever[known])) == {1.0, 3.0}
    for switch, name in {"propensity": "propensity", "value": "value", "context": "context", "levers": "lever"}.items():
        off = ArbitrationSettings.model_validate({switch: False, "kind_levers": {"data_pack": 3.0}})
        found = scored(room, lines, now, arbitration=off)
        assert (getattr(found.factors, name)[known] == 1.0).all()


@OFTEN
@given(st.floats(0, 200), st.integers(0, 10**6))
def test_a_bigger_saving_never_lowers_acceptance_all_else_equal(
    room: Room, lines: Lines, more: float, number: int
) -> None:
    uptake = room.published().uptake
    line = some(lines, np.arange(len(lines)) == number % len(lines))
    matrix = uptake.binding.pair_matrix(line, np.ones((1, len(line.layout.offers)), dtype=bool))
    better, names = matrix.copy(), uptake.model.schema.names
    for name in ("saving_cny", "restrained_saving_cny", "worst_month_saving_cny"):
        better[:, names.index(name)] += more
    better[:, names.index("total_after")] -= more
    better[:, names.index("total_fee_ratio")] -= more / np.maximum(better[:, names.index("current_total")], 1.0)
    assert (uptake.model.predict_matrix(better) >= uptake.model.predict_matrix(matrix) - 1e-12).all()


@OFTEN
@given(situations, st.sampled_from([0, 3]))
def test_everybody_gets_an_offer_or_a_reason_with_a_text(room: Room, lines: Lines, now: Situation, limit: int) -> None:
    found = scored(room, lines, now)
    without = set(range(len(lines))) - set(found.shown(limit)[0].tolist())
    assert all(CODES[found.no_offer_reason(line)].zh for line in without)


@OFTEN
@given(situations, st.floats(0, 0.9))
def test_after_a_port_out_request_there_is_service_only(room: Room, lines: Lines, now: Situation, share: float) -> None:
    asked = lines.with_fact("port_out_requested", 1.0)
    found = scored(room, asked, now)
    assert len(found.shown(0)[0]) == 0
    assert np.isnan(found.probability).all()
    settings = changed(room, exploration=ExplorationSettings(share=share))
    assert choose(found, 3, settings, "d").offers == []


def test_offers_are_never_conditioned_on_a_question_about_porting(room: Room, lines: Lines) -> None:
    asking, calling = (scored(room, lines, situation(intent=intent, queue="tariff")) for intent in ("CXXZ", None))
    np.testing.assert_array_equal(asking.probability, calling.probability)
    np.testing.assert_array_equal(asking.factors.priority, calling.factors.priority)
    with pytest.raises(ValueError, match="never conditioned on porting"):
        ContextSettings(intents={"cxxz": {"retention": 2.0}})


def test_every_code_of_a_layer_is_published_with_its_layer(room: Room, lines: Lines) -> None:
    held = scored(room, lines, situation()).held
    layers = {CODES[held.pair_code(line, offer)].layer for line, offer in np.argwhere(~held.open)[::97].tolist()}
    assert layers >= {"eligibility", "suitability"}
    assert {CODES[code].layer for code in PAIR_CODES[1:]} == {"eligibility", "applicability", "suitability"}


def test_an_effect_on_leaving_is_worth_the_margin_that_stays_and_is_shown_beside(room: Room, lines: Lines) -> None:
    kept = KindEffect(ratio=0.4, low=0.2, high=0.7, left=4, expected=20.0, acceptances=90, without=0.08)
    with_effect = replace(room.published().uptake, leaving=LeavingEffect({"retention": kept}))
    before = score_lines(lines, situation(), replace(with_effect, leaving=LeavingEffect()), room.settings)
    after = score_lines(lines, situation(), with_effect, room.settings)
    keeps = np.array([offer.kind == "retention" for offer in lines.layout.offers])
    scored_pairs = ~np.isnan(before.probability)
    assert np.isnan(before.churn_uplift).all()
    assert (after.value >= before.value)[scored_pairs].all()
    assert (after.value > before.value)[scored_pairs & keeps].any()
    np.testing.assert_array_equal(after.value[:, ~keeps], before.value[:, ~keeps])
    shown = scored_pairs & keeps
    np.testing.assert_allclose(after.churn_uplift[shown], after.probability[shown] * kept.change)
    np.testing.assert_array_equal(after.margin, before.margin)
