"""The course of an event: what its days say is kept, what they leave open follows a fading course."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from features.event_calendar import PHASES, RUNNING
from models import event_course
from models.event_course import SIZE_SDS, course_prior, middle_days

DAYS = middle_days(RUNNING)


def _learned(effect: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """The posterior of phases that are seen as `effect`, each with its own noise sd."""
    value, covariance = np.zeros(PHASES), np.eye(PHASES)
    value[: len(effect)] = effect
    covariance[range(len(effect)), range(len(effect))] = noise**2
    prior = course_prior(value, covariance)
    return (prior @ np.linalg.solve(prior + covariance, value))[: len(effect)]


@pytest.mark.parametrize("fade", [1.5, 4.0, 1e9])
def test_a_fading_effect_is_found_through_the_noise(fade: float) -> None:
    true = 0.4 * np.exp(-DAYS / fade)
    noisy = true + 0.08 * np.random.default_rng(3).standard_normal((40, len(true)))
    learned = np.array([_learned(one, np.full(len(true), 0.08)) for one in noisy])
    assert np.abs(learned - true).mean() < 0.6 * np.abs(noisy - true).mean()


def test_days_that_nobody_saw_follow_the_course() -> None:
    true = 0.5 * np.exp(-DAYS / 3.0)
    noise = np.where(DAYS < 3, 0.02, 1.0)
    learned = _learned(np.where(DAYS < 3, true, 0.0), noise)
    assert learned[5] == pytest.approx(true[5], abs=0.08)


def test_a_course_of_its_own_is_kept_where_it_is_certain() -> None:
    late = np.where(DAYS == 2, 0.5, 0.0)
    assert _learned(late, np.full(len(late), 0.01)) == pytest.approx(late, abs=0.05)


def test_what_follows_the_end_is_no_part_of_the_course_before_it() -> None:
    prior = course_prior(np.zeros(PHASES), np.eye(PHASES))
    assert not prior[: len(RUNNING), len(RUNNING) :].any()
    assert (np.linalg.eigvalsh(prior) > 0).all()


def test_the_effect_is_the_mean_of_what_each_course_makes_of_it() -> None:
    value, covariance = np.zeros(PHASES), 0.04**2 * np.eye(PHASES)
    value[0] = -0.06
    courses = event_course._courses(DAYS, SIZE_SDS[0])
    own = value[: len(DAYS)], covariance[: len(DAYS), : len(DAYS)]
    likely = [multivariate_normal(cov=one + own[1]).pdf(own[0]) for one in courses]
    made = [one @ np.linalg.solve(one + own[1], own[0]) for one in courses]
    prior = course_prior(value, covariance)
    learned = prior @ np.linalg.solve(prior + covariance, value)
    assert learned[: len(DAYS)] == pytest.approx(np.average(made, axis=0, weights=likely), abs=1e-9)
