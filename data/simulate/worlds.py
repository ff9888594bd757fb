"""Other worlds to be tested in: named variants of the parameters, each with another structure."""

from __future__ import annotations

from dataclasses import replace

from data.errors import BadInput
from data.simulate.parameters import Parameters

LATE_OFFERS = (("plan_zx298", 2), ("pack_d70", 2), ("phone_c", 3))


def world_named(name: str) -> Parameters:
    """The parameters of a world.

    BadInput where there is none of that name.

    >>> world_named("no_elasticity").usage.quota_elasticity
    0.0
    """
    if name not in WORLDS:
        raise BadInput(f"--world {name}: there is no such world; choose one of {', '.join(WORLDS)}")
    return WORLDS[name]


def _no_elasticity(base: Parameters) -> Parameters:
    """Use hardly answers the tariff: no stretch towards the quota, little fear of overage, nobody switches off."""
    usage = replace(base.usage, quota_elasticity=0.0, fear_alpha=0.8, fear_beta=4.0, stop_share=0.0, voice_given_up=0.2)
    return replace(base, usage=usage)


def _strong_confounding(base: Parameters) -> Parameters:
    """Agents pitch to whom they expect to accept, by what they hear and no log holds."""
    hears = replace(base.sales, pitch_openness=1.2, pitch_shift=-1.6)
    return replace(base, sales=replace(hears, pitch_bill=1.4, pitch_fit=1.6, pitch_skill=1.2))


def _new_offer(base: Parameters) -> Parameters:
    """A plan, a pack and a handset enter in the last two or three months."""
    return replace(base, sales=replace(base.sales, late_offers=LATE_OFFERS))


def _price_shock(base: Parameters) -> Parameters:
    """A price war in the last four months: competitors a quarter cheaper, and customers more sensitive to prices."""
    leaving = replace(base.leaving, market_months=4, market_drop=0.29)
    acceptance = replace(base.acceptance, shock_months=4, shock_sensitivity=1.5)
    return replace(base, leaving=leaving, acceptance=acceptance)


WORLDS = {
    "default": Parameters(),
    "no_elasticity": _no_elasticity(Parameters()),
    "strong_confounding": _strong_confounding(Parameters()),
    "new_offer": _new_offer(Parameters()),
    "price_shock": _price_shock(Parameters()),
}
