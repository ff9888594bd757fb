"""Contact texts are noisy, hold numbers to mask, and can be split by template."""

from __future__ import annotations

import numpy as np

from data.simulate.parameters import Parameters
from data.simulate.texts import NEUTRAL_MOOD, make_writer
from tests.data.simulate.simulated import Operator


def test_each_text_has_its_template_in_the_truth(operator: Operator) -> None:
    told = operator.sql("""
        select c.text is not null as told, t.template_id is not null as known, c.intent, t.intent as true_intent
        from contacts c left join truth_contact_templates t using (contact_id) where c.channel <> 'sms'""")
    assert (told["told"] == told["known"]).all()
    named = told[told["known"] & told["intent"].notna()]
    assert (named["intent"] == named["true_intent"]).all()


def test_every_intent_has_texts_in_every_template_family(operator: Operator) -> None:
    families = operator.sql("select intent, count(distinct family) as n from truth_contact_templates group by 1")
    assert (families["n"] == 5).all()
    assert len(families) == 11


def test_texts_repeat_rarely_and_hold_digits_to_mask(operator: Operator) -> None:
    texts = operator.sql("select text from contacts where text is not null and channel <> 'sms'")["text"]
    assert texts.nunique() > 0.6 * len(texts)
    assert texts.str.contains(r"1\d{10}").mean() > 0.01
    assert texts.str.contains(r"\d{18}").mean() > 0.005


def test_noise_leaves_most_phrases_readable() -> None:
    contacts = Parameters().contacts
    writer = make_writer(np.random.default_rng(0), contacts)
    template = np.full(2_000, writer.template_ids.index("serv2"))
    mood = np.full(2_000, NEUTRAL_MOOD)
    texts = writer.write(np.random.default_rng(1), template, mood, contacts).to_pylist()
    assert 0.2 < np.mean([text == "不知道什么时候开的增值业务请全部关闭" for text in texts]) < 0.7


def test_angry_customers_sound_angry(operator: Operator) -> None:
    angry = operator.sql("""
        select t.mood, avg((c.text like '%投诉%' or c.text like '%不满%' or c.text like '%乱收费%')::int) as loud
        from contacts c join truth_contact_templates t using (contact_id) group by 1""").set_index("mood")["loud"]
    assert angry["angry"] > 3 * angry["neutral"]
