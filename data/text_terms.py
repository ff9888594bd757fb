"""Chinese text as words: jieba with our own list of telecom terms (`telecom_terms.txt`), and words that say nothing."""

from __future__ import annotations

import logging
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

TERMS = Path(__file__).parent / "telecom_terms.txt"
EMPTY_WORDS = Path(__file__).parent / "empty_words.txt"
REMEMBERED = 16_384  # texts; a fold reads most of another fold's texts again
_MASKED = re.compile(r"〔.*?〕")
_WORD = re.compile(r"[一-龥]{2,}|[a-z][a-z0-9+]+")


@lru_cache(maxsize=1)
def _tokenizer() -> Any:
    import jieba

    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    for term in telecom_terms():
        tokenizer.add_word(term)
    return tokenizer


def telecom_terms() -> list[str]:
    """The terms that are never cut apart."""
    return TERMS.read_text(encoding="utf-8").split()


@lru_cache(maxsize=1)
def _empty_words() -> frozenset[str]:
    return frozenset(EMPTY_WORDS.read_text(encoding="utf-8").split())


@lru_cache(maxsize=REMEMBERED)
def cut(text: str) -> tuple[str, ...]:
    """All words and marks of a text, in order.

    >>> cut("想携号转网,套餐外扣费")
    ('想', '携号转网', ',', '套餐外', '扣费')
    """
    return tuple(_tokenizer().lcut(text))


def content_words(text: str) -> list[str]:
    """The words that say what a text is about: two characters or more, no numbers, marks, masks or empty words.

    >>> content_words("请问我的套餐外流量为什么扣费30元,号码〔手机号〕")
    ['套餐外', '流量', '扣费', '号码']
    """
    return [word for word in cut(_MASKED.sub(" ", text)) if _WORD.fullmatch(word) and word not in _empty_words()]
