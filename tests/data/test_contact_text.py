"""What identifies a person never leaves the masking, whatever the writing; the rest of the text does."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.contact_text import clean, clean_texts, mask
from data.text_terms import content_words, cut, telecom_terms

DATE = re.compile(r"(?:19|20)\d\d([-.])\d\d?\1\d\d?")
PADDING = st.text(st.characters(codec="gb18030", exclude_characters="０１２３４５６７８９0123456789*"), max_size=12)


@pytest.mark.parametrize(
    ("raw", "masked"),
    [
        ("号码13800138000要销户", "号码〔手机号〕要销户"),
        ("138 0013-8000", "〔手机号〕"),
        ("+86 138 0013 8000", "〔手机号〕"),
        ("１３８００１３８０００", "〔手机号〕"),
        ("幺三八零零幺三八零零零", "〔手机号〕"),
        ("138****8000", "〔手机号〕"),
        ("座机010-62345678", "座机〔固话〕"),
        ("身份证110105199003071231", "身份证〔身份证〕"),
        ("11010519900307 123x", "〔身份证〕"),
        ("卡号6222 0212 3456 7890 123", "卡号〔银行卡〕"),
        ("订单1234567890123", "订单〔号码〕"),
        ("发到a.b-c@qq.com谢谢", "发到〔邮箱〕谢谢"),
        ("发到ａ.b＠qq.com", "发到〔邮箱〕"),
        ("点了https://a.cn/x?id=3就扣费", "点了〔链接〕就扣费"),
        ("我在人民路12号3单元501", "〔地址〕"),
        ("3栋2单元", "〔地址〕"),
        ("我叫欧阳小明，", "我叫〔姓名〕，"),
        ("机主是李雷,查账单", "机主是〔姓名〕,查账单"),
        ("张先生来电", "〔姓名〕先生来电"),
    ],
)
def test_masks(raw: str, masked: str) -> None:
    assert mask(raw) == masked


@pytest.mark.parametrize(
    "text", ["流量用了3072MB,扣30元", "10086和10010", "2025-12-01 15:30断网", "飞享88元套餐", "500-600MB", "经理"]
)
def test_leaves_amounts_dates_and_plans_alone(text: str) -> None:
    assert mask(text) == text


@settings(max_examples=200, deadline=None)
@given(PADDING, st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.sampled_from(["", " ", "-", "  ", ". "]), PADDING)
def test_no_phone_number_survives_any_writing(before: str, phone: str, gap: str, after: str) -> None:
    written = gap.join([phone[:3], phone[3:7], phone[7:]])
    for raw in (written, "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in written)):
        assert phone[3:] not in re.sub(r"\D", "", mask(f"{before}{raw}{after}"))


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("0123456789 -.Xx年元,路号aは"), max_size=40))
def test_no_run_of_seven_digits_is_left_but_dates(raw: str) -> None:
    assert not re.search(r"\d{7,}", DATE.sub("", mask(raw)))


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(codec="gb18030"), max_size=40))
def test_masking_twice_changes_no_more(raw: str) -> None:
    assert mask(mask(raw)) == mask(raw)


def test_cleaning_is_one_width_one_case_without_stutter() -> None:
    assert clean("嗯嗯嗯嗯  流量ＡＰＰ，，，，用不了") == "嗯嗯流量app,,用不了"


def test_a_column_is_cleaned_in_place_and_null_is_empty() -> None:
    texts = pd.Series(["客服 不理", None, "客服 不理"], index=[7, 8, 9])
    assert clean_texts(texts).to_dict() == {7: "客服不理", 8: "", 9: "客服不理"}


def test_nothing_is_printed_or_logged(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    clean_texts(pd.Series(["我叫王小明13800138000"] * 3))
    assert capfd.readouterr() == ("", "")
    assert not caplog.records


def test_telecom_terms_are_one_word_each() -> None:
    terms = telecom_terms()
    assert len(terms) == len(set(terms)) > 100
    assert all(term in cut(f"我要{term}") for term in ("携号转网", "提前解约", "自动升档", "套餐外"))


def test_content_words_leave_out_masks_numbers_and_empty_words() -> None:
    assert content_words("请问〔手机号〕为什么套餐外扣费30元") == ["套餐外", "扣费"]
