"""What really becomes of the bill when a plan or a pack is accepted, learned from the bills that followed acceptances.

Re-rated use does not react to its price. After an acceptance customers go on spending on what they wanted anyway, do
not go as far beyond a smaller quota as re-rating says, and give packs up again. A few numbers a kind say how far.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from data.settings import Response
from models.feature_schema import Floats

TERMS = ("constant", "rent", "saved", "risen")
RERATED = (0.0, 1.0, 1.0, 1.0)  # use as it was
RESTRAINED = (0.0, 1.0, 1.0, 0.0)  # nobody goes further beyond a smaller quota; all else as re-rated
DOUBT = (1.0, 0.25, 0.5, 0.5)  # standard deviations of the terms around RESTRAINED before any bill was seen
LEAST = 30  # acceptances of a kind
STARTING_POINT = ("current_total", "overage_now", "rent", "saved", "risen")


@dataclass(frozen=True)
class KindResponse:
    """Change of the monthly bill, CNY: constant + rent x (change without overage) - saved x … + risen x ….

    The dots are the overage that re-rating saves, and adds. `pitches`: acceptances that it was learned from;
    `errors`: standard errors of the four terms.
    """

    constant: float
    rent: float
    saved: float
    risen: float
    pitches: int = 0
    errors: tuple[float, ...] = ()

    def change(self, saving: Floats, overage_saved: Floats) -> Floats:
        """CNY a month (any shape) from the re-rated saving and the part of it that is overage."""
        terms = _terms(saving, overage_saved)
        return np.asarray(sum(getattr(self, name) * terms[name] for name in TERMS[1:]) + self.constant)


@dataclass(frozen=True)
class BillResponse:
    """The response of each kind of offer; a kind that was not learned changes the bill as `otherwise` says."""

    kinds: Mapping[str, KindResponse] = field(default_factory=dict)
    otherwise: KindResponse = KindResponse(*RESTRAINED)

    def under(self, setting: Response) -> BillResponse:
        """What `[value] response` makes of it."""
        if setting == "learned":
            return self
        return BillResponse(otherwise=KindResponse(*(RERATED if setting == "rerated" else RESTRAINED)))

    def changes(self, kinds: Sequence[str], saving: Floats, overage_saved: Floats) -> Floats:
        """CNY a month that bills change if the offers are accepted; `kinds`: of each place of the last axis.

        >>> BillResponse().changes(["plan", "plan"], np.array([5.0, -30.0]), np.array([0.0, -20.0])).tolist()
        [-5.0, 10.0]
        """
        changed = self.otherwise.change(saving, overage_saved)
        for kind, response in self.kinds.items():
            places = np.array(kinds, dtype=object) == kind
            changed[..., places] = response.change(saving[..., places], overage_saved[..., places])
        return changed

    def to_json(self) -> dict[str, Any]:
        """Plain numbers, for a card or a file."""
        return {kind: asdict(response) | {"errors": list(response.errors)} for kind, response in self.kinds.items()}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> BillResponse:
        """What `to_json` gave."""
        return cls({kind: KindResponse(**own | {"errors": tuple(own["errors"])}) for kind, own in document.items()})

    def table(self) -> pd.DataFrame:
        """kind, pitches, TERMS and their standard errors, for people."""
        rows = [
            {"kind": kind, "pitches": own.pitches}
            | {name: getattr(own, name) for name in TERMS}
            | {f"{name}_se": error for name, error in zip(TERMS, own.errors, strict=True)}
            for kind, own in self.kinds.items()
        ]
        return pd.DataFrame(rows)


def learn_response(pitches: pd.DataFrame) -> BillResponse:
    """From a row a pitch: kind, accepted (1, 0), current_total, saving, overage_saved, overage_now, paid (CNY a month).

    What would have been paid anyway is a straight line through the pitches that were not accepted; what an acceptance
    adds is regressed on the terms, held near RESTRAINED as DOUBT says (a normal prior). Kinds with fewer than LEAST
    acceptances are left out. Who accepts knows more of his coming use than the features do: this is what an acceptance
    brings, not what a random customer would pay.
    """
    frame = pitches.assign(**_terms(pitches["saving"].to_numpy(float), pitches["overage_saved"].to_numpy(float)))
    frame = frame.assign(change=frame["paid"] - frame["current_total"])
    frame = frame.replace([np.inf, -np.inf], np.nan).dropna(subset=["change", *STARTING_POINT])
    found = {str(kind): _one_kind(rows) for kind, rows in frame.groupby("kind", observed=True)}
    return BillResponse({kind: response for kind, response in found.items() if response})


def _one_kind(rows: pd.DataFrame) -> KindResponse | None:
    taken, others = rows[rows["accepted"] == 1], rows[rows["accepted"] == 0]
    if min(len(taken), len(others)) < LEAST:
        return None
    drift = np.linalg.lstsq(_start(others), others["change"].to_numpy(float), rcond=None)[0]
    added = taken["change"].to_numpy(float) - _start(taken) @ drift
    terms, errors = _held_near(np.array(RESTRAINED), _design(taken), np.asarray(added))
    constant, *shares = map(float, terms)
    rent, saved, risen = (max(share, 0.0) for share in shares)  # what re-rating saves costs nobody anything
    return KindResponse(constant, rent, saved, risen, len(taken), tuple(map(float, errors)))


def _start(rows: pd.DataFrame) -> Floats:
    return np.column_stack([np.ones(len(rows)), rows[list(STARTING_POINT)].to_numpy(float)])


def _design(rows: pd.DataFrame) -> Floats:
    return np.column_stack([np.ones(len(rows)), rows[list(TERMS[1:])].to_numpy(float)])


def _held_near(prior: Floats, design: Floats, added: Floats) -> tuple[Floats, Floats]:
    """The posterior's mean and standard deviations under the normal prior of DOUBT around `prior`."""
    variance = max(float(np.var(added - design @ np.linalg.lstsq(design, added, rcond=None)[0])), 1e-6)
    precision = design.T @ design / variance + np.diag(np.square(DOUBT) ** -1.0)
    beyond = np.linalg.solve(precision, design.T @ (added - design @ prior) / variance)
    return prior + beyond, np.sqrt(np.diag(np.linalg.inv(precision)))


def _terms(saving: Floats, overage_saved: Floats) -> dict[str, Floats]:
    """rent: change without overage; saved: overage saved, below 0; risen: overage added. CNY a month."""
    return {
        "rent": overage_saved - saving,
        "saved": -np.maximum(overage_saved, 0.0),
        "risen": np.maximum(-overage_saved, 0.0),
    }
