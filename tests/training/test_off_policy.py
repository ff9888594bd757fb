"""Off-policy estimators against synthetic decisions whose truth is known."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from data.errors import BadInput
from models.feature_schema import Floats
from training.off_policy import Log, Target, estimates, overlap, weights

ACTIONS = 4
SIZE = 1_200


@dataclass(frozen=True)
class World:
    """Decisions with everything known: (rows, actions) chances of logging, of pitching, and of acceptance."""

    logging: Floats
    pitching: Floats
    acceptance: Floats
    wanted: NDArray[np.intp]

    @property
    def value(self) -> float:
        return float(self.acceptance[np.arange(len(self.wanted)), self.wanted].mean())


def softmax(scores: Floats) -> Floats:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def draw_world(rng: np.random.Generator) -> World:
    """Customers who say yes easily are shown more of action 0, and pitched more: as in life."""
    ease, taste = rng.normal(size=(SIZE, 1)), rng.normal(size=(SIZE, ACTIONS))
    acceptance = 1 / (1 + np.exp(2.0 - ease - 0.7 * taste))
    logging = 0.2 / ACTIONS + 0.8 * softmax(1.5 * ease * (np.arange(ACTIONS) == 0) + 0.5 * taste)
    pitching = np.broadcast_to(0.2 + 0.6 / (1 + np.exp(-ease)), acceptance.shape)
    return World(logging, pitching, acceptance, np.argmax(taste, axis=1))


def play(world: World, rng: np.random.Generator) -> tuple[Log, NDArray[np.intp]]:
    """What a logging policy and its agents make of the world once."""
    rows = np.arange(SIZE)
    shown = (rng.random((SIZE, 1)) > np.cumsum(world.logging, axis=1)).sum(axis=1).clip(max=ACTIONS - 1)
    pitched = rng.random(SIZE) < world.pitching[rows, shown]
    reward = (pitched & (rng.random(SIZE) < world.acceptance[rows, shown])).astype(float)
    chance = world.logging[rows, shown] * world.pitching[rows, shown]
    return Log(reward, chance, pitched, rows), shown


def judged(world: World, shown: NDArray[np.intp], model: Floats) -> Target:
    rows = np.arange(SIZE)
    return Target(
        (shown == world.wanted).astype(float),
        np.ones(SIZE),
        model[rows, world.wanted],
        model[rows, shown],
        model[rows, shown],
    )


def half_wrong(world: World) -> Floats:
    """A model that knows the order and not the level."""
    return np.asarray(0.5 * world.acceptance + 0.1)


@pytest.fixture(scope="module")
def replications() -> dict[str, NDArray[np.float64]]:
    """For 100 worlds: truth, estimates, and whether the doubly robust interval holds the truth."""
    rng = np.random.default_rng(1)
    rows = []
    for number in range(100):
        world = draw_world(rng)
        log, shown = play(world, rng)
        found = estimates(log, judged(world, shown, half_wrong(world)), seed=number)
        held = found["dr"].low <= TRUTH <= found["dr"].high
        rows.append({"held": float(held), **{name: e.value for name, e in found.items()}})
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def _truth() -> float:
    rng = np.random.default_rng(2)
    return float(np.mean([draw_world(rng).value for _ in range(200)]))


TRUTH = _truth()


@pytest.mark.parametrize("name", ["ips", "snips", "dr"])
def test_weighted_estimates_are_unbiased_although_agents_choose(
    name: str, replications: dict[str, NDArray[np.float64]]
) -> None:
    found = replications[name]
    assert abs(found.mean() - TRUTH) < 4 * found.std() / np.sqrt(len(found))


@pytest.mark.parametrize("name", ["naive", "model"])
def test_the_naive_mean_and_the_model_alone_are_biased(name: str, replications: dict[str, NDArray[np.float64]]) -> None:
    found = replications[name]
    assert abs(found.mean() - TRUTH) > 5 * found.std() / np.sqrt(len(found))


def test_the_95_per_cent_interval_holds_the_truth_in_90_to_99_of_100(
    replications: dict[str, NDArray[np.float64]],
) -> None:
    assert 90 <= replications["held"].sum() <= 99


def test_a_right_model_mends_wrong_chances_and_right_chances_mend_a_wrong_model() -> None:
    rng, found = np.random.default_rng(3), []
    for _ in range(20):
        world = draw_world(rng)
        log, shown = play(world, rng)
        wrong = replace(log, chance=np.clip(log.chance * 1.7, 0.0, 1.0))
        both = [
            estimates(wrong, judged(world, shown, world.acceptance))["dr"].value,
            estimates(log, judged(world, shown, np.full_like(world.acceptance, 0.5)))["dr"].value,
        ]
        found.append([value - world.value for value in both])
    bias, error = np.mean(found, axis=0), np.std(found, axis=0) / np.sqrt(len(found))
    assert (np.abs(bias) < 3 * error).all()


@given(
    st.lists(st.tuples(st.booleans(), st.floats(0.01, 1.0), st.integers(0, 5)), min_size=1, max_size=40),
    st.floats(0.0, 1.0),
)
def test_judging_the_logging_policy_gives_the_logs_mean_exactly(
    rows: list[tuple[bool, float, int]], modelled: float
) -> None:
    reward, chance = np.array([float(r) for r, _, _ in rows]), np.array([c for _, c, _ in rows])
    log = Log(reward, chance, np.ones(len(rows), dtype=np.bool_), np.array([p for _, _, p in rows]))
    model = np.full(len(rows), modelled)
    found = estimates(log, Target(chance, np.ones(len(rows)), model, model, model))
    for name in ("ips", "snips", "dr", "naive"):
        assert found[name].value == pytest.approx(reward.mean(), abs=1e-12)


def test_a_decision_without_an_offer_brings_nothing_and_asks_for_no_overlap() -> None:
    rng = np.random.default_rng(4)
    world = draw_world(rng)
    log, shown = play(world, rng)
    whole = judged(world, shown, half_wrong(world))
    half = np.arange(SIZE) % 2 == 0
    some = [np.where(half, values, 0.0) for values in (whole.chance, whole.offers, whole.modelled)]
    quiet = Target(some[0], some[1], some[2], whole.modelled_logged, whole.likely)
    assert overlap(log, quiet).covered == pytest.approx(1.0, abs=0.2)
    assert estimates(log, quiet)["snips"].value == pytest.approx(world.value / 2, rel=0.25)


def test_intervals_draw_persons_so_that_repeated_decisions_say_nothing_new() -> None:
    rng = np.random.default_rng(5)
    world = draw_world(rng)
    log, shown = play(world, rng)
    target = judged(world, shown, half_wrong(world))
    both = np.tile(np.arange(SIZE), 2)
    twice = Log(log.reward[both], log.chance[both], log.observed[both], log.person[both])
    tiled = Target(*(getattr(target, field.name)[both] for field in fields(Target)))
    once = estimates(log, target)["dr"]
    assert estimates(twice, tiled)["dr"].error == pytest.approx(once.error, rel=0.1)


def test_a_policy_that_the_log_never_follows_is_told_apart() -> None:
    rng = np.random.default_rng(6)
    world = draw_world(rng)
    log, shown = play(world, rng)
    elsewhere = np.where(rng.random(SIZE) < 0.4, ACTIONS, world.wanted)  # an offer that the log never makes
    chance = (shown == elsewhere).astype(float)
    told = overlap(log, Target(chance, np.ones(SIZE), np.zeros(SIZE), np.zeros(SIZE), np.ones(SIZE))).too_thin
    assert told.startswith("not covered: the log could make")
    few = Target(
        np.where(np.arange(SIZE) < 60, chance, 0.0), np.ones(SIZE), np.zeros(SIZE), np.zeros(SIZE), np.ones(SIZE)
    )
    assert overlap(log, few).too_thin.startswith("too thin: the log weighs as")


def test_a_policy_of_which_hardly_any_reward_is_expected_is_refused_whatever_came() -> None:
    rng = np.random.default_rng(7)
    world = draw_world(rng)
    log, shown = play(world, rng)
    rare = replace(judged(world, shown, half_wrong(world)), likely=np.full(SIZE, 0.001))
    told = overlap(log, rare).too_thin
    assert "rewards are expected of its offers in the log, wanted 10" in told
    assert overlap(replace(log, reward=1 - log.reward), rare).too_thin == told


def test_nothing_is_observed_where_the_policy_never_agrees() -> None:
    log = Log(np.ones(3), np.ones(3), np.ones(3, dtype=np.bool_), np.arange(3))
    never = Target(np.zeros(3), np.ones(3), np.full(3, 0.3), np.full(3, 0.3), np.full(3, 0.3))
    assert overlap(log, never).too_thin.startswith("too thin")
    assert estimates(log, never)["dr"].value == pytest.approx(0.3)


@pytest.mark.parametrize("chance", [0.0, -0.1, 1.1, np.nan])
def test_a_chance_that_no_weight_can_be_made_of_is_refused(chance: float) -> None:
    with pytest.raises(BadInput, match=r"1 of 2 logged chances are not in \(0, 1\]"):
        Log(np.zeros(2), np.array([0.5, chance]), np.ones(2, dtype=np.bool_), np.arange(2))


def test_weights_are_of_observed_decisions_alone() -> None:
    log = Log(np.zeros(2), np.array([0.5, np.nan]), np.array([True, False]), np.arange(2))
    assert weights(log, Target(np.ones(2), np.ones(2), np.zeros(2), np.zeros(2), np.zeros(2))).tolist() == [2.0, 0.0]
