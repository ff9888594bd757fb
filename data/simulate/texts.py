"""Noisy Chinese contact texts: phrases of a template, filled, misspelt, shortened and padded.

A template is cut into phrases at `|`. Each phrase has `WAYS` ready-made spellings (clean, with a typo, with a lost
character, with a filler); a text takes one way of each phrase, so that millions of texts are a few array look-ups.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.simulate.catalogue import fact_table
from data.simulate.happenings import area_names
from data.simulate.kinds import Ints
from data.simulate.service_parameters import ContactParameters

WAYS = 64
TYPOS = {
    "流量": "留量",
    "套餐": "套歺",
    "账单": "帐单",
    "扣": "叩",
    "客户": "客戸",
    "信号": "信好",
    "退订": "退定",
    "合约": "和约",
    "话费": "花费",
}
FILLERS = ("那个", "嗯", "就是", "请问", "麻烦", "啊")
ANGRY = ("太气人了", "我要投诉", "你们就是乱收费", "再不解决就转网", "什么破服务", "非常不满")
PLEASED = ("谢谢", "服务挺好的", "满意", "辛苦了", "处理得很快", "好的谢谢")
MOODS = ("angry", "neutral", "pleased")
ANGRY_MOOD, NEUTRAL_MOOD, PLEASED_MOOD = range(3)
SLOT_NUMBERS = {  # slot: lowest, highest + 1, form
    "amount": (3, 190, "{}"),
    "mb": (5, 900, "{}"),
    "day": (2, 20, "{}"),
    "month": (1, 13, "{}月"),
    "time": (7, 22, "{}点"),
    "mobile": (130, 190, "{}"),
    "four": (0, 10_000, "{:04d}"),
    "county": (420_101, 420_990, "{}"),
    "birth": (19_600_101, 20_051_228, "{}"),
}
SLOTS = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Writer:
    """Templates as phrase numbers (templates, phrases; 0 is the empty phrase) and each phrase's `WAYS` spellings."""

    template_ids: tuple[str, ...]
    intents: tuple[str, ...]
    families: tuple[str, ...]
    phrases: Ints
    spellings: pa.Array
    droppable: Ints

    def of_intent(self, intent: str) -> Ints:
        """Template numbers of an intent."""
        return np.flatnonzero(np.array(self.intents) == intent)

    def write(self, rng: np.random.Generator, template: Ints, mood: Ints, contacts: ContactParameters) -> pa.Array:
        """One text per row."""
        number = self.phrases[template]
        dropped = (rng.random(number.shape) < contacts.drop_piece) & (self.droppable[number] == 1)
        number = np.where(dropped, 0, number)
        number = np.column_stack([number, 1 + np.where(rng.random(mood.size) < 0.55, mood, NEUTRAL_MOOD)])
        way = rng.integers(0, WAYS, number.shape)
        columns = [self.spellings.take(pa.array(column)) for column in (number * WAYS + way).T]
        return pc.binary_join_element_wise(*columns, "")


@dataclass
class _Phrases:
    """Phrases met so far, numbered; the first four are the empty one and the three moods."""

    rng: np.random.Generator
    noisy: float
    ways: list[list[str]]
    droppable: list[int]
    numbers: dict[str, int]

    def number(self, piece: str) -> int:
        """The number of a phrase or slot."""
        if piece not in self.numbers:
            self.numbers[piece] = len(self.ways)
            slot = SLOTS.fullmatch(piece)
            self.ways.append(_fillings(self.rng, slot.group(1)) if slot else self._spellings(piece))
            self.droppable.append(0 if slot or len(piece) > 6 else 1)
        return self.numbers[piece]

    def _spellings(self, piece: str) -> list[str]:
        noisy = int(WAYS * self.noisy)
        return [piece] * (WAYS - noisy) + [_spoilt(self.rng, piece) for _ in range(noisy)]


def make_writer(rng: np.random.Generator, contacts: ContactParameters) -> Writer:
    """The writer of the committed templates."""
    table = fact_table("contact_templates")
    silent = [""] * WAYS
    moods = [silent, _picked(rng, ANGRY), silent, _picked(rng, PLEASED)]
    phrases = _Phrases(rng, contacts.noisy_piece, moods, [0] * len(moods), {})
    rows = [[phrases.number(piece) for piece in _pieces(text)] for text in table["text"]]
    width = max(map(len, rows))
    return Writer(
        tuple(table["template_id"]),
        tuple(table["intent"]),
        tuple(table["family"]),
        np.array([row + [0] * (width - len(row)) for row in rows], dtype=np.int64),
        pa.array([way for ways in phrases.ways for way in ways], pa.string()),
        np.array(phrases.droppable),
    )


def _pieces(text: str) -> list[str]:
    """Phrases and slots in order; a phone or identity number takes several slots.

    >>> _pieces("号码{phone}|对{amount}元")
    ['号码', '{mobile}', '{four}', '{four}', '对', '{amount}', '元']
    """
    parts = [part for phrase in text.split("|") for part in SLOTS.split(f"{phrase}") if part]
    slots = set(SLOTS.findall(text))
    spread = {"phone": ["{mobile}", "{four}", "{four}"], "id": ["{county}", "{birth}", "{four}"]}
    return [piece for part in parts for piece in (spread.get(part, [f"{{{part}}}"]) if part in slots else [part])]


def _spoilt(rng: np.random.Generator, piece: str) -> str:
    """A typo where there is a word to misspell, else a lost character or a filler before the phrase."""
    typo = next((word for word in TYPOS if word in piece), None)
    kind = rng.integers(0, 3)
    if kind == 0 and typo:
        return piece.replace(typo, TYPOS[typo])
    if kind == 1 and len(piece) > 2:
        lost = int(rng.integers(0, len(piece)))
        return piece[:lost] + piece[lost + 1 :]
    return FILLERS[int(rng.integers(0, len(FILLERS)))] + piece


def _fillings(rng: np.random.Generator, slot: str) -> list[str]:
    """What stands in a slot; all numbers are invented."""
    if slot == "plan":
        return _picked(rng, fact_table("plans")["name"].tolist())
    if slot == "area":
        return _picked(rng, area_names())
    low, high, form = SLOT_NUMBERS[slot]
    return [form.format(number) for number in rng.integers(low, high, WAYS)]


def _picked(rng: np.random.Generator, choices: tuple[str, ...] | list[str]) -> list[str]:
    return [choices[number] for number in rng.integers(0, len(choices), WAYS)]
