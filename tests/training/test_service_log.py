"""The service's own log, as `sync` writes it, judges policies rightly; rows of its exploring arm alone are refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.settings import Settings
from models.exploration import CONTROL, EXPLOIT, Chances, put_first
from models.feature_schema import Floats
from serving.sync import exposure_rows
from training.person_folds import fold_of
from training.pitch_chance import pitch_chances
from training.policies import one_hot, random_policy
from training.policy_choices import Choices
from training.policy_value import Judging, asked, policy_table

OFFERS, CUSTOMERS = 5, 4_000
CHANCES = Chances(share=0.3, control=0.1, weights=dict.fromkeys(range(OFFERS), 1.0))
NAMES = pd.Index([f"o{place}" for place in range(OFFERS)])


@dataclass(frozen=True)
class Service:
    """Customers whose taste and bill are known, what the service showed them, what agents and customers made of it."""

    bills: Floats
    acceptance: Floats  # (customers, offers)
    order: np.ndarray
    stored: list[dict[str, Any]]

    def policies(self) -> dict[str, Floats]:
        best = self.order[:, 0]
        some = np.where(self.bills > 75, best, 4)
        return {name: one_hot(columns, OFFERS) for name, columns in {"best": best, "some": some}.items()} | {
            "always o4": one_hot(np.full(CUSTOMERS, 4), OFFERS)
        }


def play(seed: int, limit: int, chances: Chances = CHANCES) -> Service:
    """The service's decisions as they are stored: agents pitch high bills more, and high bills accept more."""
    rng = np.random.default_rng(seed)
    bills = rng.lognormal(4.3, 0.5, CUSTOMERS)
    taste = rng.normal(size=(CUSTOMERS, OFFERS))
    ease = np.log(bills / 75)[:, None]
    acceptance = 1 / (1 + np.exp(1.0 - ease - taste))
    order = np.argsort(-taste, axis=1)
    pitching = 1 / (1 + np.exp(-ease[:, 0]))
    stored = []
    for line, number in enumerate(rng.random(CUSTOMERS)):
        usual, draw = order[line, :limit].tolist(), chances.draw(number)
        shown = [] if draw.arm == CONTROL else usual if draw.first is None else put_first(usual, draw.first, limit)
        known = chances.propensities(usual, limit)
        outcomes = {}
        for place in shown:
            pitched = bool(rng.random() < pitching[line])
            stages = ["shown"] + ["pitched"] * pitched
            stages += ["accepted"] * (pitched and bool(rng.random() < acceptance[line, place]))
            outcomes[NAMES[place]] = [{"stage": s, "at": pd.Timestamp("2026-01-05"), "agent_id": "a"} for s in stages]
        stored.append({"record": record(line, draw.arm, shown, known, chances), "outcomes": outcomes})
    return Service(bills, acceptance, order, stored)


def record(line: int, arm: str, shown: list[int], known: dict[int, float], chances: Chances) -> dict[str, Any]:
    offers = [
        {"rank": rank, "offer_id": NAMES[place], "effective_on": "2026-02-01"} for rank, place in enumerate(shown, 1)
    ]
    answer = {"decision_id": f"d{line}", "customer_id": str(line), "at": "2026-01-05T09:00:00+08:00", "arm": arm}
    return {
        "answer": answer | {"recommendations": offers},
        "asked": {"channel": "hotline"},
        "propensity": known[shown[0]] if shown else chances.control,
        "propensities": {NAMES[place]: chance for place, chance in known.items()},
    }


def windows_of(service: Service) -> pd.DataFrame:
    """What `training.policy_log` makes of the exposures that `sync` writes."""
    settings = Settings()
    rows = [row for stored in service.stored for row in exposure_rows(stored, settings)]
    frame = pd.DataFrame(rows).rename(columns={"decision_id": "decision"})
    line = frame["customer_id"].astype(int).to_numpy()
    frame = frame.assign(
        line=line,
        person=frame["customer_id"],
        accepted=frame["accepted"].astype(np.float64),
        shown=frame["popped_up"],
        offer_kind="plan",
        current_total=service.bills[line],
        saving_cny=0.0,
    )
    return frame[frame["shown"] | frame["offer_id"].isna()].reset_index(drop=True)


def judge(service: Service, windows: pd.DataFrame) -> pd.DataFrame:
    """`policy_table` of acceptances, beside the truth."""
    line = windows["line"].to_numpy()
    flat = np.full((len(windows), OFFERS), 0.3)
    choices = Choices(windows, NAMES, np.ones(flat.shape, dtype=np.bool_), flat, flat, flat)
    chance = windows["propensity"].to_numpy(dtype=np.float64) * pitch_chances(windows, fold_of(windows["person"]))
    policies = service.policies()
    named = {name: chances[line] for name, chances in policies.items()} | {"random": random_policy(choices)}
    table = policy_table(Judging(choices, chance, 0), named)
    table = table[table["measure"] == "accepted per 100"].set_index("policy")
    true = {name: 100 * (chances * service.acceptance).sum(axis=1).mean() for name, chances in policies.items()}
    return table.assign(true=pd.Series(true | {"random": 100 * service.acceptance.mean()}))


@pytest.mark.parametrize("limit", [1, 3])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_service_s_own_log_finds_the_truth_of_every_policy(limit: int, seed: int) -> None:
    service = play(seed, limit)
    told = judge(service, asked(windows_of(service))).drop(index="log")
    assert (told["refused"] == "").all(), told["refused"].tolist()
    assert told["covered"].between(0.85, 1.15).all()
    error = (told["high"] - told["low"]) / 3.92
    for method in ("ips", "snips", "dr"):
        assert ((told[method] - told["true"]).abs() < 3.5 * error).all(), told[[method, "true"]]
    assert told["true"].max() > 1.3 * told["true"].min()


def test_every_arm_of_a_draw_is_randomised_and_nothing_without_one() -> None:
    drawn = windows_of(play(3, 1))
    assert set(drawn["arm"]) == {"exploit", "explore", "control"}
    assert drawn["randomised"].all()
    still = windows_of(play(3, 1, Chances(0.0, 0.0, CHANCES.weights)))
    assert set(still["arm"]) == {"exploit"}
    assert not still["randomised"].any()


@pytest.mark.parametrize("limit", [1, 3])
def test_rows_of_the_exploring_arm_with_propensities_of_all_arms_are_refused(limit: int) -> None:
    service = play(1, limit)
    windows = windows_of(service)
    told = judge(service, asked(windows.assign(randomised=windows["arm"] != EXPLOIT))).drop(index="log")
    assert told["refused"].str.startswith("propensities do not add up: came ").all(), told["refused"].tolist()
    assert told[["ips", "snips", "dr"]].isna().all(axis=None)
