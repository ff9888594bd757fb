"""Which decisions explore, and with which probability each offer is shown: exact, so that the log can be learned from.

With probability `control` nothing is shown; with probability `share` one eligible offer, drawn by weights, is put first
and the rest keeps its order; else the order stands. At most `limit` offers are shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

EXPLOIT, EXPLORE, CONTROL = "exploit", "explore", "control"


@dataclass(frozen=True)
class Draw:
    """The arm, and the offer (its position) that exploration puts first."""

    arm: str = EXPLOIT
    first: int | None = None


@dataclass(frozen=True)
class Chances:
    """`share` and `control` of decisions; `weights` of the eligible offers in the draw, by position."""

    share: float
    control: float
    weights: dict[int, float]

    @property
    def explores(self) -> float:
        """The probability of the explore arm: none where no offer can be drawn."""
        return self.share if sum(self.weights.values()) > 0 else 0.0

    def draw(self, number: float) -> Draw:
        """The arm for a number drawn evenly from [0, 1).

        >>> Chances(0.2, 0.1, {3: 1.0, 5: 1.0}).draw(0.25)
        Draw(arm='explore', first=5)
        """
        if number < self.control:
            return Draw(CONTROL)
        place = (number - self.control) / self.explores if self.explores else 1.0
        if place >= 1.0:
            return Draw()
        return Draw(EXPLORE, self._at(place))

    def _at(self, place: float) -> int:
        passed, total = 0.0, sum(self.weights.values())
        drawable = [(offer, weight) for offer, weight in self.weights.items() if weight > 0]
        for offer, weight in drawable:
            passed += weight / total
            if place < passed:
                return offer
        return drawable[-1][0]

    def propensities(self, order: Sequence[int], limit: int) -> dict[int, float]:
        """The probability that each offer is among the shown ones, of offers that can be shown at all.

        `order`: what is shown where nothing explores, already cut to the limit; a limit of 0 shows all.

        >>> Chances(0.2, 0.0, {0: 1.0, 1: 1.0}).propensities([0], limit=1)
        {0: 0.9, 1: 0.1}
        """
        total = sum(self.weights.values())
        found = dict.fromkeys(order, 1.0 - self.control - self.explores)
        for offer, weight in self.weights.items():
            for shown in put_first(order, offer, limit) if weight > 0 and self.explores else ():
                found[shown] = found.get(shown, 0.0) + self.explores * weight / total
        return {offer: min(chance, 1.0) for offer, chance in found.items()}  # a sum of shares may round to above 1


def put_first(order: Sequence[int], offer: int, limit: int) -> list[int]:
    """The offer, then the others in their order, cut to the limit (0 = all).

    >>> put_first([4, 7, 9], 9, 3), put_first([4, 7, 9], 1, 3)
    ([9, 4, 7], [1, 4, 7])
    """
    shown = [offer, *(other for other in order if other != offer)]
    return shown[:limit] if limit else shown


def even_number(*parts: object) -> float:
    """A number in [0, 1) that follows from the parts alone: the same decision is drawn the same way again."""
    digest = hashlib.sha256("\n".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
