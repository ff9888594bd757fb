"""What one scored line is shown: the order as it stands, or explored, or nothing for a control; with exact chances."""

from __future__ import annotations

from dataclasses import dataclass, field

from data.settings import Settings
from models.exploration import CONTROL, EXPLOIT, Chances, Draw, even_number, put_first
from serving.scoring import Scored


@dataclass(frozen=True)
class Choice:
    """Offer positions in the order shown; `propensities` of every offer that could have been shown.

    `propensity` is that of what happened: of the first offer being among the shown ones, or of showing none. `drawn`:
    the arm was left to chance, whichever arm came.
    """

    offers: list[int]
    arm: str = EXPLOIT
    propensity: float = 1.0
    propensities: dict[int, float] = field(default_factory=dict)
    instead: str | None = None
    drawn: bool = False


def choose(scored: Scored, limit: int, settings: Settings, decision_id: str) -> Choice:
    """Choose for the first line. Only personalised lines with an eligible offer are explored, only with a limit."""
    order = [int(place) for place in scored.shown(limit)[2]]
    chances = _chances(scored, settings)
    if not limit or not chances.weights:
        return Choice(order, propensities=dict.fromkeys(order, 1.0))
    return _drawn(order, limit, chances, chances.draw(even_number(settings.seed, decision_id)))


def _drawn(order: list[int], limit: int, chances: Chances, draw: Draw) -> Choice:
    known = chances.propensities(order, limit)
    nothing = chances.control if order else 1.0 - chances.explores
    if draw.arm == CONTROL:
        return Choice([], CONTROL, nothing, known, "CONTROL", drawn=True)
    shown = order if draw.first is None else put_first(order, draw.first, limit)
    propensity = known[shown[0]] if shown else nothing
    return Choice(shown, draw.arm, propensity, known, drawn=chances.control + chances.explores > 0)


def _chances(scored: Scored, settings: Settings) -> Chances:
    """The offers that may be drawn are those that no layer holds back, of a person who agreed to a personal choice."""
    own = settings.exploration
    weights = {}
    if scored.personalised[0] and (own.share or own.control_share):
        places = scored.held.open[0].nonzero()[0].tolist()
        weights = {place: own.offers.get(scored.lines.layout.offers[place].offer_id, 1.0) for place in places}
    return Chances(own.share, own.control_share, weights)
