"""What is learned of leaving is the offer's doing, not that of who says yes."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from data.lake import Lake
from features.examples import Examples
from features.offer_features import KIND, OFFER_FEATURES
from training import learned_leaving as learned

PITCHES = 5_000
TRUE_RATIO = 0.5
DAY = dt.date(2026, 1, 1)


def made_up() -> tuple[Examples, pd.DataFrame]:
    """Pitches of one kind: the troubled say yes half as often and leave four times as often; a yes helps."""
    rng = np.random.default_rng(3)
    troubled = rng.random(PITCHES) < 0.4
    accepted = rng.random(PITCHES) < np.where(troubled, 0.12, 0.24)
    hazard = np.where(troubled, 0.06, 0.015) * np.where(accepted, TRUE_RATIO, 1.0)
    day = np.full(PITCHES, np.datetime64("2025-06-01"))
    offers = pd.DataFrame(0.0, index=range(PITCHES), columns=list(OFFER_FEATURES)).assign(**{KIND: "retention"})
    features = offers.assign(trouble=troubled.astype(float))
    keys = pd.DataFrame({"exposure_id": np.arange(PITCHES).astype(str)})
    examples = Examples(keys, features, accepted.astype(float), day, day + 37, np.arange(PITCHES))
    parts, there = [], np.arange(PITCHES)
    for period in range(6):
        left = rng.random(len(there)) < hazard[there]
        parts.append(pd.DataFrame({"position": there, "period": period, "left": left.astype(float)}))
        there = there[~left]
    return examples, pd.concat(parts, ignore_index=True)


def lake_with(*tables: str) -> Lake:
    return SimpleNamespace(has=tables.__contains__)  # type: ignore[return-value] # asked for nothing else


def test_the_effect_is_told_from_that_of_who_says_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    examples, periods = made_up()
    monkeypatch.setattr(learned, "leaving_after", lambda *_: periods)
    effect = learned.learned_leaving(lake_with("departures"), DAY, examples).kinds["retention"]
    taken = examples.target[periods["position"]] == 1
    crude = periods["left"][taken].mean() / periods["left"][~taken].mean()
    assert crude < effect.ratio - 0.03
    assert effect.low < TRUE_RATIO < effect.high
    assert effect.told


def test_without_departures_or_with_few_nothing_is_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    examples, periods = made_up()
    assert not learned.learned_leaving(lake_with(), DAY, examples).kinds
    monkeypatch.setattr(learned, "leaving_after", lambda *_: periods.assign(left=0.0))
    assert not learned.learned_leaving(lake_with("departures"), DAY, examples).kinds
