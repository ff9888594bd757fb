"""The course of an event's effect: what the phases of a kind are drawn to, fading from its start, and after its end.

Calls that an event brings fade by a constant share a day (as the response to advertising does: Broadbent 1979's
adstock), or hardly at all while it lasts. How large it is, how fast it fades, and how freely phases may depart from it,
is told for each kind by the evidence of its own days (Rasmussen & Williams 2006, section 5.4): each course that is
possible counts by how likely it makes them.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import block_diag
from scipy.special import softmax

from features.event_calendar import AFTER, RUNNING, SOON, SOON_HOURS
from features.intervals import FloatArray

FREE_SD = 1.0  # of the load: a phase before anything is believed of its course
SIZE_SDS = (0.6, 0.3)  # of the effect on the first day while it runs, and right after its end
SIZE_PARTS = (1.0, 0.3, 0.0)  # of these sds: there are kinds that do little or nothing
FADE_DAYS = (0.1, 0.3, 0.7, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 10.0, 30.0, 1e6)
DEPARTURE_SDS = (0.005, 0.02, 0.05, 0.15)  # of single phases from the course, near ones alike
REST_OF_DAY = 0.5  # days from an event's end to the middle of what is left of its last day
LAST_DAYS = 4  # how long the last phase of a side is taken to be


def middle_days(edges: tuple[int, ...]) -> FloatArray:
    """The middle day of each phase.

    >>> middle_days((0, 1, 4)).tolist()
    [0.0, 2.0, 5.5]
    """
    return (np.array(edges) + np.array([*edges[1:], edges[-1] + LAST_DAYS]) - 1) / 2


RUNS_DAYS = middle_days(RUNNING)
SOON_DAYS = np.add(SOON, [*SOON[1:], SOON_HOURS]) / 2 / 24
AFTER_DAYS = np.concatenate([SOON_DAYS, [REST_OF_DAY], middle_days(AFTER)[1:]])


def course_prior(value: FloatArray, covariance: FloatArray) -> FloatArray:
    """(phases, phases) covariance around 0 of a kind whose phases alone say `value`, known to `covariance`.

    Drawn to it, the phases before and after an event's end become the mean of what each course makes of them.
    """
    sides = slice(0, len(RUNS_DAYS)), slice(len(RUNS_DAYS), None)
    parts = zip(sides, (RUNS_DAYS, AFTER_DAYS), SIZE_SDS, strict=True)
    return np.asarray(block_diag(*(_prior(value[s], covariance[s, s], _courses(d, sd)) for s, d, sd in parts)))


def _prior(value: FloatArray, covariance: FloatArray, courses: FloatArray) -> FloatArray:
    """The P for which P (P + covariance)^-1, which draws to it, is the mean of the courses' by how likely they are."""
    likely = softmax(_evidence(courses + covariance, value))
    drawn = np.einsum("c,cij->ij", likely, courses @ np.linalg.inv(courses + covariance))
    prior = np.linalg.solve(np.eye(len(drawn)) - drawn, drawn @ covariance)
    return np.asarray((prior + prior.T) / 2)


def _courses(days: FloatArray, size_sd: float) -> FloatArray:
    """(courses, phases, phases) covariances: one size that fades, and departures from it."""
    near = np.exp(-np.abs(np.subtract.outer(np.log1p(days), np.log1p(days))) / 0.7)
    fading = [part * size_sd * np.exp(-days / fade) for part in SIZE_PARTS for fade in FADE_DAYS]
    apart = [sd**2 * near + 1e-6 * np.eye(len(days)) for sd in DEPARTURE_SDS]
    return np.array([np.outer(one, one) + departure for one in fading for departure in apart])


def _evidence(covariances: FloatArray, value: FloatArray) -> FloatArray:
    """(courses,) log density of the value under each."""
    solved = np.linalg.solve(covariances, np.broadcast_to(value, covariances.shape[:2])[..., None])[..., 0]
    return np.asarray(-(solved @ value + np.linalg.slogdet(covariances)[1]) / 2)
