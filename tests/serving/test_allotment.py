"""Scarce offers: none beyond the capacity, to the lines of most worth, next offers move up; as a plain loop says."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from serving.allotment import allot

OFFERS = [f"o{i}" for i in range(6)]


def lists(seed: int, lines: int = 20, channels: int = 1) -> pd.DataFrame:
    """Random lists by falling priority; every ninth line has no offer, every tenth is not personal."""
    rng, rows = np.random.default_rng(seed), []
    for line, channel in itertools.product(range(lines), range(channels)):
        base = {"customer_id": f"c{line:03}", "channel": f"ch{channel}", "model_version": "v", "layer": None}
        if line % 9 == 5:
            rows.append({**base, "offer_id": None, "reasons": ["NO_CONSENT"], "layer": "eligibility"})
            continue
        chosen = rng.permutation(OFFERS)[: rng.integers(1, len(OFFERS) + 1)]
        priority = np.full(len(chosen), np.nan) if line % 10 == 4 else -np.sort(-rng.integers(0, 20, len(chosen)))
        for rank, (offer, worth) in enumerate(zip(chosen, priority, strict=True), start=1):
            rows.append({**base, "rank": rank, "offer_id": offer, "priority": float(worth), "reasons": ["R"]})
    return pd.DataFrame(rows).astype({"rank": "Int64"})


def asked_for(rows: pd.DataFrame, refused: set[tuple[str, str]], limit: int) -> list[tuple[str, str, str]]:
    """(customer, channel, offer) of every list's first free offers."""
    found = []
    for (customer, channel), own in rows.dropna(subset=["offer_id"]).groupby(["customer_id", "channel"]):
        free = [offer for offer in own["offer_id"] if (customer, offer) not in refused]
        found += [(customer, channel, offer) for offer in free[: limit or None]]
    return found


def slow(rows: pd.DataFrame, left: dict[str, int], limit: int) -> list[tuple[str, str, str]]:
    """One refusal at a time: of the first offer that too many ask for, the line of least worth."""
    worth = rows.fillna({"priority": -1.0}).groupby(["customer_id", "offer_id"])["priority"].max()
    refused: set[tuple[str, str]] = set()
    while True:
        shown = asked_for(rows, refused, limit)
        for offer, most in left.items():
            lines = sorted({customer for customer, _, found in shown if found == offer})
            if len(lines) > most:
                worst = min(reversed(lines), key=lambda line, offer=offer: worth[line, offer])
                refused.add((worst, offer))
                break
        else:
            return shown


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("limit", [0, 1, 3])
@pytest.mark.parametrize("channels", [1, 2])
def test_offers_go_where_a_plain_loop_of_single_refusals_sends_them(seed: int, limit: int, channels: int) -> None:
    rows, left = lists(seed, channels=channels), {"o0": 1, "o1": 3, "o4": 7, "unknown": 2}
    found = allot(rows, left, limit)
    shown = found.dropna(subset=["offer_id"])
    told = list(shown[["customer_id", "channel", "offer_id"]].itertuples(index=False, name=None))
    assert told == slow(rows, left, limit)
    counts = shown.groupby("offer_id")["customer_id"].nunique()
    assert all(counts.get(offer, 0) <= most for offer, most in left.items())
    ranks = shown.groupby(["customer_id", "channel"])["rank"].apply(list)
    assert all(own == list(range(1, len(own) + 1)) for own in ranks)
    assert (
        found[["customer_id", "channel"]]
        .drop_duplicates()
        .equals(found[found["rank"].fillna(1) == 1][["customer_id", "channel"]])
    )
    assert set(found["customer_id"]) == set(rows["customer_id"])


def test_a_list_that_loses_everything_says_so_and_others_keep_their_reasons() -> None:
    rows = pd.DataFrame(
        {
            "customer_id": ["a", "b", "c"],
            "channel": "app",
            "rank": pd.array([1, 1, None], dtype="Int64"),
            "offer_id": ["x", "x", None],
            "priority": [5.0, 5.0, np.nan],
            "reach": 0.5,
            "layer": [None, None, "eligibility"],
            "reasons": [["R"], ["R"], ["NO_CONSENT"]],
        }
    )
    found = allot(rows, {"x": 1}, 3)
    assert found["reasons"].tolist() == [["R"], ["CAPACITY"], ["NO_CONSENT"]]
    assert found["layer"].tolist() == [None, "applicability", "eligibility"]
    assert found["offer_id"].isna().tolist() == [False, True, True]
    assert found["rank"].isna().tolist() == [False, True, True]
    assert found["priority"].isna().tolist() == [False, True, True]
    assert (found["reach"] == 0.5).all()
    assert allot(rows, {"x": 2}, 3).equals(rows)
