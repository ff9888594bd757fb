"""What a policy's offers bring, by the embedded operator's hidden truth: accepted per 100 pitches, margin a pitch.

Every policy pitches one plan on sale to each of the same customers; the truth beside the lake says what comes of it.
Only a simulated lake has such a truth: nothing here is used in training.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.errors import BadInput
from data.known import as_known
from data.lake import Lake
from features.offer_features import OFFER_FEATURES, with_offer_features
from features.offer_pairs import offer_pairs
from features.snapshots import Snapshots
from features.uptake_rows import UPTAKE_LABELS, uptake_features
from models.base import ProbabilityModel
from models.bill_response import BillResponse
from models.cartesian import RULES, TariffOptions
from models.feature_schema import Floats
from models.tariff import tariff
from models.uptake import UptakeModel

PIECE = 20_000  # pairs whose features stand in memory at once
LEVERS = (*np.round(np.concatenate([[0.0], np.geomspace(1.0, 20_000.0, 60)]), 3), np.inf)  # CNY added to the value
Chosen = NDArray[np.intp]


@dataclass(frozen=True)
class Menu:
    """Customers x plan offers, each (customers, offers): what may be offered, what is believed, what is true.

    value and true_margin: CNY over 12 months if accepted, against no offer. fee: monthly rent of the plan. The value
    rests on how bills answered to acceptances: a policy that looks for the most value would else find the pairs in
    which re-rated use counts overage that nobody would pay.
    """

    customers: pd.Index
    offers: pd.Index
    allowed: NDArray[np.bool_]
    probability: Floats
    value: Floats
    true_probability: Floats
    true_margin: Floats
    fee: Floats

    def best(self, score: Floats) -> Chosen:
        """The allowed offer of the highest score for each customer."""
        return np.asarray(np.argmax(np.where(self.allowed, np.nan_to_num(score, nan=-np.inf), -np.inf), axis=1))

    def outcome(self, chosen: Chosen) -> tuple[float, float]:
        """Accepted per 100 pitches, and margin a pitch in CNY."""
        rows = np.arange(len(self.customers))
        accepted = self.true_probability[rows, chosen]
        return 100 * float(accepted.mean()), float((accepted * self.true_margin[rows, chosen]).mean())

    def of(self, rows: NDArray[np.bool_]) -> Menu:
        """Some of the customers."""
        parts = {name: getattr(self, name)[rows] for name in self.__dataclass_fields__ if name != "offers"}
        return Menu(offers=self.offers, **parts)

    def frontier(self, probability: Floats, value: Floats) -> Floats:
        """(points, 2): the outcomes of offering the best P x (V + lever), from the value alone to P alone."""
        scores = (probability if np.isinf(lever) else probability * (value + lever) for lever in LEVERS)
        return np.array([self.outcome(self.best(score)) for score in scores])


def policy_table(menu: Menu, rules: Mapping[str, pd.Series], seed: int = 0) -> pd.DataFrame:
    """For each Cartesian rule, on the customers it targets: what it and every other policy bring.

    `rules`: offer_id by customer_id, null where not targeted. Columns: rule, customers, policy, accepted_per_100,
    margin_per_pitch_cny, beats_rule (at least as many accepted and more margin). Policies with a lever (model, oracle)
    are shown at the rule's accepted per 100, mixing two neighbouring levers where needed, else at their most accepted.
    """
    tables = [_one_rule(menu, name, offers, seed) for name, offers in rules.items()]
    return pd.concat([table for table in tables if table is not None], ignore_index=True)


def _one_rule(menu: Menu, rule: str, offers: pd.Series, seed: int) -> pd.DataFrame | None:
    chosen = menu.offers.get_indexer(pd.Index(offers.reindex(menu.customers)))
    targeted = (chosen >= 0) & menu.allowed[np.arange(len(chosen)), chosen]
    if not targeted.any():
        return None
    menu, chosen = menu.of(targeted), chosen[targeted]
    wanted, margin = menu.outcome(chosen)
    rows = {f"cartesian {rule}": (wanted, margin)} | _others(menu, wanted, seed)
    table = pd.DataFrame(
        [(rule, len(chosen), name, *both) for name, both in rows.items()],
        columns=["rule", "customers", "policy", "accepted_per_100", "margin_per_pitch_cny"],
    )
    beats = (table["accepted_per_100"] >= wanted - 1e-9) & (table["margin_per_pitch_cny"] > margin + 1e-9)
    return table.assign(beats_rule=beats)


def _others(menu: Menu, wanted: float, seed: int) -> dict[str, tuple[float, float]]:
    noise = np.random.default_rng(seed).random(menu.probability.shape)
    truth = menu.frontier(menu.true_probability, menu.true_margin)
    return {
        "model": at_least(menu.frontier(menu.probability, menu.value), wanted),
        "model, propensity only": menu.outcome(menu.best(menu.probability)),
        "random": menu.outcome(menu.best(noise)),
        "the dearest plan to all": menu.outcome(menu.best(menu.fee)),
        "oracle": at_least(truth, wanted),
    }


def at_least(points: Floats, wanted: float) -> tuple[float, float]:
    """The most margin among mixtures of two points with at least `wanted` accepted; else the most accepted point.

    >>> at_least(np.array([[10.0, 4.0], [20.0, 2.0]]), 15.0)
    (15.0, 3.0)
    """
    above, below = points[points[:, 0] >= wanted], points[points[:, 0] < wanted]
    if not len(above):
        most = points[np.argmax(points[:, 0])]
        return float(most[0]), float(most[1])
    share = (wanted - below[:, None, 0]) / (above[None, :, 0] - below[:, None, 0])
    mixed = below[:, None, 1] + share * (above[None, :, 1] - below[:, None, 1])
    candidates = np.concatenate([above, np.column_stack([np.full(mixed.size, wanted), mixed.ravel()])])
    best = candidates[np.argmax(candidates[:, 1])]
    return float(best[0]), float(best[1])


def cartesian_rules(lake: Lake, as_of: dt.date) -> dict[str, pd.Series]:
    """The offer that each Cartesian rule makes to each of its targets: offer_id by customer_id."""
    known = as_known(lake, as_of)
    found: dict[str, pd.Series] = {}
    for rule in RULES:
        choices = tariff(known, TariffOptions(rule=rule)).choices
        frame = choices.filter(choices.targeted).select("customer_id", "offer_id").to_pandas()
        found[rule] = frame.set_index("customer_id")["offer_id"]
    return found


def read_menu(lake: Lake, as_of: dt.date, model: UptakeModel, most: int = 5_000, seed: int = 0) -> Menu:
    """`read_menus` of one model."""
    return read_menus(lake, as_of, {"model": model}, most, seed)["model"]


def read_menus(
    lake: Lake, as_of: dt.date, models: Mapping[str, UptakeModel], most: int = 5_000, seed: int = 0
) -> dict[str, Menu]:
    """The plan offers of at most `most` random customers, the same ones for every model, beside the lake's truth.

    BadInput where the lake has no truth beside it.
    """
    truth = read_truth(lake.folder.parent / "truth")
    known = as_known(lake, as_of)
    pairs = with_offer_features(offer_pairs(known))
    plans = pairs.filter(pairs.offer_kind == "plan").select("customer_id", "offer_id", *OFFER_FEATURES).to_pandas()
    plans = plans.merge(truth, on=["customer_id", "offer_id"]).dropna(subset=["total_after"])
    people = np.sort(plans.loc[plans["eligible"], "customer_id"].unique())
    people = np.sort(np.random.default_rng(seed).permutation(people)[:most])
    labels = Snapshots(lake).table([as_of]).select("customer_id", *UPTAKE_LABELS).to_pandas()
    plans = plans[plans["customer_id"].isin(people)]
    found = _probabilities(plans, labels, models)
    valued = {name: _value(plans, model.response, lake) for name, model in models.items()}
    return {name: _menu(plans.assign(probability=found[name], value=valued[name])) for name in models}


def read_truth(folder: Path) -> pd.DataFrame:
    """customer_id, offer_id, eligible, true_probability, true_margin (CNY over 12 months, with against without)."""
    if not (folder / "pairs").is_dir():
        raise BadInput(f"{folder} holds no pairs: the policy table wants a simulated lake with its truth beside it")
    truth = pd.read_parquet(folder / "pairs")
    margin = truth["margin12_with_cny"] - truth["margin12_without_cny"]
    known = truth[["customer_id", "offer_id", "eligible"]]
    return known.assign(true_probability=truth["accept_probability"], true_margin=margin)


def _probabilities(
    plans: pd.DataFrame, labels: pd.DataFrame, models: Mapping[str, ProbabilityModel]
) -> dict[str, Floats]:
    """P(accepted | pitched) of the plans that may be offered, by model; the others are left null."""
    found = {name: np.full(len(plans), np.nan) for name in models}
    asked = np.flatnonzero(plans["eligible"].to_numpy(dtype=np.bool_))
    for part in np.array_split(asked, max(1, len(asked) // PIECE)):
        features = uptake_features(plans.iloc[part].merge(labels, on="customer_id", how="left"))
        for name, model in models.items():
            found[name][part] = model.predict(features)
    return found


def _value(plans: pd.DataFrame, response: BillResponse, lake: Lake) -> Floats:
    terms = lake.settings.value
    saving, overage_saved = (plans[name].to_numpy(dtype=np.float64) for name in ("saving_cny", "overage_saved_cny"))
    change = response.under(terms.response).changes(["plan"] * len(plans), saving, overage_saved)
    return np.asarray(terms.margin_share * terms.horizon_months * change)


def _menu(plans: pd.DataFrame) -> Menu:
    columns = ("eligible", "probability", "value", "true_probability", "true_margin", "offer_fee_cny")
    wide = {name: plans.set_index(["customer_id", "offer_id"])[name].unstack() for name in columns}  # noqa: PD010 # nothing is aggregated
    numbers = {name: wide[name].to_numpy(dtype=np.float64) for name in columns}
    return Menu(
        customers=wide["value"].index,
        offers=wide["value"].columns,
        allowed=np.nan_to_num(numbers.pop("eligible")) > 0,
        fee=numbers.pop("offer_fee_cny"),
        **numbers,
    )
