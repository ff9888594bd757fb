"""The three layers together: which code holds a line or a pair back, and which layer the code belongs to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.settings import Settings
from models.arbitration import Flags, first_code
from models.reasons import CODES
from serving import applicability, eligibility, suitability
from serving.layout import Lines
from serving.situation import Situation

LINE_CODES = (
    "",
    "DO_NOT_MARKET",
    "NO_CONSENT",
    "PORT_OUT_REQUESTED",
    "SUSPENDED",
    "NO_PLAN",
    "QUEUE_BUSY",
    "NO_INTEREST",
    "COMPLAINT_CALL",
    "COMPLAINT_OPEN",
    "FATIGUE",
)
PAIR_CODES = (
    "",
    "PRESENT_PLAN",
    "ALREADY_HELD",
    "EXCLUDED_BY_PACK",
    "PLAN_CHANGE_PENDING",
    "CHANGE_CLOSED",
    "UNDER_CONTRACT",
    "NOT_VALID",
    "NOT_ON_CHANNEL",
    "CAPACITY",
    "NOT_RATED",
    "NOT_USED",
    "BILL_RISE",
    "REJECTED_LATELY",
)


@dataclass(frozen=True)
class Held:
    """Per line and per (line, offer) the position of the first code that holds in LINE_CODES and PAIR_CODES, or 0."""

    line: NDArray[np.int8]
    pair: NDArray[np.int8]

    @property
    def open(self) -> Flags:
        """(lines, offers): nothing holds the pair back."""
        return np.asarray((self.pair == 0) & (self.line == 0)[:, None])

    def line_code(self, line: int) -> str:
        """What closes the line, or an empty text."""
        return LINE_CODES[self.line[line]]

    def pair_code(self, line: int, offer: int) -> str:
        """What holds the pair back, or an empty text: the line's code first."""
        return self.line_code(line) or PAIR_CODES[self.pair[line, offer]]


def held_back(lines: Lines, situation: Situation, settings: Settings) -> Held:
    """Hold every pair against eligibility, then applicability, then suitability; the first code is the one told."""
    channel, rules = settings.channel(situation.channel), settings.suitability
    line = {
        **eligibility.line_conditions(lines, situation),
        **applicability.line_conditions(lines, situation, channel),
        **suitability.line_conditions(lines, situation, rules),
    }
    pair = {
        **eligibility.pair_conditions(lines, situation),
        **applicability.pair_conditions(lines, situation, channel),
        **suitability.pair_conditions(lines, situation, rules, settings.guard),
    }
    assert (tuple(line), tuple(pair)) == (LINE_CODES[1:], PAIR_CODES[1:])
    shape = (len(lines), len(lines.layout.offers))
    of_line = first_code({code: flags[:, None] for code, flags in line.items()}, (len(lines), 1))
    return Held(of_line[:, 0], first_code(pair, shape))


def layer_of(code: str) -> str | None:
    """`eligibility`, `applicability` or `suitability`; None for what no layer says."""
    return CODES[code].layer if code else None
