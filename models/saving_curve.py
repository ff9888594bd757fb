"""How acceptance answers to the saving that customers really get: a few numbers that some hundred yeses can teach.

A policy that seeks the most value finds the offers on which trees err, and trees on a few thousand pitches see steps
where there are none. A curve with diminishing sensitivity on either side of no change (Kahneman and Tversky 1979,
"Prospect theory"), on the saving that `models.bill_response` expects instead of the re-rated one, leaves no such holes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit

from models.feature_schema import Floats

GAIN, LOSS, ASKED, CALLED = "gain", "loss", "asked", "called"
RISING = (GAIN, ASKED)  # never lower the acceptance
FALLING = (LOSS,)
SCALE = 1.4  # medians of |saving| to three quarters of the curve's height; chosen on ten development operators
LEAST_SCALE = 1.0  # CNY a month
RIDGE = 1.0  # precision of each weight around 0


@dataclass(frozen=True)
class Offered:
    """Offers in rows: their kind, the monthly saving (CNY, null where nobody can tell), whether the call asks for it.

    asks: 1, 0, or null where nobody calls.
    """

    kind: NDArray[np.object_]
    saving: Floats
    asks: Floats

    def take(self, rows: NDArray[np.intp]) -> Offered:
        """Some of the rows."""
        return Offered(self.kind[rows], self.saving[rows], self.asks[rows])


@dataclass(frozen=True)
class SavingCurve:
    """Log odds of an acceptance: `base` at the training rows' mean + the sum of weight x (term − its mean).

    Terms: 1 for the offer's kind; `gain` and `loss`: tanh(|saving| / scale) above and below 0; `asked`: the call asks
    for such an offer; `called`: somebody calls.
    """

    base: float
    scale: float
    weights: Mapping[str, float]
    means: Mapping[str, float]

    def log_odds(self, offered: Offered) -> Floats:
        """One number a row."""
        return np.asarray(self.base + sum(self.shares(offered).values()))

    def shares(self, offered: Offered) -> dict[str, Floats]:
        """What the kind, the saving and the call add to `base`; they sum to the log odds."""
        found = {name: np.zeros(len(offered.kind)) for name in ("kind", "saving", "call")}
        for name, values in _terms(offered, self.scale, self.kinds).items():
            found[_source(name)] += self.weights[name] * (values - self.means[name])
        return found

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that it knows; others get the mean of none."""
        return tuple(name.removeprefix("kind ") for name in self.weights if name.startswith("kind "))

    def to_json(self) -> dict[str, Any]:
        """Plain numbers."""
        return asdict(self)


def fit_curve(offered: Offered, target: Floats, weights: Floats) -> SavingCurve:
    """Penalised logistic regression with the signs that the domain gives; target 0 or 1, both present."""
    sizes = np.abs(offered.saving[np.isfinite(offered.saving) & (offered.saving != 0.0)])
    scale = max(SCALE * float(np.median(sizes)), LEAST_SCALE) if len(sizes) else LEAST_SCALE
    terms = _terms(offered, scale, tuple(sorted(set(offered.kind) - {""})))
    means = {name: float(np.average(values, weights=weights)) for name, values in terms.items()}
    inputs = np.column_stack([values - means[name] for name, values in terms.items()])
    signs = [(0.0, None) if name in RISING else (None, 0.0) if name in FALLING else (None, None) for name in terms]

    def loss(line: Floats) -> tuple[float, Floats]:
        score = line[0] + inputs @ line[1:]
        value = weights @ (np.logaddexp(0, score) - target * score) + 0.5 * RIDGE * line[1:] @ line[1:]
        slope = weights * (expit(score) - target)
        return float(value), np.append(slope.sum(), inputs.T @ slope + RIDGE * line[1:])

    start = np.append(logit(np.average(target, weights=weights)), np.zeros(len(terms)))
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(None, None), *signs]).x
    return SavingCurve(float(found[0]), scale, dict(zip(terms, map(float, found[1:]), strict=True)), means)


def _terms(offered: Offered, scale: float, kinds: tuple[str, ...]) -> dict[str, Floats]:
    saving = np.nan_to_num(offered.saving) / scale
    return {f"kind {kind}": np.asarray(offered.kind == kind, dtype=np.float64) for kind in kinds} | {
        GAIN: np.tanh(np.maximum(saving, 0.0)),
        LOSS: np.tanh(np.maximum(-saving, 0.0)),
        ASKED: np.nan_to_num(offered.asks),
        CALLED: np.asarray(~np.isnan(offered.asks), dtype=np.float64),
    }


def _source(term: str) -> str:
    if term.startswith("kind "):
        return "kind"
    return "saving" if term in (GAIN, LOSS) else "call"
