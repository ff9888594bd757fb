"""Joint scenarios: marginals of the bands, totals with the right spread, and updates by what was seen."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.dependence import FACTORS, Dependence, Kernel
from models.miss_scores import SCORE_GRID, calls_at, normal_scores, score_curves
from models.scenarios import Outlook, draw_days
from models.volume_spread import Spread
from models.volume_trees import PastForecasts

LEVEL = np.array([60.0, 25.0, 8.0])[:, None] * (1 + np.sin(np.arange(12) / 3.0) / 2)


def _gamma_poisson(days: int, seed: int) -> np.ndarray:
    """(3 series, days, 12 intervals): a day factor that the series share, gamma noise, Poisson counts."""
    random = np.random.default_rng(seed)
    shared, own = random.gamma(40, 1 / 40, (1, days, 1)), random.gamma(80, 1 / 80, (3, days, 1))
    noise = random.gamma(60, 1 / 60, (3, days, 12))
    return random.poisson(LEVEL[:, None] * shared * own * noise).astype(float)


def _past(days: int, seed: int) -> PastForecasts:
    actual = _gamma_poisson(days, seed)
    return PastForecasts(np.broadcast_to(LEVEL[:, None], actual.shape).copy(), actual, np.ones(days, dtype=np.int64))


@pytest.fixture(scope="module")
def spread() -> Spread:
    return Spread.fit(_past(300, seed=1))


def _outlook(spread: Spread, days: int = 1, seen: np.ndarray | None = None) -> Outlook:
    forecast = np.broadcast_to(LEVEL[:, None], (3, days, 12))
    return Outlook(score_curves(spread.bands, forecast, np.ones(days, dtype=np.int64)), spread.dependence, seen)


def test_every_cell_has_the_distribution_of_its_band(spread: Spread) -> None:
    calls = next(draw_days(_outlook(spread), draws=4000))
    shares = np.array([0.1, 0.5, 0.9])
    bands = spread.bands.quantiles(LEVEL[:, None], np.ones(1, dtype=np.int64), shares)[:, :, 0]
    assert np.allclose(np.quantile(calls, shares, axis=-1), bands, rtol=0.06, atol=0.3)


@pytest.mark.parametrize("total", ["each series", "all series"])
def test_day_totals_keep_their_promise_and_sums_of_quantiles_do_not(spread: Spread, total: str) -> None:
    came = _gamma_poisson(1500, seed=2).sum(axis=2)
    drawn = next(draw_days(_outlook(spread), draws=4000)).sum(axis=1)
    bands = spread.bands.quantiles(LEVEL[:, None], np.ones(1, dtype=np.int64), np.array([0.1, 0.9]))[:, :, 0].sum(
        axis=2
    )
    if total == "all series":
        came, drawn, bands = came.sum(0, keepdims=True), drawn.sum(0, keepdims=True), bands.sum(1, keepdims=True)
    low, high = np.quantile(drawn, [0.1, 0.9], axis=1)
    covered = ((came >= low[:, None]) & (came <= high[:, None])).mean(axis=1)
    assert covered == pytest.approx(0.8, abs=0.06)
    wrong = ((came >= bands[0][:, None]) & (came <= bands[1][:, None])).mean(axis=1)
    assert (wrong > covered + 0.05).all()
    assert (bands[1] - bands[0] > 1.15 * (high - low)).all()


def test_the_same_seed_gives_the_same_scenarios(spread: Spread) -> None:
    first, again, other = (next(draw_days(_outlook(spread), 50, seed)) for seed in (3, 3, 4))
    assert (first == again).all()
    assert (first != other).any()


def test_successive_days_are_correlated_as_the_kernel_says() -> None:
    dependence = Dependence(np.array([0.9]), np.zeros((1, FACTORS)), Kernel(1.0, 0.5), Kernel(0.4, 0.5))
    curves = np.broadcast_to(SCORE_GRID[:, None, None, None], (len(SCORE_GRID), 1, 4, 6))
    days = np.stack([day[0].mean(axis=0) for day in draw_days(Outlook(curves, dependence), 6000)])
    expected = dependence.days.matrix(4) * 0.9 / (0.9 + 0.1 / 6)
    assert np.corrcoef(days)[0, 1:] == pytest.approx(expected[0, 1:], abs=0.05)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 11), st.booleans())
def test_what_was_seen_bends_the_rest_as_gaussian_conditioning_does(seed: int, until: int, gap: bool) -> None:
    """Against the plain formula on the whole covariance matrix of a day."""
    random = np.random.default_rng(seed)
    dependence = Dependence(
        random.uniform(0.2, 0.9, 3), random.uniform(-0.6, 0.6, (3, FACTORS)), Kernel(0.2, 0.8), Kernel(0.1, 0.5)
    )
    curves = np.broadcast_to(SCORE_GRID[:, None, None, None] * 5 + 50, (len(SCORE_GRID), 3, 1, 12))
    seen = np.where(np.arange(12) < until, random.normal(50, 4, (3, 12)).round(), np.nan)
    if gap:
        seen[1, 0] = np.nan
    queues = dependence.loadings @ dependence.loadings.T + np.diag(dependence.own)
    root = np.sqrt(dependence.shared)
    whole = np.kron(np.outer(root, root) * queues, dependence.intervals.matrix(12))
    whole += np.diag(np.repeat(1 - dependence.shared, 12))
    score = normal_scores(curves[:, :, 0], seen).reshape(-1)
    known = ~np.isnan(score)
    told = whole[~known][:, known] @ np.linalg.solve(whole[np.ix_(known, known)], score[known])
    middle = np.median(next(draw_days(Outlook(curves, dependence, seen), draws=400)), axis=-1).reshape(-1)[~known]
    assert np.allclose(middle, np.clip(told, -3, 3) * 5 + 50, atol=0.1)


def test_bands_narrow_as_the_day_goes_on(spread: Spread) -> None:
    came = _gamma_poisson(60, seed=5)
    widths = []
    for until in (0, 3, 6, 9):
        seen = [np.where(np.arange(12) < until, day, np.nan) for day in np.moveaxis(came, 1, 0)]
        totals = [next(draw_days(_outlook(spread, seen=one), 200))[:, 9:].sum(axis=(0, 1)) for one in seen]
        widths.append(np.mean([np.quantile(x, 0.9) - np.quantile(x, 0.1) for x in totals]))
    assert (np.diff(widths) < 0).all()


def test_seen_calls_make_the_rest_of_the_day_surer_and_better(spread: Spread) -> None:
    came = _gamma_poisson(120, seed=6)
    plain, told = [], []
    for day in np.moveaxis(came, 1, 0):
        seen = np.where(np.arange(12) < 6, day, np.nan)
        middle = np.median(next(draw_days(_outlook(spread, seen=seen), 200)), axis=-1)
        assert (middle[:, :6] == day[:, :6]).all()
        told.append(np.abs(middle - day)[:, 6:].sum())
        plain.append(np.abs(LEVEL - day)[:, 6:].sum())
    assert np.mean(told) < 0.97 * np.mean(plain)


def test_scores_and_calls_are_each_others_inverse(spread: Spread) -> None:
    curves = _outlook(spread).curves[:, :, 0]
    scores = np.broadcast_to([-2.0, 0.3, 1.9], (12, 3)).T
    calls = calls_at(curves.reshape(len(SCORE_GRID), -1), scores.reshape(-1)).reshape(3, 12)
    assert np.allclose(normal_scores(curves, calls)[0], scores[0], atol=0.1)
    assert np.isnan(normal_scores(curves, np.full((3, 12), np.nan))).all()


def test_dependence_survives_saving_and_knows_new_series_by_the_others(spread: Spread) -> None:
    again = Spread.from_json(spread.to_json()).rows(np.array([2, -1]))
    assert again.dependence.shared[0] == spread.dependence.shared[2]
    assert again.dependence.shared[1] == pytest.approx(spread.dependence.shared.mean())
    assert again.storms.ratio[0] == spread.storms.ratio[2]
