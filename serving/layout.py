"""What the numbers of a published line mean: one row of float64 a line, cut into facts, labels and offers x columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.decision_settings import MOST_PITCHES
from data.errors import BadInput
from models.feature_schema import FeatureSchema, Floats
from serving.popup import Override

FORMAT = 3  # raise it where the layout changes
MONTHS = 3  # closed months that are replayed, the latest is 0
LINE_FACTS = (
    "marketing_consent",
    "personalisation_consent",
    "do_not_market",
    "port_out_requested",
    "suspended",
    "contract_ends_on",  # days, as date.toordinal
    "plan_change_on",  # the day from which an accepted plan change is in force
    "present_plan",  # position in `plans`; null without one
    "months_counted",
    "current_total",
    "current_rent",
    "current_voice_overage",
    "current_data_overage",
    *(f"current_cny_m{i}" for i in range(MONTHS)),
    *(f"pitched_on_{i + 1}" for i in range(MOST_PITCHES)),  # days of the person's latest pitches
    "complaint_opened_on",  # of the newest complaint that is not closed
    "interest",  # the customer asked about plans, packs or handsets within 90 days
    "channels_used",  # bits of features.sales_pressure.CHANNEL_BITS
)
DAYS = tuple(name for name in LINE_FACTS if "_on" in name)
PAIR_FACTS = (
    "held",  # 1: the pack is held, 2: a held pack excludes it, 0: neither
    "total_after",
    "rent_after",
    "voice_overage_after",
    "data_overage_after",
    "restrained_saving_cny",
    "rejected_on",  # the day of the person's last no to the offer
    *(f"new_cny_m{i}" for i in range(MONTHS)),
)


@dataclass(frozen=True)
class Offer:
    """An offer with what its plan or pack adds; quotas null = unlimited, as `inf`; dates are half-open.

    Of the packs of one `pack_group` a line holds one; null = beside any other.
    """

    offer_id: str
    kind: str
    name: str
    plan_id: str | None
    pack_id: str | None
    pack_group: str | None
    monthly_fee_cny: float
    monthly_margin_cny: float
    contract_months: float
    quota_mb: float
    quota_min: float
    starts_now: bool
    script: str | None
    valid_from: str
    valid_to: str | None


@dataclass(frozen=True)
class Plan:
    """A plan as the present one of a line."""

    plan_id: str
    monthly_fee_cny: float
    quota_mb: float
    quota_min: float


@dataclass(frozen=True)
class Layout:
    """Facts of the line, its labels, and for each offer (ascending by id) the pair's facts and features.

    Schemas hold the levels of the publication; a champion's own may differ. `terms` are the features that an offer has
    by itself, with `term_numbers` (offers, terms); `features` those that every pair has of its own. `pitch_s`: learned
    seconds that a pitch adds to a call; None = too few calls. `overrides`: manual pop-up priorities with their history.
    """

    as_of: dt.date
    months: Sequence[dt.date]
    offers: Sequence[Offer]
    plans: Sequence[Plan]
    labels: FeatureSchema
    terms: FeatureSchema
    term_numbers: Floats
    features: FeatureSchema
    label_hash: str
    has_usage: bool = True
    has_bills: bool = True
    pitch_s: float | None = None
    overrides: Sequence[Override] = ()

    @cached_property
    def pair_columns(self) -> list[str]:
        """The columns of one pair."""
        return [*PAIR_FACTS, *self.features.names]

    @cached_property
    def of_plans(self) -> Mapping[str, Floats]:
        """The numbers of the plans, with a null for no plan behind them."""
        names = ("monthly_fee_cny", "quota_mb", "quota_min")
        return {name: np.array([getattr(plan, name) for plan in self.plans] + [np.nan]) for name in names}

    @property
    def label_slice(self) -> slice:
        """Where the labels stand in a row."""
        return slice(len(LINE_FACTS), len(LINE_FACTS) + len(self.labels.columns))

    @property
    def width(self) -> int:
        """Numbers in a row."""
        return self.label_slice.stop + len(self.offers) * len(self.pair_columns)

    def to_json(self) -> dict[str, Any]:
        """The layout as the store keeps it."""
        return {
            "format": FORMAT,
            "as_of": self.as_of.isoformat(),
            "months": [month.isoformat() for month in self.months],
            "offers": [_plain(offer) for offer in self.offers],
            "plans": [_plain(plan) for plan in self.plans],
            "labels": self.labels.to_json(),
            "terms": self.terms.to_json(),
            "term_numbers": [[None if x != x else x for x in row] for row in self.term_numbers.tolist()],
            "features": self.features.to_json(),
            "label_hash": self.label_hash,
            "has_usage": self.has_usage,
            "has_bills": self.has_bills,
            "pitch_s": self.pitch_s,
            "overrides": [override.to_json() for override in self.overrides],
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Layout:
        """The layout that `to_json` described; BadInput where another version of the code published it."""
        if document.get("format") != FORMAT:
            came = document.get("format", "an earlier one")
            raise BadInput(f"the published rows are of format {came}, wanted {FORMAT}; publish again: nextcall score")
        return cls(
            as_of=dt.date.fromisoformat(document["as_of"]),
            months=[dt.date.fromisoformat(month) for month in document["months"]],
            offers=[Offer(**_numbers(offer)) for offer in document["offers"]],
            plans=[Plan(**_numbers(plan)) for plan in document["plans"]],
            labels=FeatureSchema.from_json(document["labels"]),
            terms=FeatureSchema.from_json(document["terms"]),
            term_numbers=np.array(document["term_numbers"], dtype=np.float64),
            features=FeatureSchema.from_json(document["features"]),
            overrides=[Override.from_json(override) for override in document["overrides"]],
            **{name: document[name] for name in ("label_hash", "has_usage", "has_bills", "pitch_s")},
        )


def _plain(record: Offer | Plan) -> dict[str, Any]:
    """JSON has neither NaN nor infinity: they are written as texts."""
    return {k: str(v) if isinstance(v, float) and not np.isfinite(v) else v for k, v in vars(record).items()}


def _numbers(record: Mapping[str, Any]) -> dict[str, Any]:
    numeric = ("monthly_fee_cny", "monthly_margin_cny", "contract_months", "quota_mb", "quota_min")
    return {k: float(v) if k in numeric else v for k, v in record.items()}


@dataclass(frozen=True)
class Lines:
    """Published rows of some lines: `numbers` is (lines, width)."""

    layout: Layout
    customers: Sequence[str]
    numbers: Floats

    @classmethod
    def read(cls, layout: Layout, customers: Sequence[str], raw: bytes) -> Lines:
        """The lines from the store's bytes."""
        return cls(layout, customers, np.frombuffer(raw, dtype=np.float64).reshape(len(customers), layout.width))

    def __len__(self) -> int:
        return len(self.customers)

    def with_fact(self, name: str, value: float) -> Lines:
        """The lines with a fact of their own set anew."""
        numbers = self.numbers.copy()
        numbers[:, LINE_FACTS.index(name)] = value
        return Lines(self.layout, self.customers, numbers)

    def fact(self, name: str) -> Floats:
        """A fact of the line: (lines,)."""
        return self.numbers[:, LINE_FACTS.index(name)]

    def flag(self, name: str) -> NDArray[np.bool_]:
        """A fact of the line that is true or false, unknown as false: (lines,)."""
        return np.asarray(self.fact(name) == 1.0)

    @property
    def labels(self) -> Floats:
        """The labels as codes and numbers: (lines, labels)."""
        return self.numbers[:, self.layout.label_slice]

    def label(self, name: str) -> Floats:
        """One numeric label: (lines,); nulls where the publication lacks it."""
        names = self.layout.labels.names
        return self.labels[:, names.index(name)] if name in names else np.full(len(self), np.nan)

    @property
    def pairs(self) -> Floats:
        """(lines, offers, pair columns)."""
        shape = (len(self), len(self.layout.offers), len(self.layout.pair_columns))
        return self.numbers[:, self.layout.label_slice.stop :].reshape(shape)

    def pair(self, name: str) -> Floats:
        """A column of the pairs: (lines, offers)."""
        return self.pairs[:, :, self.layout.pair_columns.index(name)]

    def of_plan(self, name: str) -> Floats:
        """An attribute of the line's present plan: (lines,), null without one."""
        values = self.layout.of_plans[name]
        present = self.fact("present_plan")
        return np.asarray(values[np.where(np.isnan(present), len(values) - 1, present).astype(np.intp)])
