"""Does a policy dominate the Cartesian rules, and how near does it come to the best there is? By the hidden truth.

On the frontier of accepted per 100 pitches against 12-month margin a pitch every rule is met at its own acceptance and
at its own margin, on the customers it targets. The default points stand beside chance, constants and an oracle.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.feature_schema import Floats
from training.policy_table import Menu, at_least

POPUP_SHARE, PITCH_SHARE = 0.27, 0.09  # of target calls popped up, of pop-ups pitched (domain A7, the seed's)
CALLS = 1_000
OURS, ORACLE, RANDOM = "ours", "oracle", "random"


def against_rules(menu: Menu, rules: Mapping[str, pd.Series]) -> pd.DataFrame:
    """A row a rule (offer_id by customer_id, null where not targeted), over the customers whose offer is allowed.

    accepted (per 100 pitches) and margin (CNY a pitch) of the rule; margin_at_accepted and accepted_at_margin of our
    frontier at the rule's own point, null where the frontier does not reach it; margin_gain, accepted_gain.
    """
    rows = {name: _against(menu, offers) for name, offers in rules.items()}
    table = pd.DataFrame([{"rule": name, **row} for name, row in rows.items() if row])
    return table.assign(
        margin_gain=table["margin_at_accepted"] - table["margin"],
        accepted_gain=table["accepted_at_margin"] - table["accepted"],
    )


def _against(menu: Menu, offers: pd.Series) -> dict[str, float]:
    chosen = menu.offers.get_indexer(pd.Index(offers.reindex(menu.customers)))
    targeted = (chosen >= 0) & menu.allowed[np.arange(len(chosen)), chosen]
    if not targeted.any():
        return {}
    some = menu.of(targeted)
    accepted, margin = some.outcome(chosen[targeted])
    points = some.frontier(some.probability, some.value)
    return {
        "customers": len(some.customers),
        "accepted": accepted,
        "margin": margin,
        "margin_at_accepted": reached(points, accepted),
        "accepted_at_margin": reached(points[:, ::-1], margin),
    }


def reached(points: Floats, wanted: float) -> float:
    """The most of the second measure among mixtures of points with at least `wanted` of the first; NaN if none.

    >>> reached(np.array([[10.0, 4.0], [20.0, 2.0]]), 15.0)
    3.0
    """
    return at_least(points, wanted)[1] if (points[:, 0] >= wanted).any() else float("nan")


def default_points(menu: Menu, seed: int = 0) -> pd.DataFrame:
    """policy, offered (share of the customers), accepted (per 100 customers), margin (CNY a customer); all customers.

    Ours is the most P x V, and no offer where none is above 0; the oracle the same by the truth; `true P, our V` knows
    acceptance exactly, more than any number of randomised pitches could teach. margin_1000 and accepted_1000: of 1,000
    target calls under POPUP_SHARE and PITCH_SHARE; margin_best: where the pop-ups go to the calls that the policy
    itself values most.
    """
    everybody = np.ones(len(menu.customers), dtype=np.bool_)
    noise = np.random.default_rng(seed).random(menu.probability.shape)
    earned = {
        OURS: menu.probability * menu.value,
        "true P, our V": menu.true_probability * menu.value,
        ORACLE: menu.true_probability * menu.true_margin,
    }
    scored = {name: _scored(menu, score, worth_it=True) for name, score in earned.items()}
    scored |= {
        "ours, always an offer": _scored(menu, earned[OURS]),
        "propensity only": _scored(menu, menu.probability),
        "propensity x fee": _scored(menu, menu.probability * menu.fee),
        "value only": _scored(menu, menu.value),
        "the dearest plan to all": (menu.best(menu.fee), everybody, None),
        "the cheapest plan to all": (menu.best(-menu.fee), everybody, None),
        RANDOM: (menu.best(noise), everybody, None),
    }
    return pd.DataFrame([{"policy": name, **_brings(menu, *choice)} for name, choice in scored.items()])


Choice = tuple[NDArray[np.intp], NDArray[np.bool_], Floats | None]


def _scored(menu: Menu, score: Floats, *, worth_it: bool = False) -> Choice:
    chosen = menu.best(score)
    worth = np.nan_to_num(score[np.arange(len(chosen)), chosen])
    return chosen, worth > 0 if worth_it else np.ones(len(chosen), dtype=np.bool_), worth


def _brings(menu: Menu, chosen: NDArray[np.intp], offered: NDArray[np.bool_], worth: Floats | None) -> dict[str, float]:
    rows = np.arange(len(chosen))
    accepted = np.where(offered, menu.true_probability[rows, chosen], 0.0)
    margin = accepted * menu.true_margin[rows, chosen]
    pitches = CALLS * POPUP_SHARE * PITCH_SHARE
    best = slice(None) if worth is None else np.argsort(-worth, kind="stable")[: round(POPUP_SHARE * len(worth))]
    return {
        "offered": float(offered.mean()),
        "accepted": 100 * float(accepted.mean()),
        "margin": float(margin.mean()),
        "accepted_1000": pitches * float(accepted.mean()),
        "margin_1000": pitches * float(margin.mean()),
        "margin_best": pitches * float(margin[best].mean()),
    }


def shares_of_the_possible(points: pd.DataFrame) -> dict[str, float]:
    """of_true_p: our margin over that with acceptance known exactly; of_oracle: of the oracle's gain over random."""
    margin = points.set_index("policy")["margin"]
    gain = (margin[OURS] - margin[RANDOM]) / (margin[ORACLE] - margin[RANDOM])
    return {
        "of_true_p": float(margin[OURS] / margin["true P, our V"]),
        "of_oracle": float(gain),
        "of_oracle_over_nothing": float(margin[OURS] / margin[ORACLE]),
    }
